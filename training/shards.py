"""Packs a training set so that it can travel: ``python -m training.shards pack --data D --out S``.

Each shard has at most 16 MiB, holds whole clips (mels in 8 bits, compressed) and the text vectors of their
captions, and says how many shards the set has. ``training.train --data S`` and ``training.prior --data S``
read them as they are; ``unpack`` writes the arrays of :mod:`training.dataset` again.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.model.features import LAYOUTS
from structure.base.files import replacing
from training.stored_set import INDEX, SHARD_NAME, VECTORS, StoredSet, in_eight_bits, read_set

MOST_BYTES = 16 * 2**20
_ROW_BYTES = 12
"""Of the number of a caption's vector in the index."""

_SPARE_BYTES = 300
"""What a member of a zip file has besides its own bytes, at most, twice its name included."""


@dataclass
class _Shard:
    """Clips of one shard, as bytes and as rows of its index, and the vectors that they need."""

    clips: list[tuple[bytes, dict[str, Any]]] = field(default_factory=list)
    vectors: dict[bytes, int] = field(default_factory=dict)
    n_bytes: int = 4 * _SPARE_BYTES

    def unknown(self, texts: NDArray[np.float16]) -> list[bytes]:
        """Return those of a clip's vectors (captions, size) that no clip of the shard has yet."""
        return [
            text for text in dict.fromkeys(vector.tobytes() for vector in texts) if text not in self.vectors
        ]

    def rows_of(self, texts: NDArray[np.float16]) -> list[int]:
        """Return which rows of the shard's vectors a clip's (captions, size) have; new ones come last."""
        return [self.vectors.setdefault(vector.tobytes(), len(self.vectors)) for vector in texts]


def pack(stored: StoredSet, folder: Path, most_bytes: int = MOST_BYTES) -> list[Path]:
    """Write a set as shards of at most ``most_bytes`` into a folder, and return them.

    Raises FileExistsError where the folder holds shards, ValueError where one clip is larger than a shard.
    """
    if list(folder.glob(SHARD_NAME.replace("{:03d}", "*"))):
        raise FileExistsError(f"{folder}: holds shards already; give an empty folder")
    shards = _gather_shards(stored, most_bytes)
    digest = hashlib.sha256(b"".join(data for shard in shards for data, _ in shard.clips))
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards):
        path = folder / SHARD_NAME.format(number)
        index = {
            "set": digest.hexdigest()[:16],
            "number": number,
            "shards": len(shards),
            "clips": [row for _, row in shard.clips],
        }
        size = stored.texts.shape[-1]
        vectors = np.frombuffer(b"".join(shard.vectors), dtype=np.float16).reshape(-1, size)
        members = [(INDEX, json.dumps(index).encode()), (VECTORS, _compress(vectors=vectors))]
        members += [(row["file"], data) for data, row in shard.clips]
        with replacing(path) as part, zipfile.ZipFile(part, "w") as made:
            for name, data in members:
                made.writestr(zipfile.ZipInfo(name), data)  # without the time of day
        paths.append(path)
    return paths


def _gather_shards(stored: StoredSet, most_bytes: int) -> list[_Shard]:
    shards = [_Shard()]
    for number, (label, texts) in enumerate(zip(stored.clips, stored.texts, strict=True)):
        mel = in_eight_bits(stored.mel[number])
        notes = np.asarray(stored.notes[number], dtype=np.int32)
        data = _compress(mel=mel, notes=notes)
        own = len(data) + texts.shape[0] * _ROW_BYTES + len(json.dumps(label)) + _SPARE_BYTES
        for shard in (shards[-1], _Shard()):
            needed = own + sum(len(text) for text in shard.unknown(texts))
            if shard.n_bytes + needed <= most_bytes:
                break
        else:
            raise ValueError(f"clip {number} takes {needed} bytes; a shard has at most {most_bytes}")
        row = {"file": f"clip-{number:06d}.npz", "texts": shard.rows_of(texts), "label": label}
        shard.clips.append((data, row))
        shard.n_bytes += needed
        if shard is not shards[-1]:
            shards.append(shard)
    return shards


def _compress(**arrays: NDArray[Any]) -> bytes:
    kept = io.BytesIO()
    np.savez_compressed(kept, allow_pickle=False, **arrays)
    return kept.getvalue()


def unpack(stored: StoredSet, folder: Path) -> None:
    """Write a set as the arrays of :mod:`training.dataset`. Raises FileExistsError where one is there."""
    if (folder / "mel.npy").exists():
        raise FileExistsError(f"{folder}: holds a set already; give an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "notes": np.concatenate(stored.notes),
        "note_counts": np.array([len(rows) for rows in stored.notes]),
        "text": stored.texts,
        "mel": stored.mel,
    }
    (folder / "clips.json").write_text(json.dumps(stored.clips), encoding="utf-8")
    for name, array in arrays.items():
        with replacing(folder / f"{name}.npy") as part, part.open("wb") as file:
            np.save(file, array)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("pack", "unpack"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the set, with its kinds")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most-mib", type=float, default=MOST_BYTES / 2**20, help="of one shard")
    options = parser.parse_args(arguments)
    kinds = [kind for kind in sorted(LAYOUTS) if (options.data / kind).is_dir()]
    if not kinds:
        parser.error(f"--data {options.data}: has none of the folders {', '.join(sorted(LAYOUTS))}")
    for kind in kinds:
        try:
            stored = read_set(options.data / kind)
            if options.what == "unpack":
                unpack(stored, options.out / kind)
                continue
            paths = pack(stored, options.out / kind, int(options.most_mib * 2**20))
        except (OSError, ValueError) as error:
            parser.error(str(error))
        total = sum(path.stat().st_size for path in paths) / 2**20
        sys.stdout.write(f"{kind}: {len(stored.clips)} clips in {len(paths)} shards, {total:.1f} MiB\n")


if __name__ == "__main__":
    main()
