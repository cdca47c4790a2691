"""Loudness and true peak by ITU-R BS.1770-4 (10/2015) and EBU R 128.

Annex 1: K-weighting, mean square in blocks of 400 ms that overlap by 75 %, an absolute gate at
-70 LUFS and a relative one at -10 LU. Annex 2: the true peak is the peak of the signal oversampled by
four. Audio is taken in chunks, so that a long song needs little memory; the powers and peaks of blocks
are public because a gain scales them, so that a mix or a limiter can be tried without its audio. By hand,
since pyloudnorm and libebur128 keep those powers to themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from render.audio.cores import count_cores_for, in_order
from render.audio.levels import db_from_gain, db_from_power, gain_from_db, power_from_db
from render.audio.types import Audio

Blocks = NDArray[np.float64]
"""One figure for each of consecutive blocks of samples."""

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OVERSAMPLING = 4
MONO_TO_STEREO_LU = db_from_power(2.0)
"""The same signal on two channels is this much louder than on one, since BS.1770 adds powers."""

_HOPS_PER_BLOCK = 4
_HOPS_PER_SECOND = 10
_TAPS_PER_PHASE = 16
_CHUNK_SAMPLES = 1 << 17
_PEAK_BLOCK_SAMPLES = 128


def hop_samples(sample_rate: int) -> int:
    """Return the samples of 100 ms: the step between two gating blocks."""
    return sample_rate // _HOPS_PER_SECOND


def measure_lufs(audio: Audio, sample_rate: int) -> float:
    """Return the integrated loudness of (1 or 2, samples) in LUFS; -inf for silence and under 0.4 s."""
    return find_gated_lufs(k_weighted_powers(audio, sample_rate, hop_samples(sample_rate)))


def k_weighted_powers(audio: Audio, sample_rate: int, block: int) -> Blocks:
    """Return the mean square of the K-weighted audio in blocks of ``block`` samples, channels added.

    Samples after the last whole block are left out. Left and right weigh 1.0 (annex 1, table 3).
    """
    whole = audio.shape[1] // block * block
    powers = np.zeros(whole // block)
    at_once = count_cores_for(whole)
    for channel in in_order(lambda one: _channel_powers(one, sample_rate, block, whole), audio, at_once):
        powers += channel
    return powers


def _channel_powers(channel: NDArray[np.float32], sample_rate: int, block: int, whole: int) -> Blocks:
    """Return the mean square of one K-weighted channel, (samples,), in blocks."""
    sections = k_weighting(sample_rate)
    state = np.zeros((len(sections), 2))
    powers = np.empty(whole // block)
    for first, last in chunks(whole, block):
        weighted, state = scipy.signal.sosfilt(sections, channel[first:last].astype(np.float64), zi=state)
        blocks = weighted.reshape(-1, block)
        powers[first // block : last // block] = np.einsum("bn,bn->b", blocks, blocks) / block
    return powers


def plain_powers(audio: Audio, block: int) -> Blocks:
    """Return the mean square without weighting in blocks of ``block`` samples, channels added."""
    whole = audio.shape[1] // block * block
    blocks = audio[:, :whole].reshape(audio.shape[0], -1, block)
    return np.asarray(np.einsum("cbn,cbn->b", blocks, blocks) / block, dtype=np.float64)


def slope_powers(audio: Audio, block: int, order: int = 1) -> Blocks:
    """Return the mean square of the ``order``-th difference in blocks of ``block`` samples, channels added.

    The difference is taken from silence on.
    """
    powers = []
    for first, last in chunks(audio.shape[1] // block * block, block):
        part = _with_context(audio, first, last, order)[:, : order + last - first]
        powers.append(plain_powers(np.diff(part, order, axis=1), block))
    return np.concatenate(powers) if powers else np.zeros(0)


def find_gated_lufs(hop_powers: Blocks) -> float:
    """Return the integrated loudness of the mean squares of each 100 ms; -inf where all is gated."""
    if hop_powers.size < _HOPS_PER_BLOCK:
        return -math.inf
    blocks = np.convolve(hop_powers, np.full(_HOPS_PER_BLOCK, 1.0 / _HOPS_PER_BLOCK), mode="valid")
    blocks = blocks[blocks > power_from_lufs(ABSOLUTE_GATE_LUFS)]
    if blocks.size == 0:
        return -math.inf
    return lufs_from_power(float(blocks[blocks > blocks.mean() * power_from_db(RELATIVE_GATE_LU)].mean()))


def sample_peak(audio: Audio) -> float:
    """Return the largest magnitude of any sample; 0 for none."""
    return max(float(audio.max(initial=0.0)), -float(audio.min(initial=0.0)))


def true_peak_dbtp(audio: Audio) -> float:
    """Return the true peak of (channels, samples) in dBTP; -inf for silence."""
    return db_from_gain(_find_true_peak(audio))


def block_true_peaks(audio: Audio, block: int) -> Blocks:
    """Return the largest magnitude, four times oversampled, in blocks of ``block`` samples, over channels.

    The last block may be shorter. A block reaches from its first sample to just before the next
    block's.
    """

    def peaks_in(samples: tuple[int, int]) -> NDArray[np.float32]:
        first, last = samples
        near = np.ascontiguousarray(_with_context(audio, first, last, _TAPS_PER_PHASE))
        highest = _fine_magnitudes(near).max(axis=0)
        return np.maximum.reduceat(highest, np.arange(0, len(highest), block))

    at_once = count_cores_for(audio.shape[1])
    peaks = list(in_order(peaks_in, chunks(audio.shape[1], block), at_once))
    return np.concatenate(peaks).astype(np.float64) if peaks else np.zeros(0)


def _find_true_peak(audio: Audio) -> float:
    """Return the largest magnitude, four times oversampled; 0 for no samples.

    Only where samples are loud enough can the curve between them be higher than the loudest sample.
    """
    needed = sample_peak(audio) / _most_overshoot()
    context, size = _TAPS_PER_PHASE, _PEAK_BLOCK_SAMPLES

    def peak_in(samples: tuple[int, int]) -> float:
        first, last = samples
        near = np.ascontiguousarray(_with_context(audio, first, last, context))
        whole = (last - first) // size * size
        found = [0.0]
        if whole:
            width = size + 2 * context
            spans = sliding_window_view(near[:, : whole + 2 * context], width, axis=1)[:, ::size]
            quiet = np.maximum(spans.max(axis=2), -spans.min(axis=2)) < needed
            found.append(float(_fine_magnitudes(spans[~quiet]).max(initial=0.0)))
        if whole < last - first:
            found.append(float(_fine_magnitudes(near[:, whole:]).max()))
        return float(np.max(found))

    at_once = count_cores_for(audio.shape[1])
    return float(np.max([0.0, *in_order(peak_in, chunks(audio.shape[1], size), at_once)]))


def _fine_magnitudes(near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest magnitude from each sample to just before the next, (rows, samples).

    ``near`` has :data:`_TAPS_PER_PHASE` samples more on both sides. The first of the phases is the samples
    themselves.
    """
    skip, samples = _TAPS_PER_PHASE, near.shape[1] - 2 * _TAPS_PER_PHASE
    highest = np.abs(near[:, skip : skip + samples])
    skip += _TAPS_PER_PHASE // 2
    for phase in range(1, OVERSAMPLING):
        fine = scipy.signal.upfirdn(_interpolation()[phase::OVERSAMPLING], near, axis=1)
        between = fine[:, skip : skip + samples]
        np.maximum(highest, np.abs(between, out=between), out=highest)
    return highest


