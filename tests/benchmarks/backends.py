"""Computing per second of audio: the embedded model and a network of Riffusion's size, side by side.

``python tests/benchmarks/backends.py [--steps N]``. The second has random weights, which cost as much
as trained ones: Stable Diffusion 1.5's UNet (860 million parameters) at 512 x 512 with classifier-free
guidance, its VAE's decoder, and Griffin-Lim. ``N`` steps are timed, one if left out, and extrapolated to
the 50 that Riffusion takes. Text encoding and loading are left out on both sides.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction

import diffusers
import numpy as np
import torch

from render.backends import load_backend
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.backends.riffusion.image import audio_from_image, image_from_audio
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

STEPS = 50
IMAGE_S = 5.11


def embedded_ratio() -> float:
    """Seconds of computing per second of audio for four bars of chords; the second run counts."""
    notes = tuple(
        Note(Fraction(beat), Fraction(1), pitch, 96) for beat in range(16) for pitch in (57, 60, 64)
    )
    asked = ClipRequest(
        "chords",
        "warm electric piano",
        "",
        notes,
        Grid.steady(100, Meter()),
        Fraction(16),
        4410,
        44_100,
        LatentRecipe(1),
    )
    backend = load_backend("embedded")
    backend.generate(asked)
    begun = time.perf_counter()
    backend.generate(asked)
    return (time.perf_counter() - begun) / (asked.total_samples / 44_100)


@torch.inference_mode()
def unet_step_s(steps: int) -> tuple[float, float]:
    """Seconds of one guided step of SD 1.5's UNet, and its parameters in millions."""
    unet = diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768).eval()
    latents, text = torch.randn(2, 4, 64, 64), torch.randn(2, 77, 768)
    begun = time.perf_counter()
    for step in range(steps):
        unet(latents, torch.tensor(500 - step), encoder_hidden_states=text)
    spent = time.perf_counter() - begun
    return spent / steps, sum(weight.numel() for weight in unet.parameters()) / 1e6


@torch.inference_mode()
def vae_s() -> float:
    """Seconds of decoding one image with SD 1.5's VAE."""
    vae = diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
    ).eval()
    begun = time.perf_counter()
    vae.decode(torch.randn(1, 4, 64, 64))
    return time.perf_counter() - begun


def griffin_lim_s() -> float:
    """Seconds of turning one image into sound."""
    time_s = np.arange(round(IMAGE_S * 44_100)) / 44_100
    chord = sum(np.sin(2 * np.pi * hertz * time_s) for hertz in (220.0, 277.2, 329.6))
    image = image_from_audio((0.1 * chord).astype(np.float32)[None])
    begun = time.perf_counter()
    audio_from_image(image)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1)
    steps = parser.parse_args().steps
    embedded = embedded_ratio()
    print(f"embedded model: {embedded:.3f} s of computing per second of audio", flush=True)
    step, millions = unet_step_s(steps)
    decode, phases = vae_s(), griffin_lim_s()
    total = STEPS * step + decode + phases
    print(f"UNet of {millions:.0f} M parameters: {step:.1f} s a guided step, {steps} timed")
    print(f"VAE decoder {decode:.1f} s, Griffin-Lim {phases:.1f} s, for {IMAGE_S} s of audio")
    print(f"Riffusion's size, {STEPS} steps extrapolated: {total / IMAGE_S:.1f} s per second of audio")
    print(f"ratio: {total / IMAGE_S / embedded:.0f} times the embedded model")


if __name__ == "__main__":
    main()
