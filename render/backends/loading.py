"""Loads a diffusers pipeline from a checked folder of weights onto its device."""

from __future__ import annotations

import gc
import warnings
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import torch

from render.backends.devices import Placement, needed_bytes
from render.backends.weights import ModelFolder
from render.model.text import quiet_loading
from structure.base.errors import WeightsError


class HeldWeights:
    """What backends with a pipeline have in common: what it takes in memory, and how to let go of it. Their
    pipelines are cached properties."""

    _folder: ModelFolder
    _where: Placement

    @property
    def device(self) -> str:
        """Where the weights lie: cpu, cuda or mps."""
        return self._where.device

    @property
    def needed_bytes(self) -> int:
        """Memory on the device that the model needs to play, by an estimate."""
        return needed_bytes(self._where, self._folder.parameters)

    @property
    def is_held(self) -> bool:
        """Whether the weights are in memory."""
        return bool(self._held())

    def release(self) -> None:
        """Let go of the weights; they are read again for the next clip."""
        for name in self._held():
            del vars(self)[name]
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _held(self) -> list[str]:
        """Return the names of the pipelines that are loaded."""
        kept = ((name, getattr(type(self), name, None)) for name in vars(self))
        return [
            name
            for name, made in kept
            if isinstance(made, cached_property) and hasattr(vars(self)[name], "components")
        ]


def load(
    class_name: str, folder: ModelFolder, where: Placement, scheduler: str | None, **extra: Any
) -> Any:
    """A pipeline of a diffusers class, ready to be called.

    ``scheduler`` is the class of the one to use in place of the model's own. Raises RitornelloError where
    the folder's files do not fit together.
    """
    import diffusers

    pipeline_class = getattr(diffusers, class_name)
    try:
        # random weights are drawn before the file's take their place
        with quiet_loading(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.filterwarnings("ignore", "`torch.nn.utils.weight_norm` is deprecated", FutureWarning)
            pipeline = pipeline_class.from_pretrained(
                str(folder.path),
                dtype=where.torch_dtype,
                local_files_only=True,
                use_safetensors=True,
                variant=folder.variant,
                low_cpu_mem_usage=find_spec("accelerate") is not None,
                **extra,
            )
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as exc:
        raise WeightsError(
            f"{folder.path} cannot be loaded as a {class_name}: {exc}", path=folder.path
        ) from exc
    if scheduler is not None:
        pipeline.scheduler = getattr(diffusers, scheduler).from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    _place(pipeline, where)
    return pipeline


def fingerprint(
    code: tuple[object, ...], folder: ModelFolder, scheduler: str | None, where: Placement
) -> str:
    """What decides a backend's samples, in one line: its ``code`` (name and version), the weights, the
    scheduler, device and precision, and the versions of what computes."""
    import diffusers

    model = (folder.digest[:32], scheduler, where.device, where.dtype)
    return ":".join(map(str, (*code, *model, torch.__version__, diffusers.__version__)))


def sharing(pipeline: Any, class_name: str, **extra: Any) -> Any:
    """A pipeline of another diffusers class with the weights of a loaded one."""
    import diffusers

    other = getattr(diffusers, class_name)(**pipeline.components, **extra)
    other.set_progress_bar_config(disable=True)
    return other


def _place(pipeline: Any, where: Placement) -> None:
    if where.offload == "model":
        pipeline.enable_model_cpu_offload(device=where.device)
    elif where.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=where.device)
    else:
        pipeline.to(where.device)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval()
            if where.device == "cpu":
                _own_memory(part)


def _own_memory(part: torch.nn.Module) -> None:
    """Copy weights out of the mapped file: BLAS rounds otherwise where data is not aligned."""
    for weight in part.parameters():
        weight.data = weight.data.clone(memory_format=torch.contiguous_format)
