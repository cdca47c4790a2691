"""What is sung, on paper and in files, read back by other readers than our own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import mido
import pytest
import yaml

from structure.base.errors import UsageError
from structure.imports.reading import import_song
from structure.loading.loader import parse_spec
from structure.notation.karaoke import karaoke_lines, write_lrc, write_srt
from structure.notation.midi import write_midi
from structure.notation.musicxml import write_musicxml
from structure.notation.sheet import write_lead_sheet
from structure.notation.ustx import write_ustx
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import Syllable

SPEC = """\
title: Way Home
genre: folk
tempo: 90
key: G major
meter: 3/4
stems:
  - {name: guitar, role: chords}
  - {name: anna, role: vocals}
sections:
  verse: {bars: 8, lyrics: "down by the river,\\nI remember the an-gels_ singing"}
  chorus: {bars: 4, chords: G | C | D | G, lyrics: "carry me home"}
form: [{section: intro, bars: 2}, verse, {section: chorus, tempo: 100}, chorus]
"""
WORDS = "down by the riv-er I re-mem-ber the an-gels sin-ging car-ry me home car-ry me home"
LINES = ["down by the river,", "I remember the angels singing", "carry me home", "carry me home"]


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_song(parse_spec(SPEC, "<test>"))


def syllables(plan: SongPlan) -> list[Syllable]:
    parts = [visit.music.score.parts.get("anna") for visit in plan.visits]
    return [note.syllable for part in parts if part for note in part.notes if note.syllable]


def joined(texts: list[tuple[str, str]]) -> str:
    """Texts with their syllabics as a line with hyphens."""
    return "".join(text + ("-" if kind in ("begin", "middle") else " ") for text, kind in texts).strip()


def test_syllables_stand_under_the_notes_of_the_score(plan: SongPlan, tmp_path: Path) -> None:
    from music21 import converter

    write_musicxml(plan, tmp_path / "score.musicxml")
    score = converter.parse(tmp_path / "score.musicxml")
    part = next(one for one in score.parts if one.partName == "anna")
    found = [(ly.text, ly.syllabic) for note in part.recurse().notes for ly in note.lyrics]
    assert joined(found) == WORDS


def test_syllables_stand_under_the_notes_of_the_lead_sheet(plan: SongPlan, tmp_path: Path) -> None:
    verovio = pytest.importorskip("verovio")
    pytest.importorskip("fontTools")
    write_lead_sheet(tmp_path / "sheet.musicxml", plan)
    toolkit = verovio.toolkit()
    assert toolkit.loadData((tmp_path / "sheet.musicxml").read_text())
    sung = re.findall(r"<syl\b[^>]*>([^<]+)</syl>", toolkit.getMEI())
    once = WORDS.removesuffix(" car-ry me home")
    assert sung in (re.split(r"[ -]", once), re.split(r"[ -]", WORDS))
    write_lead_sheet(tmp_path / "sung.svg", plan)
    write_lead_sheet(tmp_path / "plain.svg", _without_syllables(plan))
    assert (tmp_path / "sung.svg").stat().st_size > (tmp_path / "plain.svg").stat().st_size


def _without_syllables(plan: SongPlan) -> SongPlan:
    visits = []
    for visit in plan.visits:
        parts = {
            name: replace(part, notes=tuple(replace(note, syllable=None) for note in part.notes))
            for name, part in visit.music.score.parts.items()
        }
        score = replace(visit.music.score, parts=parts)
        visits.append(replace(visit, music=replace(visit.music, score=score)))
    return replace(plan, visits=tuple(visits))


def test_midi_has_syllables_as_lyrics_and_chords_as_texts(plan: SongPlan, tmp_path: Path) -> None:
    write_midi(plan, tmp_path / "song.mid", chord_track=True)
    tracks = {track.name: track for track in mido.MidiFile(tmp_path / "song.mid").tracks}
    sung = [m.text for m in tracks["anna"] if m.type == "lyrics"]
    assert "".join(text if text.endswith("-") else f"{text} " for text in sung).strip() == WORDS
    assert not [m for m in tracks["Chords"] if m.type == "lyrics"]
    symbols = [m.text for m in tracks["Chords"] if m.type == "text"]
    assert symbols == [chord.symbol for visit in plan.visits for chord in visit.music.score.chords]
    again = import_song(tmp_path / "song.mid")
    assert [chord.symbol for chord in again.chords][:2] == symbols[:2]
    assert not {lyric.text for lyric in again.lyrics} & {*symbols}


def test_karaoke_has_each_line_at_its_time(plan: SongPlan, tmp_path: Path) -> None:
    lines = karaoke_lines(plan)
    assert [line.text for line in lines] == LINES
    write_lrc(plan, tmp_path / "song.lrc")
    read = import_song(tmp_path / "song.lrc")
    assert [lyric.text for lyric in read.lyrics] == LINES
    minutes, seconds = re.findall(r"\[(\d\d):(\d\d\.\d\d)\]<", (tmp_path / "song.lrc").read_text())[2]
    chorus = plan.visits[2]
    first = chorus.music.score.parts["anna"].notes[0].sounding_onset
    wanted = plan.grid.seconds_at(plan.position_quarters(chorus) + first)
    assert 60 * int(minutes) + float(seconds) == pytest.approx(wanted, abs=0.006)


def test_subtitles_follow_each_other(plan: SongPlan, tmp_path: Path) -> None:
    write_srt(plan, tmp_path / "song.srt")
    blocks = (tmp_path / "song.srt").read_text().strip().split("\n\n")
    assert [block.splitlines()[2] for block in blocks] == LINES
    times = [
        3600 * int(h) + 60 * int(m) + int(s) + int(ms) / 1000
        for h, m, s, ms in re.findall(r"(\d\d):(\d\d):(\d\d),(\d{3})", (tmp_path / "song.srt").read_text())
    ]
    assert times == sorted(times)
    assert [block.splitlines()[0] for block in blocks] == ["1", "2", "3", "4"]


def test_openutau_has_words_on_first_notes(plan: SongPlan, tmp_path: Path) -> None:
    write_ustx(plan, tmp_path / "song.ustx")
    project = yaml.safe_load((tmp_path / "song.ustx").read_text(encoding="utf-8"))
    assert (project["beat_per_bar"], project["beat_unit"], project["resolution"]) == (3, 4, 480)
    assert [tempo["bpm"] for tempo in project["tempos"]][:2] == [90.0, 100.0]
    assert [part["name"] for part in project["voice_parts"]] == ["Verse", "Chorus 1", "Chorus 2"]
    sung = syllables(plan)
    notes = [note for part in project["voice_parts"] for note in part["notes"]]
    assert len(notes) == len(sung)
    assert [n["lyric"] for n in notes if not n["lyric"].startswith("+")] == " ".join(LINES).replace(
        ",", ""
    ).split()
    assert sum(n["lyric"] == "+~" for n in notes) == sum(one.kind == "hold" for one in sung) >= 1
    for part in project["voice_parts"]:
        ends = [note["position"] + note["duration"] for note in part["notes"]]
        assert all(end <= after["position"] for end, after in zip(ends, part["notes"][1:], strict=False))
        assert ends[-1] <= part["duration"]


def test_a_song_without_a_voice_gives_its_tune_and_one_without_a_tune_nothing(tmp_path: Path) -> None:
    tune = plan_song(parse_spec("genre: pop\nform: [{section: chorus, bars: 4}]\n", "<test>"))
    write_ustx(tune, tmp_path / "tune.ustx")
    project = yaml.safe_load((tmp_path / "tune.ustx").read_text())
    assert {note["lyric"] for part in project["voice_parts"] for note in part["notes"]} == {"a"}
    drums = "genre: pop\nstems: [{name: kit, role: drums}]\nform: [{section: chorus, bars: 4}]\n"
    with pytest.raises(UsageError, match="neither a voice nor a melody"):
        write_ustx(plan_song(parse_spec(drums, "<test>")), tmp_path / "drums.ustx")
    assert not (tmp_path / "drums.ustx").exists()
