"""Diffusion backends, by name. They are imported when they are asked for, since torch is slow to load."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

from render.backends.base import DEFAULT_OPTIONS, Backend, BackendOptions, Capabilities, Device
from structure.base.errors import BackendError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendEntry:
    """A backend that may be asked for. ``models`` are hub names of its weights, the usual one first;
    ``classes`` maps the diffusers pipelines that it runs to ``module:class``. ``gated``: the licence of
    the weights must be accepted on the hub first. ``can`` is the ``module:name`` of its capabilities."""

    name: str
    summary: str
    licence: str
    models: tuple[str, ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    gated: bool = False
    wants_gpu: bool = False
    can: str = ""

    def capabilities(self) -> Capabilities:
        """What the backend can do with its usual weights; they need not be there."""
        module, _, name = self.can.partition(":")
        found: Capabilities = getattr(importlib.import_module(module), name)
        return found


_STABLE_AUDIO_3 = "render.backends.stable_audio_3:StableAudio3Backend"

ENTRIES: tuple[BackendEntry, ...] = (
    BackendEntry(
        name="embedded",
        summary="comes with the package; follows the score",
        licence="MIT",
        can="render.backends.embedded:CAPABILITIES",
    ),
    BackendEntry(
        name="riffusion",
        summary="spectrogram images by Stable Diffusion 1.5",
        licence="CreativeML OpenRAIL-M",
        models=("riffusion/riffusion-model-v1",),
        classes=tuple(
            (name, "render.backends.riffusion:RiffusionBackend")
            for name in (
                "StableDiffusionPipeline",
                "StableDiffusionImg2ImgPipeline",
                "StableDiffusionInpaintPipeline",
            )
        ),
        wants_gpu=True,
        can="render.backends.riffusion:CAPABILITIES",
    ),
    BackendEntry(
        name="stable-audio",
        summary="Stable Audio Open 1.0, or Stable Audio 3",
        licence="Stability AI Community",
        models=(
            "stabilityai/stable-audio-open-1.0",
            "stabilityai/stable-audio-3-medium",
            "stabilityai/stable-audio-3-medium-base",
        ),
        classes=(
            ("StableAudioPipeline", "render.backends.stable_audio:StableAudioBackend"),
            ("StableAudio3Pipeline", _STABLE_AUDIO_3),
            ("StableAudio3AudioToAudioPipeline", _STABLE_AUDIO_3),
            ("StableAudio3InpaintPipeline", _STABLE_AUDIO_3),
        ),
        gated=True,
        wants_gpu=True,
        can="render.backends.stable_audio:CAPABILITIES",
    ),
    BackendEntry(
        name="ace-step",
        summary="ACE-Step 1.5: sings lyrics",
        licence="MIT",
        models=("ACE-Step/acestep-v15-xl-turbo-diffusers",),
        classes=(("AceStepPipeline", "render.backends.ace_step:AceStepBackend"),),
        wants_gpu=True,
        can="render.backends.ace_step:CAPABILITIES",
    ),
)
"""Every backend; the first is the default. Nothing outside of this table is ever loaded."""


_EMBEDDED_OPTIONS = [
    BackendOptions(device=device, dtype=dtype)
    for device in get_args(Device)
    for dtype in ("auto", "float32")
]


def backend_names() -> tuple[str, ...]:
    """Every backend that can be asked for; the first is the default."""
    return tuple(entry.name for entry in ENTRIES)


def backend_entry(name: str) -> BackendEntry:
    """A backend's entry. Raises RitornelloError for a name that is not known."""
    for entry in ENTRIES:
        if entry.name == name:
            return entry
    raise BackendError(
        f"no backend is called {name!r}", field="backend", hint=did_you_mean(name, backend_names())
    )


def backends_by_class() -> dict[str, str]:
    """Return the backend that runs each diffusers pipeline."""
    return {pipeline: entry.name for entry in ENTRIES for pipeline, _ in entry.classes}


def load_backend(name: str, options: BackendOptions = DEFAULT_OPTIONS) -> Backend:
    """Make a backend; its weights are checked now, and read when the first clip is asked for.

    Raises RitornelloError, with what mends it, for a name that is not known, weights that are missing or
    of the wrong kind, a device that is not there or too small, an unknown scheduler.
    """
    entry = backend_entry(name)
    if not entry.classes:
        if options not in _EMBEDDED_OPTIONS:
            raise BackendError(
                f"the backend {name!r} takes no model, dtype, scheduler or offload: it comes with the "
                "package and computes in float32"
            )
        device = "cpu"  # where a clip has the same bits on every machine of a kind, unless asked otherwise
        if options.device not in ("auto", "cpu"):
            from render.backends.devices import placement

            device = placement(replace(options, dtype="float32"), {}).device
        embedded: Backend = _attribute("render.backends.embedded:EmbeddedBackend")(device=device)
        return embedded
    from render.backends.weights import find_model

    classes = dict(entry.classes)
    folder = find_model(
        name, options.model, entry.models, classes, gated=entry.gated, others=backends_by_class()
    )
    backend: Backend = _attribute(classes[folder.class_name])(folder, options)
    return backend


def _attribute(place: str) -> Callable[..., Backend]:
    module, _, attribute = place.partition(":")
    made: Callable[..., Backend] = getattr(importlib.import_module(module), attribute)
    return made
