"""Bars that bring downbeats to moments, for any sections and any moments."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structure.picture.fitting import WIDEST, HitFit, Stretch, fit_hits

VISITS = st.lists(st.integers(1, 12), min_size=1, max_size=8)
TIMES = st.lists(st.floats(0.5, 90.0), min_size=1, max_size=6, unique=True).map(sorted)


def seconds_of(visits: list[Stretch], fit: HitFit) -> list[float]:
    """How long each bar lasts at the song's tempo."""
    odd = {(one.visit, one.bar): one.beats for one in fit.odd}
    return [
        odd.get((i, bar), visit.beats) * visit.beat_s
        for i, (visit, bars) in enumerate(zip(visits, fit.bars, strict=True))
        for bar in range(bars)
    ]


@settings(max_examples=40, deadline=None)
@given(bars=VISITS, hits=TIMES, beats=st.integers(2, 7), tempo=st.floats(60, 180), firm=st.booleans())
def test_moments_that_are_met_need_no_more_than_the_widest_tempo(
    bars: list[int], hits: list[float], beats: int, tempo: float, firm: bool
) -> None:
    visits = [Stretch(n, 60 * beats / tempo, beats, 15, firm) for n in bars]
    fit = fit_hits(visits, hits)
    assert len(fit.downbeats) == len(hits)
    assert all(n >= 1 for n in fit.bars)
    assert not firm or list(fit.bars) == bars
    lasts = seconds_of(visits, fit)
    before, since = 0, 0.0
    for hit, bar in zip(hits, fit.downbeats, strict=True):
        if bar is not None:
            assert before < bar < len(lasts)
            assert abs(math.log(sum(lasts[before:bar]) / (hit - since))) <= WIDEST + 1e-6
            before, since = bar, hit


def test_a_song_whose_sections_fall_on_the_moments_stays_as_it_is() -> None:
    visits = [Stretch(8, 2.0, 4, 15)] * 4
    assert fit_hits(visits, [16.0, 32.0, 48.0]) == HitFit((8, 8, 8, 8), (), (8, 16, 24))


def test_a_section_gets_the_bars_that_a_moment_asks_for() -> None:
    visits = [Stretch(8, 2.0, 4, 15)] * 3
    assert fit_hits(visits, [20.0]).bars[0] == 10
    firm = [Stretch(8, 2.0, 4, 15, is_firm=True)] * 3
    assert fit_hits(firm, [20.0]) == HitFit((8, 8, 8), (), (10,))


def test_a_short_stretch_has_a_bar_of_other_length() -> None:
    fit = fit_hits([Stretch(8, 2.0, 4, 15)] * 2, [3.0, 16.0])
    assert fit.odd
    lasts = seconds_of([Stretch(8, 2.0, 4, 15)] * 2, fit)
    assert sum(lasts[: fit.downbeats[0]]) == pytest.approx(3.0, rel=0.1)


def test_of_two_moments_too_near_to_each_other_one_is_met() -> None:
    fit = fit_hits([Stretch(8, 2.0, 4, 15)] * 4, [16.0, 16.2, 32.0])
    assert [bar is None for bar in fit.downbeats].count(True) == 1


@settings(max_examples=15, deadline=None)
@given(bars=st.lists(st.sampled_from([4, 8]), min_size=4, max_size=6), move=st.floats(-1.5, 1.5))
def test_after_a_moment_that_sections_begin_on_a_recut_before_it_changes_nothing(
    bars: list[int], move: float
) -> None:
    visits = [Stretch(n, 2.0, 4, 15) for n in bars]
    lines = [2.0 * sum(bars[: i + 1]) for i in range(len(bars))]
    assume(lines[0] + move > 2.0)
    hits = [lines[0] + move, *lines[1:-1]]
    assert fit_hits(visits, hits).bars[2:] == tuple(bars[2:])
