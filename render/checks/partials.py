"""How strongly the partials of planned notes stand out of a stem, note by note.

The stem is listened to at a quarter of its rate, in frames of an eighth of a second and more: enough to
tell semitones apart by their upper partials, down to the lowest notes of a bass. For each note four things
are measured where it is planned to sound:

* its *contrast*: how far its partials are above the same places a semitone higher and lower, which is where
  the partials of the same note out of place would be;
* its *level*: that of the strongest partial, at its start or in all that is listened to, as a muted string
  dies away in the middle of a long note, and a pad swells;
* its *tuning*: how far the strongest of its lower partials is above its place;
* its *octave*: how far its odd partials stand out and how strong they are beside the even ones, and what
  lies half-way between its partials. A note that is an octave higher has no odd partials; one that is an
  octave lower has others between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from render.audio.levels import db_from_power
from render.audio.stft import hann
from render.audio.types import Audio
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note

DOWN = 4
SIZE = 2048
HOP = 256
_CHUNK = 256
_TAPS = 64
_RANGE_DB = 70.0
"""Below the loudest moment of a stem by this much, all is silence."""

_SEMITONE = 2.0 ** (1.0 / 12.0)
_PARTIALS = np.arange(1, 9)
_ODD, _EVEN = np.array([1, 3, 5]), np.array([2, 4, 6])
_BETWEEN, _LOWEST = np.array([1.5, 2.5, 3.5]), np.array([1, 2, 3])
_MOST_CONTRAST_DB = 15.0
_FINEST_BINS = 80.0
"""Below this a bin is more than a fifth of a semitone."""

_SEARCHED = 0.035
"""How far from its place a partial is looked for: 60 cents."""

_SETTLES_S = 0.04
"""So long after its start a note is listened to, and until :data:`_LISTENS_S`."""

_LISTENS_S = 0.5
_STARTS_S = 0.2
"""What counts as the start of a note."""


Decibels = NDArray[np.float32]
Multiples = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Levels of a stem in dB, (frames, bins), none so low as to be silence beside the loudest.

    The frames' middles are ``hop`` samples of the song apart, the bins ``bin_hz``.
    """

    levels: Decibels
    hop: int
    bin_hz: float
    sample_rate: int


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """A note of a stem and where it is planned.

    ``bar`` counts from 0; ``start`` and ``end`` are samples of the song.
    """

    visit: Visit
    note: Note
    bar: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HeardNote:
    """A planned note of one stem as it is heard.

    ``bar`` counts from 0; ``start`` and ``end`` are samples of the song; ``cents`` is None where no partial
    is clear; all else is in dB.
    """

    visit: Visit
    note: Note
    bar: int
    start: int
    end: int
    contrast: float
    level: float
    odd_contrast: float
    odd_level: float
    between: float
    between_contrast: float
    cents: float | None


