"""A hand-over is complete, exact to the sample, and readable by others than its writer."""

from __future__ import annotations

import json
import os
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest
import rpp
import soundfile
import wavinfo
from logic2ableton.ableton_parser import parse_ableton_project
from lxml import etree
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.oggvorbis import OggVorbis

import composer
from composer.handover.layout import FORMATS, Layout, hand_over_options
from render.audio.r128 import measure_loudness
from render.audio.types import Audio
from render.export.aac import read_m4a
from render.export.bwf import Wave, write_bwf
from render.export.colours import section_colour
from render.export.dawproject import write_dawproject
from render.export.project import Track, note_clips, song_project
from render.export.reaper import write_reaper
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.base.names import EXPORT_MANIFEST, PROVENANCE
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan
from structure.specs.spec import HandOverSpec
from tests.builders import nonempty
from tests.composer.songmaker import SHORT_SPEC, Run, names_in, small_plan
from tests.tones import ToneBackend

UNSUNG = tuple(name for name in FORMATS if name not in ("lrc", "srt", "ustx"))
"""Formats of songs in which nobody sings words."""

RATE = 48_000
SCHEMAS = Path(__file__).parents[2] / "data" / "dawproject"

SPEC = (
    SHORT_SPEC.partition("export:")[0]
    .replace("title: Small Song", 'title: "Small: Song/1"')
    .replace("prompt: electric bass}", "prompt: electric bass, reverb: 0.5}")
)
STEMS = {"kit": "01 Kit", "low": "02 Low"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rendered song."""
    song = composer.compose(SPEC, backend=ToneBackend(), cache=False)
    return song.save(tmp_path_factory.mktemp("export") / "song")


@pytest.fixture(scope="module")
def plan(folder: Path) -> SongPlan:
    return read_plan(folder / "plan.json")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export in every format at 48 kHz, with all that can be asked for."""
    target = tmp_path_factory.mktemp("export") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
        composer.export(folder, UNSUNG, out=target, sample_rate=RATE, dry=True, sections=True, cache=False)
    return target


def starts(plan: SongPlan, rate: int = RATE) -> list[int]:
    """Where each section begins, from the tempo alone: 240 beats a minute, 4 a bar, so a bar a second."""
    assert (plan.grid.tempo_bpm, str(plan.meter)) == (240, "4/4")
    return [visit.place.start_bar * rate for visit in plan.visits]


def read(path: Path) -> Audio:
    return soundfile.read(path, dtype="float64", always_2d=True)[0].T


def peak_db(audio: Audio, reference: Audio) -> float:
    """The peak of one over that of the other, in dB."""
    return float(20 * np.log10(max(np.abs(audio).max(), 1e-12) / np.abs(reference).max()))


@pytest.mark.slow
def test_a_set_of_live_finds_every_file_of_its_export(plan: SongPlan, out: Path) -> None:
    found = parse_ableton_project(out / "Small Song 1.als")
    assert (found.tempo, found.time_sig_numerator, found.time_sig_denominator) == (240, 4, 4)
    clips = [clip for track in found.audio_tracks for clip in track.clips]
    assert {clip.source_path for clip in clips} >= {out / f"Stems/{name}.wav" for name in STEMS.values()}
    assert {clip.source_issue for clip in clips} == {None}
    assert [(at.name, at.time_beats) for at in found.locators] == [
        (visit.place.label, 4 * visit.place.start_bar) for visit in plan.visits
    ]
    notes = {track.name: sum(len(clip.notes) for clip in track.clips) for track in found.midi_tracks}
    assert set(notes) == {f"{name} (notes)" for name in STEMS.values()}
    assert all(notes.values())


@pytest.mark.slow
def test_every_promised_file_is_there_and_no_other(plan: SongPlan, out: Path) -> None:
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    manifest = json.loads((out / EXPORT_MANIFEST).read_text())
    assert found == manifest["written"]
    options = HandOverSpec(to=UNSUNG, sample_rate=RATE, dry=True, sections=True)
    assert found == Layout.of(plan, options).files()
    for name in ("Small Song 1.wav", "Stems/01 Kit.wav", "Stems Dry/02 Low.wav", "MIDI/02 Low.mid",
                 "Drum Parts/01 Kit Kick.wav", "Sections/02 Chorus 1/01 Kit.wav", "Small Song 1.rpp",
                 "Small Song 1.dawproject", "Small Song 1 Lead Sheet.musicxml"):  # fmt: skip
        assert name in found


@pytest.mark.slow
def test_stems_are_numbered_of_one_length_and_begin_at_bar_1(plan: SongPlan, out: Path) -> None:
    length = round(plan.total_samples * RATE / 44_100)
    for path in [*out.glob("Stems*/*.wav"), *out.glob("Drum Parts/*.wav"), *out.glob("*.wav")]:
        info = soundfile.info(path)
        assert (info.samplerate, info.frames, info.channels) == (RATE, length, 2), path
        assert info.subtype == "PCM_24"
        read_by_another = wavinfo.WavInfoReader(str(path))
        assert read_by_another.bext.time_reference == 0
        assert read_by_another.bext.originator == "Ritornello"
        cues = read_by_another.cues.to_dict().values()
        assert [cue["frame"] for cue in cues] == starts(plan)
        assert [cue["label"] for cue in cues] == [visit.place.label for visit in plan.visits]
        assert sum(cue["length"] for cue in cues) == length
    assert [path.stem for path in sorted((out / "Stems").iterdir())] == ["01 Kit", "02 Low"]


def test_the_stems_sum_to_the_premaster(folder: Path, out: Path) -> None:
    total = sum(read(path) for path in (out / "Stems").iterdir())
    premaster = read(out / "Small Song 1 Premaster.wav")
    assert peak_db(total - premaster, premaster) <= -90
    back = read(folder / "premaster.wav")
    assert np.abs(premaster).max() == pytest.approx(np.abs(back).max(), rel=0.01)


def test_the_parts_of_the_drums_sum_to_them(out: Path) -> None:
    parts = sorted((out / "Drum Parts").iterdir())
    assert [path.stem.removeprefix("01 Kit ") for path in parts][:2] == ["Hats and Cymbals", "Kick"]
    kit = read(out / "Stems" / "01 Kit.wav")
    assert peak_db(sum(map(read, parts)) - kit, kit) <= -90


def test_the_sections_join_to_the_stems_and_know_their_place(plan: SongPlan, out: Path) -> None:
    for name in STEMS.values():
        pieces = [path / f"{name}.wav" for path in sorted((out / "Sections").iterdir())]
        whole = read(out / "Stems" / f"{name}.wav")
        assert np.array_equal(np.concatenate([read(path) for path in pieces], axis=1), whole)
        places = [wavinfo.WavInfoReader(str(path)).bext.time_reference for path in pieces]
        assert places == starts(plan)


def test_dry_stems_are_the_stems_without_their_sends(out: Path) -> None:
    """The kit has no reverb to speak of in this spec's plan, the bass has much."""
    for name in STEMS.values():
        wet, dry = read(out / "Stems" / f"{name}.wav"), read(out / "Stems Dry" / f"{name}.wav")
        gain = float(np.vdot(wet, dry) / np.vdot(dry, dry))
        room = wet - gain * dry
        assert peak_db(room, wet) < -6
        assert gain == pytest.approx(1.0, abs=0.15)
    end = slice(-RATE, -RATE // 2)
    low = [read(out / where / "02 Low.wav")[:, end] for where in ("Stems", "Stems Dry")]
    assert np.sqrt(np.mean(low[0] ** 2)) > 3 * np.sqrt(np.mean(low[1] ** 2))


def test_32_bits_are_floating_point_and_44100_hz_is_the_song_as_it_is(folder: Path, tmp_path: Path) -> None:
    composer.export(folder, "wav", out=tmp_path / "out", bit_depth=32, drum_parts=False)
    assert not (tmp_path / "out" / "Drum Parts").exists()
    for stem, name in STEMS.items():
        path = tmp_path / "out" / "Stems" / f"{name}.wav"
        assert soundfile.info(path).subtype == "FLOAT"
        assert np.array_equal(read(path), read(folder / "stems" / f"{stem}.wav"))
    assert np.array_equal(read(tmp_path / "out" / "Small Song 1.wav"), read(folder / "master.wav"))


def test_the_midi_file_has_a_named_track_for_each_stem(plan: SongPlan, out: Path) -> None:
    file = mido.MidiFile(out / "MIDI" / "Small Song 1.mid")
    assert file.type == 1
    assert [track.name for track in file.tracks] == ["Small: Song/1", "Chords", "01 Kit", "02 Low"]
    conductor, chords, kit, low = file.tracks
    ticks = file.ticks_per_beat
    assert [m.tempo for m in conductor if m.type == "set_tempo"] == [250_000]
    (metre,) = [m for m in conductor if m.type == "time_signature"]
    assert (metre.numerator, metre.denominator) == (4, 4)
    assert [m.key for m in conductor if m.type == "key_signature"] == ["Am"] * len(plan.visits)
    assert timed(conductor, "marker") == [
        (4 * ticks * visit.place.start_bar, visit.place.label) for visit in plan.visits
    ]
    wanted = [
        (int(ticks * (4 * visit.place.start_bar + chord.onset)), chord.symbol)
        for visit in plan.visits
        for chord in visit.music.score.chords
    ]
    assert timed(chords, "text") == wanted
    assert {m.channel for m in kit if m.type == "note_on"} == {9}
    assert notes(low) == {
        (max(0, round(ticks * (4 * visit.place.start_bar + note.sounding_onset))), note.pitch)
        for visit in plan.visits
        if "low" in visit.music.score.parts
        for note in visit.music.score.parts["low"].notes
    }


def test_the_chord_track_sounds_its_chords(plan: SongPlan, out: Path) -> None:
    file = mido.MidiFile(out / "MIDI" / "Small Song 1.mid")
    sounding: dict[int, list[int]] = {}
    for tick, pitch in notes(file.tracks[1]):
        sounding.setdefault(tick, []).append(pitch)
    for visit in plan.visits:
        for chord in nonempty(visit.music.score.chords):
            pitches = sounding[int(file.ticks_per_beat * (4 * visit.place.start_bar + chord.onset))]
            assert {pitch % 12 for pitch in pitches} == {chord.bass, *chord.pitch_classes}
            assert min(pitches) % 12 == chord.bass


def test_each_stem_has_a_midi_file_of_its_own(out: Path) -> None:
    whole = mido.MidiFile(out / "MIDI" / "Small Song 1.mid")
    for track in nonempty(whole.tracks[2:]):
        alone = mido.MidiFile(out / "MIDI" / f"{track.name}.mid")
        assert [t.name for t in alone.tracks] == ["Small: Song/1", track.name]
        assert list(alone.tracks[1]) == list(track)


def timed(track: mido.MidiTrack, kind: str) -> list[tuple[int, str]]:
    now, found = 0, []
    for message in track:
        now += message.time
        if message.type == kind:
            found.append((now, message.text))
    return found


def notes(track: mido.MidiTrack) -> set[tuple[int, int]]:
    now, found = 0, set()
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.add((now, message.note))
    return found


def rpp_values(element: rpp.Element, name: str) -> list[list[str]]:
    """The settings of a name in a block: what stands after it on each line."""
    return [child[1:] for child in element.children if isinstance(child, list) and child[0] == name]


def test_another_parser_reads_the_reaper_project(plan: SongPlan, out: Path) -> None:
    project = rpp.loads((out / "Small Song 1.rpp").read_text())
    assert project.tag == "REAPER_PROJECT"
    assert rpp_values(project, "TEMPO") == [["240", "4", "4"]]
    assert rpp_values(project, "SAMPLERATE")[0][0] == str(RATE)
    tracks = [
        t for t in project.findall("TRACK") if t.find("ITEM") and t.find("ITEM/SOURCE").attrib == ["WAVE"]
    ]
    names = [rpp_values(track, "NAME")[0][0] for track in tracks]
    assert names[0] == "01 Kit"
    assert names[-2:] == ["02 Low", "Master (reference)"]
    for track, name in zip(tracks, names, strict=True):
        source = track.find("ITEM").find("SOURCE")
        path = out / rpp_values(source, "FILE")[0][0]
        assert path.is_file()
        assert path.resolve().is_relative_to(out.resolve())
        length = float(rpp_values(track.find("ITEM"), "LENGTH")[0][0])
        assert length == pytest.approx(soundfile.info(path).frames / RATE, abs=1e-9)
        assert rpp_values(track.find("ITEM"), "POSITION") == [["0"]]
        assert rpp_values(track, "VOLPAN")[0][:2] == ["1", "0"]
        muted = rpp_values(track, "MUTESOLO")[0][0] == "1"
        assert muted == (name not in STEMS.values())
    assert len({rpp_values(track, "PEAKCOL")[0][0] for track in tracks}) == 3


def test_reaper_has_a_marker_and_a_region_for_each_section(plan: SongPlan, out: Path) -> None:
    lines = rpp_values(rpp.loads((out / "Small Song 1.rpp").read_text()), "MARKER")
    markers = [(float(line[1]) * RATE, line[2]) for line in lines if line[3] == "0"]
    opened = [(float(line[1]) * RATE, line[2]) for line in lines if line[3] == "1" and len(line) > 4]
    closed = [float(line[1]) * RATE for line in lines if line[3] == "1" and len(line) == 4]
    assert (
        markers
        == opened
        == [
            (pytest.approx(start, abs=1e-3), visit.place.label)
            for start, visit in zip(starts(plan), plan.visits, strict=True)
        ]
    )
    length = soundfile.info(out / "Small Song 1.wav").frames
    assert closed == pytest.approx([*starts(plan)[1:], length], abs=1e-3)


def test_reaper_has_the_notes_of_each_stem(plan: SongPlan, out: Path) -> None:
    project = rpp.loads((out / "Small Song 1.rpp").read_text())
    tracks = {rpp_values(track, "NAME")[0][0]: track for track in project.findall("TRACK")}
    for stem, name in STEMS.items():
        track = tracks[f"{name} (notes)"]
        assert rpp_values(track, "MUTESOLO")[0][0] == "1"
        visits = [visit for visit in plan.visits if stem in visit.music.score.parts]
        items = track.findall("ITEM")
        assert [rpp_values(item, "NAME")[0][0] for item in items] == [visit.place.label for visit in visits]
        for item, visit in zip(items, visits, strict=True):
            assert float(rpp_values(item, "POSITION")[0][0]) == pytest.approx(visit.place.start_bar)
            assert float(rpp_values(item, "LENGTH")[0][0]) == pytest.approx(visit.bars)
            now, sounding = 0, []
            for delta, status, pitch, velocity in rpp_values(item.find("SOURCE"), "E"):
                now += int(delta)
                if int(status, 16) == (0x99 if stem == "kit" else 0x90):
                    sounding.append((now, int(pitch, 16), int(velocity, 16)))
            assert now == 960 * 4 * visit.bars
            wanted = [
                (max(0, round(960 * n.sounding_onset)), n.pitch, n.velocity)
                for n in visit.music.score.parts[stem].notes
            ]
            assert sorted(sounding) == sorted(wanted)


def test_reaper_counts_quarters_in_compound_time_and_takes_any_title(tmp_path: Path) -> None:
    plan = replace(small_plan(meter="6/8", tempo=54.0), title="A \"quoted\" 'title'\nof `two` lines >")
    colours = tuple(section_colour(visit.place.name) for visit in plan.visits)
    tracks = (Track("x", "Stems/x.wav", (1, 2, 3)),)
    write_reaper(tmp_path / "a.rpp", song_project(plan, tracks, colours, 44_100), {}, frozenset())
    project = rpp.loads((tmp_path / "a.rpp").read_text())
    assert rpp_values(project, "TEMPO") == [["81", "6", "8"]]
    assert len(project.findall("TRACK")) == 1
    assert rpp_values(project.find("TRACK"), "PEAKCOL") == [[str(1 << 24 | 3 << 16 | 2 << 8 | 1)]]
    (clip, *_) = note_clips(plan, "low", colours)
    assert clip.length == 2 * Fraction(3)


def dawproject(out: Path) -> etree._Element:
    with zipfile.ZipFile(out / "Small Song 1.dawproject") as archive:
        return etree.fromstring(archive.read("project.xml"))


@pytest.mark.parametrize(
    "schemas", [SCHEMAS, *map(Path, filter(None, [os.environ.get("RITORNELLO_DAWPROJECT_SCHEMAS")]))]
)
def test_the_dawproject_is_valid(out: Path, schemas: Path) -> None:
    found = {path.name.lower(): path for path in schemas.glob("*.xsd")}
    with zipfile.ZipFile(out / "Small Song 1.dawproject") as archive:
        assert archive.testzip() is None
        for name in ("project", "metadata"):
            schema = etree.XMLSchema(etree.parse(found[f"{name}.xsd"]))
            schema.assertValid(etree.fromstring(archive.read(f"{name}.xml")))


def test_the_schema_refuses_what_the_format_forbids(out: Path) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "project.xsd"))
    for change in ("order", "missing", "unknown"):
        root = dawproject(out)
        channel = root.find(".//Channel")
        if change == "order":
            channel.append(channel.find("Mute"))
        elif change == "missing":
            del root.find(".//Audio").attrib["sampleRate"]
        else:
            channel.set("role", "solo")
        assert not schema.validate(root), change


