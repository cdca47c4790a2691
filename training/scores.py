"""Random but musical scores for the training set: bass lines, melodies, chords, pads, arpeggios, drums.

Times are in samples at 44.1 kHz from the start of the clip.
"""

from __future__ import annotations

import numpy as np

from render.model.playing.notes import NoteTable
from training.captions import Instrument, Teacher

RATE = 44_100
Row = tuple[int, int, int, int]

_SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 3, 5, 7, 9, 10),
    (0, 2, 4, 5, 7, 9, 10),
)
_RHYTHMS = ((1, 1, 1, 1), (0.5,) * 8, (1, 0.5, 0.5, 1, 1), (1.5, 0.5, 1, 1), (2, 1, 1), (0.25,) * 16,
            (3, 1), (0.75, 0.75, 0.5, 1, 1), (1 / 3,) * 12, (2, 2), (0.5, 1, 1, 1, 0.5))  # fmt: skip


class _Writer:
    """Collects notes of one clip in a random key, tempo and dynamic."""

    def __init__(self, rng: np.random.Generator, seconds: float, low: int, high: int) -> None:
        self.rng, self.low, self.high = rng, low, high
        self.beat = RATE * 60.0 / rng.uniform(62, 172)
        self.beats = seconds * RATE / self.beat
        self.root = int(rng.integers(12))
        self.scale = _SCALES[rng.integers(len(_SCALES))]
        self.loudness = rng.uniform(55, 110)
        self.gate = rng.uniform(0.35, 1.0)
        self.rows: list[Row] = []

    def degree(self, step: int, near: float) -> int:
        """Return the pitch of a scale degree in the octave nearest to ``near``, kept in range."""
        octave, index = divmod(step, 7)
        pitch = self.root + self.scale[index] + 12 * octave
        pitch += 12 * round((near - pitch) / 12)
        while pitch < self.low:
            pitch += 12
        while pitch > self.high:
            pitch -= 12
        return int(min(max(pitch, self.low), self.high))

    def add(self, onset: float, length: float, pitch: int, accent: float = 0.0) -> None:
        """Add a note, given in beats, with a little human time and force."""
        start = int(onset * self.beat + self.rng.normal(0, 60))
        size = max(int(length * self.beat), 1500)
        velocity = int(np.clip(self.loudness + accent + self.rng.normal(0, 8), 20, 127))
        self.rows.append((max(start, 0), max(start, 0) + size, pitch, velocity))

    def bars(self) -> range:
        """Return the start beats of the bars that fit."""
        return range(0, max(4, int(self.beats)) - 3, 4)

    def progression(self) -> list[int]:
        """Return a random root degree for each bar."""
        return [int(self.rng.choice([0, 0, 3, 4, 5, 1, 2])) for _ in self.bars()]


def _bass(w: _Writer) -> None:
    rhythm = _RHYTHMS[w.rng.integers(len(_RHYTHMS))]
    near = w.rng.uniform(w.low + 4, min(w.high, w.low + 20))
    for bar, root in zip(w.bars(), w.progression(), strict=True):
        onset = float(bar)
        for length in rhythm:
            step = root if w.rng.random() < 0.65 else root + int(w.rng.choice([4, 2, 7, -1]))
            if w.rng.random() < 0.9:
                w.add(onset, length * w.gate, w.degree(step, near), 8 * (onset == bar))
            onset += length


def _melody(w: _Writer) -> None:
    step = int(w.rng.integers(0, 7))
    near = w.rng.uniform(w.low + 6, w.high - 6)
    legato = w.rng.uniform(0.6, 1.05)
    for bar in w.bars():
        onset = float(bar)
        for length in _RHYTHMS[w.rng.integers(len(_RHYTHMS))]:
            step += int(w.rng.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4]))
            near = float(np.clip(near + w.rng.normal(0, 1.5), w.low + 4, w.high - 4))
            if w.rng.random() < 0.82:
                w.add(onset, length * legato, w.degree(step, near), 6 * (onset == bar))
            onset += length


def _voicing(w: _Writer, root: int, near: float) -> list[int]:
    size = int(w.rng.choice([3, 3, 3, 4, 2]))
    pitches = {w.degree(root + 2 * k, near + 3 * k - 3) for k in range(size)}
    return sorted(pitches)


def _chords(w: _Writer) -> None:
    rhythm = _RHYTHMS[w.rng.integers(len(_RHYTHMS))]
    near = w.rng.uniform(w.low + 12, max(w.low + 13, min(w.high - 8, 74)))
    for bar, root in zip(w.bars(), w.progression(), strict=True):
        voicing = _voicing(w, root, near)
        onset = float(bar)
        for length in rhythm:
            if w.rng.random() < 0.85:
                for pitch in voicing:
                    w.add(onset, length * w.gate, pitch, 5 * (onset == bar))
            onset += length


