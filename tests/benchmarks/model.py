"""How fast the embedded model is: ``python tests/benchmarks/model.py``.

Prints the time for one stem as a share of its duration, and the rate of the network's arithmetic beside the
rate of a plain matrix multiplication, measured in turns in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from render.model.features import LAYOUTS, to_tokens
from render.model.pipeline import ScorePipeline, load_pipeline, mel_condition
from render.model.playing.notes import NoteTable

RATE = 44_100
SECONDS = 60


def notes_of(kind: str) -> NoteTable:
    rng = np.random.default_rng(0)
    rows = []
    for k in range(SECONDS * 4):
        start = k * RATE // 4
        keys = (36, 42) if kind == "drums" else (48 + int(rng.integers(24)), 60 + int(rng.integers(24)))
        rows += [(start, start + RATE // 5, key, 90) for key in keys]
    return NoteTable.of(rows)


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def flops_of_network(pipeline: ScorePipeline, tokens: int) -> float:
    """Multiplications and additions of all linear layers and convolutions for one pass."""
    total = 0.0
    for name, layer in pipeline.denoiser.named_modules():
        if isinstance(layer, torch.nn.Linear):
            times = 1 if name.startswith(("time_in", "timbre_in", "modulate")) else tokens
            total += 2.0 * layer.weight.numel() * times
        elif isinstance(layer, torch.nn.Conv2d):
            total += 2.0 * layer.weight.numel() * tokens
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    left, right = torch.randn(2048, 2048), torch.randn(2048, 2048)
    for kind in sorted(LAYOUTS):
        pipeline = load_pipeline(kind)
        notes, n_samples = notes_of(kind), SECONDS * RATE
        tokens = pipeline.latent_shape(n_samples)[0]
        sample = torch.randn(1, *pipeline.latent_shape(n_samples))
        condition = mel_condition(notes, pipeline.layout, pipeline.layout.frames_for(n_samples))
        timbre, moment = torch.randn(1, *pipeline.timbre_shape), torch.ones(1)
        sketch = to_tokens(
            pipeline.draw_sketch(notes, pipeline.layout.frames_for(n_samples), timbre), pipeline.layout
        )[None]

        def network() -> None:
            with torch.inference_mode():
                pipeline.denoiser(sample, moment, condition, sketch, timbre)  # noqa: B023

        def stem() -> None:
            pipeline(  # noqa: B023
                notes,  # noqa: B023
                n_samples,  # noqa: B023
                "piano",
                latents=sample[0],  # noqa: B023
                timbre_latents=timbre[0],  # noqa: B023
            )

        for warm in (network, stem, lambda: left @ right):
            warm()
        rows = [
            [seconds_of(work) for work in (network, stem, lambda: left @ right)]
            for _ in range(options.runs)
        ]
        network_s, stem_s, matmul_s = (statistics.median(column) for column in zip(*rows, strict=True))
        rate, peak = flops_of_network(pipeline, tokens) / network_s, 2.0 * 2048**3 / matmul_s
        print(f"{kind}: a stem of {SECONDS} s in {stem_s:.2f} s, {stem_s / SECONDS:.4f} of its duration")
        print(
            f"  network {rate / 1e9:.1f} GFLOP/s, matrix multiplication {peak / 1e9:.1f}: {rate / peak:.2f}"
        )


if __name__ == "__main__":
    main()
