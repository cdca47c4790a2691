"""Passages of known tunes are found in any key and at any tempo, and others are not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.tunes import known
from structure.tunes.known import corpus_files, load_known_tunes, read_tunes
from structure.tunes.likeness import LEAST_NOTES, KnownTunes
from structure.tunes.tune import Tune, tune_of

Notes = list[tuple[Fraction, int]]

FRERE = [60, 62, 64, 60, 60, 62, 64, 60, 64, 65, 67, 64, 65, 67, 67, 69, 67, 65, 64, 60]
ODE = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62]
WAITS = [
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    2,
    1,
    1,
    2,
    Fraction(1, 2),
    Fraction(1, 2),
    Fraction(1, 2),
    Fraction(1, 2),
    1,
    1,
]


def played(
    pitches: list[int], waits: list[int | Fraction] | None = None, *, beat: Fraction = Fraction(1)
) -> Notes:
    place, found = Fraction(0), Notes()
    for pitch, wait in zip(pitches, waits or [1] * len(pitches), strict=False):
        found.append((place, pitch))
        place += beat * wait
    return found


KNOWN = KnownTunes([tune_of("Frère Jacques", played(FRERE, WAITS)), tune_of("Ode", played(ODE))])


@given(
    up=st.integers(-20, 20),
    beat=st.fractions(Fraction(1, 4), 4, max_denominator=8),
    first=st.integers(0, len(FRERE) - LEAST_NOTES),
    before=st.lists(st.integers(30, 90), max_size=6),
)
def test_a_passage_is_found_in_any_key_and_at_any_tempo(
    up: int, beat: Fraction, first: int, before: list[int]
) -> None:
    notes = played(
        [*before, *(pitch + up for pitch in FRERE[first:])], [1] * len(before) + WAITS[first:], beat=beat
    )
    found = {one.known: one for one in KNOWN.find(tune_of("mine", notes))}
    match = found["Frère Jacques"]
    assert match.notes >= len(FRERE) - first
    assert match.first <= len(before)
    assert match.rhythm > 0.8


def test_nine_notes_are_nobody_s() -> None:
    assert not KNOWN.find(tune_of("mine", played(ODE[: LEAST_NOTES - 1])))
    assert KNOWN.find(tune_of("mine", played(ODE[: LEAST_NOTES + 2])))


def test_another_rhythm_is_said() -> None:
    (match,) = KNOWN.find(tune_of("mine", played(ODE, [3, 1, 2, 1, 1, 3, 1, 2, 1, 5, 1, 3, 1, 2, 1])))
    assert match.notes == len(ODE)
    assert match.rhythm < 0.5


def test_scales_and_patterns_are_nobody_s() -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79]
    pattern = [60, 64, 67] * 6
    tunes = KnownTunes([tune_of("scale", played(scale)), tune_of("pattern", played(pattern))])
    assert not tunes.find(tune_of("mine", played(scale)))
    assert not tunes.find(tune_of("mine", played(pattern)))


@given(st.lists(st.integers(40, 90), min_size=12, max_size=40))
def test_a_tune_is_like_itself(pitches: list[int]) -> None:
    tune = tune_of("it", played(pitches))
    for match in KnownTunes([tune]).find(tune):
        assert (match.notes, match.rhythm) == (len(pitches) - match.first, 1.0)


def test_of_chords_the_upper_note_is_the_tune() -> None:
    chords = [(start, pitch - 7) for start, pitch in played(ODE)]
    assert (tune_of("", [*chords, *played(ODE)]).steps == tune_of("", played(ODE)).steps).all()


def test_no_tunes_are_like_nothing() -> None:
    assert KnownTunes(()).find(tune_of("mine", played(FRERE))) == []
    assert KNOWN.find(tune_of("mine", ())) == []


@pytest.mark.slow
def test_music21_has_folk_songs_and_chorales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [path for path in corpus_files() if path.name in ("kinder0.abc", "bwv66.6.mxl")]
    assert len(wanted) == 2
    tunes = [tune for path in wanted for tune in read_tunes(path)]
    assert len(tunes) > 100
    monkeypatch.setattr(known, "corpus_files", lambda: wanted)
    told: list[tuple[int, int]] = []
    first = load_known_tunes(tmp_path, lambda done, total: told.append((done, total)))
    again = load_known_tunes(tmp_path, lambda done, total: pytest.fail("it is kept"))
    assert told == [(1, 2), (2, 2)]
    assert again.names == first.names == [tune.name for tune in tunes]
    for tune in tunes[::20]:
        moved = Tune("mine", tune.steps, tune.ratios)
        assert all(one.rhythm <= 1 for one in again.find(moved))
    chorale = tunes[-1]
    assert again.find(chorale)[0].known == chorale.name
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(b"broken")
    assert len(load_known_tunes(tmp_path).names) == len(tunes)
    assert np.array_equal(load_known_tunes(tmp_path).steps, first.steps)
