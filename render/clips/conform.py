"""Bring a clip of a backend that keeps its own time onto the song's grid, into its key, to its level.

Its beats are tracked and it is stretched by :mod:`render.audio.tracking`, and cut so that they lie on the
grid. The key is what the score's pitch classes say, against the clip's chroma in all twelve
transpositions. The level is that of the score, so that the song's dynamics are the planner's, whatever a
pipeline has normalised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.librosa_loading import load_librosa
from render.audio.tracking import (
    HOP,
    USUAL_LAG_S,
    Beats,
    find_beats,
    measure_chroma,
    refine_beats,
    stretch_audio,
)
from render.audio.types import Audio
from render.backends.request import ClipRequest
from render.clips.guide import balance_clips, measure_level_db, play_plainly
from structure.base.errors import MissingPackageError
from structure.base.types import PITCHLESS

VERSION = 2
"""Raise it whenever the same clip would be conformed otherwise."""

MOST_SEMITONES = 2
"""A clip that is further from its key is left there, and told of."""

_STRETCH_RANGE = (0.75, 1.3333)
_LEAST_STRETCH = 0.003
_LEAST_SHIFT_S = 0.012
_FINE_S = 0.05
_LEAST_FINE_S = 0.004
_MOST_LAG_S = 0.05
_KEY_MARGIN = 0.2
_KEY_LIKENESS = 0.5
_MOST_GAIN_DB = 40.0
_SURE_AGREEMENT = 0.6
"""A clip whose attacks agree so well with the score's is in its tempo, whatever a tracker hears."""

_OVERTONES = ((0, 1.0), (7, 0.3), (4, 0.1))
"""Pitch classes in which a note sounds: itself, its third and its fifth harmonic, by how loud they are."""

_UNEVEN = "its section changes its tempo, which a backend that is asked in words does not follow"

_FOLDS = (1.0, 0.5, 2.0, 2.0 / 3.0, 1.5, 1.0 / 3.0, 3.0)
"""Pulses that a tracker takes for the beat."""


@dataclass(frozen=True, slots=True)
class Conformed:
    """A clip on the grid, (channels, samples), with what was done and what remains wrong, in words."""

    audio: Audio
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def check_conform() -> None:
    """Raise MissingPackageError where librosa is not installed."""
    if find_spec("librosa") is None:
        raise MissingPackageError("following the beat of this backend's clips", "librosa", "backends")


def conform(
    audio: Audio, request: ClipRequest, sources: Sequence[ClipRequest], *, guided: bool
) -> Conformed:
    """Return a clip on the grid, in key, at the score's level, and as long as the request says.

    ``audio`` is at the request's sample rate, begins where its clip does, and is at least as long.
    ``sources`` are the stems that are in it. One that was not ``guided`` may begin anywhere in a bar: its
    downbeat is where its accents are.
    """
    if not np.any(np.abs(audio) > 1e-5):
        return Conformed(_cut(audio, 0, request.total_samples), (), ("it is silent",))
    score = balance_clips([(source, play_plainly(source)) for source in sources])
    beats = track_beats(audio, request)
    is_even = len({span.quarters_per_minute for span in request.grid.spans}) == 1
    stretch, other_tempo = 1.0, None if is_even or guided else _UNEVEN
    if is_even and beats.steady:
        # how much faster the clip must play for its beats to have the planned length
        factors = (beats.period * fold / _beat_samples(request) for fold in _FOLDS)
        factor = min(factors, key=lambda value: abs(math.log(value)))
        if not _STRETCH_RANGE[0] <= factor <= _STRETCH_RANGE[1]:
            tempo = float(request.grid.tempo_bpm)
            other_tempo = f"it seems to play at {tempo / factor:.0f} BPM instead of {tempo:.4g}"
        elif abs(factor - 1.0) >= _LEAST_STRETCH:
            stretch = factor
    semitones, other_key = _find_semitones(audio, request, sources)

    is_sure = other_tempo is None and other_key is None
    found = beats if is_even else None
    placed = _place(audio, score, request, found, stretch, semitones, guided=guided, is_sure=is_sure)
    if guided and (placed.is_moved or other_tempo):
        # A tracker may take another pulse for the beat. What agrees better with the score is on time.
        left = _place(audio, score, request, None, 1.0, semitones, guided=True, is_sure=other_key is None)
        agrees = _agreement(left.audio, score, request)
        least = _agreement(placed.audio, score, request) if placed.is_moved else _SURE_AGREEMENT
        if agrees >= least:
            placed, other_tempo = left, None
    doubts = tuple(doubt for doubt in (other_tempo, other_key) if doubt is not None)
    notes, audio = list(placed.notes), placed.audio

    # the gain that brings the section to the level of its score; none where one of the two is silent
    rate = request.grid.sample_rate
    body = slice(request.pre_roll_samples, request.pre_roll_samples + request.body_samples)
    off_db = measure_level_db(score[:, body], rate) - measure_level_db(audio[:, body], rate)
    gain_db = round(max(-_MOST_GAIN_DB, min(_MOST_GAIN_DB, off_db)), 2) if math.isfinite(off_db) else 0.0
    notes.append(f"level changed by {gain_db:+.1f} dB")
    return Conformed(audio * gain_from_db(gain_db), tuple(notes), doubts)


