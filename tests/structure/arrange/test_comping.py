"""Those who have the chords answer a soloist's rests and keep out of its runs."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from structure.arrange.context import SectionContext
from structure.arrange.happening.comping import reacting
from structure.base.grid import Meter
from structure.harmony.keys import parse_key
from structure.plans.score import ChordEvent, Note, Part
from structure.presets.styles import load_style

BAR, BARS = Fraction(4), 2


def section(style: str) -> SectionContext:
    chords = (
        ChordEvent("C", Fraction(0), BAR, 0, 0, (0, 4, 7)),
        ChordEvent("F", BAR, BAR, 5, 5, (5, 9, 0)),
    )
    return SectionContext(
        "solo", "solo", BARS, Meter(4, 4), 120.0, parse_key("c major"), chords, 0.6, 1, load_style(style)
    )


def part(role: str, *onsets: Fraction) -> Part:
    return Part(role, tuple(Note(onset, Fraction(1, 4), 60, 80) for onset in onsets))


EIGHTHS = tuple(Fraction(n, 2) for n in range(16))
RUN = tuple(Fraction(n, 4) for n in range(16))
"""A bar of sixteenths, and then a rest."""


def react(style: str, role: str = "chords", comp: tuple[Fraction, ...] = EIGHTHS) -> Part:
    return reacting(part(role, *comp), part("lead", *RUN), Fraction(0), BARS * BAR, section(style))


def test_strokes_between_beats_leave_a_run_alone() -> None:
    onsets = [note.onset for note in react("jazz").notes if note.onset < BAR - 1]
    assert onsets == [0, 1, 2]


def test_strokes_where_the_soloist_rests_are_stronger() -> None:
    forces = {note.onset: note.velocity for note in react("jazz").notes}
    assert all(force > 80 for onset, force in forces.items() if onset > BAR)
    assert all(force == 80 for onset, force in forces.items() if onset < BAR - 1)


def test_machines_and_other_players_go_on_as_they_are() -> None:
    assert react("techno") == part("chords", *EIGHTHS)
    assert react("jazz", "pad") == part("pad", *EIGHTHS)


@given(st.sets(st.integers(0, 31), min_size=1))
def test_each_chord_that_is_struck_where_it_begins_still_is(places: set[int]) -> None:
    comp = tuple(Fraction(n, 4) for n in sorted(places))
    left = {note.onset for note in react("jazz", comp=comp).notes}
    assert {onset for onset in comp if onset in (0, BAR)} <= left <= set(comp)
