"""What backends with a pipeline of weights have in common: how much memory they take, and letting go."""

from __future__ import annotations

import gc
from functools import cached_property

import torch

from render.backends.devices import Placement, needed_bytes
from render.backends.weights import ModelFolder


class HeldWeights:
    """A backend whose pipelines are cached properties, made from one folder of weights."""

    _folder: ModelFolder
    _where: Placement

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
