"""Make the types of the page from the messages of the server.

``python -m composer.studio.messages.schema`` prints them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from composer.studio.messages.models import SENT

_HEAD = "// Made by `python -m composer.studio.messages.schema`; do not edit.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def typescript() -> str:
    """Return all messages as interfaces in TypeScript."""
    _, schema = models_json_schema([(model, "serialization") for model in SENT])
    return "\n".join([_HEAD, *(_interface(name, body) for name, body in schema["$defs"].items())])


def _interface(name: str, body: Mapping[str, Any]) -> str:
    lines = [*_comment(body), f"export interface {name} {{"]
    lines += [f"  {field}: {_type(kind)};" for field, kind in body.get("properties", {}).items()]
    return "\n".join([*lines, "}", ""])


def _comment(body: Mapping[str, Any]) -> Iterator[str]:
    text = " ".join(str(body.get("description", "")).split())
    if text:
        yield f"/** {text.replace('``', '`')} */"


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a field."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        return " | ".join(f'"{value}"' for value in values)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return _array(schema)
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "object":
        return f"Record<string, {_values(schema.get('additionalProperties'))}>"
    return _PLAIN[kind] if isinstance(kind, str) else "unknown"


def _array(schema: Mapping[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(_type, schema['prefixItems']))}]"
    item = _type(schema.get("items", {}))
    return f"({item})[]" if "|" in item else f"{item}[]"


def _values(schema: object) -> str:
    return _type(schema) if isinstance(schema, Mapping) else "unknown"


if __name__ == "__main__":
    sys.stdout.write(typescript())
