"""What backends with a pipeline of weights have in common: how much memory they take, and letting go."""

from __future__ import annotations

import gc
from functools import cached_property
from typing import ClassVar

import torch

from render.backends.devices import Placement, needed_bytes
from render.backends.loading import fingerprint
from render.backends.lora import Lora
from render.backends.weights import ModelFolder


class HeldWeights:
    """A backend whose pipelines are cached properties, made from one folder of weights."""

    name: str
    _code_version: ClassVar[int]
    _folder: ModelFolder
    _scheduler: str | None
    _where: Placement
    _lora: Lora | None = None

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
    def needed_bytes(self) -> int:
        """Return an estimate of how many bytes of the device's memory the model needs to play."""
        return needed_bytes(self._where, self._folder.parameters)

    @property
    def is_held(self) -> bool:
        """Return whether the weights are in memory."""
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
