"""Plans in every metre and style, by any seed: notes that can be played, and no stem that is silent."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from structure.grid import Meter
from structure.plan import SongPlan
from structure.planner import plan_song
from structure.spec import SongSpec
from structure.styles import style_names

METERS = tuple(f"{beats}/{unit}" for unit in (2, 4, 8) for beats in range(2, 16))
SWUNG = ("blues", "jazz")
SEEDS = st.integers(0, 2**63 - 1)


def check_plan(plan: SongPlan) -> None:
    """Each note has a length and lies in its section, and each planned stem has a note."""
    for visit in plan.visits:
        length = visit.bars * plan.meter.bar_quarters
        for name, part in visit.score.parts.items():
            assert part.notes, f"{name} in {visit.label} has a part without notes"
            for note in part.notes:
                assert note.duration > 0, f"{name} in {visit.label}: {note}"
                assert 0 <= note.onset < note.end <= length, f"{name} in {visit.label}: {note}"
    heard = {name for visit in plan.visits for name in visit.score.parts}
    assert {stem.name for stem in plan.stems} == heard


def test_the_metres_are_all_that_a_spec_may_name() -> None:
    named = []
    for beats, unit in itertools.product(range(1, 33), (1, 2, 4, 8, 16, 32)):
        try:
            named.append(str(Meter(beats, unit)))
        except ValueError:
            continue
    assert set(named) == set(METERS)


@settings(max_examples=25)
@given(style=st.sampled_from(style_names()), meter=st.sampled_from(METERS), seed=SEEDS)
def test_plans_are_playable_in_any_metre_style_and_seed(style: str, meter: str, seed: int) -> None:
    check_plan(plan_song(SongSpec(description="a song", genre=style, meter=meter, length=40, seed=seed)))


@settings(max_examples=25)
@given(style=st.sampled_from(SWUNG), meter=st.sampled_from(["3/8", "5/8", "7/8", "11/8"]), seed=SEEDS)
@example(style="jazz", meter="5/8", seed=0)
@example(style="blues", meter="5/8", seed=0)
def test_swung_styles_are_playable_where_the_beat_is_an_eighth(style: str, meter: str, seed: int) -> None:
    check_plan(plan_song(SongSpec(description="a song", genre=style, meter=meter, seed=seed)))
