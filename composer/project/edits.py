"""Edits of a song's spec: small, typed, and readable again from plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from structure.base.errors import EditError
from structure.loading.yaml_editor import remove_value, set_value
from structure.loading.yaml_reader import Path


class Edit(Protocol):
    """A change of a spec's text."""

    def apply(self, text: str, source: str) -> str:
        """Return the text with the change; ``source`` names it in errors. Raises EditError where it
        cannot be made."""

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data that :func:`read_edit` reads."""


@dataclass(frozen=True, slots=True)
class SetField:
    """Set a field of the YAML document to plain data: ``SetField(("sections", "chorus", "bars"), 8)``.

    Fields that are missing on the way are made; an index one past the end of a list appends to it.
    """

    path: Path
    value: Any

    def apply(self, text: str, source: str) -> str:
        """Return the text with the field set. Raises EditError, SpecError."""
        return set_value(text, self.path, self.value, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "set", "path": list(self.path), "value": self.value}


@dataclass(frozen=True, slots=True)
class RemoveField:
    """Remove a field, or an item of a list, from the YAML document."""

    path: Path

    def apply(self, text: str, source: str) -> str:
        """Return the text without the field. Raises EditError, SpecError."""
        return remove_value(text, self.path, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "remove", "path": list(self.path)}


def read_edit(document: Mapping[str, Any]) -> Edit:
    """Read an edit from its plain data. Raises EditError for what is none."""
    kind, path = document.get("edit"), document.get("path")
    if isinstance(path, list) and path and all(type(key) in (str, int) for key in path):
        if kind == "set" and "value" in document:
            return SetField(tuple(path), document["value"])
        if kind == "remove":
            return RemoveField(tuple(path))
    raise EditError(f"this is no edit that this version knows: {str(dict(document))[:80]}")
