"""Attacks are found where they are, and as late as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.audio.types import Audio
from render.checks.timing import (
    HOP_S,
    attack_rises,
    best_lag,
    lag_profile,
    onset_samples,
    song_lag,
    song_onsets,
    stem_lag,
)
from structure.arrange.melody.instrument import speaking_s
from structure.plans.plan import SongPlan, StemPlan
from tests.render.support import RATE, plan_of

HOP = round(HOP_S * RATE)
FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0))


def bursts(onsets: list[int], size: int) -> Audio:
    """A burst of noise at each sample, which dies away: (2, samples)."""
    audio = np.zeros(size + RATE, np.float32)
    rng = np.random.default_rng(0)
    time = np.arange(RATE // 2) / RATE
    shape = np.exp(-time / 0.02)
    for onset in onsets:
        audio[onset : onset + len(time)] += (0.3 * shape * rng.standard_normal(len(time))).astype(
            np.float32
        )
    return np.stack([audio[:size], audio[:size]])


def swells(onsets: list[int], size: int) -> Audio:
    """Noise that gets louder by 26 dB in 150 ms from each sample on, smoothly: (2, samples)."""
    time = np.arange(RATE // 3) / RATE
    level_db = -13.0 - 13.0 * np.cos(np.pi * np.minimum(time, 0.15) / 0.15)
    shape = 10.0 ** (level_db / 20.0) * np.exp(-np.maximum(time - 0.15, 0.0) / 0.06)
    gain = np.full(size + RATE, 0.05)
    for onset in onsets:
        gain[onset : onset + len(time)] = np.maximum(shape, 0.05)
    noise = 0.1 * gain * np.random.default_rng(4).standard_normal(len(gain))
    return np.stack([noise[:size], noise[:size]]).astype(np.float32)


ONSETS = [int(RATE * (0.5 + k * 0.37)) for k in range(12)]
SIZE = 6 * RATE


def lag_of(audio: Audio, onsets: list[int] | None = None) -> object:
    return best_lag(lag_profile(attack_rises(audio, RATE), onsets or ONSETS, RATE))


def test_the_level_rises_where_an_attack_is_and_by_twenty_db_at_most() -> None:
    rises = attack_rises(bursts([RATE], 2 * RATE), RATE)
    assert rises.shape == (2 * RATE // HOP,)
    assert rises.min() == 0.0
    assert rises.max() == 20.0
    place = RATE / HOP
    high = np.flatnonzero(rises > 10.0)
    assert place - 11 <= high.min()
    assert high.max() <= place + 1


def test_a_rise_is_told_in_decibels_whatever_the_level_is() -> None:
    """Noise that is 6 dB louder from one moment on, loud or soft."""
    noise = np.random.default_rng(1).standard_normal((2, 2 * RATE)).astype(np.float32)
    for level in (0.1, 0.001):
        audio = level * noise
        audio[:, RATE:] *= 2.0
        rises = attack_rises(audio.astype(np.float32), RATE)
        assert rises.max() == pytest.approx(6.0, abs=1.2)
        assert abs(int(rises.argmax()) - RATE / HOP) <= 2


@pytest.mark.parametrize("late_ms", [-120, -40, -10, 0, 4, 10, 30, 100, 150])
def test_a_lag_is_told_to_two_hops_and_an_attack_at_once_is_sharp(late_ms: int) -> None:
    late = [onset + round(late_ms * RATE / 1000) for onset in ONSETS]
    lag = lag_of(bursts(late, SIZE))
    assert lag is not None
    assert lag.seconds == pytest.approx(late_ms / 1000, abs=0.0041)  # type: ignore[attr-defined]
    assert lag.sharp  # type: ignore[attr-defined]


def test_an_attack_that_takes_its_time_is_blunt() -> None:
    lag = lag_of(swells(ONSETS, SIZE))
    assert lag is not None
    assert not lag.sharp  # type: ignore[attr-defined]


def test_without_attacks_nothing_stands_out() -> None:
    noise = (0.1 * np.random.default_rng(2).standard_normal((2, SIZE))).astype(np.float32)
    assert lag_of(noise) is None
    assert lag_of(np.zeros((2, SIZE), np.float32)) is None
    swell = noise * np.linspace(0.01, 1.0, SIZE, dtype=np.float32)
    assert lag_of(swell) is None


def test_in_an_even_rhythm_the_nearest_attack_counts() -> None:
    """Notes every 150 ms: each is as near to the attack of the note after it."""
    even = [RATE + round(k * 0.15 * RATE) for k in range(20)]
    late = [onset + round(0.02 * RATE) for onset in even]
    lag = lag_of(bursts(late, SIZE), even)
    assert lag is not None
    assert lag.seconds == pytest.approx(0.02, abs=0.0041)  # type: ignore[attr-defined]


def test_a_profile_reaches_a_quarter_of_a_second_both_ways_and_is_the_mean_of_the_notes() -> None:
    rises = np.zeros(1000)
    rises[500], rises[520] = 8.0, 4.0
    profile = lag_profile(rises, [500 * HOP], RATE)
    assert profile.shape == (251,)
    assert np.flatnonzero(profile).tolist() == [125, 145]
    both = lag_profile(rises, [500 * HOP, 520 * HOP], RATE)
    assert (both[125], both[145], both[105]) == (6.0, 2.0, 4.0)
    nearest = lag_profile(rises, [500 * HOP + HOP // 2 - 1], RATE)
    assert nearest[125] == 8.0
    assert lag_profile(rises, [5000 * HOP], RATE).shape == (251,)  # a note beyond the end of the audio


def test_onsets_are_those_that_are_played_in_every_visit() -> None:
    plan = plan_of(FORM, tempo=120.0)
    beats = [RATE // 2 * k for k in range(16)]
    assert song_onsets(plan, "bass") == beats
    assert onset_samples(plan, plan.visits[1], "bass") == beats[8:]
    assert onset_samples(plan, plan.visits[0], "flute") == []
    assert song_onsets(plan, "flute") == []


def stem(prompt: str = "electric bass", role: str = "bass") -> StemPlan:
    return StemPlan("bass", role, prompt, "", 0.0, 0.0, 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("late_ms", [-30, 0, 20, 45, 120])
def test_a_trumpet_speaks_after_its_note_and_that_is_not_late(late_ms: int) -> None:
    """What is beyond the time that it takes is late, and what is early is early."""
    speaks_ms = 1000 * speaking_s("muted trumpet", "lead")
    told_ms = min(late_ms, max(0, late_ms - speaks_ms))
    assert 20 < speaks_ms < 40
    late = [onset + round(late_ms * RATE / 1000) for onset in ONSETS]
    rises = attack_rises(bursts(late, SIZE), RATE)
    trumpet = stem_lag(stem("muted trumpet", "lead"), rises, ONSETS, RATE)
    plain = stem_lag(stem(), rises, ONSETS, RATE)
    assert plain is not None and trumpet is not None
    assert plain.seconds == pytest.approx(late_ms / 1000, abs=0.0041)
    assert trumpet.seconds == pytest.approx(told_ms / 1000, abs=0.0061)
    assert stem_lag(stem(), np.zeros(3000), ONSETS, RATE) is None


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)), tempo=117.0)


def played(plan: SongPlan, name: str, late_ms: float) -> np.ndarray:
    """The rises of a stem that plays its notes late."""
    onsets = [max(0, onset + round(late_ms * RATE / 1000)) for onset in song_onsets(plan, name)]
    return attack_rises(bursts(onsets, plan.total_samples), RATE)


def test_a_song_is_as_late_as_its_stems_together(plan: SongPlan) -> None:
    both = song_lag(plan, {"drums": played(plan, "drums", 24), "bass": played(plan, "bass", 24)})
    assert both is not None
    assert both.seconds == pytest.approx(0.024, abs=0.0041)
    assert song_lag(plan, {}) is None
    assert song_lag(plan, {"bass": np.zeros(plan.total_samples // HOP)}) is None


def test_stems_with_sharp_attacks_decide_and_blunt_ones_do_where_there_are_no_others(
    plan: SongPlan,
) -> None:
    blunt = attack_rises(swells(song_onsets(plan, "bass"), plan.total_samples), RATE)
    together = song_lag(plan, {"drums": played(plan, "drums", 10), "bass": blunt})
    assert together is not None and together.sharp
    assert together.seconds == pytest.approx(0.010, abs=0.0041)
    alone = song_lag(plan, {"bass": blunt})
    assert alone is not None and not alone.sharp
    assert 0.05 < alone.seconds < 0.12


def test_a_song_of_a_trumpet_is_not_late_because_it_speaks_late(plan: SongPlan) -> None:
    stems = tuple(
        replace(one, role="lead", prompt="muted trumpet") if one.name == "bass" else one
        for one in plan.stems
    )
    rises = {"bass": played(plan, "bass", 24)}
    plain, trumpet = song_lag(plan, rises), song_lag(replace(plan, stems=stems), rises)
    assert plain is not None and trumpet is not None
    assert plain.seconds == pytest.approx(0.024, abs=0.0041)
    assert abs(trumpet.seconds) < 0.0041
