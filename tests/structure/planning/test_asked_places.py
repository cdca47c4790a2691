"""What wishes ask of a place or a time is heard there: who plays, what happens, how strong, in what key."""

from __future__ import annotations

import pytest

from structure.plans.plan import SongPlan, Visit
from structure.specs.spec import FormEntry, SectionSpec, SongSpec
from structure.specs.wishes import LAST, When, Wish
from tests.structure.planning.wished import (
    END,
    START,
    after,
    at,
    before,
    everybody,
    force,
    heard,
    kinds,
    place,
    planned,
    visits_of,
)

BACKBEATS = (37, 38, 39, 40)


def _part(what: str, **other: object) -> Wish:
    return Wish(kind="part", what=what, **other)  # type: ignore[arg-type]


def _event(what: str, stem: str | None = None, section: str | None = None, **other: object) -> Wish:
    where = place(section) if section else place("verse")
    where = type(where)(section=section, stem=stem)
    return Wish(kind="event", what=what, where=where, **other)  # type: ignore[arg-type]


def _energy(what: str, **other: object) -> Wish:
    return Wish(kind="energy", what=what, **other)  # type: ignore[arg-type]


def _bars(visit: Visit) -> range:
    return range(visit.place.start_bar, visit.end_bar)


def _form(*names: str, **sections: SectionSpec) -> SongSpec:
    return SongSpec(
        description="a song", form=tuple(FormEntry(section=name) for name in names), sections=sections
    )


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["rock", "house", "pop"])
def test_no_drums_until_the_second_chorus(genre: str) -> None:
    plan = planned(genre, _part("drums", polarity="avoid", when=before("chorus", 2)))
    start = visits_of(plan, "chorus")[1].place.start_bar
    assert min(heard(plan, "drums")) == start


@pytest.mark.slow
def test_a_player_who_is_silent_for_a_while_is_heard_in_the_rest() -> None:
    for section in ("intro", "bridge", "outro"):
        plan = planned("pop", _part("bass", polarity="avoid", where=place(section)))
        silent = {bar for visit in visits_of(plan, section) for bar in _bars(visit)}
        assert silent
        assert not heard(plan, "bass") & silent
        assert heard(plan, "bass")


def test_strings_come_in_at_the_bridge_and_not_before() -> None:
    plan = planned("rock", _event("enter", "strings", when=at("bridge")))
    bridge = visits_of(plan, "bridge")[0].place.start_bar
    (name,) = [stem.name for stem in plan.stems if "strings" in stem.name]
    assert bridge <= min(heard(plan, name)) <= bridge + 1


@pytest.mark.slow
def test_drums_leave_in_a_section_and_come_back() -> None:
    plan = planned("rock", _event("leave", "drums", when=at("bridge")))
    bridge = set(_bars(visits_of(plan, "bridge")[0]))
    played = heard(plan, "drums")
    assert not played & bridge
    assert min(played) < min(bridge) < max(bridge) < max(played)


@pytest.mark.parametrize("bars", [8, 4])
def test_a_song_begins_with_drums_alone(bars: int) -> None:
    plan = planned("funk", Wish(kind="ensemble", what="drums", when=START, amount=float(bars)))
    alone = set(range(bars))
    assert heard(plan, "drums") >= alone
    others = [stem.name for stem in plan.stems if stem.role != "drums"]
    assert not any(heard(plan, name) & alone for name in others)
    assert any(heard(plan, name) & {bars, bars + 1} for name in others)
    assert plan.visits[0].bars == bars


def test_those_who_are_alone_in_a_section_that_is_longer_are_joined_in_it() -> None:
    spec = _form("verse", "chorus", verse=SectionSpec(bars=16))
    plan = planned("rock", Wish(kind="ensemble", what="bass", when=START, amount=4.0), spec=spec)
    assert heard(plan, "bass") >= set(range(4))
    assert not heard(plan, "guitar") & set(range(4))
    assert heard(plan, "guitar") & {4, 5}


def test_piano_alone_in_the_intro() -> None:
    plan = planned("pop", Wish(kind="ensemble", what="piano", where=place("intro")))
    (intro,) = visits_of(plan, "intro")
    alone = [stem for stem in plan.stems if stem.name in intro.music.score.parts]
    assert alone
    assert all("piano" in stem.prompt for stem in alone)
    assert len(plan.stems) > 2


@pytest.mark.slow
def test_no_stem_is_silent_over_the_whole_song() -> None:
    wishes = (
        _event("enter", "drums", when=at("chorus", 1)),
        _part("bass", polarity="avoid", where=place("verse")),
        Wish(kind="ensemble", what="guitar", where=place("intro")),
    )
    for genre in ("rock", "metal", "country"):
        plan = planned(genre, *wishes)
        assert all(heard(plan, stem.name) for stem in plan.stems)


