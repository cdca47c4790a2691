"""What is done otherwise in MiniMax Music 3's modular pipeline.

That is where its noise comes from, and how long its language model goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import MiniMaxMusic3Blocks
from diffusers.modular_pipelines.minimax_music3.denoise import MiniMaxMusic3ChunkPrepareLatentsStep
from diffusers.modular_pipelines.minimax_music3.encoders import _AUDIO_END_TOKEN_ID
from diffusers.modular_pipelines.modular_pipeline_utils import InputParam

_NEVER_CHOSEN = -1e9
"""A logit that no sampling chooses, and that, unlike an infinite one, can be subtracted from itself."""


class OwnNoise(MiniMaxMusic3ChunkPrepareLatentsStep):  # type: ignore[misc]
    """Begins each window of the flow from noise that is given, in place of noise that is drawn."""

    @property
    def inputs(self) -> list[Any]:
        """Return what the pipeline is called with: ``draw(window, shape)`` gives the noise of a window."""
        return [InputParam("draw", required=True, type_hint=Callable, description="Noise of a window.")]

    @torch.no_grad()
    def __call__(self, components: Any, block_state: Any, k: int) -> tuple[Any, Any]:
        """Set the window's latents, and keep those that overlap the one before."""
        condition = block_state.condition
        shape = (1, components.num_channels_latents, condition.shape[1])
        latents = block_state.draw(k, shape).to(condition.device, condition.dtype)
        overlap = block_state.overlap
        block_state.noise_prompt = latents[..., :overlap].clone() if overlap > 0 else None
        block_state.latents = latents
        return components, block_state


def blocks_with_own_noise() -> Any:
    """Return the blocks of the pipeline, with the noise of its windows given by the caller."""
    blocks = MiniMaxMusic3Blocks()
    windows = blocks.sub_blocks["denoise"].sub_blocks["denoise"]
    windows.sub_blocks["prepare_latents"] = OwnNoise()
    windows.set_progress_bar_config(disable=True)
    return blocks


@contextmanager
def steer(
    language_model: Any,
    frames: int,
    at_frame: dict[int, Callable[[], object]],
) -> Iterator[None]:
    """Keep the language model from ending before ``frames`` frames, until the block ends.

    The functions in ``at_frame`` are called by frame number, each before that frame is drawn.
    """
    frame = 0

    def before_frame(_module: Any, _arguments: Any, logits: torch.Tensor) -> torch.Tensor:
        nonlocal frame
        at_frame.get(frame, lambda: None)()
        frame += 1
        if frame <= frames + 1:  # the first step emits no frame
            logits = logits.clone()
            logits[..., _AUDIO_END_TOKEN_ID] = _NEVER_CHOSEN
        return logits

    hook = language_model.lm_head.register_forward_hook(before_frame)
    try:
        yield
    finally:
        hook.remove()
