"""Credits, covers, tempo and loops in files, clicks, rates, timelines and provenance, read by others."""

from __future__ import annotations

import base64
import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import mutagen
import numpy as np
import pytest
import soundfile
import wavinfo
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image

import composer
from composer.handover.layout import Layout
from composer.handover.material import read_cover
from composer.handover.provenance import provenance_document
from render.audio.types import Audio
from render.export.click import click_track, count_in
from structure.base.errors import RitornelloError, SpecError
from structure.base.grid import Meter
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan
from structure.specs.credits import CreditsSpec
from structure.specs.spec import HandOverSpec
from tests.builders import changing_plan, nonempty
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

pytestmark = pytest.mark.slow

CREDITS = """credits:
  {artist: Ada Lark, album: "Öde & Wald", year: 2026, track: 3, copyright: 2026 Ada Lark,
   composer: A. Lark, label: Own, isrc: QZ-ABC-26-00001, cover: art.png}
"""
SPEC = CREDITS + SHORT_SPEC


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rendered song with credits, and its cover beside it."""
    place = tmp_path_factory.mktemp("credits")
    Image.new("RGB", (40, 30), (200, 10, 10)).save(place / "art.png")
    song = composer.compose(SPEC, backend=ToneBackend(), cache=False)
    return song.save(place / "song")


@pytest.fixture(scope="module")
def plan(folder: Path) -> SongPlan:
    return read_plan(folder / "plan.json")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files for listeners, WAV files with clicks and sections, and a timeline, at 48 kHz and 16 bits."""
    target = tmp_path_factory.mktemp("producers") / "out"
    formats = ["wav", "flac", "mp3", "ogg", "opus", "otio", "reaper"]
    composer.export(
        folder, formats, out=target, sample_rate=48_000, bit_depth=16, sections=True, click=True, count_in=2
    )
    return target


def chunks(path: Path) -> dict[bytes, bytes]:
    """The chunks of a RIFF file, lists by what they list."""
    data, at, found = path.read_bytes(), 12, {}
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    while at < len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        body = data[at + 8 : at + 8 + size]
        found[body[:4] if name == b"LIST" else name] = body
        at += 8 + size + size % 2
    return found


def test_flac_has_credits_and_cover(out: Path) -> None:
    file = FLAC(out / "Small Song.flac")
    tags = {name.upper(): value for name, value in file.tags}
    assert (tags["ARTIST"], tags["ALBUM"], tags["DATE"]) == ("Ada Lark", "Öde & Wald", "2026")
    assert (tags["ISRC"], tags["COPYRIGHT"], tags["TRACKNUMBER"]) == ("QZABC2600001", "2026 Ada Lark", "3")
    (picture,) = file.pictures
    assert (picture.mime, picture.width, picture.height, picture.type) == ("image/png", 40, 30, 3)


@pytest.mark.parametrize(("kind", "reader"), [("ogg", OggVorbis), ("opus", OggOpus)])
def test_ogg_files_have_credits_and_cover(out: Path, kind: str, reader: type) -> None:
    tags = reader(out / f"Small Song.{kind}").tags
    assert (tags["artist"], tags["isrc"]) == (["Ada Lark"], ["QZABC2600001"])
    picture = Picture(base64.b64decode(tags["metadata_block_picture"][0]))
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (40, 30)
    assert tags["chapter001name"]


def test_mp3_has_credits_and_cover(out: Path) -> None:
    tags = ID3(out / "Small Song.mp3")
    texts = {name: str(tags[name]) for name in ("TPE1", "TALB", "TCOM", "TPUB", "TRCK", "TCOP", "TSRC")}
    assert texts["TPE1"] == "Ada Lark"
    assert (texts["TALB"], texts["TSRC"], texts["TRCK"]) == ("Öde & Wald", "QZABC2600001", "3")
    assert str(tags["TDRC"]) == "2026"
    assert tags.getall("APIC")[0].mime == "image/png"
    assert str(tags["TXXX:SOURCE"]) == "Generated with Ritornello"


