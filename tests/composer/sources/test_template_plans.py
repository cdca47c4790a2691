"""A spec written from a sentence is whole, and reads back as the song that was planned."""

from __future__ import annotations

import jsonschema
import pytest

from composer.sources.sentences import sentence_seed
from composer.sources.template import write_template
from structure.base.errors import SpecError
from structure.loading.loader import parse_spec
from structure.loading.yaml_reader import read_yaml
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.schema import MODELINE, json_schema
from structure.specs.spec import SongSpec

SENTENCES = (
    "dreamy synthwave in A minor at 104 BPM, three and a half minutes, with a gritty synth lead",
    "slow folk waltz in G major with accordion and fiddle, no drums",
    "A sad ballad in 6/8 that starts quietly and builds to a huge final chorus, F# minor",
    'jazz: "blue" & green, 64 bars, {odd} #characters 🌧',
    "deep house, 5 minutes, a breakdown and no bridge",
    "yes",
    "pop in E major, 2 minutes, with a key change in the last chorus",
    "for cello and piano, slow and sad",
    "rock, no drums until the second chorus, builds from start to end",
)


def _form(plan: SongPlan) -> list[tuple[str, int, int, float, float]]:
    return [(v.place.name, v.bars, v.music.lift, v.sound.variation, v.music.energy) for v in plan.visits]


def _plan(sentence: str) -> SongPlan:
    return plan_song(SongSpec(description=sentence, seed=sentence_seed(sentence)))


@pytest.fixture(scope="module", params=SENTENCES)
def planned(request: pytest.FixtureRequest) -> tuple[str, SongPlan, SongPlan]:
    """A template, the plan of its sentence, and the plan of the template."""
    text = write_template(request.param)
    return text, _plan(request.param), plan_song(parse_spec(text))


@pytest.mark.slow
def test_the_template_is_the_same_song(planned: tuple[str, SongPlan, SongPlan]) -> None:
    _, first, again = planned
    assert _form(again) == _form(first)
    assert (again.title, again.genre, again.key, again.seed) == (
        first.title,
        first.genre,
        first.key,
        first.seed,
    )
    assert again.grid == first.grid
    assert again.stems == first.stems


@pytest.mark.slow
def test_the_template_has_the_same_notes(planned: tuple[str, SongPlan, SongPlan]) -> None:
    _, first, again = planned
    for one, other in zip(first.visits, again.visits, strict=True):
        assert one.music.score == other.music.score, one.place.label


@pytest.mark.slow
def test_the_template_leaves_nothing_open(planned: tuple[str, SongPlan, SongPlan]) -> None:
    text, plan, _ = planned
    data = read_yaml(text, "template").data
    jsonschema.Draft202012Validator(json_schema()).validate(data)
    assert text.splitlines()[0] == MODELINE
    assert {"title", "description", "genre", "tempo", "key", "meter", "length", "seed"} <= set(data)
    assert [stem["name"] for stem in data["stems"]] == [stem.name for stem in plan.stems]
    assert all(stem["prompt"] for stem in data["stems"])
    assert set(data["sections"]) == {visit.place.name for visit in plan.visits}
    assert all({"bars", "chords", "energy"} <= set(section) for section in data["sections"].values())


def test_an_empty_description_is_refused() -> None:
    with pytest.raises(SpecError, match="the sentence is empty"):
        write_template("  ")
