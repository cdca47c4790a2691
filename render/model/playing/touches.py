"""How notes are played, as the model hears it: joined, bent, with vibrato, strummed, damped.

A score says so of its notes (:attr:`~structure.plans.score.Note.articulation` and ``bend``) and of the
sustain pedal. What a player does with several strokes becomes several notes here: a tremolo, a roll, a
flam; and the strings of a strummed chord are struck one after the other. What is done to a single note is
its :class:`Touch`: the course of its pitch is followed by the excitation and by the mel that it is painted
from, a joined note has no attack of its own, and what is damped dies away as a muted string does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from structure.base.grid import SAMPLE_RATE, Grid
from structure.base.types import Articulation
from structure.plans.score import Control, Note

Float = NDArray[np.float32]

Damping = Literal["palm", "dead", "choked"]
"""A string under the edge of the hand, one that hardly sounds, and a cymbal that is held."""

Points = tuple[tuple[int, float], ...]
"""Points ``(samples from the onset, value)``, between which values go in straight lines."""

JOINED_AGE_S = 0.25
"""How old a note sounds that another goes on into it: its attack is over."""

_GLIDE_S: Mapping[Articulation, float] = {
    "legato": 0.03,
    "hammer_on": 0.008,
    "pull_off": 0.008,
    "slide": 0.09,
}
"""How long the pitch takes from the note before to a joined one."""

_NEAR_S = 0.05
_WIDEST_GLIDE = 7
_SLIDE_FROM = -2.0
"""A slide comes from the note before, which ends no earlier than so many seconds, where it is no further
than so many semitones; else from a whole tone below."""

_STRING_S, _STRUM_S = 0.009, 0.045
"""Time from one string of a strummed chord to the next, and the most that a whole strum takes."""

_STRUM_EARLY = 0.4
"""Share of a strum that comes before its beat."""

_LATER_STRINGS = 0.9
"""The force of the last string, beside that of the first one."""

_TREMOLO_HZ, _ROLL_HZ = 11.0, 18.0
_UNEVEN = 0.86
"""Strokes a second, and the force of every second one beside that of the first."""

_GRACE_S, _GRACE = 0.028, 0.5
"""How much earlier the first stroke of a flam is, and its force beside that of the second."""

_SUSTAIN = 64
_PEDAL_DOWN = 64

_FADE_DB: Mapping[Damping, tuple[tuple[float, float], ...]] = {
    "palm": (
        (0.02, 0.0),
        (0.06, -5.0),
        (0.1, -12.0),
        (0.2, -18.0),
        (0.4, -32.0),
        (0.7, -45.0),
        (1.5, -60.0),
    ),
    "dead": ((0.01, 0.0), (0.04, -12.0), (0.08, -26.0), (0.15, -48.0), (0.3, -60.0)),
    "choked": ((0.0, 0.0), (0.04, -10.0), (0.1, -30.0), (0.2, -60.0)),
}
"""Seconds and dB of what is damped: of a string as FluidR3's muted guitar (a program of its own) against
its clean one, of a dead one in a third of that time, of a cymbal since it was gripped."""

_DULL_DB: Mapping[Damping, float] = {"palm": -5.0, "dead": -3.0, "choked": 0.0}
_DULL_FROM_HZ = 1000.0
"""What a damped note lacks above a frequency, the same guitars' difference there."""


@dataclass(frozen=True, slots=True)
class Touch:
    """How one note is played.

    ``after`` is the place of the note from which it goes on without an attack of its own, and ``leads_on``
    says that another goes on from it. ``course`` is its pitch in semitones from the written one.
    """

    after: int | None = None
    leads_on: bool = False
    course: Points = ()
    has_vibrato: bool = False
    damping: Damping | None = None

    @property
    def moves(self) -> bool:
        """Return whether its pitch leaves the written one, or it is joined to another note."""
        return self.after is not None or self.leads_on or bool(self.course)

    def find_shift(self, at: Float) -> Float:
        """Return how far the pitch is from the written one, without vibrato, at samples from the onset."""
        if not self.course:
            return np.zeros(at.shape, dtype=np.float32)
        places, values = zip(*self.course, strict=True)
        return np.asarray(np.interp(at, places, values), dtype=np.float32)


def find_fade_db(damping: Damping, seconds: Float) -> Float:
    """Return the level of a damped note beside an open one, so many seconds after its onset."""
    places, values = zip(*_FADE_DB[damping], strict=True)
    return np.asarray(np.interp(seconds, places, values), dtype=np.float32)


def find_dullness_db(damping: Damping, hertz: Float) -> Float:
    """Return what a damped note lacks at frequencies beside an open one: all of it an octave above."""
    share = np.clip(np.log2(np.maximum(hertz, 1.0) / _DULL_FROM_HZ), 0.0, 1.0)
    return np.asarray(_DULL_DB[damping] * share, dtype=np.float32)


@dataclass(slots=True)
class _Row:
    """A note in samples from the clip's first one, while it is found out how it is played."""

    start: int
    end: int
    pitch: int
    velocity: int
    touch: Touch = field(default_factory=Touch)
    before: _Row | None = None


