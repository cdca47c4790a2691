"""Diffusion backends, by name. They are imported when they are asked for, since torch is slow to load."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import get_args
from weakref import WeakKeyDictionary

from render.backends.base import DEFAULT_OPTIONS, Backend, BackendOptions, Device
from render.backends.entries import AUTO, EMBEDDED, ENTRIES, BackendEntry
from structure.base.errors import BackendError, MissingWeightsError, WeightsError, did_you_mean

__all__ = [
    "ENTRIES",
    "BackendEntry",
    "backend_entry",
    "backend_names",
    "backends_by_class",
    "load_backend",
]

_EMBEDDED_OPTIONS = [
    BackendOptions(device=device, dtype=dtype)
    for device in get_args(Device)
    for dtype in ("auto", "float32")
]


def backend_names() -> tuple[str, ...]:
    """Return every backend that can be asked for; the first is the default."""
    return tuple(entry.name for entry in ENTRIES)


def backend_entry(name: str) -> BackendEntry:
    """Return a backend's entry.

    Raises RitornelloError for a name that is not known.
    """
    for entry in ENTRIES:
        if entry.name == name:
            return entry
    raise BackendError(
        f"no backend is called {name!r}", field="backend", hint=did_you_mean(name, backend_names())
    )


def backends_by_class() -> dict[str, str]:
    """Return the backend that runs each diffusers pipeline; where two do, the one that is named for it."""
    own = (entry for entry in ENTRIES if entry is not AUTO)
    return {pipeline: entry.name for entry in own for pipeline, _ in entry.classes}


_ORIGINS: WeakKeyDictionary[Backend, tuple[str, BackendOptions]] = WeakKeyDictionary()


def origin_of(backend: Backend) -> tuple[str, BackendOptions] | None:
    """Return the name and options by which :func:`load_backend` made a backend.

    With them it can be made again on another machine. Returns None where it was made otherwise.
    """
    return _ORIGINS.get(backend) if isinstance(backend, Hashable) else None


def load_backend(name: str, options: BackendOptions = DEFAULT_OPTIONS) -> Backend:
    """Make a backend; its weights are checked now, and read when the first clip is asked for.

    Raises RitornelloError, with what mends it, for a name that is not known, weights that are missing or
    of the wrong kind, a device that is not there or too small, an unknown scheduler, a LoRA for a backend
    that takes none.
    """
    entry = backend_entry(name)
    backend: Backend
    if entry is EMBEDDED:
        if options not in _EMBEDDED_OPTIONS:
            raise BackendError(
                f"the backend {entry.name!r} takes no model, dtype, scheduler, offload or lora: it comes "
                "with the package and computes in float32"
            )
        device = "cpu"  # where a clip has the same bits on every machine of a kind, unless asked otherwise
        if options.device not in ("auto", "cpu"):
            from render.backends.devices import placement

            device = placement(replace(options, dtype="float32"), {}).device
        backend = _attribute("render.backends.embedded:EmbeddedBackend")(device=device)
    elif entry is AUTO:
        backend = _load_any(options)
    else:
        from render.backends.weights import find_model

        _check_lora(entry, options)
        classes = dict(entry.classes)
        folder = find_model(
            entry.name,
            options.model,
            entry.models,
            classes,
            gated=entry.gated,
            others=backends_by_class(),
        )
        backend = _attribute(classes[folder.class_name])(folder, options)

    _ORIGINS[backend] = (name, options)
    return backend


def _load_any(options: BackendOptions) -> Backend:
    """Load the backend for the pipeline of a folder.

    Raises RitornelloError where none can play it, or where no folder is named.
    """
    from render.backends.weights import find_model, look_into

    if options.model is None:
        raise MissingWeightsError(
            "the backend 'auto' plays the pipeline of a folder, and none is named",
            field="model",
            hint="name it with `model`",
        )
    folder = look_into(AUTO.name, options.model)
    own = backends_by_class().get(folder.class_name)
    if own is not None:
        return load_backend(own, options)
    other = importlib.import_module("render.backends.pipelines.text_to_audio")
    if folder.class_name not in other.readable_classes():
        raise WeightsError(
            f"{folder.path} holds a {folder.class_name or 'pipeline without a name'}, which makes no sound "
            "from words that diffusers knows of",
            path=folder.path,
            field="model",
            hint=f"backends: {', '.join(entry.name for entry in ENTRIES if entry.models)}",
        )
    _check_lora(AUTO, options)
    whole = find_model(AUTO.name, options.model, (), (folder.class_name,))
    backend: Backend = other.TextToAudioBackend(whole, options)
    return backend


def _check_lora(entry: BackendEntry, options: BackendOptions) -> None:
    if options.lora is not None and not entry.takes_lora:
        able = [other.name for other in ENTRIES if other.takes_lora]
        raise BackendError(
            f"the backend {entry.name!r} takes no LoRA: diffusers has no loader for it",
            field="lora",
            hint=f"leave `lora` out; those that take one: {', '.join(able)}",
        )


def _attribute(place: str) -> Callable[..., Backend]:
    module, _, attribute = place.partition(":")
    made: Callable[..., Backend] = getattr(importlib.import_module(module), attribute)
    return made
