"""The same key means the same samples: all that decides them is in it, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio
from render.clips.guide import GuideRecipe
from render.clips.negotiate import Approach
from structure.base.grid import Grid, Meter, Span
from structure.plans.score import Control, Note, Syllable

INIT = InitAudio(np.zeros((1, 9), np.float32), 0.5, ((2, 5),))
REQUEST = ClipRequest(
    role="lead",
    prompt="flute",
    negative_prompt="noise",
    notes=(Note(Fraction(0), Fraction(1), 60, 100, syllable=Syllable("la")),),
    grid=Grid((Span(Fraction(0), Fraction(120), Meter()), Span(Fraction(4), Fraction(90), Meter()))),
    body_quarters=Fraction(8),
    pre_roll_samples=4410,
    tail_samples=22_050,
    latent=LatentRecipe(5, 6, 0.3),
    timbre=LatentRecipe(7, 8, 0.4),
    init=INIT,
    key="C major",
    controls=(Control(64, ((Fraction(0), 127),)),),
)

OTHER: Mapping[tuple[type, str], Any] = {
    (ClipRequest, "role"): "bass",
    (ClipRequest, "notes"): (),
    (ClipRequest, "grid"): Grid.steady(120.0, Meter()),
    (ClipRequest, "steps"): 9,
    (ClipRequest, "guidance"): 2.5,
    (ClipRequest, "init"): None,
    (ClipRequest, "controls"): (),
    (InitAudio, "audio"): np.ones((1, 9), np.float32),
    (InitAudio, "repaint"): None,
    (Grid, "spans"): REQUEST.grid.spans[:1],
    (Span, "meter"): Meter(3, 4),
    (Note, "articulation"): "staccato",
    (Note, "bend"): ((Fraction(0), 1.0),),
    (Note, "syllable"): None,
    (Syllable, "kind"): "begin",
    (Control, "points"): ((Fraction(0), 0),),
    (Approach, "sources"): (replace(REQUEST, init=None, prompt="oboe"),),
    (Approach, "guide"): GuideRecipe("excitation", 0.4),
    (Approach, "kept"): INIT,
    (Approach, "pieces"): (2, 2),
    (Approach, "conforms"): True,
    (Approach, "left_out"): ("lyrics",),
    (GuideRecipe, "kind"): "model",
}
"""Another value for each field whose type does not say one."""


def changed(row: Any, name: str) -> Any:
    """The row with another value in one field."""
    value = getattr(row, name)
    if (type(row), name) in OTHER:
        other = OTHER[type(row), name]
    elif isinstance(value, bool):
        other = not value
    elif isinstance(value, str):
        other = value + "another"
    elif isinstance(value, int | float | Fraction):
        other = value + type(value)(1)
    elif is_dataclass(value):
        other = changed(value, fields(value)[0].name)
    else:
        raise AssertionError(f"no other value is known for {type(row).__name__}.{name}: add one to OTHER")
    return replace(row, **{name: other})


def init_fields(kind: type) -> list[str]:
    return [field.name for field in fields(kind) if field.init]


def with_span(span: Span) -> ClipRequest:
    """A request whose second span is this one."""
    return replace(REQUEST, grid=replace(REQUEST.grid, spans=(REQUEST.grid.spans[0], span)))


NESTED: Mapping[type, tuple[Any, Any]] = {
    InitAudio: (INIT, lambda row: replace(REQUEST, init=row)),
    Grid: (REQUEST.grid, lambda row: replace(REQUEST, grid=row)),
    Span: (REQUEST.grid.spans[1], with_span),
    Meter: (Meter(), lambda row: with_span(replace(REQUEST.grid.spans[1], meter=row))),
    Note: (REQUEST.notes[0], lambda row: replace(REQUEST, notes=(row,))),
    Syllable: (
        REQUEST.notes[0].syllable,
        lambda row: replace(REQUEST, notes=(replace(REQUEST.notes[0], syllable=row),)),
    ),
    Control: (REQUEST.controls[0], lambda row: replace(REQUEST, controls=(row,))),
}
"""A row that lies in a request, and the request with another one in its place."""

OTHER_METER = {"numerator": Meter(3, 4), "denominator": Meter(4, 8)}


@pytest.mark.parametrize("name", init_fields(ClipRequest))
def test_every_field_of_a_request_is_in_its_hash(name: str) -> None:
    assert changed(REQUEST, name).content_hash("b") != REQUEST.content_hash("b")


@pytest.mark.parametrize("place", ["latent", "timbre"])
@pytest.mark.parametrize("name", init_fields(LatentRecipe))
def test_every_field_of_a_recipe_is_in_the_hash(place: str, name: str) -> None:
    recipe = getattr(REQUEST, place)
    other = replace(recipe, amount=0.9) if name == "amount" else changed(recipe, name)
    assert replace(REQUEST, **{place: other}).content_hash("b") != REQUEST.content_hash("b")


def test_a_recipe_without_variation_is_the_same_whatever_it_would_turn_into() -> None:
    one, other = (replace(REQUEST, latent=LatentRecipe(5, seed, 0.0)) for seed in (1, 2))
    assert one.content_hash("b") == other.content_hash("b")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in NESTED for name in init_fields(kind)],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_every_field_of_what_lies_in_a_request_is_in_the_hash(kind: type, name: str) -> None:
    row, put = NESTED[kind]
    other = OTHER_METER[name] if kind is Meter else changed(row, name)
    assert put(row).content_hash("b") == REQUEST.content_hash("b")
    assert put(other).content_hash("b") != REQUEST.content_hash("b")


def test_every_row_in_a_request_is_looked_at() -> None:
    """So that a new kind of row cannot be forgotten here."""
    found: set[type] = set()

    def look(value: Any) -> None:
        if is_dataclass(value):
            found.add(type(value))
            for field in fields(value):
                look(getattr(value, field.name))
        elif isinstance(value, tuple):
            for item in value:
                look(item)

    look(REQUEST)
    assert found == {ClipRequest, LatentRecipe, *NESTED}


def test_one_sample_of_the_audio_to_begin_from_is_in_the_hash() -> None:
    audio = INIT.audio.copy()
    audio[0, 8] = 1e-7
    assert replace(REQUEST, init=replace(INIT, audio=audio)).content_hash("b") != REQUEST.content_hash("b")


PLAIN = Approach(request=replace(REQUEST, init=None), sources=(replace(REQUEST, init=None),))
GUIDED = replace(PLAIN, guide=GuideRecipe("excitation", 0.7), conforms=True)

NO_SAMPLE_CHANGES = {
    "left_out": "it is told to the user; what was left out is missing from the request itself",
}
"""Fields of an approach that are not in its key, and why."""


@pytest.mark.parametrize("name", init_fields(Approach))
def test_what_decides_samples_is_in_the_key_of_an_approach(name: str) -> None:
    for approach in (PLAIN, GUIDED):
        if approach is PLAIN and name == "sources":
            continue  # nobody hears them: the next test
        if approach is GUIDED and name == "conforms":
            other = replace(approach, conforms=False)
        else:
            other = changed(approach, name)
        same = other.key("b", "g") == approach.key("b", "g")
        assert same == (name in NO_SAMPLE_CHANGES)


def test_sources_decide_nothing_where_no_guide_is_made_of_them() -> None:
    assert changed(PLAIN, "sources").key("b", "g") == PLAIN.key("b", "g") == PLAIN.request.content_hash("b")


@pytest.mark.parametrize("name", init_fields(GuideRecipe))
def test_how_a_guide_is_made_is_in_the_key(name: str) -> None:
    assert GUIDED.guide is not None
    other = replace(GUIDED, guide=changed(GUIDED.guide, name))
    assert other.key("b", "g") != GUIDED.key("b", "g")


@pytest.mark.parametrize("approach", [PLAIN, GUIDED], ids=["plain", "guided"])
def test_another_backend_is_another_key(approach: Approach) -> None:
    assert approach.key("b", "g") != approach.key("other", "g")
    assert REQUEST.content_hash("b") != REQUEST.content_hash("other")


def test_another_maker_of_guides_is_another_key_where_there_is_a_guide() -> None:
    assert GUIDED.key("b", "g") != GUIDED.key("b", "other")
    assert PLAIN.key("b", "g") == PLAIN.key("b", "other")


def test_wide_rows_are_written_by_keyword() -> None:
    for kind in (ClipRequest, Approach):
        assert all(field.kw_only for field in dataclasses.fields(kind))
