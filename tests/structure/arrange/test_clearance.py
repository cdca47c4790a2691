"""Room for the tune: chords lie under it, leave out what would cover it, or are softer."""

import pytest

from structure.arrange.chords import write_chords
from structure.arrange.clearance import lowest_over, making_room, uncovering
from structure.arrange.context import Player
from structure.arrange.happening.growing import with_octaves
from structure.base.exact import Fraction
from structure.planning.arranger import SectionArranger
from structure.planning.planner import plan_song
from structure.plans.score import Note, Part
from structure.specs.spec import SectionSpec, SongSpec
from tests.builders import nonempty
from tests.structure.arrange.test_arrange import section

PIANO, SAX = Player("piano", "chords"), Player("lead", "lead", prompt="alto saxophone")


def n(onset, duration, pitch, velocity=80):
    return Note(Fraction(onset), Fraction(duration), pitch, velocity)


@pytest.mark.slow
@pytest.mark.parametrize(("style", "most"), [("soul", 0.2), ("country", 0.1), ("jazz", 0.1)])
def test_most_of_a_tune_is_not_covered_by_chords(style, most):
    sections = {name: SectionSpec(bars=8) for name in ("verse", "chorus")}
    spec = SongSpec(description="a song", genre=style, seed=1, form=["verse", "chorus"], sections=sections)
    plan = plan_song(spec)
    roles = {stem.name: stem.role for stem in plan.stems}
    tune, chords = (
        [
            (visit.place.name, note)
            for visit in plan.visits
            for name, part in visit.music.score.parts.items()
            if roles[name] == role
            for note in part.notes
        ]
        for role in ("lead", "chords")
    )
    covered = [
        note
        for name, note in nonempty(tune)
        if any(
            where == name
            and other.pitch >= note.pitch
            and other.onset < note.end
            and note.onset < other.end
            for where, other in nonempty(chords)
        )
    ]
    assert len(covered) <= most * len(tune)


def test_chords_lie_under_a_line_with_room_and_where_they_like_without_one():
    ctx = section("pop", "verse", energy=0.5)
    high = [n(0, ctx.length, 64)]
    assert max(note.pitch for note in write_chords(ctx, PIANO)) > 61
    under = write_chords(ctx, PIANO, high)
    assert max(note.pitch for note in nonempty(under)) < 64
    assert {note.onset for note in under} == {note.onset for note in write_chords(ctx, PIANO)}


@pytest.mark.parametrize(
    ("pitches", "low", "kept"),
    [
        ((52, 59, 64, 67), 62, (52, 59)),
        ((55, 60, 64), 58, (52, 55)),  # the highest one goes down
        ((60, 64, 67), 58, (52, 55)),
        ((52, 55, 59), 50, (52, 55)),  # nothing fits: the lowest are left
        ((60,), 55, (48,)),
    ],
)
def test_chords_go_an_octave_down_where_too_few_lie_under_a_line(pitches, low, kept):
    assert uncovering(pitches, low) == kept


def test_chords_that_must_cover_a_line_are_softer():
    ctx = section("pop", "verse", energy=0.5)
    loud = write_chords(ctx, PIANO, [n(0, ctx.length, 90)])
    soft = write_chords(ctx, PIANO, [n(0, ctx.length, 48)])
    assert max(note.velocity for note in soft) < 0.85 * max(note.velocity for note in loud)


def test_chords_are_the_same_whichever_take_the_lead_plays():
    ctx = section("jazz", "verse", energy=0.5)
    takes = [
        SectionArranger(ctx, [SAX]).parts([Player("lead", "lead", prompt=SAX.prompt, take=take), PIANO])
        for take in (1, 2)
    ]
    assert takes[0]["lead"] != takes[1]["lead"]
    assert takes[0]["piano"] == takes[1]["piano"]


def test_chords_give_way_to_a_solo_only_where_they_cover_it():
    strike = [n(0, 2, pitch) for pitch in (52, 59, 64, 67)]
    later = [n(2, 2, pitch) for pitch in (52, 59, 64, 67)]
    made = making_room([*strike, *later], [n(0, 1, 62), n(1, 1, 74)])
    assert [note.pitch for note in made] == [52, 59, 52, 59, 64, 67]
    low = making_room(strike, [n(1, 1, 50)])
    assert [(note.pitch, note.velocity) for note in low] == [(52, 64), (59, 64)]


def test_octaves_of_chords_go_below_a_tune_that_they_would_cover():
    piano = Part("chords", (n(0, 2, 55), n(0, 2, 60), n(2, 2, 55), n(2, 2, 60)))
    doubled = with_octaves(piano, Fraction(0), Fraction(4), [n(0, 2, 66)])
    first, second = ({note.pitch for note in doubled.notes if note.onset == at} for at in (0, 2))
    assert first == {43, 55, 60}
    assert second == {55, 60, 67, 72}


def test_a_note_that_is_held_under_others_is_heard():
    line = [n(0, 8, 50), n(1, 1, 60), n(4, 1, 62)]
    assert lowest_over([(Fraction(4), Fraction(5)), (Fraction(8), Fraction(9))], line) == [50, None]
