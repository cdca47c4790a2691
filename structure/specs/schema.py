"""The JSON Schema of a song spec, by which editors check and complete a song while it is written.

Draft 2020-12 (https://json-schema.org/draft/2020-12), derived from :mod:`structure.specs.spec`.
"""

from __future__ import annotations

import json
from typing import Any

from structure.base.labels import well_known_names
from structure.presets.mixes import mix_names
from structure.presets.styles import style_names
from structure.specs.spec import FormEntry, SectionSpec, SongSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = "urn:ritornello:schema:song"
FILE_NAME = "ritornello.schema.json"
"""Name of the schema file beside a song."""

MODELINE = f"# yaml-language-server: $schema={FILE_NAME}"
"""First line of a song, by which YAML editors find the schema."""

_LENGTH_PATTERN = (
    r"^\s*(\d+\s*([Bb]ars?|[Mm]easures?)|(\d{1,2}:)?\d{1,3}:\d{2}(\.\d+)?"
    r"|\d+(\.\d+)?(\s*[A-Za-z]+(\s*\d+(\.\d+)?\s*[A-Za-z]+)*)?)\s*$"
)
_METER_PATTERN = r"^\s*\d{1,2}\s*/\s*[248]\s*$"


def json_schema() -> dict[str, Any]:
    """Return the schema of a song file, as a new dictionary."""
    schema = SongSpec.model_json_schema(mode="validation")
    _without_titles(schema)
    parts = schema["$defs"]

    # how metres are written, in the song and in its parts
    for owner in (schema, parts["SectionSpec"], parts["FormEntry"], parts["EventSpec"]):
        owner["properties"]["meter"]["anyOf"][0]["pattern"] = _METER_PATTERN
    parts["StyleName"] = {"description": "A style that comes with Ritornello.", "enum": list(style_names())}
    for owner in (parts["SectionSpec"], parts["FormEntry"]):
        owner["properties"]["genre"]["anyOf"] = [{"$ref": "#/$defs/StyleName"}, {"type": "null"}]

    _form_entries(parts)
    _short_forms(parts)
    _hints(schema["properties"])
    parts["MixSpec"]["properties"]["preset"]["anyOf"][0] = {"enum": list(mix_names())}
    starts = [{"required": ["description"]}, {"required": ["form"]}]
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "Ritornello song",
        **schema,
        "description": "A song that Ritornello plans and renders. It needs a description or a form.",
        "anyOf": starts,
        "examples": [_EXAMPLE],
    }


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


_EXAMPLE = {
    "title": "Neon Tides",
    "description": "dreamy synthwave in A minor with a gritty synth lead",
    "tempo": 104,
    "length": "3:30",
    "form": ["intro", "verse", "chorus", {"section": "chorus", "variation": 0.3, "lift": 2}, "outro"],
    "sections": {"chorus": {"bars": 8, "chords": "F | G | Am | C"}},
}


def _without_titles(node: Any) -> None:
    """Drop the titles that pydantic derives from names; editors show the names already."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str) and ("type" in node or "anyOf" in node or "$ref" in node):
            del node["title"]
        for child in node.values():
            _without_titles(child)
    elif isinstance(node, list):
        for child in node:
            _without_titles(child)


def _form_entries(definitions: dict[str, Any]) -> None:
    """Let a visit be a name, a mapping, or ``chorus: {lift: 2}``, as the loader reads it."""
    mapping = definitions["FormEntry"]
    definitions["FormVisit"] = mapping
    name = dict(mapping["properties"]["section"])
    name["examples"] = list(well_known_names())
    options = {key: value for key, value in mapping["properties"].items() if key != "section"}
    definitions["FormEntry"] = {
        "description": str(FormEntry.__doc__),
        "anyOf": [
            name,
            {"$ref": "#/$defs/FormVisit"},
            {
                "type": "object",
                "description": "A section's name and, below it, the options of this visit.",
                "minProperties": 1,
                "maxProperties": 1,
                "propertyNames": {"not": {"enum": list(FormEntry.model_fields)}},
                "additionalProperties": {
                    "type": "object",
                    "properties": options,
                    "additionalProperties": False,
                },
            },
        ],
    }


def _short_forms(definitions: dict[str, Any]) -> None:
    """Let what may be said shortly be said so, as the models read it.

    A part may be the name of its file alone, a take its number, and a backend its name. A moment of a
    picture may be a time with what it is, and hits a list or a file alone.
    """
    for name, short in (("PartSpec", "file"), ("TakeSpec", "notes"), ("BackendSpec", "name")):
        mapping = definitions[name]
        one = {key: value for key, value in mapping["properties"][short].items() if key != "default"}
        if "anyOf" in one:  # a name that may be left out may not be null alone
            one = {**one.pop("anyOf")[0], **one}
        definitions[name] = {"description": mapping["description"], "anyOf": [one, mapping]}

    hit, hits = definitions["HitSpec"], definitions["HitsSpec"]
    listed = {key: value for key, value in hits["properties"]["at"].items() if key != "default"}
    definitions["HitSpec"] = {
        "description": hit["description"],
        "anyOf": [{"type": "string", "pattern": r"^\s*\d"}, {"type": "number"}, hit],
    }
    rate = hits["properties"]["rate"]
    rate["enum"] = [*rate["enum"], *map(json.loads, rate["enum"])]
    rate.pop("type", None)
    definitions["HitsSpec"] = {
        "description": hits["description"],
        "anyOf": [listed, {"type": "string"}, hits],
    }


def _hints(properties: dict[str, Any]) -> None:
    """Add what pydantic cannot know: patterns of lengths, usual metres, names of sections, examples."""
    for branch in properties["length"]["anyOf"]:
        if branch.get("type") == "string":
            branch["pattern"] = _LENGTH_PATTERN
        elif branch.get("type") in ("integer", "number"):
            branch.update(minimum=5, maximum=1800)
    properties["meter"]["examples"] = ["4/4", "3/4", "6/8", "12/8", "5/4"]
    properties["length"]["examples"] = ["3:30", "200 s", "96 bars", 200]
    properties["key"]["examples"] = ["A minor", "F# major", "Bb"]
    properties["tempo"]["examples"] = [72, 104, 124]
    own_style = {
        "type": "string",
        "pattern": r"\.ya?ml$",
        "description": "A style of your own, from a file.",
    }
    style = {"$ref": "#/$defs/StyleName"}
    properties["genre"]["anyOf"] = [style, own_style, {"type": "null"}]
    sections = properties["sections"]
    reference = {"$ref": f"#/$defs/{SectionSpec.__name__}"}
    sections["properties"] = dict.fromkeys(well_known_names(), reference)
    sections["additionalProperties"] = reference
    sections["propertyNames"] = {"pattern": r"^[a-z][a-z0-9_-]{0,31}$"}
    sections.pop("patternProperties", None)
