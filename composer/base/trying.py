"""All there is to say of one backend, and two seconds played by the model in a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from composer.base.backends import abilities, backend_state
from composer.base.words import clock
from structure.base.errors import CheckError, UsageError

if TYPE_CHECKING:
    from render.backends import BackendEntry
    from render.backends.base import Capabilities

_PRECISIONS = {"float32": 4, "bfloat16 or float16": 2}
_SECONDS = 2
_QUIETEST = 1e-4
"""A peak below this is silence."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found, as data and as names and sentences for people."""

    document: Mapping[str, Any]
    words: Mapping[str, str]


def describe_backend(name: str) -> Facts:
    """Say what a backend can do, what it needs, how to get its weights, and what is on this machine.

    Raises BackendError for a name that is not known.
    """
    from render.backends import backend_entry
    from render.backends.base import Capabilities
    from render.backends.devices import free_bytes
    from render.backends.weights import download_command, in_cache

    entry = backend_entry(name)
    state = backend_state(entry)
    there = {model: in_cache(model) for model in entry.models}
    get = [download_command(model, gated=entry.gated) for model in entry.models[:1]]
    free = free_bytes("cpu")
    document = {
        **state,
        "permits": entry.permits,
        "know": list(entry.know),
        "pipelines": [pipeline for pipeline, _ in entry.classes],
        "takes_lora": entry.takes_lora,
        "billions_of_parameters": entry.billions or None,
        "get": get,
        "here": {model: str(path) for model, path in there.items() if path is not None},
        "devices": list(_devices()),
        "free_bytes": free,
    }
    can = Capabilities(**state["capabilities"])
    here = [f"{model} in {path}" for model, path in document["here"].items()]
    words = {
        "backend": f"{entry.name}: {entry.summary}",
        "state": state["state"],
        "advice": "" if state["state"] == "weights missing" else state["advice"],
        "makes": _describe_sound(can),
        "can": ", ".join([*abilities(can), *(["LoRA"] if entry.takes_lora else [])]) or "words to sound",
        "licence": f"{entry.licence}: {entry.permits} (as far as we know; the page of the weights decides)",
        "needs": _describe_needs(entry),
        "get it": "; ".join(get) or ("" if entry.name == "auto" else "it is in the package"),
        "here": "; ".join(here) or ("no weights of it" if entry.models else "–"),
        "computes on": ", ".join(document["devices"])
        + ("" if free is None else f"; {free / 1e9:.1f} GB of main memory are free"),
        "know": "\n".join(entry.know),
    }
    return Facts(document, {name: text for name, text in words.items() if text})


def try_model(folder: Path, *, steps: int, out: Path | None = None) -> Facts:
    """Load the model in a folder and play two seconds with it, by few steps.

    Raises RitornelloError where it cannot be loaded, and CheckError where what it plays is no sound.
    """
    from render.backends import load_backend
    from render.backends.base import BackendOptions
    from render.backends.weights import ModelFolder

    if out is not None and out.suffix.lower() != ".wav":
        raise UsageError(f"{out} is no WAV file", field="--out", hint="name it something.wav")
    backend = load_backend("auto", BackendOptions(model=str(folder)))
    begun = time.perf_counter()
    clip = backend.generate(_request(steps))
    spent = time.perf_counter() - begun
    seconds = clip.audio.shape[1] / clip.sample_rate
    peak = float(np.abs(clip.audio).max()) if clip.audio.size else 0.0
    if not np.isfinite(clip.audio).all():
        raise CheckError(f"{folder}: what the backend {backend.name!r} plays is not all numbers")
    if peak < _QUIETEST:
        raise CheckError(f"{folder}: what the backend {backend.name!r} plays is silent")
    if out is not None:
        from render.audio.wav import write_wav

        write_wav(out, clip.audio / max(1.0, peak), clip.sample_rate)
    found = getattr(backend, "_folder", None)
    parameters = sum(found.parameters.values()) if isinstance(found, ModelFolder) else 0
    document = {
        "folder": str(folder),
        "backend": backend.name,
        "pipeline": found.class_name if isinstance(found, ModelFolder) else "",
        "parameters": parameters,
        "seconds_of_sound": seconds,
        "seconds_spent": spent,
        "steps": steps,
        "peak": peak,
        "out": None if out is None else str(out),
        "capabilities": asdict(backend.capabilities),
    }
    words = {
        "model": f"{folder}: {document['pipeline']}, {parameters:,} parameters",
        "backend": f"{backend.name}: {_describe_sound(backend.capabilities)}",
        "played": f"{seconds:.2f} s in {spent:.1f} s with {steps} steps, loading included; peak {peak:.2f}",
        "heard": "write it with --out FILE.wav" if out is None else str(out),
    }
    return Facts(document, words)


def _request(steps: int) -> Any:
    """Return the request of a bar of four chords at 120 BPM."""
    from render.backends.latents import LatentRecipe
    from render.backends.request import ClipRequest
    from structure.base.grid import Grid, Meter
    from structure.plans.score import Note

    notes = tuple(
        Note(Fraction(beat), Fraction(1), pitch, 96) for beat in range(4) for pitch in (57, 60, 64)
    )
    return ClipRequest(
        role="chords",
        prompt="warm electric piano",
        negative_prompt="",
        notes=notes,
        grid=Grid.steady(60.0 * 4 / _SECONDS, Meter()),
        body_quarters=Fraction(4),
        pre_roll_samples=0,
        tail_samples=0,
        latent=LatentRecipe(1),
        steps=steps,
        key="A minor",
    )


def _describe_sound(can: Capabilities) -> str:
    width = "stereo" if can.channels == 2 else "mono"
    seen = "" if can.window_s is None else f", {can.window_s:.4g} s of them seen at once"
    return f"{width} at {can.sample_rate / 1000:g} kHz, clips up to {clock(can.longest_clip_s)}{seen}"


def _describe_needs(entry: BackendEntry) -> str:
    from render.backends.devices import WORKING_SHARE

    if not entry.billions:
        return ""
    sizes = (
        f"{WORKING_SHARE * entry.billions * size:.1f} GB in {precision}"
        for precision, size in _PRECISIONS.items()
    )
    return f"about {' or '.join(sizes)}, by an estimate; {entry.billions:g} billion parameters"


def _devices() -> Iterator[str]:
    import torch

    if torch.cuda.is_available():
        free, whole = torch.cuda.mem_get_info()
        yield f"cuda ({torch.cuda.get_device_name()}, {free / 1e9:.1f} of {whole / 1e9:.1f} GB free)"
    if torch.backends.mps.is_available():
        yield "mps"
    yield "cpu"
