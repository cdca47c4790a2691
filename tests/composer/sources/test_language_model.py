"""A language model plans songs: tiny ones of a real class, saved to a folder and loaded as users do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
import regex
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.sources.constrained import schema_pattern
from composer.sources.language_model import (
    check_answer,
    plan_by_language_model,
    planner_schema,
)
from structure.base.errors import PlanError, PlannerError
from structure.description.reading import read_wishes
from structure.planning.planner import plan_song
from structure.specs.schema import json_schema
from structure.specs.spec import SongSpec
from tests.composer.sources.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def planned(folder: Path) -> SongSpec:
    return plan_by_language_model(SongSpec(description="something for a rainy street"), folder)


@pytest.mark.slow
def test_what_it_writes_is_a_song_by_the_schema(planned: SongSpec) -> None:
    document = planned.model_dump(mode="json", exclude_unset=True)
    jsonschema.validate(document, json_schema())
    assert {"title", "genre", "tempo", "key", "meter", "stems", "form"} <= set(document)


@pytest.mark.slow
def test_what_it_writes_is_what_is_planned(planned: SongSpec) -> None:
    plan = plan_song(planned)
    assert [visit.place.name for visit in plan.visits] == [entry.section for entry in planned.form or ()]
    assert (plan.key, plan.genre, float(plan.grid.tempo_bpm)) == (planned.key, planned.genre, planned.tempo)
    assert [stem.prompt for stem in plan.stems] == [stem.prompt for stem in planned.stems or ()]


FORM = ["verse", "chorus", "verse", "chorus"]
SETTLED = {"genre": "rock", "tempo": 90, "key": "C", "meter": "4/4"}


@pytest.mark.slow
def test_the_same_model_writes_the_same_and_another_something_else(folder: Path, tmp_path: Path) -> None:
    spec = SongSpec(description="rock with a guitar", form="rondo", **SETTLED)
    state = torch.get_rng_state()
    title = plan_by_language_model(spec, folder).title
    assert plan_by_language_model(spec, folder).title == title
    assert torch.equal(torch.get_rng_state(), state)
    assert plan_by_language_model(spec, save_tiny_model(tmp_path, seed=1, chat=False)).title != title


@pytest.mark.slow
def test_what_the_description_says_holds(folder: Path) -> None:
    text = "jazz in B minor, 3/4, 97 bpm, no drums, without a bridge"
    plan = plan_song(plan_by_language_model(SongSpec(description=text), folder))
    assert (plan.genre, plan.key, str(plan.meter), float(plan.grid.tempo_bpm)) == (
        "jazz",
        "B minor",
        "3/4",
        97,
    )
    assert "drums" not in {stem.role for stem in plan.stems}
    assert "bridge" not in {visit.place.name for visit in plan.visits}


@pytest.mark.slow
def test_what_the_spec_says_is_not_asked(folder: Path) -> None:
    spec = SongSpec(description="folk in C, 90 bpm, with a banjo", title="Mine", meter="4/4", form="rondo")
    assert plan_by_language_model(spec, folder) == spec


@pytest.mark.slow
def test_what_cannot_be_planned_is_a_failure_that_says_why(folder: Path) -> None:
    """No form of four sections fits into three bars."""
    spec = SongSpec(description="rock with a guitar", title="Short", length="3 bars", **SETTLED)
    with pytest.raises(PlannerError, match=r"gave no song in 3 attempts: .*3"):
        plan_by_language_model(spec, folder)


@pytest.mark.slow
def test_sections_that_the_description_asks_for_are_demanded() -> None:
    text = "pop with a breakdown"
    wishes = read_wishes(text, guessing=False)
    by_rules = plan_song(SongSpec(description=text))
    with pytest.raises(PlanError, match=r"the description says 'breakdown': .*breakdown"):
        check_answer(plan_song(SongSpec(description=text, form=FORM)), by_rules, wishes)
    check_answer(plan_song(SongSpec(description=text, form=[*FORM, "breakdown"])), by_rules, wishes)


def test_a_section_that_the_description_names_may_be_written() -> None:
    text = "pop with a hook in each chorus"
    form = planner_schema(SongSpec(description=text), read_wishes(text))["oneOf"][0]["properties"]["form"]
    assert "hook" in form["items"]["enum"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", {"title", "genre", "tempo", "key", "meter", "stems", "form", "sections"}),
        ("slow jazz in F for oboe and piano", {"title", "meter", "form", "sections"}),
        ("waltz with a harp", {"title", "tempo", "key", "form", "sections"}),
        ("a jazz ballad", {"title", "key", "meter", "stems", "form", "sections"}),
        ("a song called 'Rain', solo after the second chorus", {"genre", "tempo", "key", "meter", "stems"}),
        ("rondo at 90 bpm in 5/4", {"title", "key", "stems"}),
    ],
)
def test_only_what_no_wish_settles_is_asked(text: str, left: set[str]) -> None:
    schema = planner_schema(SongSpec(description=text or "x"), read_wishes(text, guessing=False))
    for option in schema["oneOf"]:
        assert set(option["properties"]) == left


@pytest.mark.slow
def test_folders_without_a_model(tmp_path: Path) -> None:
    spec = SongSpec(description="pop")
    with pytest.raises(PlannerError, match=r"holds no language model: it has no config\.json"):
        plan_by_language_model(spec, tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(PlannerError, match="cannot be loaded"):
        plan_by_language_model(spec, tmp_path)


SCHEMAS = planner_schema(SongSpec(description="x"), read_wishes(""))


@pytest.mark.slow
@settings(max_examples=25)
@given(st.data())
def test_every_text_of_the_pattern_is_json_of_the_schema(data: st.DataObject) -> None:
    option = data.draw(st.sampled_from(SCHEMAS["oneOf"]))
    pattern = schema_pattern({"oneOf": [option]})
    text = data.draw(st.from_regex(pattern, fullmatch=True))
    jsonschema.validate(json.loads(text), option)
    cut = data.draw(st.integers(0, len(text)))
    assert regex.fullmatch(pattern, text[:cut], partial=True)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"const": 104}, ["104"], ["10", "105", '"104"']),
        ({"enum": ["a.b", True]}, ['"a.b"', "true"], ['"axb"', "false"]),
        ({"type": "integer", "minimum": 9, "maximum": 11}, ["9", "10", "11"], ["8", "12", "1"]),
        (
            {"type": "array", "items": {"const": 1}, "minItems": 2, "maxItems": 3},
            ["[1,1]", "[1, 1, 1]"],
            ["[]", "[1]", "[1,1,1,1]"],
        ),
        ({"type": "string", "pattern": "a|b"}, ['"a"', '"b"'], ['"ab"', "a"]),
    ],
)
def test_patterns(schema: dict[str, object], good: list[str], bad: list[str]) -> None:
    pattern = schema_pattern(schema)
    assert all(regex.fullmatch(pattern, text) for text in good)
    assert not any(regex.fullmatch(pattern, text) for text in bad)


def test_a_schema_that_is_not_regular_is_refused() -> None:
    with pytest.raises(ValueError, match="no pattern for the schema"):
        schema_pattern({"type": "number"})
    with pytest.raises(ValueError, match="minItems"):
        schema_pattern({"type": "array", "items": {"const": 1}, "minItems": 3, "maxItems": 2})


@pytest.mark.slow
def test_code_in_a_models_folder_never_runs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the terminal says yes, which transformers would ask."""
    model = shutil.copytree(folder, tmp_path / "model")
    config = json.loads((model / "config.json").read_text())
    auto = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    (model / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": auto}))
    (model / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(PlannerError, match="cannot be loaded"):
        plan_by_language_model(SongSpec(description="a song"), model)
    assert not (tmp_path / "ran").exists()