def test_every_reference_of_the_dawproject_is_met(out: Path) -> None:
    root = dawproject(out)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    channels = {channel.get("id") for channel in root.iter("Channel")}
    tracks = {track.get("id") for track in root.iter("Track")}
    assert {lane.get("track") for lane in root.iter("Lanes")} - {None} <= tracks
    assert {channel.get("destination") for channel in root.iter("Channel")} - {None} <= channels


def test_the_dawproject_has_stems_notes_markers_tempo_colours_and_gains(plan: SongPlan, out: Path) -> None:
    root = dawproject(out)
    assert root.find("Transport/Tempo").get("value") == "240"
    assert root.find("Transport/TimeSignature").get("numerator") == "4"
    tracks = {track.get("id"): track for track in root.findall("Structure/Track")}
    assert all(track.get("color") for key, track in tracks.items() if key != "track-master")
    assert {v.get("value") for v in root.findall(".//Volume")} == {"1"}
    markers = [(float(m.get("time")), m.get("name")) for m in root.findall("Arrangement/Markers/Marker")]
    assert markers == [(4.0 * visit.place.start_bar, visit.place.label) for visit in plan.visits]
    lanes = {lane.get("track"): lane for lane in root.findall("Arrangement/Lanes/Lanes")}
    assert set(lanes) == set(tracks) - {"track-master"}
    (low,) = [key for key, track in tracks.items() if track.get("name") == "02 Low (notes)"]
    found = [
        (float(clip.get("time")) + float(note.get("time")), int(note.get("key")), float(note.get("vel")))
        for clip in lanes[low].findall("Clips/Clip")
        for note in clip.findall("Notes/Note")
    ]
    assert found == [
        (
            pytest.approx(float(4 * visit.place.start_bar + max(0, n.sounding_onset))),
            n.pitch,
            pytest.approx(n.velocity / 127),
        )
        for visit in plan.visits
        if "low" in visit.music.score.parts
        for n in visit.music.score.parts["low"].notes
    ]


