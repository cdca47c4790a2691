"""Versions of this package and of those whose code decides a song's samples."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "diffusers",
    "matplotlib",
    "mido",
    "music21",
    "numpy",
    "pedalboard",
    "safetensors",
    "scipy",
    "soundfile",
    "torch",
    "transformers",
)


def own_version() -> str:
    """Return the version of Ritornello."""
    return find_installed("ritornello") or "unknown"


@cache
def find_installed(package: str) -> str | None:
    """Return the version of an installed package, or None; it is looked up once in a process."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def package_versions() -> dict[str, str]:
    """Return the versions of the installed packages that matter, by name."""
    found = {package: find_installed(package) for package in PACKAGES}
    return {package: number for package, number in found.items() if number is not None}
