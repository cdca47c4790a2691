"""Where a model runs and in which precision, and whether it has room there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.backends.base import BackendOptions
from structure.base.errors import DeviceError, MissingPackageError, NoRoomError

WORKING_SHARE = 1.25
"""Memory while a model runs, over that of its weights: an estimate for activations of one clip."""

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_TORCH_CUDA = "https://pytorch.org/get-started/locally/"


@dataclass(frozen=True, slots=True)
class Placement:
    """``device`` is cpu, cuda or mps; ``dtype`` names torch's; ``offload`` is as in the options."""

    device: str
    dtype: str
    offload: str

    @property
    def torch_dtype(self) -> Any:
        """Return the dtype of torch."""
        import torch

        return getattr(torch, self.dtype)


def placement(
    options: BackendOptions, parameters: Mapping[str, int], gpu_dtype: str = "float16"
) -> Placement:
    """Choose where and how a model runs.

    ``parameters`` has their number for what is moved to the device by itself: a component, or several.

    Raises RitornelloError where the device is not there, cannot compute in that precision, or has too
    little free memory, with what to do.
    """
    from importlib.util import find_spec

    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    device: str = options.device
    if device == "auto":
        device = next(name for name, available in there.items() if available)
    elif not there[device]:
        others = " or ".join(name for name, available in there.items() if available)
        raise DeviceError(
            f"torch finds no {device} device here",
            field="device",
            hint=f"choose device {others}, or install a build of torch for your GPU: {_TORCH_CUDA}",
        )

    dtype: str = options.dtype
    if dtype == "auto":
        dtype = gpu_dtype if device == "cuda" else "float32"
    if device == "cpu" and dtype == "float16":
        raise DeviceError(
            "a CPU does not compute in float16", field="dtype", hint="choose dtype float32 or bfloat16"
        )

    if options.offload != "none" and device != "cuda":
        raise DeviceError(
            f"offload moves a model between a GPU and main memory; there is nothing to move on {device}",
            field="offload",
        )
    if options.offload != "none" and find_spec("accelerate") is None:
        raise MissingPackageError("offload", "accelerate", "backends")

    chosen = Placement(device, dtype, options.offload)
    _check_memory(chosen, parameters)
    return chosen


def has_gpu() -> bool:
    """Return whether torch finds a GPU."""
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())


def free_bytes(device: str) -> int | None:
    """Return how many bytes of a device's memory are free; None where it cannot be told."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return None


def estimate_bytes(where: Placement, parameters: Mapping[str, int]) -> int:
    """Return an estimate of how many bytes of the device's memory a model needs."""
    counts = list(parameters.values()) or [0]
    resident = max(counts) if where.offload == "model" else sum(counts)
    if where.offload == "sequential":
        resident = max(counts) // 4
    return round(WORKING_SHARE * resident * _BYTES[where.dtype])


def _check_memory(where: Placement, parameters: Mapping[str, int]) -> None:
    free = free_bytes(where.device)
    needed = estimate_bytes(where, parameters)
    if free is None or needed <= free:
        return
    advice = ["close other programs"]
    if where.dtype == "float32":
        half = "bfloat16" if where.device == "cpu" else "float16"
        advice.insert(0, f"choose dtype {half}, which halves it")
    if where.device == "cuda" and where.offload != "sequential":
        step = "model" if where.offload == "none" else "sequential"
        advice.insert(0, f"choose offload {step}, which keeps idle parts in main memory")
    raise NoRoomError(
        f"the model needs about {_gigabytes(needed)} of memory on {where.device} in {where.dtype}, and "
        f"{_gigabytes(free)} are free",
        field="device",
        hint="; or ".join(advice),
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
