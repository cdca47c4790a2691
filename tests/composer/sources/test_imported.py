"""Specs that are written from files of music: every note comes out again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from typer.testing import CliRunner

from composer.cli.main import app
from composer.sources.imported import spec_of_music
from structure.imports.reading import import_song, read_music
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.midifiles import MidiNote, in_quarters, write_notes

VERSE = "C4:1 D4:1 E4:1 F4:1 G4:2 E4:2 A4:1 G4:1 F4:1 E4:1 D4:4 E4:1 F4:1 G4:1 C4:1 A4:2 F4:2 G4:4 C4:4"
CHORUS = "C5:2 B4:2 A4:2 G4:2 F4:1 A4:1 G4:1 E4:1 C4:4 A4:2 C5:2 B4:2 G4:2 A4:1 F4:1 D4:1 B4:1 C5:4"
"""Eight bars each."""


def song_of(tmp_path: Path, *tracks: tuple[str, list[MidiNote]]) -> Path:
    return write_notes(tmp_path / "own.mid", tracks, key="C", tempo=100)


def planned(path: Path) -> SongPlan:
    text = spec_of_music(import_song(path), path.name)
    return plan_song(parse_spec(text, "song.yaml", path.parent))


def heard(plan: SongPlan, stem: str) -> Counter[tuple[float, float, int, int]]:
    return Counter(
        (
            round(float(plan.position_quarters(visit) + note.onset), 4),
            round(float(note.duration), 4),
            note.pitch,
            note.velocity,
        )
        for visit in plan.visits
        if stem in visit.music.score.parts
        for note in visit.music.score.parts[stem].notes
    )


def given(path: Path, track: str) -> Counter[tuple[float, float, int, int]]:
    part = read_music(path).part(track)
    assert part is not None
    return Counter(
        (round(float(n.start), 4), round(float(n.length), 4), n.pitch, n.velocity) for n in part.notes
    )


def test_a_tune_is_kept_and_a_band_joins_it(tmp_path):
    path = song_of(tmp_path, ("tune", in_quarters(f"{VERSE} {CHORUS} {VERSE} {CHORUS}")))
    plan = planned(path)
    lead = next(stem.name for stem in plan.stems if stem.role == "lead")
    assert heard(plan, lead) == given(path, "tune")
    assert {"drums", "bass"} <= {stem.role for stem in plan.stems}
    assert [visit.place.name for visit in plan.visits] == ["verse", "chorus", "verse", "chorus"]


def test_a_band_plays_alone(tmp_path):
    tune = in_quarters(f"{VERSE} {CHORUS}")
    parts = [
        (name, [(s, n, p + up, 70) for s, n, p, _ in tune]) for name, up in (("alto", -5), ("tenor", -12))
    ]
    bass = [(start, length, pitch - 24, 90) for start, length, pitch, _ in tune]
    path = song_of(tmp_path, ("soprano", tune), *parts, ("bass", bass))
    plan = planned(path)
    assert {stem.name for stem in plan.stems} == {"soprano", "alto", "tenor", "bass"}
    for name in ("soprano", "alto", "tenor", "bass"):
        assert heard(plan, name) == given(path, name)


def test_a_return_that_differs_in_a_note_keeps_it(tmp_path):
    other = CHORUS.replace("F4:1 A4:1", "F4:1 B4:1")
    path = song_of(tmp_path, ("tune", in_quarters(f"{VERSE} {CHORUS} {VERSE} {other}")))
    plan = planned(path)
    lead = next(stem.name for stem in plan.stems if stem.role == "lead")
    assert heard(plan, lead) == given(path, "tune")
    assert [visit.place.name for visit in plan.visits].count("chorus") == 2


def test_new_copies_the_file_beside_the_spec(tmp_path):
    path = song_of(tmp_path, ("tune", in_quarters(VERSE)))
    out = tmp_path / "song" / "song.yaml"
    out.parent.mkdir()
    result = CliRunner().invoke(app, ["new", "--from", str(path), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert (out.parent / "own.mid").read_bytes() == path.read_bytes()
    assert "file: own.mid" in out.read_text()


def test_new_wants_a_sentence_or_a_file():
    result = CliRunner().invoke(app, ["new"])
    assert result.exit_code != 0
    assert "--from" in str(result.exception)


def test_a_sentence_says_how_the_rest_is_planned(tmp_path):
    path = song_of(tmp_path, ("tune", in_quarters(VERSE)))
    text = spec_of_music(import_song(path), path.name, "slow jazz ballad with a double bass")
    plan = plan_song(parse_spec(text, "song.yaml", tmp_path))
    assert plan.genre == "jazz"
