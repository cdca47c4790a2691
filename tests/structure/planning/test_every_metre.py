"""Plans in every metre and style, by any seed: notes that can be played, and no stem that is silent."""

import itertools
import re
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.base.types import PLAYERLESS, Role
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.presets.styles import style_names
from structure.specs.spec import FormEntry, SectionSpec, SongSpec, StemSpec
from tests.builders import BASE_STYLES

METERS = tuple(f"{beats}/{unit}" for unit in (2, 4, 8) for beats in range(2, 16))
SWUNG = ("blues", "jazz")
SEEDS = st.integers(0, 2**63 - 1)


def check_plan(plan: SongPlan) -> None:
    """Each note has a length and lies in its section, and each planned stem has a note."""
    for visit in plan.visits:
        length = visit.bars * plan.meter.bar_quarters
        for name, part in visit.music.score.parts.items():
            assert part.notes, f"{name} in {visit.place.label} has a part without notes"
            for note in part.notes:
                assert note.duration > 0, f"{name} in {visit.place.label}: {note}"
                assert 0 <= note.onset < note.end <= length, f"{name} in {visit.place.label}: {note}"
    heard = {name for visit in plan.visits for name in visit.music.score.parts}
    assert {stem.name for stem in plan.stems} == heard


def test_the_metres_are_all_that_a_spec_may_name() -> None:
    named = []
    for beats, unit in itertools.product(range(1, 33), (1, 2, 4, 8, 16, 32)):
        try:
            named.append(str(Meter(beats, unit)))
        except ValueError:
            continue
    assert set(named) == set(METERS)


@pytest.mark.slow
@settings(max_examples=25)
@given(style=st.sampled_from(style_names()), meter=st.sampled_from(METERS), seed=SEEDS)
def test_plans_are_playable_in_any_metre_style_and_seed(style: str, meter: str, seed: int) -> None:
    check_plan(plan_song(SongSpec(description="a song", genre=style, meter=meter, length=40, seed=seed)))


@pytest.mark.slow
@settings(max_examples=15)
@given(style=st.sampled_from(SWUNG), meter=st.sampled_from(["3/8", "5/8", "7/8", "11/8"]), seed=SEEDS)
@example(style="jazz", meter="5/8", seed=0)
@example(style="jazz", meter="3/8", seed=4)
@example(style="blues", meter="11/8", seed=4)
def test_swung_styles_are_playable_where_the_beat_is_an_eighth(style: str, meter: str, seed: int) -> None:
    check_plan(plan_song(SongSpec(description="a song", genre=style, meter=meter, length=40, seed=seed)))


@pytest.mark.slow
@settings(max_examples=40, derandomize=False)
@given(style=st.sampled_from(style_names()), meter=st.sampled_from(METERS), seed=SEEDS)
def test_whole_songs_are_playable_in_any_draw(style: str, meter: str, seed: int) -> None:
    check_plan(plan_song(SongSpec(description="a song", genre=style, meter=meter, seed=seed)))


@pytest.mark.slow
@settings(max_examples=40)
@given(
    style=st.sampled_from(style_names()),
    meter=st.sampled_from(["4/4", "3/4", "6/8"]),
    other=st.sampled_from(["2/4", "3/8", "6/8", "7/8", "5/4"]),
    seed=SEEDS,
)
@example(style="pop", meter="4/4", other="6/8", seed=3)
def test_what_happens_in_a_section_fits_its_metre(style: str, meter: str, other: str, seed: int) -> None:
    form = [
        FormEntry(section="verse"),
        FormEntry(section="prechorus", meter=other),
        *(FormEntry(section=name) for name in ("chorus", "bridge", "chorus")),
        FormEntry(section="outro", meter=other),
    ]
    sections = {"bridge": SectionSpec(meter=other)}
    plan = plan_song(SongSpec(genre=style, meter=meter, form=tuple(form), sections=sections, seed=seed))
    for visit in plan.visits:
        start, end = (plan.grid.quarters_at_bar(bar) for bar in (visit.place.start_bar, visit.end_bar))
        for part in visit.music.score.parts.values():
            assert all(0 <= note.onset < note.end <= end - start for note in part.notes)


