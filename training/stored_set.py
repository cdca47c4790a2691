"""A training set as it is kept in a folder.

It is kept as the arrays of :mod:`training.dataset`, or as the shards of :mod:`training.shards`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_LEVEL, LEVEL_STEP = -1.8, 0.0205
"""A scaled level in 8 bits: half a decibel a step, from the mel's floor to 20 dB above full scale."""

SHARD_NAME = "shard-{:03d}.zip"
INDEX = "set.json"
VECTORS = "vectors.npz"


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A training set as it is read.

    ``mel`` is float16 (clips, frames, n_mels). ``notes`` are int64 (notes, 4) of each clip: start, end,
    pitch and velocity. ``texts`` is float16 (clips, captions, text size), a vector for each caption.
    ``clips`` are their labels and captions.
    """

    mel: NDArray[np.float16]
    notes: Sequence[NDArray[np.int64]]
    texts: NDArray[np.float16]
    clips: list[dict[str, Any]]


def in_eight_bits(mel: NDArray[Any]) -> NDArray[np.uint8]:
    """Return scaled levels as whole steps."""
    steps = np.rint((mel.astype(np.float32) - LEAST_LEVEL) / LEVEL_STEP)
    return np.asarray(np.clip(steps, 0, 255), dtype=np.uint8)


def from_eight_bits(steps: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Undo :func:`in_eight_bits`, to half a step."""
    return (steps.astype(np.float32) * LEVEL_STEP + LEAST_LEVEL).astype(np.float16)


def read_set(folder: Path) -> StoredSet:
    """Read the set in a folder.

    Raises FileNotFoundError where there is none or a shard is missing, ValueError where a shard is broken
    or of another set.
    """
    if (folder / "mel.npy").is_file():
        counts, rows = np.load(folder / "note_counts.npy"), np.load(folder / "notes.npy")
        return StoredSet(
            np.load(folder / "mel.npy", mmap_mode="r"),
            np.split(rows, np.cumsum(counts)[:-1]),
            np.load(folder / "text.npy"),
            json.loads((folder / "clips.json").read_text(encoding="utf-8")),
        )

    first = folder / SHARD_NAME.format(0)
    if not first.is_file():
        raise FileNotFoundError(
            f"{folder}: neither mel.npy of a training set nor {first.name} of a packed one"
        )
    return _read_shards(folder)


def _read_shards(folder: Path) -> StoredSet:
    mels, notes, texts, clips = [], [], [], []
    for index, made in _open_shards(folder):
        with np.load(io.BytesIO(made.read(VECTORS))) as kept:
            vectors = kept["vectors"]
        for row in index["clips"]:
            with np.load(io.BytesIO(made.read(row["file"]))) as clip:
                mels.append(from_eight_bits(clip["mel"]))
                notes.append(clip["notes"].astype(np.int64))
                texts.append(vectors[row["texts"]])
            clips.append(row["label"])
    return StoredSet(np.stack(mels), notes, np.stack(texts), clips)


def _open_shards(folder: Path) -> Iterator[tuple[dict[str, Any], zipfile.ZipFile]]:
    """Yield each shard and its index, in order."""
    count, name, number = 1, None, 0
    while number < count:
        path = folder / SHARD_NAME.format(number)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: the set has {count} shards, and this one is missing")
        try:
            with zipfile.ZipFile(path) as made:
                index = json.loads(made.read(INDEX))
                count, name = index["shards"], name or index["set"]
                if (index["set"], index["number"]) != (name, number):
                    raise ValueError(
                        f"{path}: a shard of another set; pack the set anew into an empty folder"
                    )
                yield index, made
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path}: not a whole shard ({error}); copy it again") from error
        number += 1