class _Placed(NamedTuple):
    """A clip as long as is asked for, whether its time was changed, and what was done, in words."""

    audio: Audio
    is_moved: bool
    notes: tuple[str, ...]


def _place(
    audio: Audio,
    score: Audio,
    request: ClipRequest,
    beats: Beats | None,
    stretch: float,
    semitones: int,
    *,
    guided: bool,
    is_sure: bool,
) -> _Placed:
    """Return a clip in time and key, moved onto the grid where one ``is_sure`` of its place.

    It is moved by its ``beats``, if there are any, and then by the attacks of the score. Where its beats
    are not steady it is not moved.
    """
    notes = []
    if stretch != 1.0 or semitones:
        audio = stretch_audio(audio, request.grid.sample_rate, stretch, semitones)
    if stretch != 1.0:
        notes.append(f"time-stretched to {1.0 / stretch:.1%} of its length")
    if semitones:
        notes.append(f"shifted by {semitones:+d} semitones into key")
    shift = 0
    if is_sure and (beats is None or beats.steady):
        if beats is not None:
            shift = _find_shift(beats, stretch, score, request, guided=guided)
        shift += _measure_fine_lag(_cut(audio, shift, request.total_samples), score, request)
    if shift:
        notes.append(f"moved by {-1000.0 * shift / request.grid.sample_rate:+.0f} ms onto the beat")
    placed = _cut(audio, shift, request.total_samples)
    return _Placed(placed, stretch != 1.0 or shift != 0, tuple(notes))


def track_beats(audio: Audio, request: ClipRequest) -> Beats:
    """Find the beats of a clip, as samples of it; they are looked for near the request's tempo."""
    return find_beats(audio, request.grid.sample_rate, float(request.grid.tempo_bpm))


def _beat_samples(request: ClipRequest) -> float:
    return float(request.grid.meter.beat_quarters * request.grid.quarter_samples)


def _find_shift(beats: Beats, stretch: float, score: Audio, request: ClipRequest, *, guided: bool) -> int:
    """Return how many samples to drop from a stretched clip's start to put its beats on the grid.

    The number is negative where the clip must begin later.
    """
    rate, planned = request.grid.sample_rate, _beat_samples(request)

    # by how many samples the tracker hears beats late: as measured on the score itself, which is on time,
    # or the usual where that cannot be trusted
    lag = USUAL_LAG_S * rate
    of_score = track_beats(score, request)
    if of_score.steady and abs(of_score.period / planned - 1.0) <= _LEAST_STRETCH:
        late = (of_score.offset - request.pre_roll_samples) % planned
        late = late - planned if late > planned / 2 else late
        if abs(late) < _MOST_LAG_S * rate:
            lag = late

    if not guided:
        # the beat of a bar with the strongest accents over all bars is its first
        count = request.grid.meter.beats_per_bar
        means = [float(np.mean(beats.accents[place::count] or (0.0,))) for place in range(count)]
        first = beats.offset + int(np.argmax(means)) * beats.period
        return round((first / stretch - lag - request.pre_roll_samples) % (planned * count))

    tracked = beats.period / stretch
    step = min(planned, max(tracked, planned / 3.0))
    late = (beats.offset / stretch - lag - request.pre_roll_samples) % step
    if late > step / 2:
        late -= step
    return 0 if abs(late) < _LEAST_SHIFT_S * rate else round(late)


