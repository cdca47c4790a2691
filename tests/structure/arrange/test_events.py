"""Events are heard in the notes: who is silent, what is cut, how force and pulse change."""

from __future__ import annotations

from fractions import Fraction

import pytest

from structure.base.types import PlayedEvent
from structure.planning.planner import plan_song
from structure.plans.events import Event
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Part
from structure.specs.spec import EventSpec, FormEntry, SectionSpec, SongSpec, StemSpec
from tests.builders import nonempty

EARLY = 0.03


def _song(
    *events: EventSpec, genre: str = "rock", meter: str = "4/4", walk: tuple[str, ...] = ("chorus", "verse")
) -> SongPlan:
    """A song whose chorus has events; it does not end with it."""
    return plan_song(
        SongSpec(
            genre=genre,
            meter=meter,
            form=tuple(FormEntry(section=name) for name in walk),
            sections={"chorus": SectionSpec(bars=8, events=events), "verse": SectionSpec(bars=8)},
        )
    )


def _event(
    bar: int, do: PlayedEvent, stem: str = "all", bars: int | None = None, beat: float = 1
) -> EventSpec:
    return EventSpec(bar=bar, do=do, stem=stem, bars=bars, beat=beat)


def _chorus(plan: SongPlan) -> dict[str, Part]:
    return dict(plan.visits[0].music.score.parts)


