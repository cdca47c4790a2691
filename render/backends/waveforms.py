"""What all backends do with audio: bring it to a rate, a width and a length, and put clips together."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly

from render.backends.request import Audio, Clip, ClipRequest
from structure.base.grid import resampled_length

if TYPE_CHECKING:
    import torch

_ROLE_WORDS = {
    "drums": "drums",
    "bass": "bass",
    "chords": "chords",
    "pad": "pad",
    "arpeggio": "arpeggio",
    "lead": "lead melody",
}
SPLICE_S = 0.010
"""Crossfade between kept and repainted audio."""


def solo_prompt(request: ClipRequest) -> str:
    """The prompt for a model that was trained on mixes: its stem alone, and how fast and in which key.

    A mix is asked for in its own words.
    """
    measure = f"{float(request.grid.tempo_bpm):.4g} BPM"
    words = [request.prompt]
    if request.role != "mix":
        words.append(f"solo {_ROLE_WORDS[request.role]}, isolated stem")
    words.append(measure)
    if request.key and request.role != "drums":
        words.append(request.key)
    return ", ".join(word for word in words if word)


def samples_at(samples: int, request: ClipRequest, sample_rate: int) -> int:
    """A number of the request's samples at another rate."""
    return resampled_length(samples, request.grid.sample_rate, sample_rate)


def at_rate(audio: Audio, rate: int, wanted: int) -> Audio:
    """Audio (channels, samples) at another sample rate, by a polyphase filter."""
    if rate == wanted:
        return audio
    ratio = Fraction(wanted, rate)
    return np.asarray(resample_poly(audio, ratio.numerator, ratio.denominator, axis=1), dtype=np.float32)


def of_length(audio: Audio, n_samples: int) -> Audio:
    """Audio cut, or filled with silence, to a length."""
    short = max(0, n_samples - audio.shape[1])
    return np.ascontiguousarray(np.pad(audio[:, :n_samples], ((0, 0), (0, short))), dtype=np.float32)


def of_width(audio: Audio, channels: int) -> Audio:
    """Audio with 1 or 2 channels."""
    if len(audio) == channels:
        return audio
    return np.repeat(audio, 2, axis=0) if channels == 2 else audio.mean(axis=0, keepdims=True)


def init_audio(request: ClipRequest, sample_rate: int, channels: int) -> Audio:
    """The request's init audio at a backend's rate and width, as long as its clip."""
    assert request.init is not None
    audio = at_rate(request.init.audio, request.grid.sample_rate, sample_rate)
    return of_length(of_width(audio, channels), samples_at(request.total_samples, request, sample_rate))


def as_tensor(audio: Audio, dtype: torch.dtype) -> torch.Tensor:
    """(channels, samples) as a torch tensor of a precision."""
    import torch  # the renderer uses the others, and plans are made without torch

    return torch.from_numpy(np.ascontiguousarray(audio)).to(dtype)


def as_clip(audio: Audio, request: ClipRequest, sample_rate: int) -> Clip:
    """A clip of the length that the request wants at a backend's rate."""
    length = samples_at(request.total_samples, request, sample_rate)
    downbeat = samples_at(request.pre_roll_samples, request, sample_rate)
    return Clip(of_length(audio, length), sample_rate, downbeat)


def kept_as_is(request: ClipRequest) -> bool:
    """True where init audio is to stay all as it is: nothing is then generated."""
    init = request.init
    return init is not None and init.strength == 0.0


def repaint_ranges(request: ClipRequest, sample_rate: int) -> tuple[tuple[int, int], ...]:
    """The request's ranges to repaint at another rate; () where all may change."""
    if request.init is None or request.init.repaint is None:
        return ()
    return tuple(
        (samples_at(first, request, sample_rate), samples_at(end, request, sample_rate))
        for first, end in request.init.repaint
    )


def spliced(kept: Audio, made: Audio, ranges: Iterable[tuple[int, int]], sample_rate: int) -> Audio:
    """``made`` inside the ranges and ``kept``, sample by sample, outside of them; both (channels, n).

    The crossfades lie inside the ranges.
    """
    fade = max(1, round(SPLICE_S * sample_rate))
    share = np.zeros(kept.shape[1], dtype=np.float32)
    for wanted_first, wanted_end in ranges:
        first, end = max(0, wanted_first), min(wanted_end, kept.shape[1])
        inside = np.arange(first, end)
        rise = (inside - first + 1) / (fade + 1) if first > 0 else np.ones(len(inside))
        fall = (end - inside) / (fade + 1) if end < kept.shape[1] else np.ones(len(inside))
        share[first:end] = np.maximum(share[first:end], np.clip(np.minimum(rise, fall), 0.0, 1.0))
    made = of_length(of_width(made, len(kept)), kept.shape[1])
    return np.where(share > 0.0, kept * (1.0 - share) + made * share, kept).astype(np.float32)


def level_gain(kept: Audio, made: Audio) -> np.float32:
    """Gain that brings one clip to the RMS of another; 1 where either is silent."""
    levels = [float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) for audio in (kept, made)]
    return np.float32(levels[0] / levels[1]) if min(levels) > 1e-6 else np.float32(1.0)