def test_the_dawproject_holds_the_stems_themselves(out: Path) -> None:
    root = dawproject(out)
    with zipfile.ZipFile(out / "Small Song 1.dawproject") as archive:
        for audio in nonempty(root.iter("Audio")):
            path = audio.find("File").get("path")
            with archive.open(path) as file:
                info = soundfile.info(file)
            assert info.samplerate == int(audio.get("sampleRate")) == RATE
            assert float(audio.get("duration")) == pytest.approx(info.frames / RATE, abs=1e-9)
            warps = audio.getparent()
            for clip in (warps.getparent(), warps.getparent().getparent().getparent()):
                assert (clip.tag, clip.get("time"), clip.get("contentTimeUnit")) == ("Clip", "0", "beats")
                assert float(clip.get("duration")) == pytest.approx(4 * info.frames / RATE, abs=1e-6)
            places = [(float(w.get("time")), float(w.get("contentTime"))) for w in warps.findall("Warp")]
            assert places[0] == (0, 0)
            assert places[-1] == pytest.approx((4 * info.frames / RATE, info.frames / RATE), abs=1e-6)
        for name in STEMS.values():
            assert archive.read(f"audio/{name}.wav") == (out / "Stems" / f"{name}.wav").read_bytes()


@pytest.mark.parametrize(("kind", "reader"), [("flac", FLAC), ("ogg", OggVorbis)])
def test_vorbis_comments_have_title_tempo_key_and_chapters(
    plan: SongPlan, out: Path, kind: str, reader: type
) -> None:
    tags = {name.upper(): value for name, value in reader(out / f"Small Song 1.{kind}").tags}
    assert tags["TITLE"] == "Small: Song/1"
    assert (tags["BPM"], tags["KEY"], tags["INITIALKEY"]) == ("240", "A minor", "Am")
    assert tags["GENRE"] == "pop"
    for number, (start, visit) in enumerate(zip(starts(plan), plan.visits, strict=True), 1):
        hours, minutes, seconds = tags[f"CHAPTER{number:03}"].split(":")
        assert re.fullmatch(r"\d\d\.\d\d\d", seconds)
        assert 3600 * int(hours) + 60 * int(minutes) + float(seconds) == pytest.approx(
            start / RATE, abs=5e-4
        )
        assert tags[f"CHAPTER{number:03}NAME"] == visit.place.label
    assert f"CHAPTER{len(plan.visits) + 1:03}" not in tags