def _pad(w: _Writer) -> None:
    near = w.rng.uniform(w.low + 12, max(w.low + 13, min(w.high - 8, 76)))
    hold = float(w.rng.choice([2, 4, 4, 8]))
    onset = 0.0
    while onset < w.beats - 1:
        for pitch in _voicing(w, int(w.rng.integers(7)), near):
            w.add(onset, hold * w.rng.uniform(0.9, 1.02), pitch)
        onset += hold


def _arpeggio(w: _Writer) -> None:
    length = float(w.rng.choice([0.5, 0.25, 1 / 3, 1.0]))
    near = w.rng.uniform(w.low + 10, max(w.low + 11, w.high - 12))
    for bar, root in zip(w.bars(), w.progression(), strict=True):
        order = [0, 2, 4, 7, 4, 2] if w.rng.random() < 0.5 else [0, 4, 7, 9]
        for k in range(round(4 / length)):
            pitch = w.degree(root + order[k % len(order)], near + 2 * (k % len(order)) - 4)
            w.add(bar + k * length, length * w.gate * 1.2, pitch, 6 * (k == 0))


_WRITERS = {"b": _bass, "m": _melody, "c": _chords, "p": _pad, "a": _arpeggio}


def random_part(
    rng: np.random.Generator, instrument: Instrument | Teacher, plays: str, seconds: float
) -> NoteTable:
    """Return notes for ``instrument`` that all end within ``seconds``; ``plays`` is a key of PLAYS."""
    writer = _Writer(rng, seconds, instrument.low, instrument.high)
    _WRITERS[plays](writer)
    last = int(seconds * RATE)
    rows = [(s, min(e, last), p, v) for s, e, p, v in writer.rows if s < last - 2000]
    return NoteTable.of(without_overlaps(rows))


def without_overlaps(rows: list[Row]) -> list[Row]:
    """Cut a note where the same pitch starts again, since MIDI can't hold it twice."""
    kept: list[Row] = []
    next_start: dict[int, int] = {}
    for start, end, pitch, velocity in sorted(rows, reverse=True):
        limit = next_start.get(pitch)
        if limit is not None and limit - start < 1500:
            continue
        kept.append((start, end if limit is None else min(end, limit - 200), pitch, velocity))
        next_start[pitch] = start
    return sorted(kept)


_GROOVES = (
    # kick, snare, on a grid of sixteenths
    ((0, 8), (4, 12)),
    ((0, 6, 8), (4, 12)),
    ((0, 4, 8, 12), (4, 12)),
    ((0, 10), (4, 12)),
    ((0, 3, 8, 11), (4, 12)),
    ((0, 7, 10), (8,)),
    ((0,), (8,)),
    ((0, 2, 8, 10), (4, 7, 12)),
)
_HATS = (tuple(range(0, 16, 2)), tuple(range(16)), tuple(range(2, 16, 4)), tuple(range(0, 16, 4)), ())
_EXTRAS = (37, 39, 41, 43, 45, 47, 48, 50, 49, 51, 53, 54, 56, 57, 62, 63, 70, 76, 46, 44, 42, 38, 36)


def random_drums(rng: np.random.Generator, seconds: float) -> NoteTable:
    """Return a drum part: a groove with hats or ride, fills, crashes, and single hits of every sound."""
    sixteenth = RATE * 15.0 / rng.uniform(62, 175)
    swing = rng.choice([0.0, 0.0, 1 / 3, 0.15])
    kick, snare = _GROOVES[rng.integers(len(_GROOVES))]
    hats = _HATS[rng.integers(len(_HATS))]
    hat_key = int(rng.choice([42, 42, 42, 51, 46, 44, 70, 54]))
    snare_key = int(rng.choice([38, 38, 38, 40, 37, 39]))
    loudness = rng.uniform(60, 112)
    rows: list[Row] = []

    def hit(step: float, key: int, accent: float = 0.0) -> None:
        late = swing * sixteenth if int(step) % 4 == 2 else 0.0
        start = int(step * sixteenth + late + abs(rng.normal(0, 40)))
        velocity = int(np.clip(loudness + accent + rng.normal(0, 9), 15, 127))
        if start < seconds * RATE - 3000:
            rows.append((start, start + 4000, key, velocity))

    bars = int(seconds * RATE / (16 * sixteenth)) + 1
    for bar in range(bars):
        base = 16 * bar
        if bar % 4 == 0 and rng.random() < 0.6:
            hit(base, int(rng.choice([49, 57, 49, 52])), 8)
        filling = bar % 4 == 3 and rng.random() < 0.6
        for step in kick:
            hit(base + step, 36, 6)
        for step in () if filling else snare:
            hit(base + step, snare_key, 4)
        for step in hats:
            hit(base + step, hat_key if rng.random() < 0.92 else 46, -12 + 8 * (step % 4 == 0))
        if filling:
            for step in range(8, 16):
                hit(base + step, int(rng.choice([38, 38, 50, 48, 47, 45, 43, 41])), rng.normal(0, 6))
        for _ in range(int(rng.integers(0, 5))):
            hit(base + int(rng.integers(16)), int(rng.choice(_EXTRAS)), -4)
    return NoteTable.of(without_overlaps(rows))
