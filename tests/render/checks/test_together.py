"""A stem that is late is told by how much, where its notes begin at a moment that stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from render.audio.types import Audio
from render.checks.together import fine_lag_s
from structure.plans.plan import StemPlan
from tests.render.support import RATE

STEM = StemPlan("lead", "lead", "bright synth lead", "", 0.0, 0.0, 0.0)
ONSETS = [RATE // 2 * (k + 1) for k in range(12)]


def played(late_ms: Sequence[float], rises_ms: float, bed: float = 0.003) -> Audio:
    """Tones on the onsets, each so late, that swell for so long and then die away, over one that holds."""
    seconds = np.arange(7 * RATE) / RATE
    audio = bed * np.sin(2 * np.pi * 330.0 * seconds)
    for onset, late in zip(ONSETS, late_ms, strict=True):
        since = seconds - onset / RATE - late / 1000.0
        envelope = np.clip(1000.0 * since / rises_ms, 0.0, 1.0) ** 3 * np.exp(-8.0 * np.maximum(since, 0.0))
        audio = audio + 0.2 * envelope * np.sin(2 * np.pi * 440.0 * since)
    return np.stack([audio, audio]).astype(np.float32)


@pytest.mark.parametrize("late", [-12.0, 0.0, 5.0, 15.0, 25.0])
def test_notes_that_begin_at_once_are_told_to_some_milliseconds(late: float) -> None:
    found = fine_lag_s(STEM, played([late] * 12, 2.0), ONSETS, RATE)
    assert found is not None
    assert 1000.0 * found == pytest.approx(late, abs=3.0)


@pytest.mark.parametrize(
    ("late", "told"), [(-5.0, -5.0), (12.0, 0.0), (20.0, 0.0), (35.0, 15.0), (45.0, 25.0)]
)
def test_an_overdriven_guitar_is_late_from_where_it_speaks(late: float, told: float) -> None:
    guitar = replace(STEM, prompt="overdriven guitar, lead")
    found = fine_lag_s(guitar, played([late] * 12, 2.0), ONSETS, RATE)
    assert found is not None
    assert 1000.0 * found == pytest.approx(told, abs=3.0)


def test_what_swells_begins_at_no_moment() -> None:
    """Over what still sounds; held against the silence before it, its first sound is a beginning."""
    assert fine_lag_s(STEM, played([0.0] * 12, 150.0, bed=0.05), ONSETS, RATE) is None


def test_notes_that_begin_each_in_their_own_way_say_nothing() -> None:
    late = [-26.0, 21.0, 4.0, -12.0, 28.0, -20.0, 14.0, -6.0, 9.0, -29.0, 24.0, -16.0]
    assert fine_lag_s(STEM, played(late, 2.0), ONSETS, RATE) is None
