"""Bands shape songs: builds rise, breakdowns fill up, last refrains are larger, and songs end."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from fractions import Fraction

import pytest

from structure.base.types import PlayedEvent
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.planfile import plan_document
from structure.plans.score import Note, Part
from structure.specs.spec import FormEntry, SectionSpec, SongSpec
from structure.specs.wishes import Wish, Wishes
from tests.benchmarks.arrangement import last_is_larger, read_song
from tests.structure.planning.wished import planned

EARLY = Fraction(1, 40)
CLUB = ("intro", "breakdown", "build", "drop", "verse", "breakdown", "build", "drop", "outro")
BAND = ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro")


def _song(genre: str, walk: Sequence[str], seed: int = 1, **sections: SectionSpec) -> SongPlan:
    """A song of sections of eight bars whose order is given, and nothing else."""
    lengths = {name: SectionSpec(bars=8) for name in walk} | sections
    form = tuple(FormEntry(section=name) for name in walk)
    return plan_song(SongSpec(genre=genre, seed=seed, form=form, sections=lengths))


def _visits(plan: SongPlan, name: str) -> list[Visit]:
    return [visit for visit in plan.visits if visit.place.name == name]


def _of(visit: Visit, *kinds: PlayedEvent) -> list[PlayedEvent]:
    return [event.do for event in visit.music.events if event.do in kinds]  # type: ignore[misc]


def _drums(visit: Visit) -> Part:
    return next(part for part in visit.music.score.parts.values() if part.role == "drums")


def _between(notes: Sequence[Note], first: float, last: float) -> list[Note]:
    return [note for note in notes if first <= note.onset + EARLY < last]


def _end(visit: Visit) -> float:
    return float(4 * visit.bars)


@pytest.mark.parametrize("genre", ["house", "techno", "drum-and-bass"])
def test_drums_of_a_build_get_denser_and_louder(genre: str) -> None:
    build = _visits(_song(genre, CLUB), "build")[0]
    quarter = _end(build) / 4
    first = _between(_drums(build).notes, 0, quarter)
    last = _between(_drums(build).notes, 3 * quarter, 4 * quarter)
    assert len(last) >= 2 * max(1, len(first))
    assert statistics.fmean(n.velocity for n in last) > 1.3 * statistics.fmean(n.velocity for n in first)


def test_harmony_of_a_build_climbs() -> None:
    build = _visits(_song("house", CLUB), "build")[0]
    half, rises = _end(build) / 2, []
    for part in build.music.score.parts.values():
        low, high = _between(part.notes, 0, half), _between(part.notes, half, 2 * half)
        if part.role in ("chords", "pad", "arpeggio") and low and high:
            rises.append(statistics.fmean(n.pitch for n in high) - statistics.fmean(n.pitch for n in low))
    assert max(rises) > 2
    assert min(rises) > -1


@pytest.mark.slow
def test_some_songs_of_a_club_fall_silent_before_the_drop() -> None:
    silences = set()
    for seed in range(6):
        build = _visits(_song("house", CLUB, seed), "build")[0]
        ends = max(note.end for part in build.music.score.parts.values() for note in part.notes)
        silences.add(round(_end(build) - float(ends)))
    assert len(silences) >= 2
    assert max(silences) >= 2


@pytest.mark.slow
def test_a_breakdown_fills_up() -> None:
    strokes = [0, 0]
    for seed in range(4):
        breakdown = _visits(_song("techno", CLUB, seed), "breakdown")[0]
        half = _end(breakdown) / 2
        for part in breakdown.music.score.parts.values():
            strokes[0] += len(_between(part.notes, 0, half))
            strokes[1] += len(_between(part.notes, half, 2 * half))
    assert strokes[1] >= 1.5 * strokes[0]


@pytest.mark.slow
def test_most_last_choruses_are_larger_and_the_others_return() -> None:
    larger = []
    for genre in ("pop", "rock", "soul", "country"):
        for seed in range(3):
            plan = _song(genre, BAND, seed)
            first, second, _ = (visit.music.score.parts for visit in _visits(plan, "chorus"))
            assert first == second
            larger.append(last_is_larger(read_song(json.loads(json.dumps(plan_document(plan))))))
    assert larger.count(True) >= 0.6 * len(larger)


@pytest.mark.slow
def test_a_last_chorus_that_is_to_repeat_does() -> None:
    for seed in range(3):
        plan = _song("rock", BAND, seed, chorus=SectionSpec(bars=8, variation=0))
        first, _, last = (visit.music.score.parts for visit in _visits(plan, "chorus"))
        assert first == last


@pytest.mark.slow
def test_a_second_voice_lies_below_the_tune_in_thirds_and_sixths() -> None:
    for seed in range(12):
        chorus = _visits(_song("pop", BAND, seed), "chorus")[-1]
        events = [event for event in chorus.music.events if event.do == "harmony"]
        parts = chorus.music.score.parts
        if not events or events[0].stem not in parts or "lead" not in parts:
            continue
        second = parts[events[0].stem].notes
        together = [
            (tune.pitch - note.pitch) % 12
            for tune in parts["lead"].notes
            for note in second
            if note.onset == tune.onset and note.duration == tune.duration
        ]
        assert sum(interval in (3, 4, 8, 9) for interval in together) >= 0.4 * len(parts["lead"].notes)
        return
    pytest.fail("no song has a second voice")


def _fill_beats(visit: Visit) -> dict[int, float]:
    beats = visit.music.score.chords[-1].end / visit.bars
    return {e.bar: float(beats + 1 - e.beat) for e in visit.music.events if e.do == "fill"}


@pytest.mark.slow
def test_fills_are_larger_after_longer_phrases() -> None:
    found: dict[int, float] = {}
    for seed in range(6):
        plan = _song("rock", ("verse", "chorus", "verse"), seed, chorus=SectionSpec(bars=24))
        found |= _fill_beats(_visits(plan, "chorus")[0])
    assert found[4] < found[8] < found[16]


@pytest.mark.slow
def test_some_songs_fill_two_bars_in_the_middle_of_long_sections() -> None:
    long = 0
    for seed in range(12):
        plan = plan_song(
            SongSpec(
                genre="rock",
                seed=seed,
                form=(FormEntry(section="chorus"),),
                sections={"chorus": SectionSpec(bars=24)},
            )
        )
        (visit,) = plan.visits
        fills = [event for event in visit.music.events if event.do == "fill"]
        assert all(event.bar == 15 for event in fills if event.bars == 2)
        long += any(event.bars == 2 for event in fills)
    assert 1 <= long <= 8


@pytest.mark.slow
def test_a_fill_is_heard_before_its_bar_line() -> None:
    for seed in range(6):
        chorus = _visits(_song("rock", ("verse", "chorus", "verse"), seed), "chorus")[0]
        if 4 in _fill_beats(chorus):
            hits = _drums(chorus).notes
            fill, groove = _between(hits, 15, 16), _between(hits, 11, 12)
            toms_and_snare = {38, 45, 47, 50}
            assert [n.onset - 15 for n in fill if n.pitch in toms_and_snare] != [
                n.onset - 11 for n in groove if n.pitch in toms_and_snare
            ]
            return
    pytest.fail("no song fills after four bars")


@pytest.mark.slow
def test_songs_of_a_style_end_in_several_ways() -> None:
    kinds: tuple[PlayedEvent, ...] = ("ritardando", "shot", "tag", "fade")
    endings = {tuple(_of(_song("rock", BAND, seed).visits[-1], *kinds)) for seed in range(10)}
    assert len(endings) >= 3


@pytest.mark.slow
def test_a_song_slows_down_at_its_end() -> None:
    for seed in range(6):
        plan = _song("waltz", BAND, seed)
        if _of(plan.visits[-1], "ritardando"):
            assert plan.grid.spans[-1].tempo_bpm < Fraction(4, 5) * plan.grid.spans[0].tempo_bpm
            return
    pytest.fail("no waltz slows down")


@pytest.mark.slow
def test_a_song_that_stops_leaves_nothing_behind_its_last_stroke() -> None:
    for seed in range(12):
        last = _song("metal", BAND, seed).visits[-1]
        if _of(last, "shot"):
            ends = max(note.end for part in last.music.score.parts.values() for note in part.notes)
            assert ends <= _end(last) - 2
            return
    pytest.fail("no song stops")


@pytest.mark.slow
def test_an_ending_that_is_asked_for_is_the_only_one() -> None:
    for seed in range(2):
        plan = planned("metal", Wish(kind="event", what="fade"), seed=seed)
        assert _of(plan.visits[-1], "fade", "shot", "ritardando", "tag") == ["fade"]


@pytest.mark.slow
def test_what_is_not_wanted_does_not_happen() -> None:
    unwanted = tuple(Wish(kind="event", what=what, polarity="avoid") for what in ("fill", "build", "fade"))
    for seed in range(3):
        wishes = Wishes("", (Wish(kind="genre", what="house"), *unwanted))
        plan = plan_song(SongSpec(description="house"), seed=seed, wishes=wishes)
        assert not [kind for visit in plan.visits for kind in _of(visit, "fill", "build", "fade")]


def test_a_section_whose_events_are_written_has_no_others() -> None:
    plan = _song("house", CLUB, build=SectionSpec(bars=8, events=()), drop=SectionSpec(bars=8, events=()))
    effects = {stem.name for stem in plan.stems if stem.role == "effects"}
    for visit in (*_visits(plan, "build"), *_visits(plan, "drop")):
        assert {event.stem for event in visit.music.events} <= effects
