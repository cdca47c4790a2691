"""Time and memory of each backend at its published size, with random weights, which cost as much as others.

``python tests/benchmarks/backends_gpu.py [--backend NAME ...] [--seconds 30] [--variants] [--json FILE]``

Each pipeline is built on the device in half precision, handed to the backend that plays it, and makes one
clip of 30 s for a stem, after a short one that warms it up. ``--variants`` adds runs with a quarter of the
steps, with attention slicing and ``torch.compile`` where the pipeline has them, and with parts kept in main
memory (``offload: model`` and ``sequential``). ``--time-steps N`` times N steps more than one, and
extrapolates to the usual number, for machines on which all of them would take hours; what is extrapolated
is marked with ``~``.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from render.backends import backend_entry
from render.backends.base import BackendOptions
from render.backends.devices import Placement
from render.backends.latents import LatentRecipe
from render.backends.loading import place
from render.backends.request import ClipRequest
from render.backends.weights import ModelFolder
from structure.base.grid import Grid, Meter
from structure.plans.score import Note
from tests.benchmarks.published import PUBLISHED

USUAL_STEPS = {
    "riffusion": 50,
    "stable-audio": 100,
    "stable-audio-3": 8,
    "ace-step": 8,
    "minimax-music-3": 30,
    "longcat-audio": 16,
    "audioldm2": 200,
}
NETWORKS = ("transformer", "unet")


class Built(ModelFolder):
    """A pipeline that is in memory and in no folder, as a backend sees the folder of its weights."""

    def config(self, component: str) -> Mapping[str, Any]:
        """A component's configuration."""
        part = self.index["pipeline"].components[component]
        found: Mapping[str, Any] = part.config if component != "vocoder" else vars(part.config)
        return found

    @property
    def parameters(self) -> Mapping[str, int]:  # type: ignore[override]
        """Nothing: there is room for what is in memory already."""
        return {}

    @property
    def scheduler_class(self) -> str:
        """Name of the scheduler's class."""
        return type(self.index["pipeline"].scheduler).__name__


@dataclass(frozen=True)
class Run:
    """What one clip took. ``memory`` is the most that the device held, in bytes."""

    backend: str
    variant: str
    steps: int
    seconds: float
    memory: int
    extrapolated: bool = False
    fault: str = ""

    def row(self) -> str:
        """A line of the table."""
        if self.fault:
            return f"| `{self.backend}` | {self.variant} | {self.steps} | – | {self.fault} |"
        mark = "~" if self.extrapolated else ""
        return (
            f"| `{self.backend}` | {self.variant} | {self.steps} | {mark}{self.seconds:.1f} | "
            f"{self.memory / 1e9:.1f} GB |"
        )


def asked(seconds: float, steps: int) -> ClipRequest:
    """One stem of chords at 120 BPM, so long as is asked for."""
    beats = round(2 * seconds)
    notes = tuple(
        Note(Fraction(beat), Fraction(1), pitch, 96) for beat in range(beats) for pitch in (57, 64)
    )
    return ClipRequest(
        role="chords",
        prompt="warm electric piano",
        negative_prompt="",
        notes=notes,
        grid=Grid.steady(120, Meter()),
        body_quarters=Fraction(beats),
        pre_roll_samples=0,
        tail_samples=0,
        latent=LatentRecipe(1),
        steps=steps,
        key="A minor",
    )


