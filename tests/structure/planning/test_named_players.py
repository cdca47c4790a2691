"""One who is named holds notes and runs into a place; breaks, builds and modes are where they are said."""

from __future__ import annotations

from itertools import pairwise

import pytest

from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.specs.wishes import When, Where, Wish
from tests.structure.planning.wished import (
    END,
    after,
    before,
    everybody,
    heard,
    place,
    planned,
    visits_of,
)

pytestmark = pytest.mark.slow

AT_START = When(edge="start")


def event(what: str, **other: object) -> Wish:
    return Wish(kind="event", what=what, **other)  # type: ignore[arg-type]


def part(name: str) -> Wish:
    return Wish(kind="part", what=name)


def notes_in(plan: SongPlan, visit: Visit, stem: str, bar: int) -> list[Note]:
    """The notes of a stem that begin in a bar of a visit, from 0."""
    length = plan.meter.bar_quarters
    found = visit.music.score.parts.get(stem)
    return [n for n in found.notes if bar <= float((n.onset + 0.03) / length) < bar + 1] if found else []


def stem_of(plan: SongPlan, words: str) -> str:
    return next(stem.name for stem in plan.stems if words in f"{stem.name} {stem.prompt}")


def test_a_melody_that_is_to_hold_its_notes_begins_one_a_bar_at_most() -> None:
    wish = event("hold", where=Where(section="bridge", stem="violin"))
    plan = planned("pop", part("violin"), wish)
    violin = stem_of(plan, "violin")
    for visit in visits_of(plan, "bridge"):
        began = [len(notes_in(plan, visit, violin, bar)) for bar in range(visit.bars)]
        assert max(began) == 1
        assert sum(began) >= visit.bars / 4
        bars = set(range(visit.place.start_bar, visit.end_bar))
        assert len(heard(plan, violin) & bars) >= 0.8 * len(bars)


def test_a_pad_that_holds_for_sixteen_bars_does_so_from_the_first() -> None:
    wish = event("hold", where=Where(stem="pad"), when=AT_START, amount=16.0)
    plan = planned("ambient", wish)
    pads = [stem.name for stem in plan.stems if stem.role == "pad"]
    held = {bar for name in pads for bar in heard(plan, name)}
    assert len(held & set(range(16))) >= 13
    for visit in plan.visits:
        for bar in range(max(0, min(visit.bars, 16 - visit.place.start_bar))):
            assert len({n.onset for n in notes_in(plan, visit, pads[0], bar)}) <= 1


def test_a_violin_runs_up_to_the_end_of_each_verse() -> None:
    wish = event("fill", where=Where(section="verse", stem="violin"), when=END)
    plan = planned("pop", part("violin"), wish)
    violin, half = stem_of(plan, "violin"), plan.meter.bar_quarters / 2
    for visit in visits_of(plan, "verse")[-1:]:
        last = visit.bars - 1
        late = [n for n in notes_in(plan, visit, violin, last) if n.onset % (2 * half) >= half]
        assert len(late) >= 3
        assert all(0 < b.pitch - a.pitch <= 3 for a, b in pairwise(late))


def test_all_are_silent_for_a_moment_before_the_chorus() -> None:
    plan = planned("rock", event("rest", when=before("chorus", 1)))
    number = plan.visits.index(visits_of(plan, "chorus")[0])
    visit = plan.visits[number - 1]
    ends = [float(n.end) for p in visit.music.score.parts.values() for n in p.notes]
    assert float(visit.bars * plan.meter.bar_quarters) - max(ends) >= 1.0
    assert len(everybody(plan)) >= 0.95 * plan.visits[-1].end_bar


def test_all_strike_and_stop_at_the_end_of_every_verse() -> None:
    plan = planned("funk", event("shot", where=place("verse"), when=END))
    for visit in visits_of(plan, "verse"):
        line = float((visit.bars - 1) * plan.meter.bar_quarters)
        for name, own in visit.music.score.parts.items():
            assert all(float(n.onset) < line + 0.05 for n in own.notes), name
            assert all(float(n.end) < line + 1.1 for n in own.notes), name


def test_a_build_of_eight_bars_lasts_eight_bars() -> None:
    plan = planned("techno", event("build", when=before("drop", 1), amount=8.0))
    drop = visits_of(plan, "drop")[0].place.start_bar
    built = [
        (visit.place.start_bar + own.bar - 1, visit.end_bar)
        for visit in plan.visits
        for own in visit.music.events
        if own.do == "build" and visit.end_bar <= drop
    ]
    assert built
    assert min(start for start, _ in built) == drop - 8
    assert max(end for _, end in built) == drop


def test_verses_in_minor_and_choruses_in_major_share_their_tonic() -> None:
    plan = planned(
        "pop",
        Wish(kind="key", what="minor", where=place("verse")),
        Wish(kind="key", what="major", where=place("chorus")),
    )
    verse, chorus = ({v.music.key for v in visits_of(plan, kind)} for kind in ("verse", "chorus"))
    (minor,), (major,) = verse, chorus
    assert minor.split() == [major.split()[0], "minor"]
    assert major.split()[1] == "major"


def test_drums_that_leave_in_the_last_section_stay_away_under_a_tag() -> None:
    leaving = event("leave", where=Where(section="outro", stem="drums"), when=When(bar=3))
    plan = planned("rock", Wish(kind="section", what="outro"), leaving, event("tag", when=END))
    last = plan.visits[-1]
    assert any(own.do == "tag" for own in last.music.events)
    bars = {bar - last.place.start_bar for bar in heard(plan, "drums") if bar >= last.place.start_bar}
    assert bars == {0, 1}


def test_two_who_trade_leave_the_place_of_a_solo_to_it() -> None:
    trade = event("trade")
    solo = event("solo", where=Where(stem="piano"), when=after("bridge"))
    names = [part(name) for name in ("saxophone", "trumpet", "piano")]
    plan = planned("swing", *names, Wish(kind="section", what="solo", when=after("bridge")), trade, solo)
    number = plan.visits.index(visits_of(plan, "bridge")[0])
    visit = plan.visits[number + 1]
    bars = set(range(visit.place.start_bar, visit.end_bar))
    assert heard(plan, stem_of(plan, "piano")) & bars
    for words in ("sax", "trumpet"):
        assert not heard(plan, stem_of(plan, words)) & bars, words


def test_a_flute_that_answers_the_melody_is_a_flute() -> None:
    for seed in range(3):
        wish = event("answer", where=Where(section="chorus", stem="flute"))
        plan = planned("folk", part("flute"), wish, part("melody"), seed=seed)
        assert [s.prompt for s in plan.stems if s.name == "flute"] == ["flute"]


def test_a_kick_that_leaves_has_been_there_just_before() -> None:
    plan = planned("techno", event("leave", where=Where(stem="kick"), when=When(bar=65)))
    visit = next(v for v in plan.visits if v.place.start_bar <= 64 < v.end_bar)
    before_it = next(v for v in plan.visits if v.place.start_bar <= 63 < v.end_bar)
    kicks = [n for n in notes_of_kit(before_it) if n.pitch in (35, 36)]
    first = (64 - visit.place.start_bar) * plan.meter.bar_quarters
    assert kicks
    assert not [n for n in notes_of_kit(visit) if n.pitch in (35, 36) and n.onset + 0.03 >= first]


def notes_of_kit(visit: Visit) -> list[Note]:
    """The notes of all drums."""
    return [n for own in visit.music.score.parts.values() if own.role == "drums" for n in own.notes]