def play_notes(
    notes: Sequence[Note], controls: Sequence[Control], grid: Grid, offset_samples: int, *, is_drums: bool
) -> tuple[list[tuple[int, int, int, int]], dict[int, Touch]]:
    """Return rows (start, end, pitch, velocity) as the notes of a part are played, and touches by row.

    The section begins ``offset_samples`` into the clip. Notes that are played as they are have no touch.
    """
    rows: list[_Row] = []
    before: list[_Row] = []
    for _, group in groupby(notes, key=lambda note: note.onset):
        together = list(group)
        struck = [_strike(note, grid, offset_samples, is_drums=is_drums) for note in together]
        if not is_drums:
            for note, row in zip(together, struck, strict=True):
                _join(note, row, before)
            _strum(together, struck)
        rows += (
            stroke for note, row in zip(together, struck, strict=True) for stroke in _repeat(note, row)
        )
        before = struck
    for control in controls:
        if control.controller == _SUSTAIN:
            _hold(rows, control, grid, offset_samples)
    place = {id(row): index for index, row in enumerate(rows)}
    for row in rows:
        if row.before is not None and id(row.before) in place:
            row.touch = replace(row.touch, after=place[id(row.before)])
    usual = Touch()
    return (
        [(row.start, row.end, row.pitch, row.velocity) for row in rows],
        {index: row.touch for index, row in enumerate(rows) if row.touch != usual},
    )


def _strike(note: Note, grid: Grid, offset_samples: int, *, is_drums: bool) -> _Row:
    """Return a note by itself: its place, its bend, its vibrato and what damps it."""
    begin = note.sounding_onset
    start, end = grid.sample_at(begin), grid.sample_at(note.sounding_end)
    course = tuple((grid.sample_at(begin + at) - start, bend) for at, bend in note.bend)
    damping: Damping | None = None
    if is_drums:
        damping = "choked" if note.articulation == "choke" else None
    elif note.articulation in ("palm_mute", "mute"):
        damping = "palm" if note.articulation == "palm_mute" else "dead"
    has_vibrato = note.articulation == "vibrato" and not is_drums
    touch = Touch(course=course, has_vibrato=has_vibrato, damping=damping)
    return _Row(offset_samples + start, offset_samples + end, note.pitch, note.velocity, touch)


def _join(note: Note, row: _Row, before: Sequence[_Row]) -> None:
    """Join a note to the nearest of those before it that lasts until it begins, where it is played so."""
    glide_s = _GLIDE_S.get(note.articulation)
    if glide_s is None:
        return
    near = [other for other in before if abs(other.end - row.start) <= _NEAR_S * SAMPLE_RATE]
    last = min(near, key=lambda other: abs(other.pitch - row.pitch), default=None)
    glide = min(round(glide_s * SAMPLE_RATE), (row.end - row.start) // 3)
    if last is None or last.pitch == row.pitch:
        if note.articulation == "slide" and not row.touch.course:
            row.touch = replace(row.touch, course=((0, _SLIDE_FROM), (glide, 0.0)))
        return
    interval = float(last.pitch - row.pitch)
    is_bent = bool(row.touch.course) or abs(interval) > _WIDEST_GLIDE
    course = row.touch.course if is_bent else ((0, interval), (glide, 0.0))
    row.touch, row.before = replace(row.touch, course=course), last
    last.touch = replace(last.touch, leads_on=True)
    last.end = max(last.start + 1, row.start)


def _strum(together: Sequence[Note], struck: Sequence[_Row]) -> None:
    """Strike the strings of a chord one after the other, about its onset, where it is strummed."""
    ways = {note.articulation for note in together} & {"strum_up", "strum_down"}
    if len(struck) < 2 or len(ways) != 1:
        return
    strings = sorted(struck, key=lambda row: row.pitch, reverse="strum_up" in ways)
    whole_s = min(_STRUM_S, _STRING_S * (len(strings) - 1))
    for place, row in zip(np.linspace(0.0, 1.0, len(strings)).tolist(), strings, strict=True):
        later = round((place - _STRUM_EARLY) * whole_s * SAMPLE_RATE)
        row.start = max(0, row.start + later)
        row.end = max(row.end, row.start + 1)
        row.velocity = max(1, round(row.velocity * (1.0 - (1.0 - _LATER_STRINGS) * place)))


def _repeat(note: Note, row: _Row) -> Iterator[_Row]:
    """Yield the strokes of a note: itself, or those of a tremolo, a roll or a flam."""
    if note.articulation == "flam":
        grace = replace(row, start=max(0, row.start - round(_GRACE_S * SAMPLE_RATE)), touch=Touch())
        grace.velocity = max(1, round(row.velocity * _GRACE))
        grace.end = max(row.start, grace.start + 1)
        yield grace
        yield row
        return
    strokes_hz = {"tremolo": _TREMOLO_HZ, "roll": _ROLL_HZ}.get(note.articulation, 0.0)
    count = round((row.end - row.start) / SAMPLE_RATE * strokes_hz)
    if count < 2:
        yield row
        return
    # Strokes share the note out evenly, so that it keeps its beat.
    edges = np.rint(np.linspace(row.start, row.end, count + 1)).astype(int).tolist()
    for number, (start, end) in enumerate(pairwise(edges)):
        velocity = row.velocity if number % 2 == 0 else max(1, round(row.velocity * _UNEVEN))
        yield _Row(start, max(end, start + 1), row.pitch, velocity)


def _hold(rows: Sequence[_Row], pedal: Control, grid: Grid, offset_samples: int) -> None:
    """Let notes sound on while the sustain pedal is down, until their pitch is struck again."""
    downs = [
        (offset_samples + grid.sample_at(down), offset_samples + grid.sample_at(up))
        for (down, value), (up, _) in pairwise(pedal.points)
        if value >= _PEDAL_DOWN
    ]
    next_start: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: row.start, reverse=True):
        up = next((up for down, up in downs if down <= row.end < up), row.end)
        if not row.touch.leads_on:
            row.end = max(row.end, min(up, next_start.get(row.pitch, up)))
        next_start[row.pitch] = row.start