@lru_cache(maxsize=1)
def _interpolation() -> NDArray[np.float32]:
    """Return a Kaiser-windowed sinc: a low-pass at the old Nyquist frequency.

    It has gain for the zeros that oversampling puts in between.
    """
    taps = scipy.signal.firwin(
        OVERSAMPLING * _TAPS_PER_PHASE + 1, 1.0 / OVERSAMPLING, window=("kaiser", 5.0)
    )
    return np.asarray(taps / taps[len(taps) // 2], dtype=np.float32)


@lru_cache(maxsize=1)
def _most_overshoot() -> float:
    """Return how many times as high as the samples around it the curve between them can be, rounded up."""
    phases = (np.abs(_interpolation()[phase::OVERSAMPLING]) for phase in range(OVERSAMPLING))
    return 1.001 * max(float(phase.sum()) for phase in phases)


def chunks(n_samples: int, block: int = 1) -> Iterator[tuple[int, int]]:
    """Yield ranges of whole blocks; only the last range may end in a part of one."""
    size = max(1, _CHUNK_SAMPLES // block) * block
    for first in range(0, n_samples, size):
        yield first, min(first + size, n_samples)


def _with_context(audio: Audio, first: int, last: int, context: int) -> Audio:
    """Return samples ``first`` to ``last`` with ``context`` more on each side, zeros beyond the ends."""
    inside = audio[:, max(0, first - context) : last + context]
    before = max(0, context - first)
    after = (last - first) + 2 * context - before - inside.shape[1]
    return np.asarray(np.pad(inside, ((0, 0), (before, after))), dtype=np.float32)


@lru_cache(maxsize=4)
def k_weighting(sample_rate: int) -> Blocks:
    """Return second-order sections (2, 6) of the K-weighting at any rate: a high shelf and a high-pass.

    Annex 1 tabulates 48 kHz only. These are the analogue prototypes behind it (B. De Man, "Evaluation
    of implementations of the EBU R128 loudness measurement", AES 2018), as in libebur128. They are not
    the cookbook's: the shelf's middle gain and the high-pass's numerator are those of the table.
    """
    k, q = np.tan(np.pi * 1681.974450955533 / sample_rate), 0.7071752369554196
    high = gain_from_db(3.999843853973347)
    middle, a0 = high**0.499666774155, 1.0 + k / q + k * k
    shelf = [(high + middle * k / q + k * k) / a0, 2.0 * (k * k - high) / a0]
    shelf.append((high - middle * k / q + k * k) / a0)
    poles = [1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0]

    k, q = np.tan(np.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0]
    return np.array([[*shelf, *poles], high_pass])


def lufs_from_power(power: float) -> float:
    """Return the loudness of a K-weighted power, channels added; -inf for none."""
    return -0.691 + db_from_power(power)


def power_from_lufs(lufs: float) -> float:
    """Return the K-weighted power that has a loudness."""
    return power_from_db(lufs + 0.691)
