"""Chords that are found for notes."""

from __future__ import annotations

import pytest

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.harmony.fitting import fit_chords, lay_over
from structure.harmony.keys import parse_key
from structure.plans.score import Note
from structure.presets.styles import load_style
from tests.midifiles import in_quarters


def notes(text: str) -> list[Note]:
    """Notes one after another, by names and lengths."""
    return [
        Note(Fraction(start).limit_denominator(96), Fraction(length).limit_denominator(96), pitch, velocity)
        for start, length, pitch, velocity in in_quarters(text)
    ]


def found(tune: str, key: str, bars: int, meter: str = "4/4", style: str = "folk") -> list[str]:
    """Symbols of the chords for a tune."""
    chords = fit_chords(
        notes(tune), (), bars, parse_key(key), Meter.parse(meter), load_style(style), closes=True
    )
    assert sum((chord.duration for chord in chords), Fraction(0)) == bars * Meter.parse(meter).bar_quarters
    return [chord.symbol for chord in chords]


@pytest.mark.parametrize(
    ("tune", "key", "meter", "chords"),
    [
        ("C4:1 E4:1 G4:2 F4:1 A4:1 C5:2 G4:1 B4:1 D5:2 C5:4", "C major", "4/4", ["C", "F", "G", "C"]),
        ("A4:1 C5:1 E5:1 D5:1 F5:1 A5:1 G#4:1 B4:1 E5:1 A4:3", "A minor", "3/4", ["Am", "Dm", "E", "Am"]),
    ],
)
def test_broken_chords_are_heard(tune: str, key: str, meter: str, chords: list[str]) -> None:
    heard = found(tune, key, 4, meter)
    assert [symbol.rstrip("7") for symbol in heard] == chords


def test_a_raised_note_is_led_to_by_its_dominant() -> None:
    tune = "G4:2 B4:2 C#5:2 A4:1 E5:1 D5:2 F#5:2 G5:4"
    assert found(tune, "G major", 4)[1].startswith("A")


def test_passing_notes_do_not_change_the_chord() -> None:
    assert found("C4:.5 D4:.5 E4:.5 F4:.5 G4:.5 F4:.5 E4:.5 D4:.5 C4:4", "C major", 2) == ["C", "C"]


def test_chords_that_are_known_lie_over_those_that_are_found() -> None:
    tune = notes("C4:4 F4:4 G4:4 C4:4")
    key, style = parse_key("C major"), load_style("pop")
    plain = fit_chords(tune, (), 4, key, Meter(), style, closes=True)
    known = fit_chords(notes("A4:4"), (), 1, parse_key("A minor"), Meter(), style, closes=True)
    both = lay_over(plain, known)
    assert both[0].symbol == known[0].symbol and both[-1] == plain[-1]
    assert [chord.end for chord in both[:-1]] == [chord.onset for chord in both[1:]]


def test_chords_have_the_sevenths_of_the_style() -> None:
    tune = "C4:1 E4:1 G4:2 F4:1 A4:1 C5:2 G4:1 B4:1 D5:2 C5:1 B4:1 G4:2"
    jazz, folk = (found(tune, "C major", 4, style=style) for style in ("jazz", "folk"))
    assert all("7" in symbol for symbol in jazz) and folk[:2] == ["C", "F"]