def _measure_fine_lag(audio: Audio, score: Audio, request: ClipRequest) -> int:
    """Return by how many samples a clip that is nearly on the grid is still late.

    That is where its attacks agree best with those of the score, within some hundredths of a second. It is
    0 where they agree nowhere, or where the clip is as good as on the grid.
    """
    rate = request.grid.sample_rate
    made, wanted = _attacks(audio, score, rate)
    reach = round(_FINE_S * rate / HOP)
    lags = np.arange(-reach, reach + 1)
    likeness = np.array([float(np.dot(np.roll(made, -lag), wanted)) for lag in lags], dtype=np.float32)
    best = np.array([int(np.argmax(likeness))])
    if not 0 < best[0] < len(lags) - 1 or likeness[best[0]] <= 0.0:
        return 0
    late = round((float(refine_beats(likeness, best)[0]) - reach) * HOP)
    return late if abs(late) > _LEAST_FINE_S * rate else 0


def _agreement(audio: Audio, score: Audio, request: ClipRequest) -> float:
    """Return how well the attacks of a clip agree with those of its score, -1…1."""
    made, wanted = _attacks(audio, score, request.grid.sample_rate)
    size = float(np.linalg.norm(made) * np.linalg.norm(wanted))
    return float(np.dot(made, wanted)) / size if size else 0.0


def _attacks(audio: Audio, score: Audio, rate: int) -> list[NDArray[np.float32]]:
    """Return how strongly something begins in each frame of a clip and of its score, less the mean."""
    librosa = load_librosa()
    found = [
        librosa.onset.onset_strength(y=np.ascontiguousarray(one.mean(axis=0)), sr=rate, hop_length=HOP)
        for one in (audio, score)
    ]
    size = min(map(len, found))
    return [one[:size] - one[:size].mean() for one in found]


def expect_chroma(sources: Sequence[ClipRequest]) -> NDArray[np.float64]:
    """Return how much of each pitch class the notes of all pitched stems sound, (12,).

    It is all zeros where there are no such notes.
    """
    chroma = np.zeros(12)
    for request in sources:
        if request.role in PITCHLESS:
            continue
        for note in request.notes:
            weight = float(note.duration) * note.velocity
            for step, share in _OVERTONES:
                chroma[(note.pitch + step) % 12] += share * weight
    return chroma


def find_transposition(
    heard: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[int, float, float]:
    """Return by how many semitones (-5…6) what is heard is most likely too high.

    After it come its likeness to what is expected when moved back, and its likeness as it is.
    """
    likeness = [float(np.corrcoef(np.roll(heard, -step), expected)[0, 1]) for step in range(12)]
    best = int(np.argmax(likeness))
    return (best if best <= 6 else best - 12), likeness[best], likeness[0]


def _find_semitones(
    audio: Audio, request: ClipRequest, sources: Sequence[ClipRequest]
) -> tuple[int, str | None]:
    """Return semitones to move a clip by into its key; 0 where it is there, or too far from it, or atonal.

    The second value says what is wrong where it is too far.
    """
    expected = expect_chroma(sources)
    if np.ptp(expected) == 0.0:
        return 0, None
    body = slice(request.pre_roll_samples, request.pre_roll_samples + request.body_samples)
    heard = measure_chroma(audio[:, body], request.grid.sample_rate)
    if np.ptp(heard) == 0.0:
        return 0, None
    high, best, here = find_transposition(heard, expected)
    if high == 0 or best < _KEY_LIKENESS or best - here < _KEY_MARGIN:
        return 0, None
    if abs(high) > MOST_SEMITONES:
        return 0, f"it seems to be {abs(high)} semitones too {'high' if high > 0 else 'low'}"
    return -high, None


def _cut(audio: Audio, first: int, length: int) -> Audio:
    """Return ``length`` samples from ``first`` on, which may lie before the start.

    Silence stands where there is no audio.
    """
    lead = max(0, -first)
    part = audio[:, max(0, first) : max(0, first + length)]
    return np.ascontiguousarray(np.pad(part, ((0, 0), (lead, max(0, length - lead - part.shape[1])))))
