"""Early reflections: in their time, at their level, other ones for each ear, and safe in mono."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import oaconvolve

from render.audio.levels import gain_from_db
from render.audio.spectrum import spectrum_of
from render.mixing.early import reflections, taps_of
from render.mixing.mix import StemLevel, mix_stem
from structure.base.grid import Grid, Meter
from structure.base.types import ROLES
from structure.plans.plan import StemPlan
from structure.presets.mixes import Space, load_mix, mix_names

RATE = 44_100
GRID = Grid.steady(120, Meter())
ROOM = load_mix("orchestral").spaces["room"]


def noise(seconds: float = 3.0) -> np.ndarray:
    one = np.random.default_rng(1).standard_normal(round(seconds * RATE)).astype(np.float32)
    return np.stack([0.1 * one] * 2)


def reflect(dry: np.ndarray, room: Space) -> np.ndarray:
    """What the walls of a room give back of (2, samples)."""
    ways = zip((dry[0] + dry[1], dry[0] - dry[1]), reflections(room, RATE), strict=True)
    both = sum(oaconvolve(sound[None], response, axes=1) for sound, response in ways)
    return both[:, : dry.shape[1]]


@given(early_ms=st.floats(5.0, 80.0))
def test_reflections_come_after_the_sound_and_have_its_energy(early_ms: float) -> None:
    left, right = taps_of(early_ms)
    for taps in (left, right):
        assert all(0.0 < seconds <= early_ms / 1000 + 1e-9 for seconds, _ in taps)
        assert sum(level**2 for _, level in taps) == pytest.approx(1.0)
    assert left != right


def test_a_click_comes_back_from_the_walls_and_not_before() -> None:
    click = np.zeros((2, RATE), dtype=np.float32)
    click[:, 1000] = 1.0
    wet = reflect(click, ROOM)
    first = round(min(seconds for taps in taps_of(ROOM.early_ms) for seconds, _ in taps) * RATE)
    assert np.abs(wet[:, : 1000 + first]).max() < 1e-6
    assert wet[:, 1000 + first :].any()
    assert np.abs(wet[:, 1000 + round(0.085 * RATE) :]).max() < gain_from_db(-60.0)


def test_they_are_as_loud_as_the_space_says() -> None:
    room = ROOM.model_copy(update={"low_cut_hz": 20.0, "high_cut_hz": 20_000.0})
    dry = noise()
    wet = reflect(dry, room)
    level = 10 * np.log10(np.square(wet).mean() / np.square(dry).mean())
    assert level == pytest.approx(room.early_db, abs=0.6)


def stem(role: str, reverb: float) -> StemPlan:
    return StemPlan(role, role, "", "", 0.0, 0.0, reverb, 0.0, 0.0)


def test_depth_sounds_only_where_a_stem_has_a_room() -> None:
    mix = load_mix("orchestral")
    near = mix.model_copy(
        update={"strips": {r: s.model_copy(update={"depth": 0.0}) for r, s in mix.strips.items()}}
    )
    level = StemLevel(1.0, 1.0)
    dry, sent = stem("drums", 0.0), stem("drums", 0.2)
    audio = noise()
    assert np.array_equal(*(mix_stem(audio, dry, one, GRID, level) for one in (mix, near)))
    early = mix_stem(audio, sent, mix, GRID, level) - mix_stem(audio, sent, near, GRID, level)
    assert 0.05 < np.sqrt(np.square(early).mean() / np.square(audio).mean()) < 0.6


@pytest.mark.parametrize("preset", mix_names())
def test_no_stem_of_a_mono_source_loses_more_than_a_decibel_and_a_half_in_mono(preset: str) -> None:
    """With the width, depth and room that each preset gives to each role."""
    mix = load_mix(preset)
    audio = noise(0.7)[:1]
    for role in ROLES:
        if role in mix.strips and mix.strips[role].width >= 0.4:
            wet = mix_stem(audio, stem(role, 0.25), mix, GRID, StemLevel(1.0, 1.0))
            assert spectrum_of(wet, RATE).mono_loss_db() < 1.5, role


def test_drums_have_a_room_of_their_own_that_dies_away_sooner() -> None:
    rock = load_mix("rock")
    assert rock.space_of("drums") is rock.spaces["kit"]
    assert rock.space_of("chords") is rock.spaces["room"]
    hit = np.zeros((2, RATE), dtype=np.float32)
    hit[:, 100] = 0.5
    falls = []
    for space in ("kit", "room"):
        drums = rock.strips["drums"].model_copy(update={"space": space, "depth": 0.0})
        mix = rock.model_copy(update={"strips": {**rock.strips, "drums": drums}})
        wet = np.square(mix_stem(hit, stem("drums", 0.5), mix, GRID, StemLevel(1.0, 1.0)))
        falls.append(10 * np.log10(wet[:, 4000:8000].sum() / wet[:, 16_000:20_000].sum()))
    assert falls[0] > falls[1] + 3.0
