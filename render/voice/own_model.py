"""A Kokoro model of the user's own: its file, the voices beside it, and what of it is wrong.

Voices lie beside the model as they are given out: one file of all (``voices*.npz``, ``voices*.bin``), or a
folder ``voices`` with a file for each (``NAME.bin``, ``.npy`` or ``.pt``).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from structure.base.errors import BackendError

_STYLE = 256
_FIELD = "voice.model"
_ENDINGS = (".bin", ".npy", ".npz", ".pt")


@dataclass(frozen=True, slots=True, eq=False)
class OwnModel:
    """A model's file with its voices, each (lengths, 256).

    ``numbers`` are those of its phonemes, where it says them. ``digest`` is of the model, its voices and
    its numbers.
    """

    path: Path
    voices: Mapping[str, NDArray[np.float32]]
    numbers: Mapping[str, int] | None
    digest: str


def read_own_model(path: Path) -> OwnModel:
    """Read a model's voices and digest, once for the same files.

    Raises BackendError where one of its files is missing or is none.
    """
    if not path.is_file():
        raise BackendError(
            f"there is no file {str(path)!r}",
            field=_FIELD,
            hint="the path counts from the folder of the spec",
        )
    if path.suffix.lower() != ".onnx":
        raise BackendError(
            f"{path.name!r} is no ONNX file",
            field=_FIELD,
            hint="name the .onnx file of a Kokoro model; its voices are found beside it",
        )
    beside = [path, *_voice_files(path.parent), path.parent / "config.json"]
    return _read(path, tuple((one, one.stat().st_mtime_ns) for one in beside if one.is_file()))


@cache
def _read(path: Path, files: tuple[tuple[Path, int], ...]) -> OwnModel:
    voices: dict[str, NDArray[np.float32]] = {}
    digest = hashlib.sha256()
    for file, _ in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
        if file != path and file.name != "config.json":
            voices |= _read_voices(file)
    if not voices:
        raise BackendError(
            f"there are no voices beside {path.name!r}",
            field=_FIELD,
            hint=f"put voices.npz, voices.bin or a folder voices/ with NAME.bin into {path.parent}",
        )
    return OwnModel(path, voices, _read_numbers(path.parent / "config.json"), digest.hexdigest())


def _voice_files(folder: Path) -> list[Path]:
    together, alone = sorted(folder.glob("voices*")), sorted(folder.glob("voices/*"))
    return [one for one in (*together, *alone) if one.suffix.lower() in _ENDINGS and one.is_file()]


def _read_voices(file: Path) -> dict[str, NDArray[np.float32]]:
    """Return the voices of a file: by their names if it has several, else by its own."""
    try:
        if zipfile.is_zipfile(file) and file.suffix.lower() != ".pt":
            with np.load(file, allow_pickle=False) as many:
                return {name: _as_styles(many[name]) for name in many.files}
        if file.suffix.lower() == ".npy":
            return {file.stem: _as_styles(np.load(file, allow_pickle=False))}
        if file.suffix.lower() == ".pt":
            import torch

            return {file.stem: _as_styles(torch.load(file, map_location="cpu", weights_only=True).numpy())}
        return {file.stem: _as_styles(np.frombuffer(file.read_bytes(), np.float32))}
    except Exception as exc:
        said = str(exc).splitlines()[0][:120] if str(exc) else type(exc).__name__
        raise BackendError(
            f"{file.name!r} beside the model holds no voices: {said}",
            field=_FIELD,
            hint="a voice is an array of 32-bit numbers, 256 for each length of text",
        ) from exc


def _as_styles(values: NDArray[np.float32]) -> NDArray[np.float32]:
    if values.size == 0 or values.size % _STYLE or not np.isfinite(values).all():
        raise ValueError(f"{values.size} numbers are not rows of {_STYLE}")
    return np.asarray(values, np.float32).reshape(-1, _STYLE)


def _read_numbers(config: Path) -> Mapping[str, int] | None:
    """Return the numbers of phonemes that a configuration says; None where there is none."""
    if not config.is_file():
        return None
    try:
        vocabulary = json.loads(config.read_text(encoding="utf-8")).get("vocab")
        return {str(sign): int(number) for sign, number in vocabulary.items()} if vocabulary else None
    except (ValueError, AttributeError, UnicodeDecodeError) as exc:
        raise BackendError(
            f"config.json beside the model cannot be read: {exc}",
            field=_FIELD,
            hint="its `vocab` has a number for each phoneme; without the file Kokoro's usual ones are used",
        ) from exc
