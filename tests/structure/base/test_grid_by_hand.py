"""Metres, tempos and their samples, against figures that were worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from structure.base.grid import Grid, Meter, Span, count_resampled, round_half_up

FOUR, THREE, SIX, SEVEN = (Meter.parse(text) for text in ("4/4", "3/4", "6/8", "7/8"))


def spans(*rows: tuple[Fraction | int, int, Meter]) -> tuple[Span, ...]:
    """Spans from (start, quarters a minute, metre)."""
    return tuple(Span(Fraction(start), Fraction(tempo), meter) for start, tempo, meter in rows)


def changing() -> Grid:
    """Two bars of 4/4 at 60 of which the last half bar has 120, then 6/8 at 90 quarters; 1000 Hz.

    Bars begin at quarters 0, 4, 8, 11, 14; the tempo changes at 6 and at 8. Seconds: quarter 6 is at 6 s,
    quarter 8 at 7 s, and from there a quarter lasts two thirds of a second.
    """
    return Grid(spans((0, 60, FOUR), (6, 120, FOUR), (8, 90, SIX)), 1000)


@pytest.mark.parametrize(
    ("text", "bar", "beat", "beats"),
    [
        ("4/4", 4, 1, 4),
        ("3/4", 3, 1, 3),
        ("2/2", 4, 2, 2),
        ("6/4", 6, 1, 6),
        ("3/8", "3/2", "1/2", 3),
        ("6/8", 3, "3/2", 2),
        ("9/8", "9/2", "3/2", 3),
        ("12/8", 6, "3/2", 4),
        ("15/8", "15/2", "3/2", 5),
        ("5/8", "5/2", "1/2", 5),
        ("7/8", "7/2", "1/2", 7),
        (" 11 / 8 ", "11/2", "1/2", 11),
        ("2/4", 2, 1, 2),
        ("15/2", 30, 2, 15),
    ],
)
def test_a_metre_has_the_bar_and_the_beat_that_musicians_count(
    text: str, bar: object, beat: object, beats: int
) -> None:
    meter = Meter.parse(text)
    assert (meter.bar_quarters, meter.beat_quarters) == (Fraction(bar), Fraction(beat))  # type: ignore[arg-type]
    assert meter.beats_per_bar == beats
    assert meter.is_compound == (text in ("6/8", "9/8", "12/8", "15/8"))
    assert str(meter) == text.replace(" ", "")


def test_a_song_is_in_four_four_unless_it_says_otherwise() -> None:
    assert str(Meter()) == "4/4"


@pytest.mark.parametrize("text", ["1/4", "16/4", "0/4", "4/1", "4/3", "4/16", "4/0"])
def test_metres_that_nobody_counts_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=f"metre {text} is not supported; allowed: 2 to 15 over 2, 4 or 8"):
        Meter.parse(text)


@pytest.mark.parametrize("text", ["", "4", "4/4/4", "123/4", "4/123", "four/four", "4:4", "-4/4"])
def test_what_is_no_metre_at_all_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a metre; write it as 4/4, 3/4 or 6/8"):
        Meter.parse(text)


def test_a_span_reads_back_from_what_it_is_written_as() -> None:
    adapter = TypeAdapter(Span)
    span = Span(Fraction(3, 2), Fraction(185, 2), SIX)
    written = adapter.dump_python(span, mode="json")
    assert written["meter"] == "6/8"
    assert adapter.validate_python(written) == adapter.validate_python(span) == span
    assert adapter.validate_python({**written, "meter": SEVEN}).meter is SEVEN
    with pytest.raises(ValidationError, match="a metre is written as 4/4, 3/4 or 6/8"):
        adapter.validate_python({**written, "meter": 44})


@pytest.mark.parametrize("tempo", [0, -90])
def test_time_goes_forwards(tempo: int) -> None:
    with pytest.raises(ValueError, match=f"a tempo of {tempo} quarters a minute is not possible"):
        Span(Fraction(0), Fraction(tempo), FOUR)
    assert Span(Fraction(0), Fraction(1, 100), FOUR).tempo_bpm == Fraction(1, 100)


def test_a_span_goes_on_where_nothing_but_its_start_is_new() -> None:
    first, same, faster, waltz = spans((0, 90, FOUR), (8, 90, FOUR), (8, 91, FOUR), (8, 90, THREE))
    assert same.goes_on(first)
    assert not faster.goes_on(first)
    assert not waltz.goes_on(first)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("1/2", 1),
        ("-1/2", 0),
        ("3/2", 2),
        ("-3/2", -1),
        ("49/100", 0),
        ("51/100", 1),
        ("-51/100", -1),
        ("7", 7),
    ],
)
def test_halves_round_up_on_both_sides_of_zero(value: str, rounded: int) -> None:
    assert round_half_up(Fraction(value)) == rounded


@given(st.fractions(-1000, 1000, max_denominator=50), st.integers(-1000, 1000))
def test_rounding_commutes_with_whole_samples(value: Fraction, samples: int) -> None:
    assert round_half_up(value + samples) == round_half_up(value) + samples
    assert abs(round_half_up(value) - value) <= Fraction(1, 2)


def test_a_clip_lasts_as_long_at_another_rate() -> None:
    assert count_resampled(44_100, 44_100, 48_000) == 48_000
    assert count_resampled(441, 44_100, 16_000) == 160
    assert count_resampled(1, 44_100, 22_050) == 1  # half a sample
    assert count_resampled(100, 48_000, 44_100) == 92  # 91.875


def test_a_steady_grid_is_known_by_its_beats() -> None:
    jig = Grid.steady(80, SIX)
    assert jig.is_steady
    assert jig.sample_rate == 44_100
    assert jig.tempo_bpm == 80
    assert jig.meter == SIX
    assert jig.quarter_samples == 44_100 * 60 / 120  # 80 dotted quarters are 120 quarters
    assert jig.sample_at_bar(40) == 60 * 44_100
    assert jig.beat_samples(1) == [0, 33_075]
    assert Grid.steady(92.1, FOUR).tempo_bpm == Fraction(921, 10)  # and not the float next to it
    assert Grid.steady(Fraction(200, 3), FOUR).tempo_bpm == Fraction(200, 3)


def test_seconds_hold_their_bars() -> None:
    assert Grid.steady(120, FOUR).bars_in_seconds(10) == 5
    assert Grid.steady(80, SIX).bars_in_seconds(60) == 40
    assert Grid.steady(90, THREE, 48_000).bars_in_seconds(0.1) == Fraction(1, 20)
    assert changing().bars_in_seconds(10.0) == Fraction(5, 2)  # at the first tempo


def test_a_grid_that_changes_has_the_time_of_each_of_its_tempos() -> None:
    grid = changing()
    assert not grid.is_steady
    assert (grid.meter, grid.tempo_bpm, grid.quarter_samples) == (FOUR, 60, 1000)
    positions = [-2, 0, 4, Fraction(11, 2), 6, 7, 8, 11, 14]
    assert [grid.sample_at(x) for x in positions] == [-2000, 0, 4000, 5500, 6000, 6500, 7000, 9000, 11_000]
    assert grid.sample_at(Fraction(17, 2)) == 7333
    assert grid.seconds_at(Fraction(17, 2)) == pytest.approx(7 + 1 / 3)
    assert grid.seconds_at(-2) == -2.0


def test_bars_are_as_long_as_their_metre_from_where_it_begins() -> None:
    grid = changing()
    assert [grid.quarters_at_bar(bar) for bar in range(-1, 5)] == [-4, 0, 4, 8, 11, 14]
    assert [grid.sample_at_bar(bar) for bar in range(5)] == [0, 4000, 7000, 9000, 11_000]
    places = [-1, 0, 3, 4, Fraction(13, 2), 8, Fraction(21, 2), 11]
    assert [grid.bar_at(place) for place in places] == [
        (-1, 3),
        (0, 0),
        (0, 3),
        (1, 0),
        (1, Fraction(5, 2)),
        (2, 0),
        (2, Fraction(5, 2)),
        (3, 0),
    ]
    assert grid.beat_samples(3) == [0, 1000, 2000, 3000, 4000, 5000, 6000, 6500, 7000, 8000]


def test_a_span_reaches_to_just_before_the_next() -> None:
    grid = changing()
    places = [-5, 0, Fraction(599, 100), 6, Fraction(799, 100), 8, 1000]
    assert [grid.spans.index(grid.span_at(place)) for place in places] == [0, 0, 0, 1, 1, 2, 2]
    assert [span.tempo_bpm for span in grid.spans] == [60, 120, 60]


def test_a_tempo_may_change_within_a_bar_and_a_metre_may_not() -> None:
    assert Grid(spans((0, 60, FOUR), (Fraction(1, 2), 61, FOUR))).sample_at_bar(1) > 0
    with pytest.raises(ValueError, match="the metre changes to 3/4 within a bar, at quarter 6"):
        Grid(spans((0, 60, FOUR), (6, 60, THREE)))
    with pytest.raises(ValueError, match="the metre changes to 4/4 within a bar, at quarter 9"):
        Grid(spans((0, 60, FOUR), (4, 60, SIX), (9, 60, FOUR)))
    assert Grid(spans((0, 60, FOUR), (4, 60, SIX), (10, 60, FOUR))).bar_at(10) == (3, 0)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((), "a grid begins with a span at 0"),
        (((1, 60, FOUR),), "a grid begins with a span at 0"),
        (((-1, 60, FOUR),), "a grid begins with a span at 0"),
        (((0, 60, FOUR), (4, 70, FOUR), (4, 80, FOUR)), "spans are not in order: 4 follows 4"),
        (((0, 60, FOUR), (8, 70, FOUR), (4, 80, FOUR)), "spans are not in order: 4 follows 8"),
    ],
)
def test_spans_begin_at_the_start_and_follow_each_other(
    rows: tuple[tuple[int, int, Meter], ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Grid(spans(*rows))


def test_a_section_has_the_tempos_that_it_lies_in_counted_from_its_downbeat() -> None:
    """From bar 2 to bar 4: half a bar at 60, half a bar at 120, then two bars of 6/8."""
    part = changing().part(4, 14)
    assert part.spans == spans((0, 60, FOUR), (2, 120, FOUR), (4, 90, SIX))
    assert part.sample_rate == 1000
    assert part.sample_at(10) == 7000
    assert changing().part(0, 6).spans == spans((0, 60, FOUR))
    assert changing().part(4, Fraction(13, 2)).spans == spans((0, 60, FOUR), (2, 120, FOUR))
    assert changing().part(8, 14).spans == spans((0, 90, SIX))
    assert changing().part(11, 14).spans == spans((0, 90, SIX))
    steady = Grid.steady(120, FOUR)
    assert steady.part(8, 16) is steady