def test_wav_files_have_names_that_wavinfo_reads(out: Path) -> None:
    info = wavinfo.WavInfoReader(str(out / "Small Song.wav"))
    assert (info.info.artist, info.info.title, info.info.copyright) == (
        "Ada Lark",
        "Small Song",
        "2026 Ada Lark",
    )
    assert info.ixml.project == "Small Song"
    assert [track.name for track in info.ixml.track_list] == ["Master", "Master"]


def test_wav_files_say_beats_and_tempo_so_that_they_land_in_time(plan: SongPlan, out: Path) -> None:
    for path in nonempty(out.glob("Stems/*.wav")):
        flags, root, _, _, beats, denominator, numerator, bpm = struct.unpack(
            "<IHHfIHHf", chunks(path)[b"acid"]
        )
        assert (beats, numerator, denominator) == (4 * plan.bars, 4, 4)
        assert bpm == pytest.approx(float(plan.grid.tempo_bpm))
        assert bool(flags & 2) == ("Kit" not in path.name)
        assert root == (60 if "Kit" in path.name else 69)
        note = ET.fromstring(chunks(path)[b"iXML"]).findtext("NOTE")
        assert "240 bpm, 4/4" in note


def test_sections_loop_from_bar_line_to_bar_line(plan: SongPlan, out: Path) -> None:
    folders = sorted((out / "Sections").iterdir())
    for visit, place in zip(plan.visits, folders, strict=True):
        for path in nonempty(place.glob("*.wav")):
            fields = struct.unpack("<15I", chunks(path)[b"smpl"])
            loops, start, end = fields[7], fields[11], fields[12]
            assert (loops, start, end) == (1, 0, visit.bars * 48_000 - 1)
            assert end < soundfile.info(path).frames


def test_16_bits_are_dithered_once_and_join(out: Path) -> None:
    for name in ("Small Song.wav", "Stems/01 Kit.wav"):
        assert soundfile.info(out / name).subtype == "PCM_16"
    whole = soundfile.read(out / "Stems" / "02 Low.wav", dtype="int16")[0]
    pieces = [path / "02 Low.wav" for path in sorted((out / "Sections").iterdir())]
    joined = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in pieces])
    assert np.array_equal(whole, joined)


@pytest.mark.slow
def test_96_khz_and_mp3_go_together(folder: Path, plan: SongPlan, tmp_path: Path) -> None:
    composer.export(folder, ["wav", "mp3", "opus"], out=tmp_path / "out", sample_rate=96_000)
    info = soundfile.info(tmp_path / "out" / "Stems" / "01 Kit.wav")
    assert (info.samplerate, info.frames) == (96_000, round(plan.total_samples * 96_000 / 44_100))
    assert mutagen.File(tmp_path / "out" / "Small Song.mp3").info.sample_rate == 48_000
    seconds = mutagen.File(tmp_path / "out" / "Small Song.opus").info.length
    assert seconds == pytest.approx(info.frames / 96_000, abs=0.01)


def clicks_at(audio: Audio, rate: int) -> list[float]:
    """Seconds at which something begins after silence of 20 ms."""
    loud = np.abs(audio[0]) > 1e-4
    quiet = round(0.02 * rate)
    starts = [at for at in np.flatnonzero(loud) if not loud[max(0, at - quiet) : at].any()]
    return [at / rate for at in starts]


def test_clicks_are_on_the_beats_of_a_changing_song() -> None:
    plan = changing_plan()
    found = clicks_at(click_track(plan, 48_000), 48_000)
    places = []
    for bar in range(plan.bars):
        downbeat = plan.grid.quarters_at_bar(bar)
        meter = plan.grid.span_at(downbeat).meter
        places += [
            float(plan.grid.seconds_at(downbeat + k * meter.beat_quarters))
            for k in range(meter.beats_per_bar)
        ]
    assert found == pytest.approx(places, abs=1e-3)


def test_a_count_in_ends_at_bar_1() -> None:
    plan = changing_plan()
    bars = count_in(plan, 2, 48_000)
    assert bars.shape[1] == 4 * 48_000
    assert clicks_at(bars, 48_000) == pytest.approx([k * 0.5 for k in range(8)], abs=1e-3)
    assert plan.grid.spans[0].meter == Meter(4, 4)


