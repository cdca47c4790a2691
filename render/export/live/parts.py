"""The parts of a set of Live as XML elements, from ``render/data/live_set.yaml``.

A set names each thing that can be automated by a number of its own; :class:`Parts` gives them out.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from render.export.colours import Rgb

_DATA = Path(__file__).parents[2] / "data" / "live_set.yaml"
_NEW = "new"
_FIRST_ID = 8


class Parts:
    """Makes parts by their names, each with numbers that no other has."""

    def __init__(self) -> None:
        self.next_id = _FIRST_ID

    def make(self, name: str, tag: str = "") -> ET.Element:
        """Return a new part, as ``tag`` where its element is not called as the part is."""
        return self._element(tag or name, _parts()[name])

    def _element(self, tag: str, content: Any) -> ET.Element:
        element = ET.Element(tag)
        if not isinstance(content, Mapping):
            element.set("Value", as_text(content))
            return element
        for key, inside in content.items():
            if not key.startswith("@"):
                element.append(self._element(key, inside))
            elif inside == _NEW:
                element.set(key[1:], str(self.next_id))
                self.next_id += 1
            else:
                element.set(key[1:], as_text(inside))
        return element


def put(element: ET.Element, **values: object) -> None:
    """Set the values of elements by their paths below ``element``, with ``__`` for ``/``."""
    for path, value in values.items():
        within(element, path.replace("__", "/")).set("Value", as_text(value))


def within(element: ET.Element, path: str) -> ET.Element:
    """Return the element at a path below another. Raises KeyError where the part has none."""
    found = element.find(path)
    if found is None:
        raise KeyError(f"{element.tag} has no {path}")
    return found


def as_text(value: object) -> str:
    """Return a value as Live writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def nearest_colour(colour: Rgb) -> int:
    """Return the number of the colour of Live's menu that is nearest."""
    return min(
        range(len(_palette())),
        key=lambda number: sum(
            (one - other) ** 2 for one, other in zip(colour, _palette()[number], strict=True)
        ),
    )


@cache
def _parts() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return found


@cache
def _palette() -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(bytes.fromhex(colour)) for colour in _parts()["colours"].split())
