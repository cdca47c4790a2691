"""The networks: from words to a timbre vector, and from a timbre vector and a score to a log-mel.

What a sound is like is one vector for a whole clip, the *timbre*. :class:`TimbreEncoder` hears it in a
mel (in training only), :class:`TimbrePrior` imagines it for a text, and :class:`MelDenoiser` paints the
mel of a score with it. Two diffusion models one after the other, as in Ramesh et al., "Hierarchical
Text-Conditional Image Generation with CLIP Latents", 2022.

The denoiser is a convolutional network along time: ConvNeXt blocks (Liu et al., "A ConvNet for the
2020s", CVPR 2022) with depthwise convolutions of growing dilation, modulated by time through one shared
adaptive layer norm with an offset per block (PixArt-alpha, Chen et al. 2023) and by the timbre in every
block. It predicts the clean tokens, which suits tokens larger than what the data needs (Li and He, "Back
to Basics: Let Denoising Generative Models Denoise", 2025), and knows nothing of the length of a clip.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

DILATIONS = (1, 2, 4, 8)

TIMBRE_SIZE = 32
"""Numbers in a timbre vector."""


def time_features(time: Tensor, size: int) -> Tensor:
    """Return sinusoids of diffusion time 0…1: (batch,) to (batch, size)."""
    half = size // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=time.device) / half)
    angles = time[:, None].float() * 1000.0 * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class _Block(nn.Module):
    """Depthwise convolution, then an MLP over channels, both modulated: (batch, tokens, width).

    The modulation is (batch, tokens or 1, 3, width).
    """

    def __init__(self, width: int, expansion: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(
            width,
            width,
            (kernel, 1),
            padding=(dilation * (kernel // 2), 0),
            dilation=(dilation, 1),
            groups=width,
        )
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)
        self.offset = nn.Parameter(torch.zeros(3, width))

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        shift, scale, gate = (modulation + self.offset).unbind(-2)
        # (B, T, W) seen as an image of W channels is channels-last already, the fast layout on a CPU
        mixed = self.mix(x.unsqueeze(2).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).squeeze(2)
        hidden = self.up(torch.addcmul(shift, self.norm(mixed), 1.0 + scale))
        # in place where nothing is to be learned: fresh memory costs as much as the function
        hidden = nn.functional.gelu(hidden) if torch.is_grad_enabled() else torch.ops.aten.gelu_(hidden)
        return torch.addcmul(x, gate, self.down(hidden))


class MelDenoiser(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Predicts clean log-mel tokens from noisy ones, a score's condition and sketch, a timbre and time."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        token_size: int = 256,
        condition_size: int = 768,
        timbre_size: int = TIMBRE_SIZE,
        width: int = 384,
        depth: int = 5,
        expansion: int = 3,
        kernel: int = 7,
        timbre_width: int = 64,
    ) -> None:
        super().__init__()
        self.token_in = nn.Linear(token_size, width)
        self.condition_in = nn.Linear(condition_size, width)
        self.sketch_in = nn.Linear(token_size, width, bias=False)
        self.time_in = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.timbre_in = nn.Sequential(nn.Linear(timbre_size, timbre_width), nn.SiLU())
        self.modulate = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width))
        self.modulate_timbre = nn.Linear(timbre_width, 3 * width * depth + 2 * width)
        blocks = [_Block(width, expansion, kernel, DILATIONS[k % len(DILATIONS)]) for k in range(depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm_out = nn.LayerNorm(width)
        self.token_out = nn.Linear(width, token_size)
        for block in blocks:
            nn.init.constant_(block.offset[2], 0.1)
            nn.init.normal_(block.down.weight, std=0.01)
        for layer in (self.token_out, self.modulate_timbre):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, tokens: Tensor, time: Tensor, condition: Tensor, sketch: Tensor, timbre: Tensor
    ) -> Tensor:
        """Return clean tokens; before anything is learned, the sketch.

        ``tokens``: (batch, tokens, token_size); ``time``: (batch,), 0 clean to 1 noise;
        ``condition``: (batch, tokens, condition_size); ``sketch``: (batch, tokens, token_size);
        ``timbre``: (batch, timbre_size), or (batch, tokens, timbre_size) where the sound changes on the
        way.
        """
        width: int = self.config.width
        timbre = timbre if timbre.dim() == 3 else timbre[:, None]
        state = self.time_in(time_features(time, 256))
        shared = self.modulate(state).unflatten(-1, (3, -1))[:, None]
        *own, last = self.modulate_timbre(self.timbre_in(timbre)).split(
            [3 * width] * len(self.blocks) + [2 * width], dim=-1
        )
        x = self.token_in(tokens) + self.condition_in(condition) + self.sketch_in(sketch) + state[:, None]
        for block, modulation in zip(self.blocks, own, strict=True):
            x = block(x, shared + modulation.unflatten(-1, (3, -1)))
        shift, scale = last.unflatten(-1, (2, -1)).unbind(-2)
        x = self.norm_out(x) * (1.0 + scale) + shift
        clean: Tensor = sketch + self.token_out(x)
        return clean


class TimbreEncoder(nn.Module):
    """Hears the timbre of a mel whose score is known, whatever is played. Used in training only."""

    def __init__(
        self, token_size: int, condition_size: int, width: int = 192, depth: int = 4, kernel: int = 7
    ) -> None:
        super().__init__()
        self.token_in = nn.Linear(token_size, width)
        self.condition_in = nn.Linear(condition_size, width)
        blocks = [_Block(width, 3, kernel, DILATIONS[k % len(DILATIONS)]) for k in range(depth)]
        self.blocks = nn.ModuleList(blocks)
        self.out = nn.Linear(2 * width, TIMBRE_SIZE)
        for block in blocks:
            nn.init.constant_(block.offset[2], 0.3)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Turn (batch, tokens, …) into timbres (batch, TIMBRE_SIZE), each of mean 0 and variance 1."""
        x = self.token_in(tokens) + self.condition_in(condition)
        plain = x.new_zeros(x.shape[0], 1, 3, x.shape[2])
        for block in self.blocks:
            x = block(x, plain)
        pooled = torch.cat([x.mean(1), x.std(1)], dim=-1)
        return standardise(self.out(pooled))


