"""Scores that the training set does not have: real tunes and the parts of planned songs.

Melodies come from music21's corpus (Ryan's Mammoth Collection, 1883, and folk songs; public domain); bass
lines, chords, pads, arpeggios and drums from songs that the planner writes. They are for the evaluation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

import numpy as np

from render.model.playing.notes import NoteTable
from structure.harmony.pitch import fold_into_range
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import Part
from training.captions import Instrument, Teacher
from training.scores import RATE, without_overlaps

_GENRES = ("pop", "rock", "jazz", "funk", "house", "folk", "synthwave", "soul", "ambient", "waltz")
_TUNES = 60
_ROLES = {
    "b": ("bass",),
    "c": ("chords",),
    "p": ("pad", "chords"),
    "a": ("arpeggio", "chords"),
    "m": ("lead",),
}
Row = tuple[int, int, int, int]


class RealScores:
    """Draws parts of about ten seconds from tunes and planned songs."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def part(
        self, rng: np.random.Generator, instrument: Instrument | Teacher, plays: str, seconds: float
    ) -> NoteTable:
        """Return a part for an instrument, moved by octaves into its range.

        ``plays`` is as in captions.PLAYS.
        """
        rows = self._tune(rng, seconds) if plays == "m" else self._plan(rng, _ROLES[plays], seconds)
        return NoteTable.of(_in_range(rows, instrument.low, instrument.high))

    def drums(self, rng: np.random.Generator, seconds: float) -> NoteTable:
        """Return a drum part."""
        return NoteTable.of(self._plan(rng, ("drums",), seconds))

    @cached_property
    def _plans(self) -> list[SongPlan]:
        texts = [
            f"{genre} song, 60 seconds, with drums, bass, chords, pad and arpeggio" for genre in _GENRES
        ]
        specs = [
            parse_spec(json.dumps({"description": text, "seed": self._seed + k}))
            for k, text in enumerate(texts)
        ]
        return [plan_song(spec) for spec in specs]

    def _plan(self, rng: np.random.Generator, roles: tuple[str, ...], seconds: float) -> list[Row]:
        for role in roles:
            found = list(self._parts(role))
            if found:
                plan, part = found[int(rng.integers(len(found)))]
                notes = NoteTable.from_score(part.notes, plan.grid, 0)
                first = notes.start.min()  # some enter in the middle of their section
                columns = (notes.start - first, notes.end - first, notes.pitch, notes.velocity)
                return _cut(zip(*(column.tolist() for column in columns), strict=True), seconds)
        raise ValueError(f"no planned song has a part of {' or '.join(roles)}")

    def _parts(self, role: str) -> Iterator[tuple[SongPlan, Part]]:
        for plan in self._plans:
            for visit in plan.visits:
                for part in visit.music.score.parts.values():
                    if part.role == role and len(part.notes) >= 6:
                        yield plan, part

    def _tune(self, rng: np.random.Generator, seconds: float) -> list[Row]:
        tunes = corpus_tunes()
        tune = tunes[int(rng.integers(len(tunes)))]
        beat = RATE * 60.0 / rng.uniform(76, 132)
        loudness = rng.uniform(64, 104)
        rows = [
            (
                int(onset * beat),
                int((onset + 0.94 * length) * beat),
                pitch,
                int(np.clip(loudness + rng.normal(0, 7), 25, 125)),
            )
            for onset, length, pitch in tune
        ]
        return _cut(rows, seconds)


@lru_cache(maxsize=1)
def corpus_tunes() -> list[list[tuple[float, float, int]]]:
    """Return melodies of music21's corpus as (onset, length, pitch) in quarters, at least 16 notes each."""
    from music21 import corpus

    paths = sorted(corpus.getComposer("ryansMammoth"), key=str)
    tunes = []
    for path in paths[:: max(1, len(paths) // _TUNES)]:
        score = corpus.parse(path)
        notes = score.parts[0].flatten().stripTies().notes
        rows = [(float(n.offset), float(n.quarterLength), int(n.pitches[-1].midi)) for n in notes]
        rows = [row for row in rows if row[1] > 0]
        if len(rows) >= 16:
            tunes.append(rows)
    return tunes


def _cut(rows: Iterable[Row], seconds: float) -> list[Row]:
    """Return the rows that begin early enough to be heard within ``seconds``, cut there."""
    last = int(seconds * RATE)
    return [(s, min(e, last), p, v) for s, e, p, v in rows if s < last - 3000 and e > s]


def _in_range(rows: list[Row], low: int, high: int) -> list[Row]:
    """Return rows moved together by octaves so that they lie around the middle of a range.

    Notes that are still outside it are moved by themselves. A pitch never sounds twice at a time.
    """
    middle = float(np.median([row[2] for row in rows]))
    shift = 12 * round(((low + high) / 2 - middle) / 12)
    moved = [
        (start, end, fold_into_range(pitch + shift, low, high), velocity)
        for start, end, pitch, velocity in rows
    ]
    return without_overlaps(moved)