def spectrogram(audio: Audio, sample_rate: int) -> Spectrogram:
    """Return the levels of (channels, samples)."""
    low_pass = firwin(_TAPS + 1, 0.85 / DOWN).astype(np.float32)
    low = upfirdn(low_pass, audio.mean(axis=0), down=DOWN)[_TAPS // 2 // DOWN :].astype(np.float32)
    padded = np.pad(low, (SIZE // 2, SIZE))
    frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
    window = hann(SIZE).astype(np.float32)
    levels = np.empty((len(frames), SIZE // 2 + 1), dtype=np.float32)
    for first in range(0, len(frames), _CHUNK):
        spectra = np.fft.rfft(frames[first : first + _CHUNK] * window, axis=1)
        levels[first : first + _CHUNK] = db_from_power(spectra.real**2 + spectra.imag**2 + 1e-14)
    np.maximum(levels, levels.max(initial=-200.0) - _RANGE_DB, out=levels)
    return Spectrogram(levels, HOP * DOWN, sample_rate / DOWN / SIZE, sample_rate)


def place_notes(plan: SongPlan, stem: str) -> list[PlacedNote]:
    """Return where the notes of a stem are planned to sound, in order of visits."""
    found = []
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem)
        begin = plan.position_quarters(visit)
        for note in part.notes if part else ():
            start = plan.grid.sample_at(begin + note.sounding_onset)
            end = plan.grid.sample_at(begin + note.sounding_onset + note.duration)
            bar, _ = plan.grid.bar_at(begin + note.onset)
            found.append(PlacedNote(visit, note, bar, start, end))
    return found


def hear(notes: Sequence[PlacedNote], heard: Spectrogram) -> list[HeardNote]:
    """Return how each note is heard in a spectrogram, which may be that of another stem."""
    spectra, hertz = _spectra_of(notes, heard), _hertz_of(notes)
    starts = _spectra_of(notes, heard, _STARTS_S)
    around = partial(_contrasts, spectra, hertz, heard.bin_hz)

    def levels(multiples: Multiples) -> Decibels:
        return _levels_at(spectra, hertz[:, None] * multiples / heard.bin_hz)

    is_partial = _are_partials(hertz, heard)
    begun = _levels_at(starts, hertz[:, None] * _PARTIALS / heard.bin_hz)
    columns = zip(
        notes,
        _mean_where(around(_PARTIALS), is_partial),
        np.where(is_partial, np.maximum(levels(_PARTIALS), begun), -np.inf).max(axis=1).tolist(),
        around(_ODD).mean(axis=1).tolist(),
        (levels(_ODD).mean(axis=1) - levels(_EVEN).mean(axis=1)).tolist(),
        (levels(_BETWEEN).mean(axis=1) - levels(_LOWEST).mean(axis=1)).tolist(),
        around(_BETWEEN).mean(axis=1).tolist(),
        map(_cents, spectra, (hertz / heard.bin_hz).tolist()),
        strict=True,
    )
    return [HeardNote(one.visit, one.note, one.bar, one.start, one.end, *rest) for one, *rest in columns]


def hear_contrasts(notes: Sequence[PlacedNote], heard: Spectrogram) -> list[float]:
    """Return the contrast of each note alone."""
    hertz = _hertz_of(notes)
    contrasts = _contrasts(_spectra_of(notes, heard), hertz, heard.bin_hz, _PARTIALS)
    return _mean_where(contrasts, _are_partials(hertz, heard))


def _hertz_of(notes: Sequence[PlacedNote]) -> NDArray[np.float64]:
    return 440.0 * 2.0 ** ((np.array([one.note.pitch for one in notes], dtype=np.float64) - 69.0) / 12.0)


def _spectra_of(notes: Sequence[PlacedNote], heard: Spectrogram, seconds: float = _LISTENS_S) -> Decibels:
    """Return the mean levels while each note sounds, for ``seconds`` at most: (notes, bins)."""
    levels, found = heard.levels, np.empty((len(notes), heard.levels.shape[1]), dtype=np.float32)
    for row, one in enumerate(notes):
        first = min(int((one.start + _SETTLES_S * heard.sample_rate) / heard.hop), len(levels) - 1)
        stop = min(one.end, one.start + seconds * heard.sample_rate)
        last = min(len(levels), max(first + 1, int(stop / heard.hop)))
        found[row] = np.add.reduce(levels[first:last], axis=0) / np.float32(last - first)
    return found


def _are_partials(hertz: NDArray[np.float64], heard: Spectrogram) -> NDArray[np.bool_]:
    """Return which of :data:`_PARTIALS` of each note lie inside the spectrum, the first one always."""
    inside = hertz[:, None] * _PARTIALS < heard.bin_hz * (heard.levels.shape[1] - 2) * 0.85
    inside[:, 0] = True
    return np.asarray(inside)


def _levels_at(spectra: Decibels, places: NDArray[np.float64]) -> Decibels:
    """Return the levels of (notes, bins) at places in bins, (notes, places)."""
    bins = np.minimum(np.rint(places).astype(np.int64), spectra.shape[1] - 1)
    return np.asarray(np.take_along_axis(spectra, bins, axis=1))


def _contrasts(
    spectra: Decibels, hertz: NDArray[np.float64], bin_hz: float, multiples: Multiples
) -> Decibels:
    """Return how far multiples of each note's frequency are above both places a semitone beside them."""
    places = hertz[:, None] * multiples / bin_hz
    beside = np.maximum(
        _levels_at(spectra, places * _SEMITONE), _levels_at(spectra, places * (1.0 / _SEMITONE))
    )
    return np.clip(_levels_at(spectra, places) - beside, -_MOST_CONTRAST_DB, _MOST_CONTRAST_DB)


def _mean_where(values: Decibels, counts: NDArray[np.bool_]) -> list[float]:
    means = np.where(counts, values, np.float32(0.0)).sum(axis=1) / counts.sum(axis=1)
    return [float(mean) for mean in means]


def _cents(spectrum: Decibels, fundamental: float) -> float | None:
    """Return how far the strongest of the lower partials of a note is above its place, in cents.

    ``fundamental`` is in bins. None where no partial is clear.
    """
    places = [fundamental * k for k in range(1, 7) if _FINEST_BINS < fundamental * k < len(spectrum) - 40]
    if not places:
        return None
    place = max(places, key=lambda at: spectrum[round(at)])
    reach = max(1, round(place * _SEARCHED))
    middle = round(place)
    top = middle - reach + int(np.argmax(spectrum[middle - reach : middle + reach + 1]))
    left, high, right = (float(spectrum[top + k]) for k in (-1, 0, 1))
    curve = left - 2.0 * high + right
    if not (high > left and high >= right) or curve >= 0.0:
        return None
    return 1200.0 * float(np.log2((top + 0.5 * (left - right) / curve) / place))
