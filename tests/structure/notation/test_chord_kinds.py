"""Every chord that is read can be written as MusicXML's kinds and degrees, and is read back as it was."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import music21
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from structure.base.datafiles import read_data
from structure.base.grid import Meter
from structure.harmony.chord_kinds import chord_kind
from structure.harmony.chords import qualities
from structure.notation.m21 import chord_symbol, export_score, finish_score
from tests.readers.musescore import read_with_musescore
from tests.readers.musicxml_schema import musicxml_errors
from tests.structure.notation.sheetmaker import chord_events

QUALITIES = list(dict.fromkeys(qualities().values()))
DOMINANT = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 10, 9: 2, 11: 5, 13: 9}
"""Semitones of degrees that are added, by the text of the schema."""

OMITTED = {name: set(row.get("omitted", ())) for name, row in read_data("chord_kinds.yaml").items()}
M21_KINDS = {
    "dominant-seventh": "dominant",
    "minor-major-seventh": "major-minor",
    "half-diminished-seventh": "half-diminished",
}
NOTES = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))


def tones(kind: str, degrees: Iterable[tuple[str, int, int]]) -> set[int]:
    """What a kind with degrees holds, as the schema says, apart from our own tables of degrees."""
    found = set(read_data("chord_kinds.yaml")[kind]["tones"])
    own = {degree: nearest(found, DOMINANT[degree]) for degree in (3, 5, 7)}
    for what, value, alter in degrees:
        if what == "add":
            found.add((DOMINANT[value] + alter) % 12)
        elif what == "alter":
            found.remove(own[value])
            found.add((own[value] + alter) % 12)
        else:
            found.remove(own.get(value) if own.get(value) is not None else DOMINANT[value])
    return found


def nearest(found: set[int], place: int) -> int | None:
    """The tone of a kind that stands for a degree: of two that could, the one in its own place."""
    near = [tone for tone in found if abs(tone - place) <= 1]
    return min(near, key=lambda tone: abs(tone - place), default=None)


@given(st.sets(st.integers(0, 11), min_size=1, max_size=8))
def test_any_chord_is_a_kind_with_degrees(intervals: set[int]) -> None:
    kind = chord_kind(intervals)
    wanted = intervals | {0}
    read = tones(kind.name, [(d.type, d.value, d.alter) for d in kind.degrees])
    assert wanted <= read
    assert read - wanted <= OMITTED[kind.name]


@pytest.mark.parametrize(
    ("symbol", "kind", "degrees"),
    [
        ("7sus4", "suspended-fourth", [("add", 7, 0)]),
        ("9sus4", "suspended-fourth", [("add", 7, 0), ("add", 9, 0)]),
        ("7sus4b9", "suspended-fourth", [("add", 7, 0), ("add", 9, -1)]),
        ("7sus2", "suspended-second", [("add", 7, 0)]),
        ("69", "major-sixth", [("add", 9, 0)]),
        ("7no5", "dominant", [("subtract", 5, 0)]),
        ("5", "power", []),
        ("7b9", "dominant", [("add", 9, -1)]),
        ("maj7#5", "major-seventh", [("alter", 5, 1)]),
        ("m7b5", "half-diminished", []),
        ("13", "dominant-13th", []),
    ],
)
def test_kinds_are_those_that_programs_know(symbol: str, kind: str, degrees: list[Any]) -> None:
    found = chord_kind(qualities()[symbol].intervals)
    assert (found.name, [(d.type, d.value, d.alter) for d in found.degrees]) == (kind, degrees)


@pytest.fixture(scope="module")
def text() -> str:
    """A score of every chord on E flat and over its fifth, a bar each."""
    part = music21.stream.Part()
    for number, quality in enumerate(QUALITIES):
        measure = music21.stream.Measure(number=number + 1)
        if number == 0:
            measure.insert(0, music21.meter.TimeSignature("4/4"))
        for place, slash in enumerate(("", "/Bb")):
            chord = chord_events(f"Eb{quality.symbol}{slash}", Meter(4, 4))[0]
            measure.insert(2 * place, chord_symbol(chord))
            measure.insert(2 * place, music21.note.Note("C4", quarterLength=2))
        part.append(measure)
    score = music21.stream.Score()
    score.insert(0, part)
    return finish_score(export_score(score))


def harmonies(root: etree._Element) -> list[tuple[str, list[tuple[str, int, int]], int]]:
    """Kind, degrees and pitch class of the root of each chord of a score."""
    found = []
    for harmony in root.iter("harmony"):
        degrees = [
            (
                d.findtext("degree-type"),
                int(d.findtext("degree-value")),
                int(d.findtext("degree-alter") or 0),
            )
            for d in harmony.iter("degree")
        ]
        step, alter = harmony.findtext("root/root-step"), int(harmony.findtext("root/root-alter") or 0)
        found.append((harmony.findtext("kind"), degrees, (NOTES[step] + alter) % 12))
    return found


def test_chords_are_valid_by_the_official_schema(text: str) -> None:
    assert musicxml_errors(text) == []
    assert musicxml_errors(text.replace(">power<", ">suspended-fourth-seventh<"))


def test_no_alteration_prints_twice(text: str) -> None:
    for harmony in etree.fromstring(text.encode()).iter("harmony"):
        assert harmony.find("kind").get("text") is not None or harmony.findtext("kind") == "major"
        assert {degree.get("print-object") for degree in harmony.iter("degree")} <= {"no"}
        assert harmony.find("inversion") is None


def test_music21_reads_every_chord(text: str) -> None:
    score = music21.converter.parseData(text, format="musicxml")
    symbols = list(score.recurse().getElementsByClass(music21.harmony.ChordSymbol))
    assert len(symbols) == 2 * len(QUALITIES)
    for symbol, over, quality in zip(symbols[::2], symbols[1::2], QUALITIES, strict=True):
        assert (symbol.root().name, over.bass().name) == ("E-", "B-")
        kind = M21_KINDS.get(symbol.chordKind, symbol.chordKind)
        degrees = [
            (change.modType, change.degree, round(change.interval.semitones) if change.interval else 0)
            for change in symbol.chordStepModifications
        ]
        found = tones(kind, degrees)
        assert set(quality.intervals) <= found, quality.symbol
        assert found - set(quality.intervals) <= OMITTED[kind], quality.symbol


@pytest.mark.slow
def test_musescore_reads_every_chord(text: str, tmp_path: Path) -> None:
    (tmp_path / "chords.musicxml").write_text(text)
    read = harmonies(read_with_musescore(tmp_path / "chords.musicxml", tmp_path).score)
    assert len(read) == 2 * len(QUALITIES)
    for (kind, degrees, root), quality in zip(read[::2], QUALITIES, strict=True):
        assert root == 3
        found = tones(kind, degrees)
        assert set(quality.intervals) <= found, quality.symbol
        assert found - set(quality.intervals) <= OMITTED[kind], quality.symbol
