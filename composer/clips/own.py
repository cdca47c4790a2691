"""Knows a clip of ours by its file: what it is, its folder says better than anybody can hear."""

from __future__ import annotations

from pathlib import Path

from composer.base.planfile import read_plan
from composer.folder.layout import ListedExport, read_listed
from render.audio.listening import Heard
from structure.base.errors import RitornelloError
from structure.base.files import sha256
from structure.base.names import EXPORT_MANIFEST


def plan_name(name: str) -> str:
    """Return the file of the plan of a clip that is called so."""
    return "plan.json" if name in ("clip", "original") else f"{name}.plan.json"


def read_own_clip(path: Path) -> Heard | None:
    """Return tempo and key of a clip that Ritornello made, from the plan beside it.

    None where the file is no such clip, or was changed since.
    """
    manifest = path.parent / EXPORT_MANIFEST
    if path.suffix != ".wav" or not manifest.is_file():
        return None
    try:
        entry = read_listed(manifest, ListedExport).files.get(path.name)
        if not isinstance(entry, dict) or entry.get("sha256") != sha256(path):
            return None
        plan = read_plan(path.parent / plan_name(path.stem))
    except (RitornelloError, OSError):
        return None
    return Heard(float(plan.grid.tempo_bpm), 0, plan.key)
