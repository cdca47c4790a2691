"""Bars, quarters and samples agree with each other, whatever tempo and metre do."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.grid import Grid, Meter, Span
from tests.builders import grids

# Of steady grids: (tempo, metre, sample rate), the exact samples in a quarter, the samples of four
# positions, of three bar lines and of two bars of beats, and the bars in 10.25 s. They were written down
# when a grid could not change yet: no song of one tempo may move by a sample.
POSITIONS = (Fraction(1, 3), Fraction(-1, 2), Fraction(7), Fraction(1000, 7))
BARS = (1, 3, 64)
STEADY = [
    (
        (92.5, "4/4", 44100),
        "1058400/37",
        [9535, -14303, 200238, 4086486],
        [114422, 343265, 7322984],
        [0, 28605, 57211, 85816, 114422, 143027, 171632, 200238],
        "1517/384",
    ),
    (
        (54, "6/8", 44100),
        "98000/3",
        [10889, -16333, 228667, 4666667],
        [98000, 294000, 6272000],
        [0, 49000, 98000, 147000],
        "369/80",
    ),
    (
        (133.37, "7/8", 44100),
        "529200000/13337",
        [13226, -19840, 277754, 5668441],
        [138877, 416630, 8888116],
        [
            0,
            19840,
            39679,
            59519,
            79358,
            99198,
            119037,
            138877,
            158716,
            178556,
            198395,
            218235,
            238075,
            257914,
        ],
        "546817/168000",
    ),
    (
        (97.5, "3/4", 48000),
        "384000/13",
        [9846, -14769, 206769, 4219780],
        [88615, 265846, 5671385],
        [0, 29538, 59077, 88615, 118154, 147692],
        "533/96",
    ),
    (
        (61.3, "5/4", 44100),
        "26460000/613",
        [14388, -21582, 302153, 6166395],
        [215824, 647471, 13812724],
        [0, 43165, 86330, 129494, 172659, 215824, 258989, 302153, 345318, 388483],
        "25133/12000",
    ),
    (
        (140, "12/8", 32000),
        "64000/7",
        [3048, -4571, 64000, 1306122],
        [54857, 164571, 3510857],
        [0, 13714, 27429, 41143, 54857, 68571, 82286, 96000],
        "287/48",
    ),
    (
        (72, "3/2", 44100),
        "18375",
        [6125, -9187, 128625, 2625000],
        [110250, 330750, 7056000],
        [0, 36750, 73500, 110250, 147000, 183750],
        "41/10",
    ),
]


@pytest.mark.parametrize(("what", "quarter", "positions", "bars", "beats", "in_seconds"), STEADY)
def test_a_steady_grid_has_the_samples_that_it_always_had(
    what, quarter, positions, bars, beats, in_seconds
):
    tempo, meter, rate = what
    grid = Grid.steady(tempo, Meter.parse(meter), rate)
    assert grid.quarter_samples == Fraction(quarter)
    assert [grid.sample_at(position) for position in POSITIONS] == positions
    assert [grid.sample_at_bar(bar) for bar in BARS] == bars
    assert grid.beat_samples(2) == beats
    assert grid.bars_in_seconds(10.25) == Fraction(in_seconds)


def exact_seconds(grid: Grid, quarters: Fraction) -> Fraction:
    """Add up the time in every span before a position, each at its tempo."""
    ends = [span.start for span in grid.spans[1:]] + [None]
    seconds = Fraction(0)
    for span, end in zip(grid.spans, ends, strict=True):
        inside = quarters if end is None else min(quarters, end)
        seconds += max(Fraction(0), inside - span.start) * 60 / span.quarters_per_minute
    return seconds


@st.composite
def grids_and_positions(draw):
    grid, bars = draw(grids())
    end = grid.quarters_at_bar(bars)
    return grid, bars, draw(st.lists(st.fractions(0, end, max_denominator=96), min_size=1, max_size=8))


@given(grids_and_positions())
def test_samples_are_the_time_that_has_passed_rounded_once(drawn):
    grid, _, positions = drawn
    for position in positions:
        exact = exact_seconds(grid, position)
        assert abs(grid.sample_at(position) - exact * grid.sample_rate) <= Fraction(1, 2)
        assert grid.seconds_at(position) == pytest.approx(float(exact), rel=1e-12)


@given(grids_and_positions(), st.integers(-1000, 2_000_000))
def test_a_sample_lies_at_one_position(drawn, sample):
    grid, _, positions = drawn
    quarters = grid.quarters_at_sample(sample)
    assert grid.sample_at(quarters) == sample
    for position in positions:
        nearest = grid.quarters_at_sample(grid.sample_at(position))
        assert abs(grid.seconds_at(nearest) - grid.seconds_at(position)) <= 0.500001 / grid.sample_rate


@pytest.mark.slow
@given(grids_and_positions())
def test_a_later_position_never_has_an_earlier_sample(drawn):
    grid, _, positions = drawn
    samples = [grid.sample_at(position) for position in sorted(positions)]
    assert samples == sorted(samples)


@given(grids_and_positions())
def test_a_position_lies_in_the_bar_that_begins_before_it(drawn):
    grid, _, positions = drawn
    for position in positions:
        bar, rest = grid.bar_at(position)
        start, end = grid.quarters_at_bar(bar), grid.quarters_at_bar(bar + 1)
        assert start <= position < end
        assert start + rest == position


@given(grids())
def test_bars_follow_each_other_in_the_length_of_their_metre(drawn):
    grid, bars = drawn
    lines = [grid.quarters_at_bar(bar) for bar in range(bars + 1)]
    assert [grid.bar_at(line) for line in lines] == [(bar, 0) for bar in range(bars + 1)]
    assert [end - start for start, end in pairwise(lines)] == [
        grid.span_at(line).meter.bar_quarters for line in lines[:-1]
    ]
    assert [grid.sample_at_bar(bar) for bar in range(bars)] == [grid.sample_at(x) for x in lines[:-1]]


@given(grids())
def test_every_bar_has_the_beats_of_its_metre(drawn):
    grid, bars = drawn
    expected = []
    for bar in range(bars):
        start = grid.quarters_at_bar(bar)
        meter = grid.span_at(start).meter
        expected += [
            grid.sample_at(start + beat * meter.beat_quarters) for beat in range(meter.beats_per_bar)
        ]
    assert grid.beat_samples(bars) == expected
    assert {grid.sample_at_bar(bar) for bar in range(bars)} <= set(expected)


@pytest.mark.slow
@given(grids_and_positions(), st.data())
def test_a_part_agrees_with_the_whole_to_the_sample_of_rounding(drawn, data):
    grid, bars, positions = drawn
    first = data.draw(st.integers(0, bars - 1))
    last = data.draw(st.integers(first + 1, bars))
    start, end = grid.quarters_at_bar(first), grid.quarters_at_bar(last)
    part = grid.part(start, end)
    assert [part.quarters_at_bar(bar - first) for bar in range(first, last + 1)] == [
        grid.quarters_at_bar(bar) - start for bar in range(first, last + 1)
    ]
    for position in [start, end, *(x for x in positions if start <= x < end)]:
        length = grid.sample_at(position) - grid.sample_at(start)
        assert abs(part.sample_at(position - start) - length) <= 1
    for position in (x for x in positions if start <= x < end):
        bar, rest = grid.bar_at(position)
        assert part.bar_at(position - start) == (bar - first, rest)
        assert part.span_at(position - start).goes_on(grid.span_at(position))


@pytest.mark.slow
@given(st.sampled_from(["4/4", "6/8", "7/8"]), st.fractions(30, 300, max_denominator=100), st.data())
def test_spans_that_change_nothing_move_nothing(meter, tempo, data):
    steady = Grid.steady(tempo, Meter.parse(meter))
    starts = data.draw(st.sets(st.integers(1, 40).map(lambda eighths: Fraction(eighths, 2)), max_size=6))
    spans = tuple(
        Span(start, steady.spans[0].quarters_per_minute, steady.meter)
        for start in sorted({Fraction(0), *starts})
    )
    cut = Grid(spans)
    assert cut.beat_samples(8) == steady.beat_samples(8)
    assert [cut.bar_at(Fraction(x, 3)) for x in range(60)] == [
        steady.bar_at(Fraction(x, 3)) for x in range(60)
    ]


FOUR, THREE = Meter(4, 4), Meter(3, 4)


@pytest.mark.parametrize(
    ("spans", "says"),
    [
        ((), "begins with a span at 0"),
        ((Span(Fraction(1), Fraction(90), FOUR),), "begins with a span at 0"),
        ((Span(Fraction(0), Fraction(90), FOUR), Span(Fraction(0), Fraction(80), FOUR)), "not in order"),
        ((Span(Fraction(0), Fraction(90), FOUR), Span(Fraction(6), Fraction(90), THREE)), "within a bar"),
    ],
)
def test_spans_that_make_no_grid_are_refused(spans, says):
    with pytest.raises(ValueError, match=says):
        Grid(spans)


def test_a_tempo_counts_the_beats_of_its_own_metre():
    grid = Grid(
        (Span(Fraction(0), Fraction(120), FOUR), Span(Fraction(8), Fraction(120), Meter(6, 8))), 48_000
    )
    assert grid.span_at(0).tempo_bpm == 120
    assert grid.span_at(8).tempo_bpm == 80
    assert grid.seconds_at(11) == 5.5


def test_what_is_before_bar_one_has_the_first_tempo():
    grid = Grid((Span(Fraction(0), Fraction(60), FOUR), Span(Fraction(4), Fraction(30), FOUR)), 1000)
    assert grid.sample_at(Fraction(-1, 2)) == -500
    assert grid.bar_at(Fraction(-1)) == (-1, 3)
