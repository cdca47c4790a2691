"""The reference of song specs as a page of documentation, made from their models.

``python -m structure.specs.reference > docs/spec.md`` writes it anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from structure.presets.styles import style_names
from structure.specs.schema import json_schema

_HEAD = """\
# Every field of a spec

A song spec is YAML. It needs a `description` or a `form`; all else may be left to the planner. This page is
made from the models that read specs (`python -m structure.specs.reference > docs/spec.md`), and so is the
JSON schema for editors (`ritornello schema`). `ritornello check song.yaml` lists the faults of yours in a
second.

[The README](../README.md#the-spec-by-example) has a spec by example; [the cookbook](cookbook.md) has ten of
them, from three lines to all.
"""
_MOST_NAMED = 12
"""Words that a field may have before only their number is told."""

_LISTS = {"genre": "ritornello styles"}
"""Fields whose words a command lists."""

_WORDS = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number"}


def reference_text() -> str:
    """Return the page: the song's fields, then those of each part, in the order in which they are named."""
    schema = json_schema()
    parts = schema["$defs"]

    # each part comes after the one that first names it
    names: list[str] = []
    waiting = [schema["properties"]]
    while waiting:
        for name in dict.fromkeys(_list_references(waiting.pop(0))):
            if name not in names:
                names.append(name)
                waiting.append(parts[name])
    names.remove("FormEntry")

    blocks = [_HEAD, _block("The song", schema, None)]
    for name in names:
        options = [one for one in parts[name].get("anyOf", ()) if one.get("type") == "object"]
        fields = parts[name] if "properties" in parts[name] else options[0] if options else None
        if fields is not None:
            blocks.append(_block(_title(name), fields, parts[name].get("description")))
    return "\n".join(blocks)


def _list_references(node: Any) -> Iterable[str]:
    """Yield the parts that a piece of the schema refers to."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[1]
        for child in node.values():
            yield from _list_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _list_references(child)


def _title(name: str) -> str:
    words = {"FormVisit": "A visit in the form", "HandOverSpec": "Hand-over", "InitSpec": "Init audio"}
    return words.get(name) or name.removesuffix("Spec")


def _block(title: str, fields: Mapping[str, Any], description: str | None) -> str:
    """Return a heading and a table of fields."""
    required = fields.get("required", ())
    lines = [f"## {title}", ""]
    if description:
        lines += [description.replace("``", "`"), ""]
    lines += ["| field | is | if left out | what |", "|---|---|---|---|"]
    for name, field in fields["properties"].items():
        usual = field.get("default")
        is_plain = usual is not None and not isinstance(usual, (dict, list))
        left_out = f"`{json.dumps(usual, ensure_ascii=False)}`" if is_plain else ""
        what = " ".join(field.get("description", "").split()).replace("|", "\\|")
        cells = (f"`{name}`", _kind(name, field), "needed" if name in required else left_out, what)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _kind(name: str, field: Mapping[str, Any]) -> str:
    """Say in words what a field may hold: ``number, 30 to 300``."""
    if field.get("$ref", "").endswith("/StyleName"):
        field = {"enum": style_names()}
    if "anyOf" in field:
        kinds = [_kind(name, one) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in field:
        part = field["$ref"].rsplit("/", 1)[1]
        title = _title("FormVisit" if part == "FormEntry" else part)
        return f"[{title}](#{title.lower().replace(' ', '-')})"
    if "enum" in field or "const" in field:
        words = [str(word) for word in field.get("enum", (field.get("const"),))]
        is_long = name in _LISTS and len(words) > _MOST_NAMED
        return f"one of {len(words)}: `{_LISTS[name]}`" if is_long else ", ".join(f"`{w}`" for w in words)
    if field["type"] == "array":
        return f"list of {_kind(name, field['items'])}" if "items" in field else "list"
    if field["type"] == "object":
        value = field.get("additionalProperties")
        values = [value] if isinstance(value, dict) else list(field.get("properties", {}).values())
        return f"name: {_kind(name, values[0])}" if values else "mapping"

    low, high = field.get("minimum"), field.get("maximum")
    span = "" if low is None else f", {low:g} or more"
    if low is not None and high is not None and high < 10**9:
        span = f", {low:g} to {high:g}"
    return _WORDS[field["type"]] + span


if __name__ == "__main__":
    sys.stdout.write(reference_text())
