"""Make the types of the page from the messages of the server.

``python -m composer.studio.messages.schema`` prints them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from composer.studio.messages.models import SENT

_HEAD = "// Made by `python -m composer.studio.messages.schema`; do not edit.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def typescript() -> str:
    """Return all messages as interfaces in TypeScript."""
    _, schema = models_json_schema([(model, "serialization") for model in SENT])
    lines = [_HEAD]
    for name, body in schema["$defs"].items():
        if text := " ".join(str(body.get("description", "")).split()):
            lines.append(f"/** {text.replace('``', '`')} */")
        lines.append(f"export interface {name} {{")
        lines += [f"  {field}: {_type(kind)};" for field, kind in body.get("properties", {}).items()]
        lines += ["}", ""]
    return "\n".join(lines)


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a field."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        return " | ".join(f'"{value}"' for value in values)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))

    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, Mapping) else 'unknown'}>"
    return _PLAIN[kind] if isinstance(kind, str) else "unknown"


def _array(schema: Mapping[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(_type, schema['prefixItems']))}]"
    item = _type(schema.get("items", {}))
    return f"({item})[]" if "|" in item else f"{item}[]"


if __name__ == "__main__":
    sys.stdout.write(typescript())
