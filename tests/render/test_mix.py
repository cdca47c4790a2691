"""The mix: levels by role, width and place, a room of its own for each stem, and one common gain."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.loudness import integrated_lufs
from render.mix import (
    GAIN_STEP_DB,
    HEADROOM_DB,
    PREMASTER_PEAK_DBFS,
    dry_stem,
    mix_stem,
    pan_gains,
    role_mixes,
    sum_stems,
    to_gain,
    widen,
)
from structure.plan import StemPlan
from structure.types import ROLES

RATE = 44_100
PLAIN = StemPlan("stem", "chords", "", "", 0.0, 0.0, 0.0)


def pink(seconds: float = 5.0, seed: int = 0, level: float = 0.1) -> np.ndarray:
    """Noise with the spectrum of music: as much power in each octave. (1, samples)."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    wave = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)), size)
    return (level * wave / wave.std()).astype(np.float32)[None]


def plucks(seconds: float = 6.0) -> np.ndarray:
    """A damped tone with overtones every half second. (1, samples)."""
    time = np.arange(RATE // 2) / RATE
    tone = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 10)) * np.exp(-8 * time)
    return np.tile(0.3 * tone, round(2 * seconds)).astype(np.float32)[None]


def level_db(audio: np.ndarray) -> float:
    return 10 * math.log10(float(np.mean(np.square(audio, dtype=np.float64))) + 1e-20)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("sound", [pink(), plucks(), 0.01 * pink(seed=1)], ids=["noise", "plucks", "soft"])
def test_every_role_comes_out_at_its_loudness(role: str, sound: np.ndarray) -> None:
    loudness = integrated_lufs(dry_stem(sound, role, RATE), RATE)
    assert loudness == pytest.approx(role_mixes()[role].loudness_lufs, abs=GAIN_STEP_DB / 2 + 0.01)


@pytest.mark.parametrize("role", ["bass", "lead"])
def test_a_sound_is_as_loud_from_a_stereo_as_from_a_mono_clip(role: str) -> None:
    mono, stereo = (dry_stem(np.repeat(plucks(), n, axis=0), role, RATE) for n in (1, 2))
    assert integrated_lufs(stereo, RATE) == pytest.approx(integrated_lufs(mono, RATE), abs=GAIN_STEP_DB)


def test_the_level_is_measured_where_the_reference_says() -> None:
    loud, soft = plucks(), 0.1 * plucks()
    size = loud.shape[1]
    mixed = dry_stem(np.concatenate([loud, soft], axis=1), "lead", RATE, slice(0, size))
    other = dry_stem(np.concatenate([loud, 3 * soft], axis=1), "lead", RATE, slice(0, size))
    assert integrated_lufs(mixed[:, :size], RATE) == pytest.approx(-20.5, abs=0.26)
    assert np.array_equal(mixed[:, : size - RATE], other[:, : size - RATE])


@given(st.floats(-1.0, 1.0))
def test_panning_keeps_the_power(pan: float) -> None:
    left, right = pan_gains(pan)
    assert float(left) ** 2 + float(right) ** 2 == pytest.approx(2.0, abs=1e-5)
    assert (left > right) == (pan < -1e-7) or math.isclose(left, right, abs_tol=1e-6)


@given(st.sampled_from(ROLES), st.integers(0, 100))
def test_widening_leaves_the_mono_sum_and_the_bass_in_the_middle(role: str, seed: int) -> None:
    mono = np.random.default_rng(seed).standard_normal(8000).astype(np.float32)
    wide = widen(mono, role_mixes()[role], RATE)
    assert np.abs(wide.mean(axis=0) - mono).max() < 1e-5


def test_low_tones_stay_in_the_middle_and_high_ones_spread() -> None:
    time = np.arange(RATE) / RATE
    mix = role_mixes()["pad"]

    def side_db(hertz: float) -> float:
        left, right = widen(np.sin(2 * np.pi * hertz * time).astype(np.float32), mix, RATE)
        return level_db((left - right) / 2) - level_db((left + right) / 2)

    assert side_db(50.0) < -20.0
    assert max(side_db(hertz) for hertz in (1000.0, 1300.0, 2000.0, 3100.0)) > -10.0


