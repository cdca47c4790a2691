"""``song.lock``: what a song was made from, so that a render can be repeated, and its repeat be proved.

It holds no time, path or machine: the same spec, model and versions give the same bytes.
``written`` lists every file of ours in the folder, ``files`` the SHA-256 of each WAV, ``clips`` the
content hash of each stem of each visit, by ``section/visit/stem``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from composer.hashing import sha256
from composer.jsonfile import read_json
from composer.project import LOCK, PLAN
from composer.versions import own_version, package_versions
from render.renderer import RenderResult
from render.verify import Check
from structure.errors import RitornelloError
from structure.spec import SongSpec

FORMAT = 1


def lock_document(
    files: Sequence[str], digests: Mapping[str, str], spec: SongSpec, result: RenderResult
) -> dict[str, Any]:
    """The lock of a song that consists of ``files``; ``digests`` are the SHA-256 of its WAVs and plan."""
    return {
        "format": FORMAT,
        "ritornello": own_version(),
        "packages": package_versions(),
        "seed": spec.seed,
        "spec_sha256": spec_hash(spec),
        "plan_sha256": digests[PLAN],
        "backend": {"name": result.backend, "fingerprint": result.backend_fingerprint},
        "files": {name: digests[name] for name in files if name.endswith(".wav")},
        "clips": {f"{clip.section}/{clip.visit}/{clip.stem}": clip.key for clip in result.clips},
        "written": list(files),
    }


def spec_hash(spec: SongSpec) -> str:
    """SHA-256 of what a spec says; its layout and comments do not matter."""
    text = json.dumps(spec.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_lock(folder: Path) -> Check:
    """The WAV files and the plan are those of the render that wrote the lock."""
    name = "files match the lock"
    if not (folder / LOCK).is_file():
        return Check(name, None, None, 0.0, "files", f"there is no {LOCK}")
    locked = read_json(folder / LOCK)
    try:
        expected = {**locked["files"], PLAN: locked["plan_sha256"]}
    except (KeyError, TypeError) as exc:
        raise RitornelloError(f"{folder / LOCK} is damaged") from exc
    changed = [file for file, digest in expected.items() if _digest(folder / file) != digest]
    return Check(name, not changed, float(len(changed)), 0.0, "files", ", ".join(changed))


def _digest(path: Path) -> str:
    return sha256(path) if path.is_file() else ""