@pytest.mark.parametrize("style", BASE_STYLES)
def test_a_stem_that_no_section_calls_for_is_not_planned(style: str) -> None:
    quiet = [FormEntry(section="verse", energy=0.1), FormEntry(section="outro", energy=0.05)]
    check_plan(plan_song(SongSpec(genre=style, form=tuple(quiet))))


PLAYERS = tuple(role for role in get_args(Role) if role not in PLAYERLESS)


@pytest.mark.slow
@settings(max_examples=30)
@given(
    style=st.sampled_from(style_names()),
    roles=st.lists(st.sampled_from(PLAYERS), min_size=1, max_size=7),
    energy=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]),
    seed=SEEDS,
)
def test_stems_that_the_user_names_play(style: str, roles: list[Role], energy: float, seed: int) -> None:
    stems = tuple(StemSpec(name=f"stem-{i}", role=role) for i, role in enumerate(roles))
    form = tuple(FormEntry(section=name, energy=energy) for name in ("intro", "verse", "breakdown"))
    plan = plan_song(SongSpec(genre=style, stems=stems, form=form, seed=seed))
    check_plan(plan)
    assert [stem.name for stem in plan.stems] == [stem.name for stem in stems]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("description", "named"),
    [
        ("a hushed ambient piece with a harp and a flute", {"harp", "flute"}),
        ("a very quiet ballad with drums and an organ", {"drums", "organ"}),
        ("a slow jazz waltz with brushes and a muted trumpet", {"drums", "trumpet"}),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_instruments_that_the_description_names_play(description: str, named: set[str], seed: int) -> None:
    plan = plan_song(SongSpec(description=description, seed=seed))
    check_plan(plan)
    words = {word for stem in plan.stems for word in (stem.name, *re.findall(r"[a-z]+", stem.prompt))}
    assert named <= words


def test_a_stem_that_the_user_mutes_everywhere_is_left_out_and_said() -> None:
    stems = (StemSpec(name="keys", role="chords"), StemSpec(name="tune", role="lead"))
    plan = plan_song(
        SongSpec(stems=stems, form=(FormEntry(section="verse"),), sections={"verse": {"mute": ("tune",)}})
    )
    assert [stem.name for stem in plan.stems] == ["keys"]
    assert plan.notes == ("the stem 'tune' is left out, since no section lets it play",)


def test_a_named_stem_joins_the_visits_that_are_nearest_to_its_energy() -> None:
    stems = (StemSpec(name="keys", role="chords"), StemSpec(name="kit", role="drums"))
    form = tuple(FormEntry(section=name, energy=e) for name, e in (("intro", 0.1), ("verse", 0.3)))
    plan = plan_song(SongSpec(stems=stems, form=form))
    assert [set(visit.music.score.parts) for visit in plan.visits] == [{"keys"}, {"keys", "kit"}]


@pytest.mark.parametrize("seed", range(5))
def test_a_second_lead_that_finds_nothing_to_answer_goes_with_the_melody(seed: int) -> None:
    stems = tuple(StemSpec(name=name, role="lead") for name in ("first", "second"))
    form = (FormEntry(section="verse", energy=0.9),)
    sections = {"verse": SectionSpec(bars=4)}
    plan = plan_song(SongSpec(genre="classical", stems=stems, form=form, sections=sections, seed=seed))
    check_plan(plan)
    tune, voice = (plan.visits[0].music.score.parts[name].notes for name in ("first", "second"))
    assert len(voice) == len(tune)
    assert all(abs(a.onset - b.onset) < Fraction(1, 8) for a, b in zip(tune, voice, strict=True))
