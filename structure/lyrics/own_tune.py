"""Lays words under a melody of the user's own, whose notes stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from math import inf

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.lyrics.passage import DOWNBEAT, Passage
from structure.lyrics.setting import Unit, syllable_of, units_of
from structure.lyrics.syllables import SungLine
from structure.plans.score import Note, Syllable

_HELD = 1.0
"""What it costs to hold a syllable over another note."""

_OVER_REST = 6.0
_LINE_ON_PHRASE = 2.5
_STRESSED, _UNSTRESSED = 0.6, 0.35


def lay_under(lines: Sequence[SungLine], tune: Sequence[Note], passage: Passage, where: str) -> list[Note]:
    """Return the notes of a melody with the syllables of lines.

    Each syllable has a note. Where there are more notes, syllables are held over those that are weak and
    follow without a rest.

    Raises PlanError where the words have more syllables than the melody has notes.
    """
    highest: dict[Fraction, Note] = {}  # of notes that begin together, the top one
    for note in tune:
        if note.onset not in highest or note.pitch > highest[note.onset].pitch:
            highest[note.onset] = note
    notes = [highest[at] for at in sorted(highest)]
    units = [unit for line in lines for unit in units_of(line)]
    firsts = [0, *accumulate(line.notes for line in lines)][: len(lines)]  # where each line begins
    if len(units) > len(notes):
        at = sum(first <= len(notes) for first in firsts) - 1
        line = lines[max(0, at)]
        raise PlanError(
            f"{where}: the words have {len(units)} syllables, and the melody of your own has {len(notes)} "
            f"notes here; they end in line {line.number}, {line.text[:40]!r}",
            field=where,
            hint="take fewer words, or a melody with more notes; it is kept as it is",
        )
    starts = _align(units, firsts, notes, passage)
    found, now = [], 0
    for i, note in enumerate(notes):
        if now < len(starts) and starts[now] == i:
            syllable = syllable_of(units[now])
            now += 1
        else:
            own = syllable_of(units[now - 1])
            syllable = Syllable(own.text, "hold", 0, own.word, own.phones)
        found.append(replace(note, syllable=syllable))
    return found


def _align(
    units: Sequence[Unit], firsts: Sequence[int], notes: Sequence[Note], passage: Passage
) -> list[int]:
    """Return the note on which each unit begins: the cheapest way to lay one under the other."""
    rests = [False] + [float(b.onset - a.end) >= 0.25 for a, b in pairwise(notes)]
    lengths = [1.0, *(float(b.onset - a.onset) for a, b in pairwise(notes))]
    usual = sorted(lengths)[len(lengths) // 2]
    phrase = [i == 0 or rests[i] or lengths[i] >= 2 * usual for i in range(len(notes))]
    best = [[inf] * len(units) for _ in notes]
    begins = [[False] * len(units) for _ in notes]
    for i, note in enumerate(notes):
        weight = passage.weight(note.onset)
        held = _HELD + (_OVER_REST if rests[i] else 0.0) + 0.25 * weight
        for j, unit in enumerate(units[: i + 1]):
            # What it costs to begin the unit on this note: lines begin with phrases, stresses are strong.
            starts_line = j in firsts
            cost = 0.0 if starts_line == phrase[i] else _LINE_ON_PHRASE if starts_line else 0.3
            if not unit.is_hold:
                cost += _STRESSED * (DOWNBEAT - weight) if unit.stress == 2 else _UNSTRESSED * weight
            before = 0.0 if i == j == 0 else best[i - 1][j - 1] if i and j else inf
            going_on = best[i - 1][j] + held if i else inf
            best[i][j], begins[i][j] = min((before + cost, True), (going_on, False))
    found, j = [], len(units) - 1
    for i in range(len(notes) - 1, -1, -1):
        if begins[i][j]:
            found.append(i)
            j -= 1
            if j < 0:
                break
    return found[::-1]
