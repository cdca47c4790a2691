"""Lengths are cut where a reader expects it."""

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.notation.rhythm import as_written, find_cuts, snap, triplets
from structure.plans.score import Note

METERS = ["4/4", "3/4", "2/4", "5/4", "6/4", "2/2", "6/8", "9/8", "12/8", "5/8", "7/8", "11/8", "15/8"]
VALUES = {Fraction(4) / 2**n * share for n in range(7) for share in (1, Fraction(3, 2))}


def cut(meter: str, start: str, end: str, *, is_rest: bool = False, others: tuple[str, ...] = ()) -> str:
    """The inner cuts of a note or a rest, in quarters."""
    metre, first, last = Meter.parse(meter), Fraction(start), Fraction(end)
    spans = triplets([first, last, *map(Fraction, others)], metre)
    found = find_cuts(first, last, metre, spans, is_rest=is_rest)
    assert (found[0], found[-1]) == (first, last)
    return " ".join(map(str, found[1:-1]))


@pytest.mark.parametrize(
    ("meter", "start", "end", "cuts"),
    [
        ("4/4", "0", "4", ""),
        ("4/4", "0", "3", ""),
        ("4/4", "1", "3", ""),  # quarter, half, quarter
        ("4/4", "1/2", "3/2", ""),  # eighth, quarter, eighth
        ("4/4", "3/2", "5/2", "2"),  # the middle of the bar is seen
        ("4/4", "1", "5/2", "2"),
        ("4/4", "1/2", "4", "2"),
        ("4/4", "0", "5/2", "2"),
        ("4/4", "1/4", "3/4", ""),  # sixteenth, eighth, sixteenth
        ("4/4", "3/4", "3/2", "1"),
        ("3/4", "0", "3", ""),
        ("3/4", "1", "3", ""),
        ("3/4", "1/2", "5/2", "1"),
        ("6/8", "0", "3", ""),
        ("6/8", "1", "2", "3/2"),
        ("6/8", "0", "2", "3/2"),
        ("12/8", "0", "3", ""),
        ("5/4", "0", "5", "3"),
        ("5/4", "2", "4", "3"),
        ("7/8", "1/2", "3/2", "1"),  # 2 + 2 + 3
        ("7/8", "2", "7/2", ""),
    ],
)
def test_notes_are_tied_over_what_a_reader_counts(meter: str, start: str, end: str, cuts: str) -> None:
    assert cut(meter, start, end) == cuts


@pytest.mark.parametrize(
    ("meter", "start", "end", "cuts"),
    [
        ("4/4", "2", "4", ""),
        ("4/4", "1", "3", "2"),
        ("4/4", "1", "4", "2"),
        ("4/4", "1/2", "4", "1 2"),
        ("3/4", "1", "3", "2"),
        ("6/8", "0", "3/2", ""),
        ("6/8", "1/2", "3", "1 3/2"),
        ("7/8", "1", "7/2", "2"),
        ("5/4", "1", "5", "2 3 4"),
    ],
)
def test_rests_show_every_beat(meter: str, start: str, end: str, cuts: str) -> None:
    assert cut(meter, start, end, is_rest=True) == cuts


@pytest.mark.parametrize("meter", METERS)
def test_any_two_places_of_a_triplet_have_note_values_between_them(meter: str) -> None:
    metre = Meter.parse(meter)
    if metre.is_compound:
        return
    beat = metre.beat_quarters
    places = {snap(beat * k / 48, metre) for k in range(48)} | {beat}
    for one, other in combinations(sorted(places), 2):
        spans = triplets([one, other, beat / 3], metre)
        for first, last in pairwise(find_cuts(one, other, metre, spans)):
            within = any(span.start <= first and last <= span.end for span in spans)
            assert last - first in VALUES or (within and (last - first) * 3 / 2 in VALUES), (one, other)


