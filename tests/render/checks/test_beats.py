"""An independent tracker hears the planned tempo and beats, and says so where it is no witness."""

from dataclasses import replace
from fractions import Fraction

import mir_eval
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import render.checks.beats
from render.checks.beats import check_beats, f_measure
from render.checks.timing import onset_samples
from render.renderer import render_song
from structure.base.grid import Grid
from structure.plans.plan import SongPlan
from structure.plans.score import Note, Part
from tests.builders import change_visit
from tests.render.support import RATE, plan_of
from tests.tones import RingingBackend

FORM = (("verse", 8, 0.0), ("chorus", 8, 0.0))


def clicks(plan: SongPlan, at: np.ndarray) -> np.ndarray:
    """Short noises at samples: (2, samples)."""
    audio = np.zeros((2, plan.total_samples), np.float32)
    noise = np.random.default_rng(0).standard_normal(800) * np.exp(-np.arange(800) / 150)
    for sample in at[at < plan.total_samples - 800]:
        audio[:, sample : sample + 800] += 0.5 * noise.astype(np.float32)
    return audio


@pytest.mark.slow
def test_beats_on_the_grid_pass_and_others_fail() -> None:
    plan = plan_of(FORM, tempo=118.0)
    beats = np.array(plan.grid.beat_samples(plan.bars))
    assert [check.passed for check in check_beats(plan, clicks(plan, beats))] == [True, True]
    faster = check_beats(plan, clicks(plan, np.rint(beats * 118.0 / 131.0).astype(int)))
    assert [check.passed for check in faster] == [False, False]
    drifting = np.rint(beats + 0.015 * RATE * np.arange(len(beats))).astype(int)
    _, tracked = check_beats(plan, clicks(plan, drifting))
    assert tracked.passed is False
    half = check_beats(replace(plan, grid=Grid.steady(59, plan.meter)), clicks(plan, beats))
    assert half[0].passed is True
    assert "double time" in half[0].detail


@pytest.mark.slow
def test_a_tracker_may_take_sides_anew_in_each_section() -> None:
    """As in house: what it hears on the beat in one section, it hears off the beat in the next."""
    plan = plan_of(FORM, tempo=118.0)
    beats = np.array(plan.grid.beat_samples(plan.bars))
    half = round(0.5 * float(np.diff(beats).mean()))
    heard = np.where(np.arange(len(beats)) < len(beats) // 2, beats, beats + half)
    assert [check.passed for check in check_beats(plan, clicks(plan, heard))] == [True, True]
    apart = np.where(np.arange(len(beats)) < len(beats) // 2, beats, beats + half // 2)
    assert check_beats(plan, clicks(plan, apart))[1].passed is False


@pytest.mark.slow
def test_a_rhythm_that_leads_the_tracker_astray_by_itself_is_not_judged() -> None:
    """A hit every quarter and a half: the tracker takes that for the beat, in whatever sound."""
    plan = plan_of(FORM, tempo=168.0)
    visits = []
    for visit in plan.visits:
        end = 4 * visit.bars
        hits = tuple(Note(Fraction(3 * k, 2), Fraction(1), 38, 110) for k in range(2 * end // 3))
        parts = {"drums": Part("drums", hits)}
        visits.append(change_visit(visit, score=replace(visit.music.score, parts=parts)))
    plan = replace(plan, visits=tuple(visits))
    onsets = np.array([sample for visit in plan.visits for sample in onset_samples(plan, visit, "drums")])
    found = check_beats(plan, clicks(plan, onsets))
    assert [check.passed for check in found] == [None, None]
    assert {check.detail for check in found} == {"the tracker is led astray by the rhythm"}


@pytest.mark.parametrize(
    ("meter", "pulse", "side", "passed"),
    [
        ("6/8", 2 / 3, 0.0, None),
        ("6/8", 1.0, 0.0, False),
        ("4/4", 1.0, 0.5, None),
        ("4/4", 1.0, 0.0, False),
    ],
)
def test_a_rhythm_whose_notes_are_heard_in_another_way_is_not_judged(
    meter: str, pulse: float, side: float, passed: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the song the tracker slips half-way; in its notes it hears ``pulse`` beats from ``side`` on."""
    plan = plan_of(FORM, tempo=72.0, meter=meter)
    beat_s = 60.0 / 72.0
    beats = beat_s * np.arange(plan.bars * plan.grid.spans[0].meter.beats_per_bar)
    slipped = np.where(beats < beats[-1] / 2, beats, beats - beat_s / 3)
    plain = np.arange(side * beat_s, beats[-1], pulse * beat_s)
    heard = iter([(72.0, slipped), (72.0 / pulse, plain)])
    monkeypatch.setattr("render.checks.beats.track_beats", lambda *_: next(heard))
    tempo, found = check_beats(plan, np.zeros((2, plan.total_samples), dtype=np.float32))
    assert found.passed is passed
    assert tempo.passed is (True if passed is False else None)


@pytest.mark.slow
def test_a_rendered_song_is_heard_at_its_tempo() -> None:
    plan = plan_of(FORM, tempo=104.0)
    song = render_song(plan, RingingBackend())
    assert [check.passed for check in check_beats(plan, song.master.audio)] == [True, True]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"roles": ("bass",)}, "drums play too little"),
        ({"form": (("verse", 2, 0.0),)}, "shorter than 10 s"),
    ],
)
def test_where_a_tracker_is_no_witness_that_is_said(
    settings: dict, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render.checks.beats, "track_beats", lambda *arguments: pytest.fail("it was asked"))
    plan = plan_of(**{"form": FORM, "tempo": 118.0, **settings})
    for check in check_beats(plan, np.zeros((2, plan.total_samples), np.float32)):
        assert check.passed is None
        assert reason in check.detail


def test_f_measure_by_hand() -> None:
    beats = np.arange(10.0)
    assert f_measure(beats, beats) == 1.0
    assert f_measure(beats, beats + 0.069) == 1.0
    assert f_measure(beats, beats + 0.08) == 0.0
    assert f_measure(beats, beats[::2]) == pytest.approx(2 * 5 / 15)
    assert f_measure(beats, np.array([0.0, 0.01, 0.02])) == pytest.approx(2 / 13)
    assert f_measure(beats, np.zeros(0)) == 0.0


BEATS = st.sets(st.integers(0, 1500), min_size=1, max_size=40)
"""Fiftieths of a second, so that no two are 70 ms apart, where rounding would decide."""


@given(BEATS, BEATS)
def test_f_measure_is_that_of_mir_eval(one: set[int], other: set[int]) -> None:
    wanted, found = (np.array(sorted(beats)) / 50.0 for beats in (one, other))
    expected = mir_eval.beat.f_measure(wanted, found, 0.07)
    assert f_measure(wanted, found) == pytest.approx(expected, abs=1e-9)
