"""Hears chords: the triad of each stretch of a recording, by the pitch classes that sound in it.

Each stretch is likened to major and minor triads, and the likeliest way through all of them is taken, in
which chords stay where nothing speaks for another (Sheh and Ellis, "Chord segmentation and recognition
using EM-trained hidden Markov models", ISMIR 2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from render.audio.librosa_loading import load_librosa
from render.listening.notes import CHORD_RATE, Floats

_HOP = 512
_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_TRIADS = (("", (1.0, 0.85, 1.0), (0, 4, 7)), ("m", (1.0, 0.85, 1.0), (0, 3, 7)))
_SHARPNESS = 12.0
"""How much surer a better likeness is."""

_MOVES = 0.12
"""How likely a chord goes on to some other in the next stretch."""

_QUIET = 0.03
"""Share of the loudest stretch, below which nothing is played."""


def hear_harmony(mono: NDArray[np.float32], edges_s: Sequence[float]) -> list[tuple[str, float]]:
    """Return the chord of each stretch between edges in seconds, and how sure it is, 0 to 1.

    ``mono`` is (samples,) at :data:`CHORD_RATE`. A stretch in which nothing is played has an empty symbol.
    """
    chroma = load_librosa().feature.chroma_cqt(
        y=mono, sr=CHORD_RATE, hop_length=_HOP, norm=None, bins_per_octave=36
    )
    means = []
    for start, end in pairwise(edges_s):
        first = max(0, round(start * CHORD_RATE / _HOP))
        last = max(first + 1, round(end * CHORD_RATE / _HOP))
        inside = chroma[:, first:last]
        means.append(inside.mean(axis=1) if inside.shape[1] else np.zeros(12))
    if not means:
        return []

    symbols, shapes = [], []  # all triads and their pitch classes, centred and of length 1
    for root, name in enumerate(_ROOTS):
        for quality, strengths, steps in _TRIADS:
            shape = np.zeros(12)
            for strength, step in zip(strengths, steps, strict=True):
                shape[(root + step) % 12] = strength
            shape -= shape.mean()
            symbols.append(f"{name}{quality}")
            shapes.append(shape / np.linalg.norm(shape))

    weights = np.sqrt(np.array(means, dtype=np.float64))
    centred = weights - weights.mean(axis=1, keepdims=True)
    sizes = np.linalg.norm(centred, axis=1, keepdims=True)
    likeness = centred @ np.array(shapes).T / np.maximum(sizes, 1e-9)
    scores = _SHARPNESS * likeness
    path = _likeliest(scores)
    sure = np.exp(scores - scores.max(axis=1, keepdims=True))
    sure /= sure.sum(axis=1, keepdims=True)
    loud = weights.sum(axis=1) > _QUIET * float(weights.sum(axis=1).max())
    return [
        (symbols[state], float(sure[place, state])) if loud[place] else ("", 1.0)
        for place, state in enumerate(path)
    ]


def _likeliest(scores: Floats) -> list[int]:
    """Return the likeliest way through (stretches, chords) by Viterbi's algorithm."""
    count = scores.shape[1]
    moves = np.full((count, count), np.log(_MOVES / (count - 1)))
    np.fill_diagonal(moves, np.log(1.0 - _MOVES))
    best, back = scores[0], []
    for row in scores[1:]:
        ways = best[:, None] + moves
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [int(best.argmax())]
    for froms in reversed(back):
        path.append(int(froms[path[-1]]))
    return path[::-1]