def test_triplets_are_found_and_kept_whole() -> None:
    third = Fraction(1, 3)
    beat = triplets([third, 2 * third], Meter())
    assert [(span.start, span.end) for span in beat] == [(0, 1)]
    wide = triplets([2 * third, 4 * third], Meter())
    assert [(span.start, span.end) for span in wide] == [(0, 2)]
    assert triplets([third, Fraction(3, 2)], Meter(6, 8)) == ()
    assert cut("4/4", "1/3", "2") == "1"
    assert cut("4/4", "0", "2/3", others=("1/3",)) == ""
    assert cut("4/4", "2/3", "4/3") == ""


positions = st.integers(0, 192).map(lambda n: Fraction(n, 16)) | st.integers(0, 72).map(
    lambda n: Fraction(n, 6)
)


@given(st.sampled_from(METERS), positions, positions, st.booleans())
@example("4/4", Fraction(9, 8), Fraction(16, 3), False)
def test_every_piece_has_a_note_value(meter: str, one: Fraction, other: Fraction, is_rest: bool) -> None:
    metre = Meter.parse(meter)
    bar = metre.bar_quarters
    start, end = sorted(min(bar, snap(place % bar, metre)) for place in (one, other))
    end = end if end > start else bar
    assume(start < end)
    spans = triplets([start, end], metre)
    found = find_cuts(start, end, metre, spans, is_rest=is_rest)
    assert (found[0], found[-1]) == (start, end)
    for begin, stop in pairwise(found):
        inside = any(span.start <= begin and stop <= span.end for span in spans)
        assert stop > begin
        assert stop - begin in VALUES or (inside and (stop - begin) * Fraction(3, 2) in VALUES)


@given(st.sampled_from(METERS), st.fractions(0, 8, max_denominator=960))
def test_snapping_moves_little_and_only_once(meter: str, position: Fraction) -> None:
    metre = Meter.parse(meter)
    once = snap(position, metre)
    assert snap(once, metre) == once
    assert abs(once - position) <= Fraction(1, 8)


def written(*notes: tuple[str, str]) -> list[tuple[Fraction, Fraction]]:
    """Onsets and ends in 4/4 of notes played from one position to another, as they are written."""
    played = [Note(Fraction(a), Fraction(b) - Fraction(a), 60 + i, 90) for i, (a, b) in enumerate(notes)]
    return [(note.onset, note.end) for note in as_written(played, Meter(), Fraction(8))]


def test_a_breath_is_no_triplet_and_no_sixteenth_rest() -> None:
    assert written(("0", "5/6"), ("1", "5/3"), ("2", "3"), ("7/2", "4")) == [
        (0, 1),
        (1, 2),
        (2, 3),
        (Fraction(7, 2), 4),
    ]


def test_real_triplets_stay() -> None:
    third = Fraction(1, 3)
    assert written(("0", "1/3"), ("1/3", "2/3"), ("2/3", "1"), ("1", "2")) == [
        (0, third),
        (third, 2 * third),
        (2 * third, 1),
        (1, 2),
    ]


def test_a_stray_sixth_is_no_triplet() -> None:
    assert written(("0", "1/2"), ("1/2", "5/6"), ("5/6", "1")) == [
        (0, Fraction(1, 2)),
        (Fraction(1, 2), Fraction(3, 4)),
        (Fraction(3, 4), 1),
    ]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.fractions(0, 8, max_denominator=96), st.fractions("1/96", 4), st.integers(48, 60)),
        max_size=12,
    ),
    st.sampled_from(["4/4", "6/8", "7/8"]),
)
def test_written_notes_lie_in_the_section_one_at_a_time_on_a_pitch(
    notes: list[tuple[Fraction, Fraction, int]], meter: str
) -> None:
    metre = Meter.parse(meter)
    length = 4 * metre.bar_quarters
    played = [Note(onset, duration, pitch, 90) for onset, duration, pitch in notes]
    found = as_written(played, metre, length)
    assert {note.pitch for note in found} == {note.pitch for note in played}
    assert all(0 <= note.onset < note.end <= length for note in found)
    for pitch in {note.pitch for note in found}:
        own = [note for note in found if note.pitch == pitch]
        assert all(one.end <= other.onset for one, other in pairwise(own))
