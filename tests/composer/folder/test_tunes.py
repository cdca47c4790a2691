"""A song names the known tunes that it has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from composer.folder.tunes import check_tunes, match_tunes
from structure.base.exact import Fraction
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.tunes import known
from structure.tunes.likeness import KnownTunes
from structure.tunes.tune import tune_of
from tests.composer.songmaker import Run
from tests.tones import ToneBackend

ABC = """X:1
T:Mine
M:4/4
L:1/4
K:D
D E F D | D E F D | F G A2 | F G A2 | A/2B/2A/2G/2 F D | A/2B/2A/2G/2 F D |
"""
SPEC = """title: Round
form: [verse]
tempo: 240
key: D major
stems: [{name: tune, role: lead, prompt: flute}]
sections: {verse: {bars: 6, chords: D, parts: {tune: own.abc}}}
"""
PITCHES = (0, 2, 4, 0, 0, 2, 4, 0, 4, 5, 7, 4, 5, 7, 7, 9, 7, 5, 4, 0)
WAITS = ("1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "2", "1", "1", "2", *("1/2",) * 4, "1", "1")


@pytest.fixture
def library() -> KnownTunes:
    """The same tune in another key."""
    place, notes = Fraction(0), []
    for pitch, wait in zip(PITCHES, WAITS, strict=True):
        notes.append((place, 50 + pitch))
        place += Fraction(wait)
    return KnownTunes([tune_of("Bruder Jakob (kinder)", notes)])


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "own.abc").write_text(ABC)
    (tmp_path / "round.yaml").write_text(SPEC)
    return tmp_path / "round.yaml"


def test_a_known_tune_is_named_with_its_place(spec: Path, library: KnownTunes) -> None:
    (match,) = match_tunes(plan_song(load_spec(spec)), library)
    assert (match.stem, match.bar, match.likeness.known) == ("tune", 1, "Bruder Jakob (kinder)")
    assert match.likeness.notes == len(PITCHES)
    assert match.is_same_rhythm


def test_notes_of_your_own_are_no_fault_but_others_are(spec: Path, library: KnownTunes) -> None:
    plan = plan_song(load_spec(spec))
    (own,) = match_tunes(plan, library)
    assert own.is_given
    assert check_tunes([own]).passed
    (visit,) = plan.visits
    made = replace(plan, visits=(replace(visit, music=replace(visit.music, given={})),))
    found = check_tunes(match_tunes(made, library))
    assert found.passed is False
    assert "Bruder Jakob" in found.detail


@pytest.mark.slow
def test_verify_names_them(
    spec: Path, library: KnownTunes, run: Run, backend: ToneBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "load_known_tunes", lambda cache, tell: library)
    assert run("render", str(spec), "--out", "song", "--no-cache", "--quiet")[0] in (0, 3)
    _, out, _ = run("verify", "song", "--tunes", "--json")
    (tune,) = json.loads(out)["tunes"]
    assert tune["known"] == "Bruder Jakob (kinder)"
    assert tune["yours"] is True
    assert "Bruder Jakob" in run("verify", "song", "--tunes")[1]
    assert "tunes" not in json.loads(run("verify", "song", "--json")[1])