def test_parts_of_the_kit_come_and_go() -> None:
    plan = planned("techno", _event("leave", "kick", when=When(bar=33)))
    bar = plan.meter.bar_quarters
    gone = range(32, next(v.end_bar for v in plan.visits if 32 in _bars(v)))
    kicks = {
        visit.place.start_bar + int((note.onset + 0.02) / bar)
        for visit in plan.visits
        for part in visit.music.score.parts.values()
        for note in part.notes
        if part.role == "drums" and note.pitch in (35, 36)
    }
    assert kicks
    assert not kicks & set(gone)


@pytest.mark.slow
def test_a_song_ends_suddenly() -> None:
    for genre in ("rock", "ballad", "house"):
        plan = planned(genre, _event("stop", when=END))
        last = plan.visits[-1]
        end = last.bars * plan.meter.bar_quarters
        for part in last.music.score.parts.values():
            assert max(note.end for note in part.notes) <= end - 2


def test_the_band_stops_before_the_drop() -> None:
    plan = planned("house", _event("stop", when=before("drop", 2)))
    drop = visits_of(plan, "drop")[1]
    visit = next(v for v in plan.visits if v.end_bar == drop.place.start_bar)
    silence = visit.bars * plan.meter.bar_quarters - plan.meter.beat_quarters
    playing = [part for part in visit.music.score.parts.values() if part.role != "effects"]
    assert all(note.end <= silence for part in playing for note in part.notes)


def test_all_rest_for_two_bars() -> None:
    plan = planned("funk", _event("rest", when=When(bar=17), amount=2.0))
    assert not everybody(plan) & {16, 17}
    assert {15, 18} <= everybody(plan)


def test_a_song_fades_out_and_holds_no_last_chord() -> None:
    plan = planned("soul", _event("fade", when=END))
    last = plan.visits[-1]
    bars = _bars(last)
    assert force(plan, range(bars.stop - 1, bars.stop)) < 0.25 * force(
        plan, range(bars.start, bars.start + 1)
    )
    assert any(event.do == "fade" for event in last.music.events)


def test_a_song_fades_in() -> None:
    plan = planned("soul", _event("fade", when=START))
    first = _bars(plan.visits[0])
    assert force(plan, range(1)) < 0.3 * force(plan, range(first.stop - 1, first.stop))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["event", "groove"])
def test_a_bridge_in_half_time(kind: str) -> None:
    what = "half_time" if kind == "event" else "half time feel"
    plan = planned("rock", Wish(kind=kind, what=what, where=place("bridge")))  # type: ignore[arg-type]
    hits = _backbeats(plan, visits_of(plan, "bridge")[0])
    assert hits
    assert set(hits) == {3}
    assert {2, 4} <= set(_backbeats(plan, visits_of(plan, "chorus")[0]))


def _backbeats(plan: SongPlan, visit: Visit) -> list[int]:
    return [
        round(float(note.onset % plan.meter.bar_quarters / plan.meter.beat_quarters)) % 4 + 1
        for part in visit.music.score.parts.values()
        for note in part.notes
        if part.role == "drums" and note.pitch in BACKBEATS and note.velocity > 60
    ]


def test_a_saxophone_has_a_solo_after_the_second_chorus() -> None:
    plan = planned("rock", _event("solo", "saxophone", when=after("chorus", 2)))
    chorus = visits_of(plan, "chorus")[1]
    solo = next(visit for visit in plan.visits if visit.place.start_bar == chorus.end_bar)
    leads = [name for name, part in solo.music.score.parts.items() if part.role == "lead"]
    assert kinds(plan)[list(plan.visits).index(solo)] == "solo"
    (name,) = [stem.name for stem in plan.stems if "saxophone" in stem.prompt]
    assert leads == [name]
    played = heard(plan, name) & set(_bars(solo))
    assert len(played) >= 0.6 * solo.bars


@pytest.mark.slow
def test_calls_are_answered() -> None:
    plan = planned("jazz", _part("trumpet"), _event("answer", "saxophone", "chorus"))
    names = [stem.name for word in ("trumpet", "saxophone") for stem in plan.stems if word in stem.prompt]
    for visit in visits_of(plan, "chorus"):
        trumpet, saxophone = (heard(plan, name) & set(_bars(visit)) for name in names)
        assert trumpet
        assert saxophone
        assert len(trumpet & saxophone) <= 0.25 * visit.bars


@pytest.mark.slow
def test_stop_time_leaves_the_tune_alone() -> None:
    plan = planned("blues", _event("stop_time", None, "verse"))
    visit = visits_of(plan, "verse")[0]
    for part in visit.music.score.parts.values():
        if part.role != "lead":
            assert all(note.onset % plan.meter.bar_quarters == 0 for note in part.notes)
            assert all(note.duration <= plan.meter.beat_quarters for note in part.notes)


