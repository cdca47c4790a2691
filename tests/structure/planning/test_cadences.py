"""How a song ends in its harmony, and tunes that keep to a scale, as it is asked for."""

from __future__ import annotations

import pytest

from structure.arrange.happening.band import with_shot
from structure.base.exact import Fraction
from structure.harmony.keys import Key, parse_key
from structure.harmony.scales import keep_to_steps
from structure.plans.plan import SongPlan
from structure.plans.score import Note, Part
from structure.specs.wishes import LAST, When, Wish
from tests.structure.arrange.test_arrange_melody import section
from tests.structure.planning.wished import place, planned, visits_of

END = When(edge="end")


def harmony(what: str, **other: object) -> Wish:
    return Wish(kind="harmony", what=what, **other)  # type: ignore[arg-type]


def steps_at_the_end(plan: SongPlan, count: int) -> list[int]:
    """The roots of the last chords, each once, in semitones above the last visit's tonic."""
    last = plan.visits[-1]
    roots = [(chord.root - parse_key(last.music.key).root) % 12 for chord in last.music.score.chords]
    return [step for i, step in enumerate(roots) if i == 0 or roots[i - 1] != step][-count:]


@pytest.mark.parametrize("genre", ["pop", "classical", "rock"])
def test_cadences_end_a_song_as_they_are_called(genre: str) -> None:
    assert steps_at_the_end(planned(genre, harmony("perfect cadence", when=END)), 2) == [7, 0]
    assert steps_at_the_end(planned(genre, harmony("half cadence", when=END)), 1) == [7]
    deceptive = steps_at_the_end(planned(genre, harmony("deceptive cadence", when=END)), 4)
    assert deceptive[0] == deceptive[2] == 7
    assert deceptive[1] in (8, 9)
    assert deceptive[3] == 0


@pytest.mark.parametrize("what", ["simple chords", "i VI III VII", "axis", "I vi IV V"])
def test_a_progression_that_is_asked_for_comes_home_at_the_end(what: str) -> None:
    assert steps_at_the_end(planned("pop", harmony(what)), 1) == [0]


def tune_of(plan: SongPlan) -> set[int]:
    """The pitch classes of all leads, above each visit's tonic."""
    return {
        (note.pitch - parse_key(visit.music.key).root) % 12
        for visit in plan.visits
        for part in visit.music.score.parts.values()
        if part.role == "lead"
        for note in part.notes
    }


def test_a_pentatonic_tune_has_five_steps() -> None:
    major, minor = {0, 2, 4, 7, 9}, {0, 3, 5, 7, 10}
    tune = tune_of(planned("folk", harmony("pentatonic")))
    assert tune <= major or tune <= minor
    assert len(tune_of(planned("folk"))) > 5


def test_whole_tones_are_six() -> None:
    assert tune_of(planned("classical", harmony("whole tone"))) <= {0, 2, 4, 6, 8, 10}


def test_notes_move_to_the_nearest_step_and_chords_stay() -> None:
    notes = tuple(Note(Fraction(i), Fraction(1), pitch, 90) for i, pitch in enumerate((60, 61, 65, 71, 72)))
    lead = keep_to_steps(Part("lead", notes), Key("C", "major"), (0, 2, 4, 7, 9))
    assert [note.pitch for note in lead.notes] == [60, 60, 64, 72, 72]
    assert keep_to_steps(Part("chords", notes), Key("C", "major"), (0, 2)).notes == notes


def test_a_bridge_in_another_key_begins_at_home() -> None:
    plan = planned("rock", Wish(kind="key", what="up", amount=2, where=place("bridge")))
    bridge, verse = visits_of(plan, "bridge")[0], visits_of(plan, "verse")[0]
    assert bridge.music.score.chords[0].root == (parse_key(verse.music.key).root + 2) % 12


def test_the_last_chorus_is_one_of_several() -> None:
    for genre in ("synthwave", "pop", "folk"):
        plan = planned(genre, Wish(kind="key", what="up", amount=2, where=place("chorus", LAST)))
        choruses = visits_of(plan, "chorus")
        assert len(choruses) > 1
        assert choruses[0].music.lift == 0
        assert choruses[-1].music.lift == 2


def test_drums_without_a_kick_strike_a_shot_all_the_same() -> None:
    ctx = section("rock")
    timpani = Part("drums", tuple(Note(Fraction(i), Fraction(1, 8), 41, 90) for i in range(4)))
    shot = with_shot(timpani, Fraction(4), Fraction(8), ctx)
    assert [note.pitch for note in shot.notes if note.onset == 4] == [41]
    kit = Part("drums", tuple(Note(Fraction(i), Fraction(1, 8), 36, 90) for i in range(4)))
    assert 36 in [
        note.pitch for note in with_shot(kit, Fraction(4), Fraction(8), ctx).notes if note.onset == 4
    ]
