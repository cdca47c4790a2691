"""Mutants that do the same as the module, by hand: (before, after, why no test can tell them apart)."""

from __future__ import annotations

EQUIVALENT: dict[str, tuple[tuple[str, str, str], ...]] = {}