def test_the_end_slows_down() -> None:
    plan = planned("ballad", _event("ritardando", when=END))
    grid = plan.grid
    last = grid.quarters_at_bar(plan.bars - 2)
    tempi = [span.tempo_bpm for span in grid.spans]
    assert all(span.start >= last for span in grid.spans[1:])
    assert tempi == sorted(tempi, reverse=True)
    assert tempi[-1] <= tempi[0] * 7 / 10


def test_the_tempo_returns_after_a_slower_section() -> None:
    plan = planned("rock", Wish(kind="tempo", what="bpm", amount=60.0, where=place("bridge")))
    bridge = visits_of(plan, "bridge")[0]
    tempi = {
        bar: float(plan.grid.span_at(plan.grid.quarters_at_bar(bar)).tempo_bpm) for bar in range(plan.bars)
    }
    assert {tempi[bar] for bar in _bars(bridge)} == {60.0}
    assert {tempi[bar] for bar in tempi if bar not in _bars(bridge)} == {float(plan.grid.tempo_bpm)}


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["rock", "pop", "folk", "soul"])
def test_the_last_chorus_is_the_strongest(genre: str) -> None:
    plan = planned(genre, _energy("loud", where=place("chorus", LAST)))
    choruses = visits_of(plan, "chorus")
    last = force(plan, _bars(choruses[-1]))
    assert last >= max(force(plan, _bars(visit)) for visit in plan.visits)
    assert choruses[-1].music.energy == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("section", ["verse", "bridge", "chorus"])
def test_a_quiet_section_is_quieter_than_the_rest(section: str) -> None:
    plan = planned("rock", _energy("quiet", where=place(section)))
    bars = [bar for visit in visits_of(plan, section) for bar in _bars(visit)]
    rest = [bar for bar in range(plan.bars) if bar not in bars]
    mean = [sum(force(plan, range(bar, bar + 1)) for bar in some) / len(some) for some in (bars, rest)]
    assert mean[0] < 0.75 * mean[1]


@pytest.mark.slow
def test_an_intro_builds() -> None:
    plan = planned("house", _energy("build", where=place("intro")))
    (intro,) = visits_of(plan, "intro")
    bars = _bars(intro)
    quarter = max(1, len(bars) // 4)
    first, last = range(bars.start, bars.start + quarter), range(bars.stop - quarter, bars.stop)
    assert force(plan, last) > 2 * force(plan, first)


@pytest.mark.slow
def test_a_song_builds_from_its_start_to_its_end() -> None:
    plan = planned("rock", _energy("build"))
    third = plan.bars // 3
    assert force(plan, range(plan.bars - third, plan.bars)) > 1.3 * force(plan, range(third))
    energies = [visit.music.energy for visit in plan.visits]
    assert energies[0] < 0.4
    assert energies[-1] > 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("what", "amount", "by"), [("up", 3.0, 3), ("down", 2.0, -2), ("change", None, 2)])
def test_the_last_chorus_is_in_another_key(what: str, amount: float | None, by: int) -> None:
    plan = planned("pop", Wish(kind="key", what=what, amount=amount, where=place("chorus", LAST)))
    choruses = visits_of(plan, "chorus")
    first, last = (visit.music.score.chords[0].root for visit in (choruses[0], choruses[-1]))
    assert (last - first) % 12 == by % 12
    assert choruses[-1].music.lift == by


def test_a_section_may_have_a_key_of_its_own() -> None:
    plan = planned(
        "pop", Wish(kind="key", what="C minor"), Wish(kind="key", what="Eb major", where=place("bridge"))
    )
    assert {visit.music.key for visit in visits_of(plan, "bridge")} == {"Eb major"}
    assert {visit.music.key for visit in visits_of(plan, "chorus")} == {"C minor"}


def test_what_the_spec_says_of_a_visit_wins_over_the_sentence() -> None:
    spec = SongSpec(
        description="a song",
        form=(FormEntry(section="verse"), FormEntry(section="chorus", energy=0.9, stems=("drums", "bass"))),
        sections={"verse": SectionSpec(energy=0.7, bars=8), "chorus": SectionSpec(bars=8)},
    )
    wishes = (
        _energy("quiet", where=place("verse")),
        _energy("quiet", where=place("chorus", 1)),
        _part("drums", polarity="avoid", where=place("chorus")),
        _event("enter", "bass", when=When(bar=13)),
    )
    plan = planned("rock", *wishes, spec=spec)
    assert [visit.music.energy for visit in plan.visits] == [0.7, 0.9]
    assert set(plan.visits[1].music.score.parts) == {"drums", "bass"}
    assert heard(plan, "bass") >= set(range(8, 16))
