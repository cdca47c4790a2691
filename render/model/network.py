"""The denoiser: a convolutional network along time that paints log-mel tokens.

ConvNeXt blocks (Liu et al., "A ConvNet for the 2020s", CVPR 2022) with depthwise convolutions of
growing dilation, modulated by time and text through one shared adaptive layer norm with an offset
per block (PixArt-alpha, Chen et al. 2023). It predicts the clean tokens, which suits tokens larger
than what the data needs (Li and He, "Back to Basics: Let Denoising Generative Models Denoise", 2025),
and knows nothing of the length of a clip.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

DILATIONS = (1, 2, 4, 8)


def time_features(time: Tensor, size: int) -> Tensor:
    """Sinusoids of diffusion time 0…1: (batch,) to (batch, size)."""
    half = size // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=time.device) / half)
    angles = time[:, None].float() * 1000.0 * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class _Block(nn.Module):
    """Depthwise convolution, then an MLP over channels, both modulated: (batch, tokens, width)."""

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
        shift, scale, gate = (modulation + self.offset).unbind(1)
        # (B, T, W) seen as an image of W channels is channels-last already, the fast layout on a CPU
        mixed = self.mix(x.transpose(1, 2).unsqueeze(-1)).squeeze(-1).transpose(1, 2)
        hidden = self.norm(mixed) * (1.0 + scale[:, None]) + shift[:, None]
        added: Tensor = gate[:, None] * self.down(nn.functional.gelu(self.up(hidden), approximate="tanh"))
        return x + added


class MelDenoiser(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Predicts clean log-mel tokens from noisy ones, the score's condition, a text vector and time."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        token_size: int = 256,
        condition_size: int = 768,
        text_size: int = 384,
        width: int = 384,
        depth: int = 8,
        expansion: int = 3,
        kernel: int = 7,
    ) -> None:
        super().__init__()
        self.token_in = nn.Linear(token_size, width)
        self.condition_in = nn.Linear(condition_size, width)
        self.time_in = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.text_in = nn.Sequential(nn.Linear(text_size, width), nn.SiLU(), nn.Linear(width, width))
        self.null_text = nn.Parameter(torch.zeros(text_size))
        self.modulate = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width))
        blocks = [_Block(width, expansion, kernel, DILATIONS[k % len(DILATIONS)]) for k in range(depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm_out = nn.LayerNorm(width)
        self.token_out = nn.Linear(width, token_size)
        self.condition_skip = nn.Linear(condition_size, token_size)
        for block in blocks:
            nn.init.constant_(block.offset[2], 0.1)
            nn.init.normal_(block.down.weight, std=0.01)
        nn.init.zeros_(self.token_out.weight)
        nn.init.zeros_(self.condition_skip.weight)

    def forward(
        self, tokens: Tensor, time: Tensor, condition: Tensor, text: Tensor, has_text: Tensor | None = None
    ) -> Tensor:
        """Clean tokens.

        ``tokens``: (batch, tokens, token_size); ``time``: (batch,), 0 clean to 1 noise;
        ``condition``: (batch, tokens, condition_size); ``text``: (batch, text_size); ``has_text``:
        bool (batch,), False where the text is dropped for guidance.
        """
        if has_text is not None:
            text = torch.where(has_text[:, None], text, self.null_text)
        state = self.time_in(time_features(time, 256)) + self.text_in(text * 8.0)
        modulation = self.modulate(state).unflatten(-1, (3, -1))
        x = self.token_in(tokens) + self.condition_in(condition) + state[:, None]
        for block in self.blocks:
            x = block(x, modulation)
        clean: Tensor = self.token_out(self.norm_out(x)) + self.condition_skip(condition)
        return clean
