"""Families of styles: Latin, club, jazz and blues. Data in ``data/families.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from structure.base.datafiles import read_data


@cache
def style_families() -> Mapping[str, tuple[str, ...]]:
    """Return the families in the order in which lists show them, each with its styles."""
    return {family: tuple(styles) for family, styles in read_data("families.yaml").items()}


def family_of(style: str) -> str:
    """Return the family of a style that comes with the package; "" for any other."""
    return next((family for family, styles in style_families().items() if style in styles), "")
