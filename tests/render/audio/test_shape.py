"""Rate, width and length of audio, and joins of two takes that are not heard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.shape import JOIN_S, fit_length, fit_width, resample, splice
from structure.base.grid import count_resampled

RATE = 44_100
JOIN = round(JOIN_S * RATE)


def noise(seed: int, size: int = 20_000) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((1, size)).astype(np.float32)


def power_db(audio: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64))))


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_join_keeps_the_power_of_like_and_of_unlike_sides(seed: int, like: bool) -> None:
    one = noise(seed)
    other = one.copy() if like else noise(seed + 1)
    mixed = splice(one, other, ((10_000, 20_000),), RATE)
    assert power_db(mixed[:, 10_000 - JOIN : 10_000]) == pytest.approx(0.0, abs=0.7)
    assert (mixed[:, 10_000:] == other[:, 10_000:]).all()
    if like:
        assert np.abs(mixed - one).max() < 0.02 * np.abs(one).max()


@pytest.mark.parametrize("rate", [RATE, 48_000, 96_000])
def test_a_join_ends_on_the_range_and_takes_thirty_milliseconds_at_any_rate(rate: int) -> None:
    kept, made = np.zeros((2, rate), np.float32), np.ones((2, rate), np.float32)
    mixed = splice(kept, made, ((rate // 4, rate // 2),), rate)
    join = round(0.030 * rate)
    assert (mixed[:, : rate // 4 - join] == 0.0).all()
    assert (mixed[:, rate // 4 - join + 1 : rate // 4] > 0.0).all()
    assert (mixed[:, rate // 4 : rate // 2 - join] == 1.0).all()
    assert (mixed[:, rate // 2 :] == 0.0).all()


def test_an_attack_on_either_edge_is_whole() -> None:
    kept, made = np.zeros((1, RATE), np.float32), np.zeros((1, RATE), np.float32)
    made[0, 10_000] = kept[0, 20_000] = 1.0
    mixed = splice(kept, made, ((10_000, 20_000),), RATE)
    assert mixed[0, 10_000] == mixed[0, 20_000] == 1.0


def test_a_held_tone_goes_through_a_join_without_a_jump() -> None:
    """The second difference of two takes of one tone, a quarter of a period apart, stays theirs."""
    phase = 2 * np.pi * 220.0 * np.arange(RATE) / RATE
    kept, made = (np.sin(phase + shift)[None].astype(np.float32) for shift in (0.0, np.pi / 2))
    mixed = splice(kept, made, ((15_000, 30_000),), RATE)
    assert np.abs(np.diff(mixed, 2)).max() < 1.2 * np.abs(np.diff(kept, 2)).max()


def test_ranges_that_touch_are_one_range() -> None:
    kept, made = noise(1), noise(2)
    once = splice(kept, made, ((5_000, 15_000),), RATE)
    for parts in (((5_000, 9_000), (9_000, 15_000)), ((8_000, 15_000), (5_000, 9_000))):
        assert np.array_equal(splice(kept, made, parts, RATE), once)


def test_a_range_shorter_than_a_join_leaves_no_step() -> None:
    kept, made = np.zeros((1, 20_000), np.float32), np.ones((1, 20_000), np.float32)
    mixed = splice(kept, made, ((10_000, 10_400),), RATE)
    assert np.abs(np.diff(mixed)).max() < 2 * np.pi / 2 / 400
    assert (mixed[:, 10_400:] == 0.0).all()


def test_ranges_beyond_the_audio_reach_to_its_ends() -> None:
    kept, made = noise(1), noise(2)
    assert np.array_equal(splice(kept, made, ((-500, 30_000),), RATE), made)
    assert np.array_equal(splice(kept, made, (), RATE), kept)


def test_takes_of_other_shapes_are_not_joined() -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        splice(noise(1), noise(2)[:, :-1], ((0, 100),), RATE)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48_000, 44_100), (44_100, 48_000), (22_050, 44_100)])
def test_a_tone_is_the_same_tone_at_another_rate(from_hz: int, to_hz: int) -> None:
    def tone(rate: int) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * 3000.0 * np.arange(rate) / rate)[None].astype(np.float32)

    made = resample(tone(from_hz), from_hz, to_hz)
    assert made.dtype == np.float32 and made.shape == (1, to_hz)
    inside = slice(to_hz // 10, -to_hz // 10)
    assert power_db((made - tone(to_hz))[:, inside]) - power_db(tone(to_hz)) < -120.0


def test_what_the_lower_rate_cannot_hold_is_gone_and_not_folded_down() -> None:
    high = np.sin(2 * np.pi * 23_000.0 * np.arange(48_000) / 48_000)[None].astype(np.float32)
    assert power_db(resample(high, 48_000, 44_100)[:, 4000:-4000]) < -120.0


@given(st.integers(1, 5000), st.sampled_from((22_050, 48_000, 88_200)))
def test_lengths_at_another_rate_are_the_grids(size: int, to_hz: int) -> None:
    assert resample(noise(0, size), RATE, to_hz).shape == (1, count_resampled(size, RATE, to_hz))


def test_audio_is_cut_filled_doubled_and_averaged() -> None:
    two = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], np.float32)
    assert fit_length(two, 2).tolist() == [[1.0, 2.0], [3.0, 2.0]]
    assert fit_length(two, 4)[:, 3].tolist() == [0.0, 0.0]
    assert fit_width(two, 1).tolist() == [[2.0, 2.0, 2.0]]
    assert fit_width(two[:1], 2).tolist() == [two[0].tolist()] * 2
    assert fit_width(two, 2) is two