def test_a_hard_panned_stem_has_only_its_room_on_the_other_side() -> None:
    stem = replace(PLAIN, role="bass", pan=-1.0)
    left, right = mix_stem(plucks(), stem, RATE)
    assert level_db(right) < level_db(left) - 100.0
    left, right = mix_stem(plucks(), replace(stem, reverb=0.4), RATE)
    assert -25.0 < level_db(right) - level_db(left) < -8.0


def test_the_room_stays_in_the_middle_wherever_the_stem_is() -> None:
    dry, wet = (mix_stem(plucks(), replace(PLAIN, pan=0.9, reverb=share), RATE) for share in (0.0, 0.3))
    room_left, room_right = wet - dry
    assert level_db(room_left) == pytest.approx(level_db(room_right), abs=2.0)


@pytest.mark.parametrize("sound", [pink(), plucks()], ids=["noise", "plucks"])
@pytest.mark.parametrize("role", ["drums", "chords", "pad", "lead"])
def test_reverb_of_three_tenths_lies_twelve_to_fifteen_db_under_the_dry(
    role: str, sound: np.ndarray
) -> None:
    dry, wet = (mix_stem(sound, replace(PLAIN, role=role, reverb=share), RATE) for share in (0.0, 0.3))
    assert -15.0 <= level_db(wet - dry) - level_db(dry) <= -12.0


def test_the_room_dies_away_before_the_null_test_looks() -> None:
    audio = np.zeros((1, 9 * RATE), np.float32)
    audio[:, :RATE] = plucks()[:, :RATE]
    wet = mix_stem(audio, replace(PLAIN, reverb=1.0), RATE)
    assert level_db(wet[:, 8 * RATE :]) < level_db(wet[:, :RATE]) - 80.0


def test_the_users_gain_is_exact() -> None:
    flat, raised = (mix_stem(plucks(), replace(PLAIN, reverb=0.2, gain_db=db), RATE) for db in (0.0, -6.5))
    assert np.allclose(raised, flat * to_gain(-6.5), atol=1e-6)


def test_processing_does_not_depend_on_when_it_is() -> None:
    """The same sound two seconds later is the same two seconds later, so that sections can return."""
    stem, late = replace(PLAIN, reverb=0.3), 2 * RATE
    early = np.pad(plucks(2.0), ((0, 0), (0, 3 * RATE)))
    body = slice(0, 2 * RATE)
    one = mix_stem(early, stem, RATE, body)
    two = mix_stem(np.roll(early, late, axis=1), stem, RATE, slice(late, late + 2 * RATE))
    assert level_db(two[:, late:][:, body] - one[:, body]) < level_db(one[:, body]) - 90.0


def test_silence_stays_silent_and_the_end_is_zero() -> None:
    assert not mix_stem(np.zeros((1, RATE), np.float32), replace(PLAIN, reverb=0.5), RATE).any()
    assert not mix_stem(pink(2.0), replace(PLAIN, reverb=0.5), RATE)[:, -1].any()


@given(st.lists(st.tuples(st.integers(0, 99), st.floats(0.001, 5.0)), min_size=1, max_size=5))
def test_stems_sum_to_the_premaster_below_its_peak(sounds: list[tuple[int, float]]) -> None:
    made = [
        (level * np.random.default_rng(seed).standard_normal((2, 500))).astype(np.float32)
        for seed, level in sounds
    ]
    stems = {str(k): audio.copy() for k, audio in enumerate(made)}
    premaster = sum_stems(stems)
    peak = 20 * math.log10(np.abs(premaster).max())
    assert peak <= PREMASTER_PEAK_DBFS + 1e-4
    assert max(np.abs(stem).max() for stem in stems.values()) <= to_gain(PREMASTER_PEAK_DBFS) + 1e-5
    assert np.abs(sum(stems.values()) - premaster).max() <= 10 ** (-90 / 20) * np.abs(premaster).max()
    loudest = int(np.argmax([np.abs(audio).max() for audio in made]))
    gain_db = 20 * math.log10(np.abs(stems[str(loudest)]).max() / np.abs(made[loudest]).max())
    assert gain_db <= HEADROOM_DB + 1e-4
    assert gain_db / GAIN_STEP_DB == pytest.approx(round(gain_db / GAIN_STEP_DB), abs=1e-3)


def test_silent_stems_have_a_silent_sum() -> None:
    assert not sum_stems({"a": np.zeros((2, 100), np.float32)}).any()