def test_clicks_are_files_of_their_own(plan: SongPlan, out: Path) -> None:
    click = soundfile.info(out / "Click.wav")
    assert click.frames == soundfile.info(out / "Small Song.wav").frames
    assert soundfile.info(out / "Count-In.wav").frames == 2 * 48_000
    assert 'NAME "Click"' in (out / "Small Song.rpp").read_text()


def test_opentimelineio_reads_the_timeline(plan: SongPlan, out: Path) -> None:
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    timeline = otio.adapters.read_from_file(str(out / "Small Song.otio"))
    assert timeline.name == "Small Song"
    names = [track.name for track in timeline.audio_tracks()]
    assert names[0] == "01 Kit"
    frames = soundfile.info(out / "Small Song.wav").frames
    for track in timeline.audio_tracks():
        (clip,) = track
        assert (clip.duration().value, clip.duration().rate) == (frames, 48_000)
        assert (out / clip.media_reference.target_url.replace("%20", " ")).is_file()
    markers = [(marker.name, marker.marked_range.start_time.value) for marker in timeline.tracks.markers]
    assert markers == [(v.place.label, 48_000 * v.place.start_bar) for v in plan.visits]


def test_provenance_says_what_was_generated_from_what(plan: SongPlan, out: Path) -> None:
    told = json.loads((out / "provenance.json").read_text())
    assert told["asked"]["seed"] == plan.seed
    assert told["sound"]["fingerprint"] == ToneBackend().fingerprint
    assert [visit["seed"] for visit in told["generated"]] == [visit.sound.seed for visit in plan.visits]
    assert told["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert {entry["licence"] for entry in told["data"]["sound"]} == {"see their model card"}
    embedded = replace(plan, render=plan.render.model_copy(update={"backend": "embedded"}))
    sources = provenance_document(embedded, "x")["data"]["sound"]
    assert {entry["licence"] for entry in sources} == {"MIT", "CC0-1.0", "Apache-2.0"}
    assert told["your_own"] == {"files": {}, "bars": []}
    manifest = json.loads((out / "export.json").read_text())
    assert "provenance.json" in manifest["files"]


def test_a_title_like_a_stem_gets_files_of_its_own(plan: SongPlan) -> None:
    for title in ("01 kit", "02 Low", "Click", "01 Kit Kick"):
        layout = Layout.of(replace(plan, title=title), HandOverSpec(to=("wav", "ableton-midi"), click=True))
        files = layout.files()
        bases = [name.rpartition("/")[2].lower() for name in files]
        assert len({name.lower() for name in files}) == len(files)
        assert bases.count(f"{layout.title}.mid".lower()) == 1
        assert layout.title.endswith("(2)")


@pytest.mark.parametrize(
    ("credits", "message"),
    [
        ("{isrc: ABC}", "no ISRC"),
        ("{year: 26}", "year"),
        ("{cover: art.bmp}", r"\.jpg or \.png"),
        ("{artst: X}", "artist"),
    ],
)
def test_wrong_credits_are_named(credits: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        composer.plan(f"credits: {credits}\n{SHORT_SPEC}")


def test_a_cover_that_is_not_there_or_no_picture_is_named(folder: Path, tmp_path: Path) -> None:

    plan = replace(read_plan(folder / "plan.json"), credits=CreditsSpec(cover="art.jpg"))
    with pytest.raises(RitornelloError, match=r"art\.jpg is not there.*put it into"):
        read_cover(plan, [tmp_path], lambda: None)
    (tmp_path / "art.jpg").write_text("no picture")
    with pytest.raises(RitornelloError, match="neither a JPEG nor a PNG"):
        read_cover(plan, [tmp_path], lambda: None)
    assert read_cover(replace(plan, credits=CreditsSpec(cover="none")), [tmp_path], lambda: b"own") is None
    assert read_cover(replace(plan, credits=CreditsSpec()), [tmp_path], lambda: b"own") == b"own"
