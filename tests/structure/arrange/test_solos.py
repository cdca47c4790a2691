"""Solos are denser than tunes, grow, breathe, and are in the idiom of style and instrument."""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest

from structure.arrange.figures import strong_positions
from structure.arrange.solos.habits import family_of
from structure.harmony.bars import chord_at
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.specs.spec import EventSpec, FormEntry, SectionSpec, SongSpec, StemSpec

EARLY = Fraction(1, 40)
STYLES = ("rock", "jazz", "blues")


def song(style: str, form: tuple[FormEntry, ...] = (), **more: object) -> SongPlan:
    walk = form or tuple(FormEntry(section=name) for name in ("verse", "solo", "verse"))
    sections = {"verse": SectionSpec(bars=8), "solo": SectionSpec(bars=12, **more)}
    return plan_song(SongSpec(genre=style, meter="4/4", seed=5, form=walk, sections=sections))


@cache
def plain(style: str) -> SongPlan:
    return song(style)


def soloist(visit: Visit) -> str:
    return next(event.stem for event in visit.music.events if event.do == "solo")


def solo_of(plan: SongPlan) -> tuple[Visit, list[Note]]:
    """The solo's visit, and the highest note of each of its strokes."""
    visit = next(visit for visit in plan.visits if visit.place.name == "solo")
    top: dict[Fraction, Note] = {}
    for note in visit.music.score.parts[soloist(visit)].notes:
        top[note.onset] = max(note, top.get(note.onset, note), key=lambda own: own.pitch)
    return visit, [top[onset] for onset in sorted(top)]


def strokes(visit: Visit, stem: str) -> float:
    part = visit.music.score.parts[stem]
    return len({note.onset for note in part.notes}) / visit.bars


def singer(plan: SongPlan) -> str:
    roles = {stem.name: stem.role for stem in plan.stems}
    return next(name for name in plan.visits[0].music.score.parts if roles[name] == "lead")


@pytest.mark.parametrize("style", STYLES)
def test_a_solo_is_denser_than_the_tune_of_the_verse(style: str) -> None:
    plan = plain(style)
    visit, _ = solo_of(plan)
    assert strokes(visit, soloist(visit)) >= 1.3 * strokes(plan.visits[0], singer(plan))


@pytest.mark.parametrize("style", STYLES)
def test_a_solo_grows_in_number_and_height(style: str) -> None:
    visit, line = solo_of(plain(style))
    third = visit.bars * 4 // 3
    first, last = ([n.pitch for n in line if at <= n.onset < at + third] for at in (0, 2 * third))
    assert len(last) > len(first)
    assert sum(last) / len(last) > sum(first) / len(first)


@pytest.mark.parametrize("style", STYLES)
def test_a_solo_stands_on_chord_tones_and_leaps_no_further_than_an_octave(style: str) -> None:
    plan = plain(style)
    visit, line = solo_of(plan)
    chords, meter = visit.music.score.chords, plan.meter
    strong = [
        note.pitch % 12 in chord_at(chords, note.onset + EARLY).pitch_classes
        for note in line
        if any(abs((note.onset + EARLY) % 4 - EARLY - at) <= EARLY for at in strong_positions(meter))
    ]
    assert len(strong) > 6
    assert sum(strong) >= 0.9 * len(strong)
    assert max(abs(b.pitch - a.pitch) for a, b in pairwise(line)) <= 12


@pytest.mark.parametrize("style", STYLES)
def test_a_solo_breathes(style: str) -> None:
    visit, line = solo_of(plain(style))
    rests = [b.onset - a.end for a, b in pairwise(line)]
    assert sum(rest >= Fraction(2, 5) for rest in rests) >= visit.bars / 4 - 1


def test_other_melodies_rest_while_somebody_has_a_solo() -> None:
    stems = (
        StemSpec(name="horn", role="lead", prompt="trumpet"),
        StemSpec(name="sax", role="lead", prompt="tenor saxophone"),
        StemSpec(name="bass", role="bass"),
        StemSpec(name="piano", role="chords", prompt="piano"),
    )
    form = tuple(FormEntry(section=name) for name in ("verse", "solo", "verse"))
    sections = {name: SectionSpec(bars=8) for name in ("verse", "solo")}
    plan = plan_song(SongSpec(genre="jazz", stems=stems, form=form, sections=sections, seed=2))
    visit, line = solo_of(plan)
    assert soloist(visit) == "sax"
    assert singer(plan) == "horn"
    assert "horn" not in visit.music.score.parts
    assert not any(abs(note.bend[0][1]) > 1 for note in line if note.bend)


def test_a_guitar_bends_up_to_its_notes_in_the_blues() -> None:
    plan = song("blues", events=(EventSpec(bar=1, do="solo", stem="guitar"),))
    visit, line = solo_of(plan)
    prompt = next(stem.prompt for stem in plan.stems if stem.name == soloist(visit))
    assert family_of(prompt, "lead") == "guitar"
    bent = [note.bend for note in line if note.bend]
    assert len(bent) >= 3
    assert all(bend[0][1] < 0 and bend[-1][1] == 0 for bend in bent)


def test_a_solo_returns_to_the_note_and_another_visit_is_another_solo() -> None:
    form = tuple(
        FormEntry(section=name, variation=varies)
        for name, varies in (("solo", 0), ("verse", 0), ("solo", 0), ("solo", 0.4), ("verse", 0))
    )
    visits = [visit for visit in song("rock", form).visits if visit.place.name == "solo"]
    assert visits[0].music.score == visits[1].music.score
    first, last = (visit.music.score.parts[soloist(visit)].notes for visit in (visits[0], visits[2]))
    assert first != last


def test_fours_are_traded_with_drums_that_have_a_solo_of_their_own() -> None:
    plan = song("jazz", events=(EventSpec(bar=1, do="trade", stem="drums"),))
    visit = next(visit for visit in plan.visits if visit.place.name == "solo")
    parts = visit.music.score.parts
    alone = [
        {
            name
            for name, part in parts.items()
            if any(4 * bar <= n.onset + EARLY < 4 * bar + 4 for n in part.notes)
        }
        for bar in range(12)
    ]
    assert all(alone[bar] == {"drums"} for bar in range(4, 8))
    assert all(len(alone[bar]) > 2 for bar in (0, 1, 2, 8, 9, 10))
    struck = [n for n in parts["drums"].notes if 16 <= n.onset + EARLY < 32]
    toms_and_snare = [n for n in struck if n.pitch in (38, 45, 47, 50)]
    first, last = (sum(1 for n in toms_and_snare if at <= n.onset + EARLY < at + 4) for at in (16, 28))
    assert last > first >= 3
    assert len({n.pitch for n in toms_and_snare}) >= 3
