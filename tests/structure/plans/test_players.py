"""Which backend plays what: a stem's before its section's, that before the song's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from structure.base.errors import SpecError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document, read_plan_document
from structure.plans.players import has_own_players, list_settings, settings_of, who_chose
from structure.specs.backend import BackendSpec
from structure.specs.spec import RenderSpec
from tests.render.clips.band import played_by
from tests.render.support import plan_of

NAMES = st.sampled_from([None, "a", "b", "c"])
FORM = (("verse", 1, 0.0), ("chorus", 1, 0.0))


@st.composite
def choices(draw: st.DrawFn) -> BackendSpec | None:
    said = {
        "name": draw(NAMES),
        "model": draw(st.sampled_from([None, "m", "n"])),
        "steps": draw(st.none() | st.integers(1, 200)),
        "guidance": draw(st.none() | st.floats(0.0, 30.0)),
    }
    return BackendSpec(**said) if any(value is not None for value in said.values()) else None


@given(choices(), choices(), st.sampled_from(["a", "b"]), st.sampled_from([None, "m"]))
def test_the_innermost_says_what_plays(
    section: BackendSpec | None, stem: BackendSpec | None, song: str, model: str | None
) -> None:
    render = RenderSpec(backend=song, model=model, steps=7)
    plan = plan_of(FORM, roles=("bass",), render=render)
    plan = played_by(plan, {"bass": stem} if stem else {}, {"verse": section} if section else {})
    found = settings_of(plan, plan.visits[0], plan.stems[0])
    said = [one for one in (stem, section) if one is not None]
    assert found.backend == next((one.name for one in said if one.name), song)
    for field in ("steps", "model", "guidance"):
        inner = getattr(stem, field, None)
        assert inner is None or getattr(found, field) == inner
    # what was written for another backend is never asked of this one
    written = [one for one in said if one.name in (None, found.backend)]
    allowed = {one.steps for one in written} | {None} | ({7} if found.backend == song else set())
    assert found.steps in allowed
    assert (settings_of(plan, plan.visits[1], plan.stems[0]) is plan.render) == (stem is None)
    assert found.device == render.device and found.crossfade_beats == render.crossfade_beats


def test_a_stem_of_the_songs_backend_has_the_songs_model_inside_of_a_section_of_another() -> None:
    render = RenderSpec(backend="a", model="mine", steps=9)
    plan = played_by(plan_of(FORM, render=render), {"bass": "a"}, {"verse": "b"})
    bass, drums = plan.stems[1], plan.stems[0]
    verse = plan.visits[0]
    assert settings_of(plan, verse, bass) == render
    other = settings_of(plan, verse, drums)
    assert (other.backend, other.model, other.steps) == ("b", None, None)
    assert who_chose(verse, bass) == "stems.bass.backend"
    assert who_chose(verse, drums) == "sections.verse.backend"
    assert who_chose(plan.visits[1], drums) == "render.backend"


SPEC = """\
genre: pop
seed: 3
stems:
  - {name: low, role: bass}
  - {name: tune, role: lead, backend: {name: ace-step, steps: 8}}
sections:
  verse: {bars: 2, chords: C | F, stems: [low, tune], backend: stable-audio}
  chorus: {bars: 2, chords: C | G, stems: [low, tune]}
form: [verse, chorus, {section: verse, backend: {steps: 30}}, {section: verse, backend: riffusion}]
"""


def test_a_spec_names_backends_and_its_plan_keeps_them() -> None:
    plan = plan_song(parse_spec(SPEC, "a.yaml"))
    low, tune = plan.stems
    found = [settings_of(plan, visit, low) for visit in plan.visits]
    assert [(one.backend, one.steps) for one in found] == [
        ("stable-audio", None),
        ("embedded", None),
        ("stable-audio", 30),
        ("riffusion", None),
    ]
    assert {settings_of(plan, visit, tune).backend for visit in plan.visits} == {"ace-step"}
    assert {settings.backend for _, settings in list_settings(plan)} == {
        "ace-step",
        "embedded",
        "riffusion",
        "stable-audio",
    }
    again = read_plan_document(plan_document(plan))
    assert again == plan and has_own_players(again)


def test_a_song_without_choices_has_the_file_that_it_had() -> None:
    plan = plan_of(FORM)
    stored = plan_document(plan)["plan"]
    assert not has_own_players(plan)
    assert all("backend" not in stem for stem in stored["stems"])
    assert all("backend" not in visit["sound"] for visit in stored["visits"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "backend: {name: ace-step, steps: 8}",
            "backend: {}",
            "a.yaml:5: stems[2].backend: it says nothing",
        ),
        (
            "steps: 8",
            "stepz: 8",
            "a.yaml:5: stems[2].backend.stepz: unknown key 'stepz' (did you mean 'steps'?)",
        ),
        ("steps: 8", "steps: 0", "a.yaml:5: stems[2].backend.steps: "),
        ("backend: stable-audio", "backend: [a]", "a.yaml:7: sections.verse.backend: a backend is a name"),
        ("role: lead", "role: effects", "effects are synthesised, by no backend"),
    ],
)
def test_a_wrong_choice_is_told_with_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(SPEC.replace(old, new), "a.yaml")
    assert said in str(caught.value)


def test_a_mapping_says_something() -> None:
    with pytest.raises(ValidationError, match="it says nothing"):
        BackendSpec()


def test_a_plan_without_a_lora_says_nothing_of_one() -> None:
    stored = plan_document(plan_of(FORM))["plan"]["render"]
    assert not {"lora", "lora_scale"} & stored.keys()
    with_lora = plan_of(FORM, render=RenderSpec(lora="x", lora_scale=0.5))
    again = read_plan_document(plan_document(with_lora))
    assert (again.render.lora, again.render.lora_scale) == ("x", 0.5)
