"""Chords by the grammar: what is typed, what it means, and the name that reads back as the same chord."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.harmony.bars import (
    faults_of_chords,
    note_on_reading,
    parse_bars,
    place_bars,
    read_written_bars,
)
from structure.harmony.chords import parse_symbol, quality_of, with_roots
from structure.harmony.keys import Key, parse_key
from structure.harmony.letters import move_chords
from structure.harmony.pitch import pitch_class
from structure.imports.shaping import chord_of
from structure.symbols.naming import name_of, usual_names
from structure.symbols.qualities import read_quality
from structure.symbols.typed import read_typed
from tests.loops import for_each

DATA = Path(__file__).parents[2] / "data" / "chords"
ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
C = Key("C", "major")

QUALITIES = yaml.safe_load((DATA / "qualities.yaml").read_text("utf-8"))
TYPED = yaml.safe_load((DATA / "typed.yaml").read_text("utf-8"))

tones = st.sets(st.integers(1, 11), max_size=11).map(lambda found: (0, *sorted(found)))
TOKENS = (
    "m maj min - + dim o 0 ø h aug 2 4 5 6 7 9 11 13 69 6/9 sus sus2 sus4 alt add9 add11 addb13 no3 no5 b5",
    "#5 b9 #9 #11 b13 b6 -9 +9 (b9) (#11) (add9) maj7 M7 Δ ^ / omit5",
)
tokens = st.sampled_from(" ".join(TOKENS).split())


@for_each("text", QUALITIES["ireal"])
def test_qualities_of_ireal_are_read_on_all_roots_over_all_basses(text: str) -> None:
    meant = tuple(QUALITIES["ireal"][text])
    for root in ROOTS:
        for bass in (None, *ROOTS):
            symbol = f"{root}{text}" if bass is None else f"{root}{text}/{bass}"
            chord = parse_symbol(symbol)
            assert (chord.root, chord.quality.intervals, chord.bass) == (root, meant, bass or root)
            assert chord_of(symbol) == (chord.symbol, True)


@for_each("text", QUALITIES["typed"])
def test_qualities_are_read_as_they_are_typed(text: str) -> None:
    assert parse_symbol(f"Eb{text}").quality.intervals == tuple(QUALITIES["typed"][text])


@for_each("text", QUALITIES["harte"])
def test_the_syntax_of_annotators_is_read_on_all_roots(text: str) -> None:
    meant, bass = QUALITIES["harte"][text]
    for root in ROOTS:
        chord = parse_symbol(text.replace("C", root, 1))
        assert list(chord.quality.intervals) == meant
        assert (pitch_class(chord.bass) - pitch_class(root)) % 12 == bass


@given(st.lists(tokens, max_size=5).map("".join), st.sampled_from(ROOTS), st.sampled_from(("", *ROOTS)))
def test_what_is_read_has_a_name_that_reads_back_as_the_same_chord(
    quality: str, root: str, bass: str
) -> None:
    try:
        chord = parse_symbol(f"{root}{quality}/{bass}" if bass else f"{root}{quality}")
    except ValueError:
        return
    again = parse_symbol(chord.symbol)
    assert again.pitch_classes == chord.pitch_classes
    assert (pitch_class(again.root), pitch_class(again.bass)) == (
        pitch_class(chord.root),
        pitch_class(chord.bass),
    )
    assert again.symbol == chord.symbol


@given(tones, st.sampled_from(ROOTS))
def test_every_set_of_tones_has_a_name_of_its_own(found: tuple[int, ...], root: str) -> None:
    assert read_quality(name_of(found)) == found
    assert parse_symbol(f"{root}{name_of(found)}").quality == quality_of(found)


def test_usual_names_read_as_what_they_name() -> None:
    assert all(read_quality(name) == found for found, name in usual_names().items())
    assert len(usual_names()) == len(set(usual_names().values()))


@given(st.text(max_size=30))
def test_no_text_is_more_than_a_fault(text: str) -> None:
    for read in (
        parse_symbol,
        lambda one: parse_bars(one, C),
        lambda one: read_written_bars(one, C, Meter(), 8),
    ):
        try:
            read(text)
        except ValueError as exc:
            assert str(exc)


def test_of_two_chords_the_one_without_brackets_is_played() -> None:
    assert parse_symbol("G7(Dm7)").symbol == "G7"
    assert parse_symbol("Dm7b5/Ab(Fm6/C)").symbol == "Dm7b5/Ab"
    assert parse_symbol("(G7)").symbol == "G7"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("am7", "did you mean Am7?"),
        ("Cminn7", "did you mean Cmin7?"),
        ("Cmajjor7", "did you mean Cmajor7?"),
        ("Amaj8", "write Am7"),
        ("Csus5", "write Am7"),
        ("C:maj8", "write Am7"),
        ("C:maj(*1)", "write Am7"),
    ],
)
def test_a_suggestion_never_changes_the_harmony(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is not a chord; ") as caught:
        parse_symbol(text)
    assert hint in str(caught.value)


@cache
def _share(part: str) -> float:
    rows: list[dict[str, Any]] = TYPED[part]
    return sum(_is_read(row) for row in rows) / len(rows)


def _is_read(row: dict[str, Any]) -> bool:
    key = parse_key(row.get("key", "C major"))
    try:
        found = read_written_bars(row["line"], key, Meter())
    except ValueError:
        return False
    return place_bars(found, Meter()) == place_bars(parse_bars(row["bars"], key), Meter())


def test_lines_are_read_as_people_type_them() -> None:
    assert sum(map(len, TYPED.values())) >= 200
    assert _share("built") == 1.0
    assert _share("held") >= 0.95


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("|: C | F :| x3 | G", "C F C F C F G"),
        ("|: C :| F |: G :| Am", "C C F G G Am"),
        ("(C | F) x2 | (G | Am) x2", "C F C F G Am G Am"),
        ("((C | F) x2 | G) x2", "C F C F G C F C F G"),
        ("C | F :|", "C F C F"),
        ("3x (C F)", "C F C F C F"),
    ],
)
def test_repeats_are_played(text: str, bars: str) -> None:
    found = [slot for bar in read_written_bars(text, C) for slot in bar]
    assert [chord.symbol for chord in found] == bars.split()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(C | F", "a bracket is not closed"),
        ("C | F) x2", "')' closes nothing"),
        ("((((C x90) x90) x90) x90)", "its repeats make more than"),
        ("C | | F", "bar 2: it has no chord"),
        ("N.C.", "alone is no progression"),
    ],
)
def test_lines_that_cannot_be_played_say_why(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_bars(text, C)


def test_a_line_without_bar_lines_says_what_it_took() -> None:
    assert note_on_reading("C Am F G", 8, Meter()) == (
        "no bar lines, so each chord has a bar: C | Am | F | G"
    )
    assert "it was read as: C Am F G" in note_on_reading("C Am F G", 2, Meter())
    assert "the chord before goes on" in note_on_reading("C | N.C.", 2, Meter())
    assert "of G7(Dm7) the first chord is played" in note_on_reading("C | G7(Dm7)", 2, Meter())
    assert note_on_reading("C | Am F | G", 3, Meter()) == note_on_reading("C", 4, Meter()) == ""


def test_each_chord_of_a_bad_line_is_named() -> None:
    assert [fault.partition(" is")[0] for fault in faults_of_chords("Cq | F | Zz Cq Vx", C)] == [
        "bar 1: 'Cq'",
        "bar 3: 'Zz'",
        "bar 3: 'Vx'",
    ]


@given(
    st.lists(st.sampled_from(["Am7", "C:maj7/3", "G7(Dm7/A)", "F6/9/C", "Bb(add9)", "D maj7"]), min_size=1),
    st.sampled_from([" | ", " - ", ", "]),
    st.integers(1, 11),
)
def test_lines_move_with_all_that_stands_in_them(chords: list[str], sign: str, semitones: int) -> None:
    key, text = parse_key("C major"), sign.join(chords)
    moved = move_chords(text, semitones, key.transpose(semitones))
    before, after = (read_typed(one).slots for one in (text, moved))
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        first, second = parse_symbol(one), parse_symbol(other)
        assert {(pitch + semitones) % 12 for pitch in first.pitch_classes} == set(second.pitch_classes)
        assert (pitch_class(first.bass) + semitones) % 12 == pitch_class(second.bass)
    assert with_roots("G7(Dm7/A)", lambda name: f"{name}#") == "G#7(D#m7/A#)"


@pytest.mark.parametrize(
    ("number", "key", "symbol"),
    [
        ("1", "C major", "C"),
        ("6", "C major", "Am"),
        ("6-7", "C major", "Am7"),
        ("27", "C major", "D7"),
        ("7", "C major", "Bdim"),
        ("b7", "C major", "Bb"),
        ("5/7", "G major", "D/F#"),
        ("4sus4", "C major", "Fsus4"),
        ("1", "A minor", "Am"),
        ("b6", "A minor", "F"),
        ("3", "A minor", "C"),
        ("I6/4", "C major", "C/G"),
        ("V7/ii", "C major", "A7"),
        ("V7alt", "C major", "G7alt"),
    ],
)
def test_numbers_of_nashville_and_numerals(number: str, key: str, symbol: str) -> None:
    (bar,) = parse_bars(number, parse_key(key))
    assert bar[0].symbol == symbol