def _bars(part: Part | None, bar: int = 4) -> list[int]:
    """Bars in which notes begin, from 1."""
    return sorted({int((float(note.onset) + EARLY) // bar) + 1 for note in part.notes}) if part else []


def _force(part: Part, first: int, last: int) -> float:
    inside = [n.velocity for n in part.notes if first <= (float(n.onset) + EARLY) // 4 + 1 <= last]
    return sum(inside) / len(inside)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "bars"),
    [
        (_event(5, "enter", "drums"), [5, 6, 7, 8]),
        (_event(5, "enter", "drums", 2), [5, 6]),
        (_event(5, "leave", "drums"), [1, 2, 3, 4]),
        (_event(3, "leave", "drums", 2), [1, 2, 5, 6, 7, 8]),
        (_event(4, "rest", "drums"), [1, 2, 3, 5, 6, 7, 8]),
        (_event(4, "rest", "drums", 3), [1, 2, 3, 7, 8]),
        (_event(4, "stop", "drums"), [1, 2, 3, 5, 6, 7, 8]),
    ],
)
def test_a_stem_is_heard_where_its_event_lets_it_and_nobody_else_changes(
    event: EventSpec, bars: list[int]
) -> None:
    plain, parts = _chorus(_song()), _chorus(_song(event))
    assert _bars(parts["drums"]) == bars
    assert {name: part for name, part in parts.items() if name != "drums"} == {
        name: part for name, part in plain.items() if name != "drums"
    }


def test_one_may_enter_leave_and_enter_again() -> None:
    events = (_event(2, "enter", "bass"), _event(4, "leave", "bass"), _event(7, "enter", "bass"))
    assert _bars(_chorus(_song(*events))["bass"]) == [2, 3, 7, 8]


def test_held_notes_are_cut_where_all_stop_and_struck_again_after_it() -> None:
    parts = _chorus(_song(_event(3, "stop", beat=3), genre="ambient"))
    assert parts
    for part in parts.values():
        for note in part.notes:
            assert not Fraction(10) <= note.onset < Fraction(12) - Fraction(1, 40)
            assert note.end <= 10 or note.onset >= 10 - Fraction(1, 40)


def test_events_return_with_their_section_and_a_visit_may_have_none() -> None:
    plan = _song(_event(5, "enter", "drums"), walk=("chorus", "verse", "chorus", "verse"))
    first, _, again, _ = plan.visits
    assert first.music.score == again.music.score
    assert first.music.events == again.music.events == (Event(5, "enter", "drums"),)
    spec = SongSpec(
        genre="rock",
        form=(
            FormEntry(section="chorus"),
            FormEntry(section="chorus", events=()),
            FormEntry(section="verse"),
        ),
        sections={"chorus": SectionSpec(bars=8, events=(_event(5, "enter", "drums"),))},
    )
    own, none, _ = plan_song(spec).visits
    assert _bars(own.music.score.parts["drums"]) == [5, 6, 7, 8]
    assert _bars(none.music.score.parts["drums"]) == list(range(1, 9))


def test_a_fade_falls_evenly_to_almost_nothing() -> None:
    plain = _chorus(_song(walk=("verse", "chorus", "verse")))
    parts = dict(_song(_event(1, "fade"), walk=("verse", "chorus", "verse")).visits[1].music.score.parts)
    drums = [_force(parts["drums"], bar, bar) for bar in range(1, 9)]
    assert drums[0] > 0.8 * _force(plain["drums"], 1, 1)
    assert drums[-1] < 0.2 * drums[0]
    assert drums == sorted(drums, reverse=True)


def test_a_fade_from_the_first_beat_of_a_song_comes_in() -> None:
    drums = _chorus(_song(_event(1, "fade")))["drums"]
    assert _force(drums, 1, 1) < 0.25 * _force(drums, 8, 8)


def test_half_time_has_one_backbeat_a_bar_on_three() -> None:
    drums = _chorus(_song(_event(1, "half_time", bars=4)))["drums"]
    snares = [float(n.onset) for n in drums.notes if n.pitch in (37, 38, 39, 40) and n.velocity > 60]
    slow = [onset for onset in snares if onset < 16 - EARLY]
    assert [round(onset % 4) for onset in slow] == [2, 2, 2, 2]
    assert {round(onset % 4) % 4 for onset in snares if onset >= 16} >= {1, 3}


def test_half_time_without_drums_has_fewer_and_longer_strokes() -> None:
    plain, slow = (_chorus(_song(*e, genre="tango")) for e in ((), (_event(1, "half_time"),)))
    assert "drums" not in {part.role for part in plain.values()}
    for name in nonempty([name for name, part in plain.items() if part.role in ("bass", "chords")]):
        strokes, fewer = ({note.onset for note in parts[name].notes} for parts in (plain, slow))
        assert fewer < strokes
        assert all(any(bar <= at < bar + 4 for at in fewer) for bar in {at // 4 * 4 for at in strokes})
        lasting = {note.onset: note.duration for note in plain[name].notes}
        assert all(note.duration >= lasting[note.onset] for note in slow[name].notes)
    tune = next(name for name, part in plain.items() if part.role == "lead")
    assert slow[tune] == plain[tune]


@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4"])
def test_half_time_in_other_metres_has_fewer_backbeats(meter: str) -> None:
    plain, slow = (_chorus(_song(*e, meter=meter))["drums"] for e in ((), (_event(1, "half_time"),)))
    counts = [sum(n.pitch in (37, 38, 39, 40) for n in part.notes) for part in (plain, slow)]
    assert 0 < counts[1] <= counts[0]


def test_stop_time_leaves_short_strokes_on_one_and_the_melody() -> None:
    plain, parts = _chorus(_song()), _chorus(_song(_event(1, "stop_time", bars=4)))
    assert parts["lead"] == plain["lead"]
    for name in set(parts) - {"lead"}:
        early = [note for note in parts[name].notes if note.onset < 16 - EARLY]
        assert {note.onset for note in early} == {Fraction(0), Fraction(4), Fraction(8), Fraction(12)}
        assert all(note.duration <= Fraction(1, 2) for note in early)


def test_a_build_grows_twofold() -> None:
    parts = _chorus(_song(_event(1, "build")))
    strokes = [sum(len(_notes(part, bar)) for part in parts.values()) for bar in (1, 8)]
    assert strokes[1] >= 2 * strokes[0]
    both = nonempty(part for part in parts.values() if _notes(part, 1) and _notes(part, 8))
    assert all(_force(part, 8, 8) > 1.5 * _force(part, 1, 1) for part in both)


def _notes(part: Part, bar: int) -> list[object]:
    return [note for note in part.notes if (float(note.onset) + EARLY) // 4 + 1 == bar]


def test_an_answer_parts_the_melody_between_two() -> None:
    stems = tuple(
        StemSpec(name=name, role=role)
        for name, role in (("flute", "lead"), ("violin", "lead"), ("drums", "drums"))
    )

    def parts_with(*events: EventSpec) -> dict[str, Part]:
        sections = {"chorus": SectionSpec(bars=8, energy=0.9, stems=("flute", "violin"), events=events)}
        form = (FormEntry(section="chorus"), FormEntry(section="verse"))
        spec = SongSpec(genre="folk", meter="4/4", stems=stems, form=form, sections=sections)
        return _chorus(plan_song(spec))

    plain, parts = parts_with(), parts_with(_event(1, "answer", "violin"))
    assert set(_bars(parts["flute"])) <= {1, 2, 5, 6}
    assert set(_bars(parts["violin"])) <= {3, 4, 7, 8}
    tune = sorted((n.onset, n.pitch % 12) for n in plain["flute"].notes)
    both = sorted((n.onset, n.pitch % 12) for part in parts.values() for n in part.notes)
    assert both == tune


def test_the_band_steps_back_from_a_solo_and_grows_with_it() -> None:
    spec_events = (_event(1, "solo", "lead"),)
    plain, parts = _chorus(_song()), _chorus(_song(*spec_events))
    assert _force(parts["drums"], 1, 2) < 0.85 * _force(plain["drums"], 1, 2)
    assert _force(parts["drums"], 1, 2) < 0.9 * _force(parts["drums"], 7, 8)
    assert all(parts[name].role != "lead" for name in parts if name != "lead")


def test_who_doubles_a_solo_plays_the_line_of_the_solo() -> None:
    parts = _chorus(_song(_event(1, "solo", "lead"), _event(1, "double", "guitar")))
    line = {(round(float(note.onset) * 8), note.pitch % 12) for note in parts["lead"].notes}
    doubled = {(round(float(note.onset) * 8), note.pitch % 12) for note in parts["guitar"].notes}
    assert len(line) > 12
    assert len(line & doubled) > 0.9 * len(line)


@pytest.mark.slow
def test_a_riff_that_is_held_is_a_chord_at_each_change() -> None:
    chorus = _song(_event(1, "hold", "guitar-left"), genre="metal").visits[0].music.score
    guitar = chorus.parts["guitar-left"]
    plain = _chorus(_song(genre="metal"))["guitar-left"]
    starts = {round(float(note.onset) * 4) for note in guitar.notes}
    assert 0 < len(starts) <= len(chorus.chords)
    assert len(starts) < len({round(float(note.onset) * 4) for note in plain.notes})


def test_one_more_stem_doubles_the_melody() -> None:
    parts = _chorus(_song(_event(1, "double")))
    tune = {(note.onset, note.pitch % 12) for note in parts["lead"].notes}
    assert any(
        {(note.onset, note.pitch % 12) for note in part.notes} >= tune
        for name, part in parts.items()
        if name != "lead"
    )


def test_the_file_of_a_plan_has_its_events() -> None:
    from structure.plans.planfile import plan_document, read_plan_document

    plan = _song(_event(5, "enter", "drums"), _event(8, "stop", beat=3))
    again = read_plan_document(plan_document(plan))
    assert [_music(visit) for visit in again.visits] == [_music(visit) for visit in plan.visits]


def _music(visit: Visit) -> object:
    return visit.music.events, visit.music.score