@contextmanager
def defaults(device: str, dtype: torch.dtype) -> Iterator[None]:
    """While this lasts, weights are made on a device and in a precision."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(usual)


def backend_of(name: str, pipeline: Any, device: str, dtype: str) -> Any:
    """The backend, with a pipeline that is given in place of one that it would load."""
    import importlib

    module, _, attribute = backend_entry(name).classes[0][1].partition(":")
    folder = Built(Path(name), {"pipeline": pipeline})
    options = BackendOptions(device=device, dtype=dtype)  # type: ignore[arg-type]
    backend = getattr(importlib.import_module(module), attribute)(folder, options)
    pipeline.set_progress_bar_config(disable=True)
    backend.__dict__["_pipeline"] = pipeline
    return backend


def peak_memory(device: str) -> int:
    """The most memory that the device, or this program on the CPU, has held."""
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def timed(backend: Any, seconds: float, steps: int, device: str) -> tuple[float, int]:
    """Seconds that a clip takes, and the most memory that was held. On the CPU they are those of its
    processors, shared by its threads, so that what else runs there does not count."""
    clock = time.perf_counter
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
    else:
        clock = time.process_time
    begun = clock()
    backend.generate(asked(seconds, steps))  # its samples come back to main memory, so that all is done
    spent = (clock() - begun) / (torch.get_num_threads() if device == "cpu" else 1)
    return spent, peak_memory(device)


def measured(
    name: str, variant: str, backend: Any, steps: int, arguments: argparse.Namespace, device: str
) -> Run:
    """One row: a clip after a short one, or what it would take by a few of its steps."""
    try:
        few = arguments.time_steps
        if few and few < steps:
            first, memory = timed(backend, arguments.seconds, 1, device)
            more, memory = timed(backend, arguments.seconds, 1 + few, device)
            return Run(name, variant, steps, first + (more - first) / few * (steps - 1), memory, True)
        timed(backend, min(4.0, arguments.seconds), 1, device)
        spent, memory = timed(backend, arguments.seconds, steps, device)
        return Run(name, variant, steps, spent, memory)
    except (RuntimeError, NotImplementedError, ValueError) as exc:  # too little memory, or it cannot
        return Run(name, variant, steps, 0.0, 0, fault=str(exc).strip().splitlines()[0][:100])


def variants(pipeline: Any, device: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """What else can be done with a pipeline, in an order in which one leaves the next alone."""
    if hasattr(pipeline, "enable_attention_slicing"):
        yield "attention slicing", pipeline.enable_attention_slicing
        pipeline.disable_attention_slicing()
    if device == "cuda":
        network = next(getattr(pipeline, part) for part in NETWORKS if hasattr(pipeline, part))
        yield "torch.compile", network.compile
        network._compiled_call_impl = None
        for offload in ("model", "sequential"):

            def moved(offload: str = offload) -> None:
                place(pipeline, Placement(device, "bfloat16", offload))

            if hasattr(pipeline, f"enable_{offload}_cpu_offload"):
                yield f"offload: {offload}", moved


def measure(name: str, arguments: argparse.Namespace, device: str, dtype: str) -> Iterator[Run]:
    """All rows of a backend."""
    with defaults(device, getattr(torch, dtype)), torch.no_grad():
        pipeline = PUBLISHED[name]()
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False).eval()
    backend = backend_of(name, pipeline, device, dtype)
    steps = USUAL_STEPS[name]
    yield measured(name, "as it is", backend, steps, arguments, device)
    if not arguments.variants:
        return
    yield measured(name, "a quarter of the steps", backend, max(1, steps // 4), arguments, device)
    for variant, begin in variants(pipeline, device):
        try:
            begin()
        except (RuntimeError, ValueError, ImportError) as exc:
            yield Run(name, variant, steps, 0.0, 0, fault=str(exc).splitlines()[0][:100])
            continue
        yield measured(name, variant, backend, steps, arguments, device)


def count(name: str) -> str:
    """A pipeline's parameters by its parts, in millions; nothing of it is computed."""
    with torch.device("meta"):
        components = PUBLISHED[name]().components.items()
    millions = {
        part: sum(weight.numel() for weight in module.parameters()) / 1e6
        for part, module in components
        if isinstance(module, torch.nn.Module)
    }
    parts = ", ".join(f"{part} {size:.0f}" for part, size in millions.items())
    return f"{name}: {sum(millions.values()):.0f} M parameters ({parts})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backend", nargs="+", choices=list(PUBLISHED), default=list(PUBLISHED))
    parser.add_argument("--device", choices=("cuda", "cpu"))
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"))
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--time-steps", type=int, default=0)
    parser.add_argument("--variants", action="store_true")
    parser.add_argument("--count", action="store_true", help="count parameters, and measure nothing")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.count:
        for name in arguments.backend:
            print(count(name))
        return
    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = arguments.dtype or ("bfloat16" if device == "cuda" else "float32")
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{where}, {dtype}, clips of {arguments.seconds:g} s\n")
    print("| backend | how | steps | seconds | peak memory |\n|---|---|---|---|---|", flush=True)
    runs = []
    for name in arguments.backend:
        for run in measure(name, arguments, device, dtype):
            print(run.row(), flush=True)
            runs.append(vars(run))
        if device == "cuda":
            torch.cuda.empty_cache()
    if arguments.json:
        arguments.json.write_text(json.dumps({"device": where, "dtype": dtype, "runs": runs}, indent=2))


if __name__ == "__main__":
    main()
