"""Intervals of tunes: what follows is likely after what came, and lines know where they may go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.arrange.melody.counts import tune_counts
from structure.arrange.melody.habits import TuneHabits, habits_of
from structure.arrange.melody.intervals import LEAP, Intervals, intervals_of, keep_manners
from structure.presets.styles import load_style
from tests.structure.arrange.test_arrange_melody import section

ALL_TONES = tuple(range(12))


def habits(style: str) -> TuneHabits:
    return habits_of(section(style), "4/4")


def intervals(style: str) -> Intervals:
    return intervals_of(habits(style), load_style(style).tune)


@given(
    st.integers(-14, 14),
    st.integers(40, 90),
    st.sets(st.sampled_from(ALL_TONES)),
)
def test_a_line_that_may_go_anywhere_goes_on_surely(interval, pitch, tones):  # type: ignore[no-untyped-def]
    own = intervals("folk")
    assert intervals("pop").going_on(interval, pitch, tones, is_foreign=False) == 1.0  # it looks not ahead
    whole = own.going_on(interval, pitch, ALL_TONES, is_foreign=False)
    assert whole == pytest.approx(1.0)
    some = own.going_on(interval, pitch, tones, is_foreign=False)
    others = own.going_on(interval, pitch, set(ALL_TONES) - tones, is_foreign=False)
    assert some + others == pytest.approx(1.0)
    # A foreign note has fewer ways on, and an octave changes nothing.
    assert own.going_on(interval, pitch, ALL_TONES, is_foreign=True) < whole
    assert own.going_on(interval, pitch + 12, tones, is_foreign=False) == pytest.approx(some)


def test_fiddle_tunes_run_on_where_two_steps_went_down() -> None:
    own, runs = intervals("folk"), tune_counts("folk").runs
    assert runs
    assert not tune_counts("pop").runs
    down, there_and_back = own.after(-2, -2), own.after(-2, 2)
    assert down[-1] / sum(down.values()) > there_and_back[-1] / sum(there_and_back.values())
    pop = intervals("pop")
    assert pop.after(-2, -2) == pop.after(-2)


@given(st.integers(-12, 12), st.integers(-12, 12))
def test_leaps_turn_back_and_foreign_notes_step(before: int, interval: int) -> None:
    assert keep_manners(before, interval, was_foreign=True) <= keep_manners(
        before, interval, was_foreign=False
    )
    if abs(before) >= LEAP and before * interval > 0:
        assert keep_manners(before, interval, was_foreign=False) < keep_manners(
            before, -1 if before > 0 else 1, was_foreign=False
        )
