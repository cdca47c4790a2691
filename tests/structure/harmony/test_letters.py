"""Chords in letters are moved with everything that is written around them; where they stand is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.harmony.bars import parse_progression
from structure.harmony.keys import parse_key
from structure.harmony.letters import is_in_letters, key_of_letters, move_chords

A_MINOR = ["Am | F | C | G", "Dm | E7 | Am | Am"]


def test_only_letters_move() -> None:
    key = parse_key("C minor")
    assert (
        move_chords("Am7 | %| F/C  Gsus4 / | V7/V bVII", 3, key) == "Cm7 | %| Ab/Eb  Bbsus4 / | V7/V bVII"
    )
    assert not is_in_letters("I | V7/V | bVII | %")
    assert is_in_letters("I | V7/V | Bb | %")


@given(
    st.lists(st.sampled_from(["Am", "F/C", "C#m7b5", "Bbmaj7", "G7"]), min_size=1, max_size=6),
    st.integers(0, 11),
)
def test_moved_chords_sound_as_far_away_as_they_are_moved(chords: list[str], semitones: int) -> None:
    key, text = parse_key("A minor"), " | ".join(chords)
    moved = move_chords(text, semitones, key.transpose(semitones))
    before = parse_progression(text, key, len(chords), Meter())
    after = parse_progression(moved, key, len(chords), Meter())
    for one, other in zip(before, after, strict=True):
        assert {(pitch + semitones) % 12 for pitch in one.pitch_classes} == set(other.pitch_classes)
        assert (one.bass + semitones) % 12 == other.bass


@pytest.mark.parametrize("tonic", ["Bb", "C#", "F#", "G#"])
def test_chords_that_stand_far_away_are_heard_to_stand_there(tonic: str) -> None:
    found = key_of_letters(A_MINOR, parse_key(f"{tonic} minor"))
    assert found is not None and found.name == "A minor"


@pytest.mark.parametrize(
    ("progressions", "key"),
    [
        (A_MINOR, "A minor"),
        (A_MINOR, "E minor"),  # a near key is no clear fault
        (["C7 | F7 | G7 | C7"], "C major"),
        (["Am | F"], "C# minor"),  # too few to tell
        ([], "C major"),
    ],
)
def test_chords_that_may_stand_in_the_key_are_left_alone(progressions: list[str], key: str) -> None:
    assert key_of_letters(progressions, parse_key(key)) is None
