"""Diffusion backends, by name. They are imported when they are asked for, since torch is slow to load."""

from __future__ import annotations

import importlib

from render.backends.base import Backend
from structure.errors import RitornelloError, did_you_mean

_MAKERS: dict[str, str] = {"embedded": "render.backends.embedded:EmbeddedBackend"}
"""Name to ``module:class``; the class is made without arguments."""


def backend_names() -> tuple[str, ...]:
    """Every backend that can be asked for; the first is the default."""
    return tuple(_MAKERS)


def load_backend(name: str) -> Backend:
    """Make a backend. Raises RitornelloError for a name that is not known."""
    if name not in _MAKERS:
        raise RitornelloError(f"no backend is called {name!r} ({did_you_mean(name, _MAKERS)})")
    module, _, attribute = _MAKERS[name].partition(":")
    backend: Backend = getattr(importlib.import_module(module), attribute)()
    return backend