def standardise(timbre: Tensor) -> Tensor:
    """Return each vector with mean 0 and variance 1: where all timbres lie."""
    return nn.functional.layer_norm(timbre, timbre.shape[-1:])


class TimbrePrior(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Predicts a clean timbre from a noisy one, a text vector and time."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, timbre_size: int = TIMBRE_SIZE, text_size: int = 384, width: int = 192, depth: int = 3
    ) -> None:
        super().__init__()
        self.timbre_in = nn.Linear(timbre_size, width)
        self.time_in = nn.Linear(64, width)
        self.text_in = nn.Linear(text_size, width)
        self.null_text = nn.Parameter(torch.zeros(text_size))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.ups = nn.ModuleList(nn.Linear(2 * width, 2 * width) for _ in range(depth))
        self.downs = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(depth))
        self.norm_out = nn.LayerNorm(width)
        self.timbre_out = nn.Linear(width, timbre_size)
        for down in self.downs:
            nn.init.normal_(down.weight, std=0.01)  # type: ignore[arg-type]

    def forward(self, timbre: Tensor, time: Tensor, text: Tensor, has_text: Tensor | None = None) -> Tensor:
        """Return clean timbres (batch, timbre_size).

        ``timbre``: (batch, timbre_size); ``time``: (batch,), 0 clean to 1 noise; ``text``: (batch,
        text_size); ``has_text``: bool (batch,), False where the text is dropped for guidance.
        """
        if has_text is not None:
            text = torch.where(has_text[:, None], text, self.null_text)
        known = self.text_in(text * 8.0) + self.time_in(time_features(time, 64))
        x = self.timbre_in(timbre) + known
        for norm, up, down in zip(self.norms, self.ups, self.downs, strict=True):
            x = x + down(nn.functional.silu(up(torch.cat([norm(x), known], dim=-1))))
        clean: Tensor = self.timbre_out(self.norm_out(x))
        return clean
