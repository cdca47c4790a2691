"""Clips that are longer than what a network sees at once, blended in latent space.

At each step of the sampler the network looks at overlapping windows of the same latents, and what it
predicts for them is averaged where they overlap (Bar-Tal et al., "MultiDiffusion", ICML 2023). Schedulers
are linear in the prediction, so this is the same as averaging the denoised windows; there is one sampler,
one latent, and no seam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


def window_starts(length: int, window: int, overlap: int) -> list[int]:
    """Return the first frames of windows that cover ``length`` frames, evenly spread.

    Each lies at least ``overlap`` frames in its neighbour. Raises ValueError where the overlap is not
    shorter than the window.
    """
    if not 0 <= overlap < window:
        raise ValueError(f"an overlap of {overlap} does not fit a window of {window}")
    if length <= window:
        return [0]
    steps = -(-(length - window) // (window - overlap))
    return [(length - window) * step // steps for step in range(steps + 1)]


def window_weights(window: int, overlap: int) -> Tensor:
    """Return ``window`` positive weights that rise and fall over ``overlap`` frames: a trapezoid."""
    place = torch.arange(window, dtype=torch.float32)
    edge = torch.minimum(place, window - 1 - place) + 1.0
    return torch.clamp(edge / (overlap + 1.0), max=1.0)


def blend(sample: Tensor, window: int, overlap: int, predict: Callable[[Tensor, int], Tensor]) -> Tensor:
    """Return the weighted mean of ``predict(part, first)`` over windows of ``sample``'s last axis."""
    length = sample.shape[-1]
    starts = window_starts(length, window, overlap)
    if len(starts) == 1:
        return predict(sample, 0)
    weights = window_weights(window, overlap).to(sample.device)
    total = torch.zeros(0)  # its other axes are those of the first prediction
    norm = torch.zeros(length, device=sample.device)
    for first in starts:
        part = slice(first, first + window)
        made = predict(sample[..., part], first).float()
        if first == 0:
            total = torch.zeros((*made.shape[:-1], length), device=made.device)
        total[..., part] += made * weights
        norm[part] += weights
    return (total / norm).to(sample.dtype)


@contextmanager
def use_windows(
    network: torch.nn.Module,
    window: int,
    overlap: int,
    adapt: Callable[[dict[str, Any], int], dict[str, Any]] = lambda keywords, _size: keywords,
    axis: int = -1,
) -> Iterator[None]:
    """Let a denoiser look at windows of an axis of its first argument, until the block ends.

    ``adapt`` changes its keyword arguments to those for ``size`` frames. The denoiser must return a
    tuple, as diffusers' pipelines ask it to.
    """
    inner = network.forward

    def forward(sample: Tensor, *arguments: Any, **keywords: Any) -> tuple[Tensor]:
        def predict(part: Tensor, _first: int) -> Tensor:
            made: Tensor = inner(part.transpose(axis, -1), *arguments, **adapt(keywords, part.shape[-1]))[0]
            return made.transpose(axis, -1)

        return (blend(sample.transpose(axis, -1), window, overlap, predict).transpose(axis, -1),)

    had = "forward" in network.__dict__
    network.forward = forward
    try:
        yield
    finally:
        if had:
            network.forward = inner
        else:
            del network.__dict__["forward"]
