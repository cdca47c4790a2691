"""How notes are played, as a score says it: dots, accents, slurs, bends, pedal, and words over the staff.

A bend is written as players of strings read it: the note that is fretted, and how far it is bent up. What
comes up by a semitone or less, without a fret, is a scoop. Vibrato has no sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from structure.base.exact import Fraction
from structure.base.types import Articulation
from structure.notation.m21 import m21
from structure.plans.plan import StemPlan
from structure.plans.score import Control, Note

Tied = tuple[tuple[Note, bool, bool], ...]
"""Notes that sound together, each with whether it is tied from before and on."""

_SIGNS: Mapping[Articulation, str] = {
    "staccato": "Staccato",
    "tenuto": "Tenuto",
    "accent": "Accent",
    "marcato": "StrongAccent",
    "slide": "Scoop",
    "strum_down": "DownBow",
    "strum_up": "UpBow",
    "harmonic": "StringHarmonic",
}
"""Signs at a note, by music21's names."""

_WORDS: Mapping[Articulation, str] = {"palm_mute": "P.M.", "pizzicato": "pizz.", "brush": "brushes"}
"""Words over the first of the notes that are played so, and what takes them back."""

_BENT = {1: "½", 2: "1"}
"""How far a note is bent, in whole tones."""

_JOINED: tuple[Articulation, ...] = ("legato", "hammer_on", "pull_off")
_SUSTAIN = 64
_CHANGE = 0.2
"""Quarters for which a pedal may be up where it changes."""

_TREMOLO_STROKES = 3
_FRETTED = 1.0
"""Semitones from which a bend is one of a fretted string."""


def bent_from_below(note: Note) -> int:
    """Return the semitones by which a note is fretted below where its bend ends; 0 for other notes."""
    if not note.bend or note.bend[-1][1] != 0 or note.bend[0][1] > -_FRETTED:
        return 0
    return -round(note.bend[0][1])


class Touches:
    """Writes how a part is played, bar by bar: slurs go over bar lines."""

    def __init__(self, part: Any, stem: StemPlan) -> None:
        self._part = part
        self._is_drums = stem.role == "drums"
        self._before: Any = None
        self._slurred: list[Any] = []
        self._placed: list[tuple[float, Any]] = []
        self._word = ""

    def bar(self, measure: Any, start: Fraction, written: Sequence[tuple[Any, Tied]]) -> None:
        """Write what is said of the notes of a bar onto their elements.

        The bar begins ``start`` quarters after its section.
        """
        self._placed += [(float(start) + float(element.offset), element) for element, _ in written]
        if not any(note.articulation in _WORDS for _, tied in written for note, *_ in tied):
            self._word = ""
        for element, tied in written:
            begun = [note for note, from_before, _ in tied if not from_before]
            if begun:
                self._mark(measure, element, begun)
            elif not tied:
                self._end_slur()
                self._before = None
        self._before = self._before if written else None

    def end_of_visit(self, controls: Sequence[Control]) -> None:
        """End what is not to go on into the next section, and write its pedal."""
        self._end_slur()
        self._before = None
        for control in controls:
            if control.controller == _SUSTAIN:
                self._write_pedal(control)
        self._placed = []

    def _write_pedal(self, control: Control) -> None:
        """Write the pedal wherever something sounds while it is down."""
        points = [(float(at), value) for at, value in control.points]
        for (down, value), (up, _) in pairwise(points):
            inside = [element for at, element in self._placed if down - _CHANGE <= at < up - _CHANGE]
            if value and inside:
                self._part.insert(0, m21("expressions").PedalMark(inside[0], inside[-1]))

    def _mark(self, measure: Any, element: Any, begun: Sequence[Note]) -> None:
        articulations = {note.articulation for note in begun}
        joined = any(kind in articulations for kind in _JOINED)
        if joined and self._before is not None:
            self._slurred = [*(self._slurred or [self._before]), element]
        else:
            self._end_slur()
        self._before = element
        for kind, sign in _SIGNS.items():
            if kind in articulations:
                element.articulations.append(getattr(m21("articulations"), sign)())
        if "tremolo" in articulations:
            element.expressions.append(m21("expressions").Tremolo(numberOfMarks=_TREMOLO_STROKES))
        if articulations & {"ghost", "mute"}:
            self._head(element, begun)
        self._bend(measure, element, begun)
        self._say(measure, element, articulations)

    def _bend(self, measure: Any, element: Any, begun: Sequence[Note]) -> None:
        for note in begun:
            if bent_from_below(note):
                interval = m21("interval").Interval(bent_from_below(note))
                element.articulations.append(m21("articulations").FretBend(bendAlter=interval))
                # Not every program draws a bend, without which the note would be another.
                words = f"bend {_BENT.get(bent_from_below(note), '')}".strip()
                measure.insert(element.offset, m21("expressions").TextExpression(words))
                return
            if note.bend and note.bend[0][1] < 0:
                element.articulations.append(m21("articulations").Scoop())
                return

    def _head(self, element: Any, begun: Sequence[Note]) -> None:
        """Put a ghost note in parentheses, and give what is damped a cross."""
        for note in getattr(element, "notes", (element,)):
            own = next((one for one in begun if self._is_drums or one.pitch == note.pitch.midi), None)
            if own is None:
                continue
            if own.articulation == "ghost":
                note.noteheadParenthesis = True
            elif own.articulation == "mute":
                note.notehead = "x"

    def _say(self, measure: Any, element: Any, articulations: set[Articulation]) -> None:
        word = next((text for kind, text in _WORDS.items() if kind in articulations), "")
        if word and word != self._word:
            measure.insert(element.offset, m21("expressions").TextExpression(word))
        self._word = word or self._word

    def _end_slur(self) -> None:
        if len(self._slurred) > 1:
            self._part.insert(0, m21("spanner").Slur(self._slurred[0], self._slurred[-1]))
        self._slurred = []
