"""Decibels and factors, silence, what is not a number, and the types that audio keeps."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.levels import (
    SILENCE_DB,
    db_from_gain,
    db_from_power,
    fade_in,
    fade_out,
    finite,
    gain_from_db,
    power_from_db,
    rms,
)


def test_six_decibels_are_twice_the_amplitude_and_three_twice_the_power() -> None:
    assert gain_from_db(20.0) == pytest.approx(10.0)
    assert gain_from_db(6.0206) == pytest.approx(2.0, abs=1e-5)
    assert power_from_db(3.0103) == pytest.approx(2.0, abs=1e-5)
    assert db_from_gain(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert db_from_power(0.5) == pytest.approx(-3.0103, abs=1e-4)


@given(st.floats(-190.0, 60.0))
def test_there_and_back_is_the_same_level(db: float) -> None:
    assert db_from_gain(gain_from_db(db)) == pytest.approx(db, abs=1e-9)
    assert db_from_power(power_from_db(db)) == pytest.approx(db, abs=1e-9)


@pytest.mark.parametrize("decibels", [db_from_gain, db_from_power])
def test_silence_is_minus_infinity_or_the_floor_and_never_a_warning(decibels) -> None:
    some = np.array([0.0, -1e-12, 1e-30, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decibels(0.0) == -math.inf
        assert (
            decibels(0.0, SILENCE_DB)
            == decibels(-1e-12, SILENCE_DB)
            == decibels(1e-30, SILENCE_DB)
            == SILENCE_DB
        )
        assert decibels(some, SILENCE_DB).tolist() == [SILENCE_DB, SILENCE_DB, SILENCE_DB, 0.0]
        assert decibels(some)[0] == -math.inf
    assert gain_from_db(-math.inf) == power_from_db(-math.inf) == 0.0


@pytest.mark.parametrize("decibels", [db_from_gain, db_from_power])
def test_what_is_not_a_number_does_not_pass_for_silence(decibels) -> None:
    assert math.isnan(decibels(math.nan, SILENCE_DB))
    assert np.isnan(decibels(np.array([math.nan, 1.0]), SILENCE_DB)).tolist() == [True, False]


def test_single_precision_audio_stays_single_precision() -> None:
    audio = np.ones((1, 4), np.float32)
    for db in (-6.0, np.float64(-6.0)):
        assert (audio * gain_from_db(db)).dtype == np.float32
    assert db_from_gain(audio).dtype == gain_from_db(audio).dtype == np.float32


def test_a_figure_for_json_is_rounded_and_silence_is_none() -> None:
    assert finite(-14.0049, 2) == -14.0
    assert finite(-14.0049) == -14.0049
    assert str(finite(-0.001, 2)) == "0.0"
    assert [finite(value, 2) for value in (None, -math.inf, math.nan)] == [None] * 3


def test_a_sine_has_an_rms_of_its_peak_over_root_two() -> None:
    sine = np.sin(2 * np.pi * np.arange(44_100) / 441).astype(np.float32)
    assert rms(sine) == pytest.approx(math.sqrt(0.5), abs=1e-6)
    assert rms(sine[:0]) == 0.0


@pytest.mark.parametrize("length", [1, 2, 1323])
def test_fades_have_equal_power(length: int) -> None:
    rise, fall = fade_in(length), fade_out(length)
    assert rise**2 + fall**2 == pytest.approx(np.ones(length), abs=1e-6)
    assert np.all(np.diff(rise) > 0)
