"""Jobs as bytes, for other machines. Models do not travel: they are named, and each machine has its own.

Everything else of a job is pickled as it is. So a parcel holds notes, prompts and seeds, a few kilobytes,
and audio where a clip begins from some. Parcels come from whoever runs the cluster's jobs, and are not for
files or strangers: to read one runs code, as with every task of Ray.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cache
from typing import Any

from render.backends import load_backend, origin_of
from render.backends.base import Backend
from render.clips.engine import ClipJob
from render.clips.guide import GuideMaker
from render.clips.make import GenerateJob
from render.clips.separate import DemucsSeparator
from render.model_voice.backend import EmbeddedVoiceBackend
from render.voice.backend import VoiceBackend

Name = tuple[Hashable, ...]
"""What stands for a model in a parcel: its kind, how it is made, and its fingerprint."""

_MAKERS: dict[str, Callable[..., Any]] = {
    "backend": load_backend,
    "guides": GuideMaker,
    "separator": DemucsSeparator,
    "voice": VoiceBackend,
    "embedded voice": EmbeddedVoiceBackend,
}


_NO_GUIDES = GuideMaker()
"""Stands in jobs that have no guide made, so that nobody looks at the weights of its model."""


class OtherModelError(Exception):
    """A model of this machine is not the one that a parcel was packed for."""


def pack(job: ClipJob) -> tuple[bytes, frozenset[Name]]:
    """Return a job as bytes, with the names of the models that it asks.

    Raises TypeError, AttributeError or PicklingError where something of it cannot travel.
    """
    file = io.BytesIO()
    packer = _Packer(file)
    if isinstance(job, GenerateJob) and job.approach.guide is None:
        job = replace(job, guides=_NO_GUIDES)
    packer.dump(job)
    return file.getvalue(), frozenset(packer.names)


def unpack(data: bytes) -> ClipJob:
    """Return a job with the models of this machine. Raises what :func:`find_model` does."""
    job: ClipJob = _Unpacker(io.BytesIO(data)).load()
    return job


@cache
def find_model(name: Name) -> Any:
    """Return the model of a name, loaded once in a process.

    Raises OtherModelError where its weights or code differ, RitornelloError where it cannot be loaded.
    """
    kind, *made_by, wanted = name
    model = _MAKERS[str(kind)](*made_by)
    found = _fingerprint(model)
    if found != wanted:
        raise OtherModelError(f"its {getattr(model, 'name', kind)} is {found}, not {wanted}")
    return model


def _name_of(thing: object) -> Name | None:
    """Return the name of a model; None for everything else, which travels as it is."""
    if isinstance(thing, GuideMaker) and thing is not _NO_GUIDES:
        return ("guides", _fingerprint(thing))
    if isinstance(thing, DemucsSeparator):
        return ("separator", _fingerprint(thing))
    if isinstance(thing, VoiceBackend):
        return ("voice", thing.model, thing.fingerprint)
    if isinstance(thing, EmbeddedVoiceBackend):
        return ("embedded voice", thing.fingerprint)
    if not isinstance(thing, type) and hasattr(thing, "generate") and hasattr(thing, "capabilities"):
        backend: Backend = thing  # type: ignore[assignment]
        origin = origin_of(backend)
        return None if origin is None else ("backend", *origin, backend.fingerprint)
    return None


def _fingerprint(model: Any) -> str:
    return model.fingerprint("model") if isinstance(model, GuideMaker) else str(model.fingerprint)


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.names: set[Name] = set()

    def persistent_id(self, obj: object) -> Name | None:
        name = _name_of(obj)
        if name is not None:
            self.names.add(name)
        return name


class _Unpacker(pickle.Unpickler):
    def persistent_load(self, pid: Name) -> Any:
        return find_model(pid)
