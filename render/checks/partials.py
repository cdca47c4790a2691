"""How strongly the partials of planned notes stand out of a stem, note by note.

The stem is listened to at a quarter of its rate, in frames of an eighth of a second and more: enough to
tell semitones apart by their upper partials, down to the lowest notes of a bass. For each note four things
are measured where it is planned to sound:

* its *contrast*: how far its partials are above the same places a semitone higher and lower, which is where
  the partials of the same note out of place would be;
* its *level*: that of the strongest partial;
* its *tuning*: how far the strongest of its lower partials is above its place;
* its *octave*: how far its odd partials stand out and how strong they are beside the even ones, and what
  lies half-way between its partials. A note that is an octave higher has no odd partials; one that is an
  octave lower has others between them.
"""

from __future__ import annotations

from dataclasses import dataclass

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

Decibels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Levels of a stem in dB, (frames, bins), none so low as to be silence beside the loudest.

    The frames' middles are ``hop`` samples of the song apart, the bins ``bin_hz``.
    """

    levels: Decibels
    hop: int
    bin_hz: float


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
    return Spectrogram(levels, HOP * DOWN, sample_rate / DOWN / SIZE)


def hear(plan: SongPlan, stem: str, heard: Spectrogram, most: int | None = None) -> list[HeardNote]:
    """Return how each note of a stem is heard in a spectrogram, which may be that of another stem.

    Where ``most`` is given, only about so many notes are heard, spread over the song; less than twice as
    many.
    """
    found = []
    total = sum(len(v.music.score.parts[stem].notes) for v in plan.visits if stem in v.music.score.parts)
    step, count = max(1, total // most) if most else 1, 0
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem)
        begin = plan.position_quarters(visit)
        for note in part.notes if part else ():
            count += 1
            if count % step:
                continue
            start = plan.grid.sample_at(begin + note.sounding_onset)
            end = plan.grid.sample_at(begin + note.sounding_onset + note.duration)
            bar, _ = plan.grid.bar_at(begin + note.onset)
            found.append(_hear_note(plan, visit, note, bar, (start, end), heard))
    return found


def _hear_note(
    plan: SongPlan,
    visit: Visit,
    note: Note,
    bar: int,
    place: tuple[int, int],
    heard: Spectrogram,
) -> HeardNote:
    rate, (start, end) = plan.grid.sample_rate, place
    levels = heard.levels
    first = min(int((start + _SETTLES_S * rate) / heard.hop), len(levels) - 1)
    last = max(first + 1, int(min(end, start + _LISTENS_S * rate) / heard.hop))
    spectrum = levels[first:last].mean(axis=0)
    hertz = 440.0 * 2.0 ** ((note.pitch - 69) / 12.0)

    def at(multiples: NDArray[np.float64] | NDArray[np.int64], ratio: float = 1.0) -> Decibels:
        bins = np.rint(multiples * hertz * ratio / heard.bin_hz).astype(np.int64)
        return np.asarray(spectrum[np.minimum(bins, len(spectrum) - 1)], dtype=np.float32)

    inside = _PARTIALS[_PARTIALS * hertz < heard.bin_hz * (len(spectrum) - 2) * 0.85]
    partials = inside if len(inside) else _PARTIALS[:1]

    def contrast(multiples: NDArray[np.float64] | NDArray[np.int64]) -> float:
        beside = np.maximum(at(multiples, _SEMITONE), at(multiples, 1.0 / _SEMITONE))
        return float(np.clip(at(multiples) - beside, -_MOST_CONTRAST_DB, _MOST_CONTRAST_DB).mean())

    return HeardNote(
        visit,
        note,
        bar,
        start,
        end,
        contrast(partials),
        float(at(partials).max()),
        contrast(_ODD),
        float(at(_ODD).mean() - at(_EVEN).mean()),
        float(at(_BETWEEN).mean() - at(_LOWEST).mean()),
        contrast(_BETWEEN),
        _cents(spectrum, hertz / heard.bin_hz),
    )


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
