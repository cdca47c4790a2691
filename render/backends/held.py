"""What backends with a pipeline of weights have in common: being made, memory, and letting go."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import torch

from render.backends.base import DEFAULT_OPTIONS, BackendOptions
from render.backends.devices import estimate_bytes, placement
from render.backends.loading import fingerprint
from render.backends.lora import find_lora
from render.backends.schedulers import find_scheduler
from render.backends.weights import ModelFolder


class HeldWeights:
    """A backend whose pipelines are cached properties, made from one folder of weights.

    A class says which schedulers it allows beside the model's own, in which precision it runs on a GPU
    where the user leaves that to it, and whether it takes a LoRA.
    """

    name: str
    _code_version: ClassVar[int]
    _schedulers: ClassVar[tuple[str, ...]] = ()
    _gpu_dtype: ClassVar[str] = "float16"
    _takes_lora: ClassVar[bool] = False

    def __init__(self, folder: ModelFolder, options: BackendOptions = DEFAULT_OPTIONS) -> None:
        """Choose scheduler, place and LoRA. Raises RitornelloError where it cannot run."""
        self._folder = folder
        self._scheduler = find_scheduler(options.scheduler, folder.scheduler_class, self._schedulers)
        self._check_options(options)
        self._where = placement(options, self._sizes(), self._gpu_dtype)
        self._lora = find_lora(options) if self._takes_lora else None

    def _check_options(self, options: BackendOptions) -> None:
        """Raise RitornelloError for what this backend cannot do, or where it lacks a package."""

    def _sizes(self) -> Mapping[str, int]:
        """Return the numbers of parameters of parts that are on the device by themselves."""
        return self._folder.parameters

    @cached_property
    def fingerprint(self) -> str:
        """Return what decides its samples: weights, scheduler, precision and the versions of libraries."""
        code = (self.name, self._code_version)
        return fingerprint(code, self._folder, self._scheduler, self._where, self._lora)

    @property
    def device(self) -> str:
        """Return where the weights lie: cpu, cuda or mps."""
        return self._where.device

    @property
    def memory_bytes(self) -> int:
        """Return an estimate of how many bytes of the device's memory the model needs to play."""
        return estimate_bytes(self._where, self._sizes())

    @property
    def is_held(self) -> bool:
        """Return whether the weights are in memory."""
        return bool(self._list_loaded())

    def release(self) -> None:
        """Let go of the weights; they are read again for the next clip."""
        for name in self._list_loaded():
            del vars(self)[name]
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _list_loaded(self) -> list[str]:
        """Return the names of the pipelines that are loaded."""
        kept = ((name, getattr(type(self), name, None)) for name in vars(self))
        return [
            name
            for name, made in kept
            if isinstance(made, cached_property) and hasattr(vars(self)[name], "components")
        ]
