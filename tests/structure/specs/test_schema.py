"""The JSON schema agrees with the loader: what one accepts, the other accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from songs import song_names, song_path
from structure.loading.loader import parse_spec
from structure.loading.yaml_reader import read_yaml
from structure.specs.schema import DIALECT, FILE_NAME, json_schema, schema_text
from structure.specs.spec import SongSpec
from tests.builders import nonempty

INVALID = Path(__file__).parents[2] / "data" / "invalid"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == DIALECT
    assert json_schema()["$id"]
    assert json_schema()["title"]


def test_every_field_is_described() -> None:
    models = {"SongSpec": json_schema(), **json_schema()["$defs"]}
    for name, model in nonempty(models.items()):
        for field, schema in model.get("properties", {}).items():
            referred = models.get(schema.get("$ref", "").rpartition("/")[2], {})
            assert schema.get("description") or referred.get("description"), f"{name}.{field}"


def test_every_field_of_a_song_is_in_it() -> None:
    assert set(json_schema()["properties"]) == set(SongSpec.model_fields)


@pytest.mark.parametrize("name", song_names())
def test_bundled_songs_are_valid(name: str) -> None:
    VALIDATOR.validate(read_yaml(song_path(name).read_text("utf-8"), name).data)


def test_the_bundled_schema_is_current() -> None:
    shipped = song_path(song_names()[0]).with_name(FILE_NAME).read_text("utf-8")
    assert shipped == schema_text(), "write structure.specs.schema.schema_text() to songs/" + FILE_NAME


def test_its_example_is_a_song() -> None:
    for example in json_schema()["examples"]:
        VALIDATOR.validate(example)
        parse_spec(yaml.safe_dump(example))


@pytest.mark.parametrize(
    "name",
    [
        "unknown_key",
        "unknown_key_in_section",
        "unknown_key_in_visit",
        "unknown_key_in_render",
        "missing_role",
        "unknown_role",
        "stem_as_word",
        "bad_stem_name",
        "bad_section_name",
        "no_stems",
        "negative_bars",
        "too_many_bars",
        "fraction_of_a_bar",
        "tempo_with_unit",
        "tempo_in_quotes",
        "tempo_too_fast",
        "flag_as_yes",
        "bit_depth",
        "unknown_key_in_handover",
        "unknown_export_format",
        "crossfade_zero",
        "number_as_title",
        "long_title",
        "unknown_meter",
        "meter_as_number",
        "unreadable_length",
        "length_as_list",
        "stems_as_word",
        "visit_with_number",
        "visit_without_section",
        "visit_lift_in_short_form",
        "form_as_text",
        "no_description_and_no_form",
    ],
)
def test_editors_see_the_same_faults(name: str) -> None:
    data: Any = read_yaml((INVALID / f"{name}.yaml").read_text("utf-8"), name).data
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize(
    "text",
    [
        "form: [intro, {section: chorus, lift: 2}, {chorus: {variation: 0.2}}]",
        "description: x\nlength: 3 min 20 s",
        "description: x\nlength: 3:20",
        "description: x\nlength: 64 bars",
        "description: x\nlength: 200.5",
        "description: x\ntempo:\nmeter: 6/8",
        "description: x\nsections: {my_part: {bars: 8}}\nform: [my_part]",
    ],
)
def test_what_the_loader_reads_is_valid(text: str) -> None:
    parse_spec(text)
    VALIDATOR.validate(read_yaml(text, "x").data)
