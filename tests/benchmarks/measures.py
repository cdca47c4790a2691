"""Measures of written music, as the field publishes them.

Conventions
-----------
Notes carry positions in quarters from the first downbeat (see :mod:`structure.plans.score`); a *bar* is
``bar_quarters`` long. A measure that the notes cannot answer, such as the entropy of silence, is NaN.

References
----------
* S.-L. Wu, Y.-H. Yang, "The Jazz Transformer on the Front Line: Exploring the Shortcomings of AI-composed
  Music through Quantitative Measures", ISMIR 2020: pitch-class entropy, groove similarity, structureness.
* M. Müller, N. Jiang, P. Grosche, "A Robust Fitness Measure for Capturing Repetitions in Music Recordings
  With Applications to Audio Thumbnailing", IEEE TASLP 21(3), 2013: the fitness under structureness.
* Y.-C. Yeh et al., "Automatic melody harmonization with triad chords: A comparative study", Journal of
  New Music Research 50(1), 2021: the share of chord tones.
* D. Müllensiefen, "FANTASTIC: Feature ANalysis Technology Accessing STatistics (In a Corpus)", 2009:
  melodic words ("m-types") of intervals and duration ratios, of whose repetition :func:`self_repetition`
  tells.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from structure.plans.score import ChordEvent, Note

POSITIONS = 64
"""Positions of a bar in a groove pattern, as Wu and Yang count them."""

WORD = 3
"""Intervals in a melodic word."""

Patterns = npt.NDArray[np.bool_]
"""(bars, :data:`POSITIONS`): where in each bar a note begins."""


def mean(values: Iterable[float]) -> float:
    """The mean of the values that are numbers; NaN where there is none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def pitch_class_entropy(
    notes: Sequence[Note], bar_quarters: Fraction, bars: int, window_bars: int
) -> float:
    """Entropy in bits (0 … log2 12) of the pitch classes that begin in ``window_bars`` consecutive bars,
    the mean over all windows that hold notes (Wu & Yang 2020, section 5.1, with windows of 1 and of 4
    bars)."""
    per_bar = [Counter[int]() for _ in range(bars)]
    for note in notes:
        index = int(note.onset // bar_quarters)
        if 0 <= index < bars:
            per_bar[index][note.pitch % 12] += 1
    windows = (sum(per_bar[i : i + window_bars], Counter[int]()) for i in range(bars - window_bars + 1))
    return mean(_entropy(window) for window in windows)


def _entropy(counts: Counter[int]) -> float:
    total = sum(counts.values())
    if not total:
        return math.nan
    return -sum(n / total * math.log2(n / total) for n in counts.values()) + 0.0


def onset_patterns(notes: Iterable[Note], bar_quarters: Fraction, bars: int) -> Patterns:
    """Groove pattern of each bar: boolean (bars, 64), true where at least one note begins."""
    patterns = np.zeros((bars, POSITIONS), dtype=bool)
    for note in notes:
        bar, rest = divmod(note.onset, bar_quarters)
        if 0 <= bar < bars:
            # A note that a player begins a little early still belongs to its position.
            place = math.floor(rest / bar_quarters * POSITIONS + Fraction(1, 2))
            patterns[(int(bar) + place // POSITIONS) % bars, place % POSITIONS] = True
    return patterns


def groove_similarity(one: Patterns, other: Patterns) -> npt.NDArray[np.float64]:
    """1 − XOR / 64 for each bar of ``one`` (n, 64) with each of ``other`` (m, 64): (n, m), 0 … 1
    (Wu & Yang 2020, section 5.1)."""
    differences = (one[:, None, :] ^ other[None, :, :]).sum(axis=2)
    return np.asarray(1.0 - differences / POSITIONS, dtype=np.float64)


def groove_within(patterns: Patterns, sections: Sequence[range]) -> float:
    """Mean groove similarity of two bars of one section; ``sections`` are ranges of bars."""
    found = []
    for bars in sections:
        block = patterns[list(bars)]
        rows, columns = np.triu_indices(len(block), k=1)
        found += groove_similarity(block, block)[rows, columns].tolist()
    return mean(found)


def groove_between(patterns: Patterns, sections: Sequence[range]) -> float:
    """Mean groove similarity of two bars of different sections."""
    found: list[float] = []
    for i, first in enumerate(sections):
        for second in sections[i + 1 :]:
            found += groove_similarity(patterns[list(first)], patterns[list(second)]).ravel().tolist()
    return mean(found)


def pitch_range(notes: Sequence[Note]) -> float:
    """Semitones from the lowest to the highest note."""
    pitches = [note.pitch for note in notes]
    return float(max(pitches) - min(pitches)) if pitches else math.nan


def note_density(notes: Sequence[Note], quarters: Fraction) -> float:
    """Notes that begin in a quarter, on average over ``quarters``."""
    return len(notes) / float(quarters) if notes and quarters else math.nan


def step_share(notes: Sequence[Note]) -> float:
    """Share of intervals between successive, differing notes that are steps, of one or two semitones."""
    moves = [abs(b.pitch - a.pitch) for a, b in pairwise(notes) if a.pitch != b.pitch]
    return sum(move <= 2 for move in moves) / len(moves) if moves else math.nan


def chord_tone_ratio(notes: Sequence[Note], chords: Sequence[ChordEvent]) -> float:
    """(n_c + n_p) / (n_c + n_n): chord tones, and other notes that go on within two semitones ("proper"),
    among all notes (CTnCTR of Yeh et al. 2021). A note counts for the chord under which it begins."""
    fitting = counted = 0
    for index, note in enumerate(notes):
        chord = next((c for c in chords if c.onset <= note.onset < c.end), None)
        if chord is None:
            continue
        counted += 1
        follows = notes[index + 1] if index + 1 < len(notes) else None
        resolves = follows is not None and abs(follows.pitch - note.pitch) <= 2
        fitting += note.pitch % 12 in chord.pitch_classes or resolves
    return fitting / counted if counted else math.nan


def self_repetition(notes: Sequence[Note], bar_quarters: Fraction, window_bars: int = 16) -> float:
    """Share of a melody's words of three intervals and duration ratios that occur again within
    ``window_bars`` bars; the mean over windows that follow each other, so that length does not matter."""
    if not notes:
        return math.nan
    window, shares = window_bars * bar_quarters, []
    first = notes[0].onset // bar_quarters * bar_quarters
    for index in range(int((notes[-1].onset - first) // window) + 1):
        start = first + index * window
        words = _words([note for note in notes if start <= note.onset < start + window])
        counts = Counter(words)
        if len(words) >= 8:
            shares.append(sum(n for n in counts.values() if n > 1) / len(words))
    return mean(shares)


def _words(notes: Sequence[Note]) -> list[tuple[tuple[int, int], ...]]:
    """Runs of :data:`WORD` moves, each an interval and whether the time to the next note grows."""
    gaps = [b.onset - a.onset for a, b in pairwise(notes)]
    moves = []
    for index, (a, b) in enumerate(pairwise(notes)):
        following = gaps[index + 1] if index + 1 < len(gaps) else gaps[index]
        ratio = float(following / gaps[index]) if gaps[index] else 1.0
        moves.append((b.pitch - a.pitch, 0 if 0.8 < ratio < 1.25 else 1 if ratio > 1 else -1))
    return [tuple(moves[i : i + WORD]) for i in range(len(moves) - WORD + 1)]


def chroma(notes: Iterable[Note], frame_quarters: Fraction, frames: int) -> npt.NDArray[np.float64]:
    """How long each pitch class sounds in each frame: (frames, 12), of unit length; silence is zeros."""
    found = np.zeros((frames, 12))
    for note in notes:
        first = max(0, int(note.onset // frame_quarters))
        for frame in range(first, min(frames, math.ceil(note.end / frame_quarters))):
            start = max(note.onset, frame * frame_quarters)
            end = min(note.end, (frame + 1) * frame_quarters)
            found[frame, note.pitch % 12] += max(0.0, float(end - start))
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(np.divide(found, norms, out=np.zeros_like(found), where=norms > 0))


THRESHOLD = 0.15
"""Share of the self-similarity matrix that counts as similar, after Müller et al. 2013."""

PENALTY = -2.0
"""Score of a pair of frames that is not similar, as there."""


def self_similarity(features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Scores of all pairs of frames, (n, n): the most similar :data:`THRESHOLD` of them 0 … 1, the others
    :data:`PENALTY`, the diagonal 1. Chroma is smoothed over three frames along the diagonals."""
    plain = features @ features.T
    smooth = plain.copy()
    smooth[1:, 1:] += plain[:-1, :-1]
    smooth[:-1, :-1] += plain[1:, 1:]
    smooth /= 3.0
    limit = float(np.quantile(smooth, 1.0 - THRESHOLD))
    scaled = (smooth - limit) / max(float(smooth.max()) - limit, 1e-9)
    scores = np.where(smooth >= limit, np.clip(scaled, 0.0, 1.0), PENALTY)
    np.fill_diagonal(scores, 1.0)
    return np.asarray(scores)


def fitness_by_length(scores: npt.NDArray[np.float64], lengths: Iterable[int]) -> dict[int, float]:
    """The highest fitness (0 … 1) of any segment of each length in frames: how much of the music the
    segment explains by its repetitions, and how well (Müller et al. 2013, equations 5 to 9)."""
    return {length: _best_fitness(scores, length) for length in lengths if length <= len(scores)}


_STEPS = ((1, 1), (2, 1), (1, 2))
"""Moves of a path in frames of the music and of the segment: the same tempo, half of it, and double."""


def _best_fitness(scores: npt.NDArray[np.float64], length: int) -> float:
    """Path families of all segments of one length at once, by dynamic programming over the frames.

    Each row holds, for each segment (axis 0) and each place in it (axis 1), the score of the best path
    family that has come to it, and (axis 2 of the tally) the frames that its paths span and their cells.
    ``outside`` is the best family whose paths have all ended.
    """
    size = len(scores)
    starts = size - length + 1
    blocks = np.lib.stride_tricks.sliding_window_view(scores, length, axis=1)
    blank = np.full((starts, length), -np.inf)
    rows, tallies = [blank, blank], [np.zeros((starts, length, 2))] * 2
    outside, outside_tally = np.zeros(starts), np.zeros((starts, 2))
    for here in blocks:
        row, tally = blank.copy(), np.zeros((starts, length, 2))
        row[:, 0], tally[:, 0] = outside + here[:, 0], outside_tally + 1.0
        for frames, places in _STEPS:
            reached = rows[-frames][:, :-places] + here[:, places:]
            better = reached > row[:, places:]
            row[:, places:] = np.where(better, reached, row[:, places:])
            walked = tallies[-frames][:, :-places] + (float(frames), 1.0)
            tally[:, places:] = np.where(better[..., None], walked, tally[:, places:])
        ends = row[:, -1] > outside
        outside = np.where(ends, row[:, -1], outside)
        outside_tally = np.where(ends[:, None], tally[:, -1], outside_tally)
        rows, tallies = [rows[-1], row], [tallies[-1], tally]
    coverage = np.maximum(outside_tally[:, 0] - length, 0.0) / size
    score = np.maximum(outside - length, 0.0) / np.maximum(outside_tally[:, 1], 1.0)
    total = score + coverage
    return float(np.max(np.divide(2 * score * coverage, total, out=np.zeros_like(total), where=total > 0)))


def structureness(
    notes: Iterable[Note], bar_quarters: Fraction, bars: int, spans: Sequence[tuple[int, int]]
) -> tuple[float, ...]:
    """Structureness indicator: the highest fitness of a segment of ``spans[i]`` bars, ends included (Wu &
    Yang 2020, section 5.3, who give spans in seconds: short, middle and long). One frame is a bar, so that
    music without a tempo can be measured too. A span that is longer than half the music is NaN."""
    features = chroma(notes, bar_quarters, bars)
    if not features.any():
        return tuple(math.nan for _ in spans)
    scores = self_similarity(features)
    found = []
    for shortest, longest in spans:
        # Of long segments every other length will do: their neighbours differ little.
        lengths = range(shortest, min(longest, bars // 2) + 1, 1 if longest <= 8 else 2)
        fitness = fitness_by_length(scores, lengths)
        found.append(max(fitness.values(), default=math.nan))
    return tuple(found)
