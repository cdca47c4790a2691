"""Whatever stands in a spec, the answer is a song or the name of what is wrong, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from songs import song_names, song_path
from structure.base.errors import PlanError, RitornelloError, SpecError
from structure.loading.loader import load_spec, parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from tests.fuzz.specmaker import Maker, as_yaml, mutated, specs

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Specs come from a seed: a smaller seed is no simpler spec."""


def spec_or_faults(text: str) -> SongSpec | SpecError:
    try:
        return parse_spec(text, "song.yaml")
    except SpecError as exc:
        return exc


def check_faults(error: SpecError) -> None:
    """Each fault says where it is and what is wrong, in a line of its own."""
    assert error.faults
    for fault in error.faults:
        assert fault.field or fault.line, fault
        assert fault.message.strip(), fault
        assert len(fault.render("song.yaml").splitlines()) == 1, fault
        assert "Traceback" not in fault.message and "pydantic" not in fault.message, fault
    str(error).encode()


def check_plan(plan: SongPlan) -> None:
    """The visits follow each other without a gap, and every note lies in its section."""
    bar = 0
    names = {stem.name for stem in plan.stems}
    for visit in plan.visits:
        assert visit.place.start_bar == bar and visit.bars >= 1
        bar = visit.end_bar
        length = plan.grid.quarters_at_bar(visit.end_bar) - plan.position_quarters(visit)
        assert set(visit.music.score.parts) <= names
        for part in visit.music.score.parts.values():
            for note in part.notes:
                assert 0 <= note.onset < length and note.duration > 0, (visit.place.label, note)
                assert 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127, (visit.place.label, note)
        assert sum(chord.duration for chord in visit.music.score.chords) == length
    assert plan.total_samples == plan.grid.sample_at_bar(bar) + plan.tail_samples


def check(song: dict[str, Any]) -> bool:
    """True where the spec was sound."""
    found = spec_or_faults(as_yaml(song))
    if isinstance(found, SpecError):
        check_faults(found)
        return False
    assert found == parse_spec(as_yaml(found.model_dump(mode="json", exclude_unset=True)), "again.yaml")
    return True


@pytest.mark.slow
@given(st.one_of(specs(0.0), specs(0.01), specs(0.05), specs(0.3)))
@settings(max_examples=1000, phases=NO_SHRINKING)
def test_a_thousand_specs_are_read_or_their_faults_named(song: dict[str, Any]) -> None:
    check(song)


@pytest.mark.slow
def test_a_good_part_of_the_specs_is_sound() -> None:
    """Otherwise the others would tell little."""
    sound = [check(Maker(seed, 0.01).song()) for seed in range(120)]
    assert 30 <= sum(sound) <= 115


def sound_specs(seeds: range) -> Iterator[SongSpec]:
    for seed in seeds:
        found = spec_or_faults(as_yaml(Maker(seed, 0.005).song()))
        if isinstance(found, SongSpec):
            yield found


def check_that_it_plans(spec: SongSpec) -> None:
    try:
        plan = plan_song(spec)
    except PlanError as exc:
        assert 10 < len(str(exc)) < 400, exc
        return
    check_plan(plan)


@pytest.mark.slow
def test_dozens_of_sound_specs_are_planned() -> None:
    for spec in sound_specs(range(1000, 1036)):
        check_that_it_plans(spec)


@pytest.mark.slow
@given(st.sampled_from(song_names()), st.integers(0, 2**32 - 1))
@settings(max_examples=500, phases=NO_SHRINKING)
def test_five_hundred_damaged_songs_are_read_or_their_faults_named(
    tmp_path_factory: Any, name: str, seed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_bytes(mutated(song_path(name).read_bytes(), seed))
    try:
        load_spec(path)
    except RitornelloError as exc:
        if isinstance(exc, SpecError):
            for fault in exc.faults:
                assert fault.message.strip()
                assert len(fault.render("song.yaml").splitlines()) == 1, fault
