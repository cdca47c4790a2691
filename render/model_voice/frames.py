"""What a voice sounds like in 5 ms, as a row of numbers: a spectral envelope, its noise, whether it rings.

The envelope, that of WORLD, is what is left of a sound without its pitch, so a row says the same at
every pitch. It is kept as the mean of its logarithm in bands of the mel scale. The share of noise is kept
at three places, between which WORLD itself draws lines.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

BANDS = 80
KNOTS_HZ = (3000.0, 6000.0, 9000.0)
"""Where the share of noise is kept."""

ROW = BANDS + len(KNOTS_HZ) + 1
"""Numbers of a row: the bands, the noise at its knots, and whether there is a pitch."""

CENTRE, SCALE = -11.0, 4.0
"""Natural logarithms of power, less the centre, in units of the scale, are what the network paints."""

NOISE_SCALE_DB = 20.0
ALL_NOISE = 0.995
"""From this on a knot, 1 less decibels in their scale, says that nothing rings."""

_LEAST_NOISE_DB = -60.0
_TOP_HZ = 12_000.0
"""Nothing is known above: the teacher speaks at 24 kHz."""


def to_mel(hertz: Values) -> Values:
    """Return frequencies on the mel scale."""
    return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))


def to_hertz_of_mel(mel: Values) -> Values:
    """Undo :func:`to_mel`."""
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))


@cache
def band_centres() -> Values:
    """Return the middles of the bands on the mel scale, (:data:`BANDS`,)."""
    return np.linspace(0.0, float(to_mel(np.array(_TOP_HZ))), BANDS)


@cache
def _averages(bins: int) -> Values:
    """Return triangles, (bins, bands), each of sum 1, of spectra that reach up to :data:`_TOP_HZ`."""
    mel = to_mel(np.linspace(0.0, _TOP_HZ, bins))
    centres = band_centres()
    wide = centres[1] - centres[0]
    weights = np.maximum(0.0, 1.0 - np.abs(mel[:, None] - centres[None]) / wide)
    # where bands are finer than bins, each is read between its neighbours
    nearest = np.clip(np.searchsorted(mel, centres), 1, bins - 1)
    for band in np.flatnonzero(weights.sum(0) < 1.0):
        share = (centres[band] - mel[nearest[band] - 1]) / (mel[nearest[band]] - mel[nearest[band] - 1])
        weights[:, band] = 0.0
        weights[nearest[band] - 1, band] += 1.0 - share
        weights[nearest[band], band] += share
    return np.asarray(weights / weights.sum(0))


def encode(envelope: Values, noise: Values, is_voiced: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the rows, (frames, :data:`ROW`), of WORLD's envelope and noise, (frames, bins) at 24 kHz."""
    bins = envelope.shape[1]
    bands = (np.log(np.maximum(envelope, 1e-16)) @ _averages(bins) - CENTRE) / SCALE
    places = [round(hertz / _TOP_HZ * (bins - 1)) for hertz in KNOTS_HZ]
    level = 20.0 * np.log10(np.clip(noise[:, places], 1e-3, 1.0))
    knots = 1.0 + np.maximum(level, _LEAST_NOISE_DB) / NOISE_SCALE_DB
    # what WORLD finds to be all noise has no pitch, whatever pitch the speech was given
    rings = is_voiced & (knots[:, 0] < ALL_NOISE)
    return np.concatenate([bands, knots, rings[:, None]], axis=1).astype(np.float32)