def test_id3_tags_have_title_tempo_key_and_chapters(plan: SongPlan, out: Path) -> None:
    tags = ID3(out / "Small Song 1.mp3")
    assert tags.version == (2, 3, 0)
    assert (str(tags["TIT2"]), str(tags["TBPM"]), str(tags["TKEY"])) == ("Small: Song/1", "240", "Am")
    (table,) = tags.getall("CTOC")
    chapters = [tags[f"CHAP:{name}"] for name in table.child_element_ids]
    assert [chapter.start_time for chapter in chapters] == [1000 * s // RATE for s in starts(plan)]
    assert [str(chapter.sub_frames["TIT2"]) for chapter in chapters] == [v.place.label for v in plan.visits]
    assert chapters[-1].end_time == round(1000 * soundfile.info(out / "Small Song 1.wav").frames / RATE)


def test_encoded_files_sound_as_the_master(out: Path) -> None:
    master = read(out / "Small Song 1.wav")
    assert np.array_equal(read(out / "Small Song 1.flac"), master)
    for kind, most_db in (("mp3", -20.0), ("ogg", -20.0), ("m4a", -20.0)):
        path = out / f"Small Song 1.{kind}"
        audio = read_m4a(path)[0][:, : master.shape[1]] if kind == "m4a" else read(path)
        assert audio.shape == master.shape
        rest = np.sqrt(np.mean((audio - master) ** 2) / np.mean(master**2))
        assert 20 * np.log10(rest) < most_db, kind


def test_audacity_labels_are_the_sections(plan: SongPlan, out: Path) -> None:
    lines = (out / "Small Song 1 Labels.txt").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    assert [float(row[0]) for row in rows] == pytest.approx([s / RATE for s in starts(plan)], abs=1e-6)
    assert [float(row[1]) for row in rows[:-1]] == [float(row[0]) for row in rows[1:]]
    assert [row[2] for row in rows] == [visit.place.label for visit in plan.visits]


def test_the_manifest_says_what_was_checked_and_how_loud_it_is(out: Path) -> None:
    manifest = json.loads((out / EXPORT_MANIFEST).read_text())
    assert manifest["passed"]
    names = [check["name"] for check in manifest["checks"]]
    assert names[:2] == ["files are of one length", "stems sum to premaster"]
    assert "sections join to the stems" in names
    measured = measure_loudness(read(out / "Small Song 1.wav").astype(np.float32), RATE)
    assert manifest["loudness"]["integrated_lufs"] == pytest.approx(measured.integrated_lufs, abs=0.011)
    spotify = manifest["loudness"]["targets"][0]
    assert (spotify["name"], spotify["target_lufs"]) == ("Spotify", -14)
    assert spotify["played_at_lufs"] == pytest.approx(
        measured.integrated_lufs + spotify["gain_db"], abs=0.02
    )


@pytest.mark.slow
def test_the_same_song_gives_the_same_bytes(
    folder: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
    formats = [name for name in UNSUNG if name != "lead-sheet"]
    composer.export(folder, formats, out=tmp_path / "again", sample_rate=RATE, cache=False)
    first, second = (
        json.loads((where / EXPORT_MANIFEST).read_text())["files"] for where in (out, tmp_path / "again")
    )
    assert len(second) > 15
    assert {name: first[name] for name in second} == second


def test_a_dawproject_alone_leaves_no_audio_beside_it(folder: Path, tmp_path: Path) -> None:
    composer.export(folder, "dawproject", out=tmp_path / "out")
    assert names_in(tmp_path / "out") == ["Small Song 1.dawproject", EXPORT_MANIFEST, PROVENANCE]


@pytest.mark.slow
def test_a_song_in_memory_exports_as_its_folder_does(folder: Path, tmp_path: Path) -> None:
    song = composer.compose(SPEC, backend=ToneBackend(), cache=False)
    formats = ["wav", "mp3"]
    made = song.export(tmp_path / "a", formats, drum_parts=False, dry=True)
    assert made.folder == tmp_path / "a"
    composer.export(folder, formats, out=tmp_path / "b", drum_parts=False)
    one, other = (json.loads((tmp_path / where / EXPORT_MANIFEST).read_text())["files"] for where in "ab")
    assert len(other) == 7
    assert {name: one[name] for name in other} == other


@pytest.mark.slow
def test_a_spec_hands_over_as_it_renders(tmp_path: Path) -> None:
    spec = SHORT_SPEC.replace("overview: false}", "overview: false, handover: {to: [ogg, ableton-midi]}}")
    song = composer.compose(spec, backend=ToneBackend(), cache=False)
    song.save(tmp_path / "song")
    assert names_in(tmp_path / "song" / "export") == ["MIDI", "Small Song.ogg", EXPORT_MANIFEST, PROVENANCE]
    (tmp_path / "song" / "export" / "mine.txt").write_text("mine")
    lean = composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False)
    lean.save(tmp_path / "song", replace=True)
    assert names_in(tmp_path / "song" / "export") == ["mine.txt"]  # the export was of the older song


@pytest.mark.slow
def test_a_song_is_kept_where_its_export_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_softer(path: Path, audio: Audio, rate: int, bits: int, wave: Wave) -> None:
        write_bwf(path, audio * np.float32(0.9 if "Kit" in path.name else 1.0), rate, bits, wave)

    monkeypatch.setattr("composer.handover.write.write_bwf", write_softer)
    spec = SHORT_SPEC.replace("overview: false}", "overview: false, handover: {to: [wav]}}")
    song = composer.compose(spec, backend=ToneBackend(), cache=False)
    with pytest.raises(composer.CheckError, match=r"the export failed: stems sum to premaster.*are kept"):
        song.save(tmp_path / "song")
    assert "export" not in names_in(tmp_path / "song")
    assert all(check.passed is not False for check in composer.verify(tmp_path / "song"))


# what can go wrong


@pytest.mark.slow
def test_stems_that_do_not_sum_are_not_handed_over(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "song"
    (copy / "stems").mkdir(parents=True)
    for name in ("plan.json", "song.lock", "master.wav", "premaster.wav", "stems/kit.wav"):
        (copy / name).write_bytes((folder / name).read_bytes())
    audio, rate = soundfile.read(folder / "stems" / "low.wav")
    soundfile.write(copy / "stems" / "low.wav", 0.99 * audio, rate, "PCM_24")
    with pytest.raises(RitornelloError, match="stems sum to premaster"):
        composer.export(copy, "wav")
    assert not (copy / "export").exists()
    soundfile.write(copy / "stems" / "low.wav", audio[:-1], rate, "PCM_24")
    with pytest.raises(RitornelloError, match=r"low\.wav has \d+ samples"):
        composer.export(copy, "wav")
    (copy / "stems" / "low.wav").unlink()
    with pytest.raises(RitornelloError, match=r"low\.wav"):
        composer.export(copy, "wav")
    assert not (copy / "export").exists()


@pytest.mark.slow
def test_what_is_not_ours_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "take.wav").write_text("mine")
    with pytest.raises(RitornelloError, match=r"no export\.json"):
        composer.export(folder, "ogg", out=tmp_path / "mine", replace=True)
    assert names_in(tmp_path / "mine") == ["take.wav"]
    composer.export(folder, ["reaper"], out=tmp_path / "out", drum_parts=False)
    with pytest.raises(RitornelloError, match=r"holds Small Song 1 .*already; --force"):
        composer.export(folder, "reaper", out=tmp_path / "out")
    (tmp_path / "out" / "Stems" / "take 2.wav").write_text("mine")
    manifest = tmp_path / "out" / EXPORT_MANIFEST
    manifest.write_text(re.sub(r'"song": "[0-9a-f]*"', '"song": "another"', manifest.read_text()))
    with pytest.raises(RitornelloError, match="another state of the song; --force"):
        composer.export(folder, "ogg", out=tmp_path / "out")
    composer.export(folder, "ogg", out=tmp_path / "out", replace=True)
    assert names_in(tmp_path / "out") == ["Small Song 1.ogg", "Stems", EXPORT_MANIFEST, PROVENANCE]
    assert names_in(tmp_path / "out" / "Stems") == ["take 2.wav"]


@pytest.mark.slow
def test_a_second_format_goes_beside_the_first(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    composer.export(folder, "flac", out=target)
    first = (target / "Small Song 1.flac").stat()
    composer.export(folder, "mp3", out=target)
    composer.export(folder, "wav", out=target, drum_parts=False)
    composer.export(folder, "reaper", out=target, drum_parts=False)
    names = names_in(target)
    for name in ("Small Song 1.flac", "Small Song 1.mp3", "Small Song 1.wav", "Small Song 1.rpp", "Stems"):
        assert name in names
    assert (target / "Small Song 1.flac").stat().st_ino == first.st_ino
    manifest = json.loads((target / EXPORT_MANIFEST).read_text())
    assert manifest["options"]["to"] == ["flac", "mp3", "wav", "reaper"]
    assert {"true peak of Small Song 1.mp3", "stems sum to premaster"} <= {
        check["name"] for check in manifest["checks"]
    }
    found = [path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()]
    assert sorted(found) == manifest["written"]
    with pytest.raises(RitornelloError, match=r"holds Small Song 1\.mp3 already; --force"):
        composer.export(folder, ["mp3", "ogg"], out=target)
    with pytest.raises(RitornelloError, match="--force"):
        composer.export(folder, "wav", out=target, sample_rate=48_000)
    composer.export(folder, ["mp3", "ogg"], out=target, replace=True)
    assert {"Small Song 1.flac", "Small Song 1.ogg", "Small Song 1.rpp"} <= set(names_in(target))


@pytest.mark.slow
def test_a_project_that_was_worked_on_is_its_users(folder: Path, tmp_path: Path) -> None:
    composer.export(folder, ["reaper"], out=tmp_path / "out", drum_parts=False)
    project = tmp_path / "out" / "Small Song 1.rpp"
    project.write_text("hours of work")
    with pytest.raises(RitornelloError, match=r"\.rpp is a file of your own"):
        composer.export(folder, ["reaper"], out=tmp_path / "out", replace=True)
    assert project.read_text() == "hours of work"
    composer.export(folder, ["ogg"], out=tmp_path / "out", replace=True)
    assert project.read_text() == "hours of work"


@pytest.mark.slow
def test_dry_stems_of_another_model_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ToneBackend(fingerprint="tones-2")
    monkeypatch.setattr("render.backends.load_backend", lambda name, options=None: other)
    with pytest.raises(RitornelloError, match="dry stems cannot be made"):
        composer.export(folder, "wav", out=tmp_path / "out", dry=True, cache=False)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to": ["wavs"]}, "did you mean 'wav'"),
        ({"to": []}, "name a format"),
        ({"to": ["mp3"], "dry": True}, "add wav"),
        ({"to": ["wav"], "sample_rate": 22_050}, "sample_rate: "),
        ({"to": ["wav"], "bit_depth": 20}, "bit_depth: "),
        ({"to": ["wav"], "sampel_rate": 48_000}, "did you mean 'sample_rate'"),
        ({"to": ["wav"], "dry": object()}, "wrong kind"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(RitornelloError, match=message):
        hand_over_options(HandOverSpec(), **options)


def test_options_of_the_spec_hold_until_they_are_given() -> None:
    base = HandOverSpec(to=("wav",), sample_rate=48_000, dry=True)
    assert hand_over_options(base) == base
    assert hand_over_options(base, bit_depth=32).sample_rate == 48_000
    assert hand_over_options(base, "mp3") == HandOverSpec(to=("mp3",), sample_rate=48_000)


@pytest.mark.slow
def test_the_command_line_exports_and_measures(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "--out", "song", "-q")[0] == 0
    code, said, _ = run("export", "song", "--to", "wav", "--to", "mp3", "--rate", "48000", "--bits", "32")
    assert code == 0
    assert "stems sum to premaster" in said
    assert "Spotify" in said
    assert soundfile.info("song/export/Stems/01 Kit.wav").subtype == "FLOAT"
    code, said, _ = run("loudness", "song", "--json")
    (report,) = json.loads(said).values()
    assert report["integrated_lufs"] == pytest.approx(-14.0, abs=0.6)
    assert run("loudness", "song/export")[0] == 0
    code, _, said = run("export", "song", "--to", "flack")
    assert (code, "did you mean 'flac'" in said) == (2, True)
    assert run("export", "nowhere", "--to", "wav")[0] == 2
    assert run("loudness", "../small.yaml")[0] == 2
    assert run("loudness", "nowhere.wav")[0] == 2


def test_reaper_has_folders_by_bus_and_notes(out: Path) -> None:
    project = rpp.loads((out / "Small Song 1.rpp").read_text())
    depth, inside = 0, {}
    folder = ""
    for track in project.findall("TRACK"):
        name = rpp_values(track, "NAME")[0][0]
        kind, change = (int(value) for value in (rpp_values(track, "ISBUS") or [["0", "0"]])[0])
        assert kind == {0: 0, 1: 1, -1: 2}[change]
        if change == 1:
            folder = name
            assert track.find("ITEM") is None
        elif depth:
            inside[name] = folder
        depth += change
        assert depth in (0, 1)
    assert depth == 0
    assert (inside["01 Kit"], inside["01 Kit Kick"], inside["02 Low"]) == ("Drums", "Drums", "Bass")
    assert "Master (reference)" not in inside
    notes = [line for line in project.find("NOTES").children if line]
    assert any("A minor" in str(line) for line in notes)
    effects = project.find("MASTERFXLIST")
    assert rpp_values(effects, "BYPASS") == [["1", "0", "0"]]
    assert effects.find("JS").attrib[0] == "loser/masterLimiter"


def test_dawproject_mutes_notes_and_bounds_contain_the_tempo(out: Path, tmp_path: Path) -> None:
    for track in dawproject(out).findall("Structure/Track"):
        is_muted = track.find("Channel/Mute").get("value") == "true"
        assert is_muted == (track.get("name") not in ("Master", *STEMS.values()))
    slow = replace(small_plan(), grid=Grid.steady(12, Meter(4, 4)))
    project = song_project(slow, (), tuple((1, 2, 3) for _ in slow.visits), 44_100)
    write_dawproject(tmp_path / "a.dawproject", project, {}, frozenset(), tmp_path)
    with zipfile.ZipFile(tmp_path / "a.dawproject") as archive:
        tempo = etree.fromstring(archive.read("project.xml")).find("Transport/Tempo")
    assert float(tempo.get("min")) <= 12 <= float(tempo.get("max"))
