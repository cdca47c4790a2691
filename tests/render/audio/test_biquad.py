"""Second-order filters against pyloudnorm's, and against what their parameters promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyloudnorm.iirfilter import IIRfilter
from scipy.signal import sosfreqz

from render.audio.biquad import Kind, biquad
from render.audio.loudness import k_weighting

NAMES: dict[Kind, str] = {
    "high_pass": "high_pass",
    "low_shelf": "low_shelf",
    "high_shelf": "high_shelf",
    "bell": "peaking",
}


def pyloudnorms(gain_db: float, q: float, hertz: float, rate: int, name: str) -> np.ndarray:
    """The same section as another implementation computes it."""
    filter_ = IIRfilter(gain_db, q, hertz, rate, name)
    return np.concatenate([filter_.b, filter_.a])


def gain_at(section: np.ndarray, hertz: float, rate: int) -> float:
    """Gain in dB at a frequency."""
    return float(20.0 * np.log10(np.abs(sosfreqz(section[None], [hertz], fs=rate)[1][0])))


@pytest.mark.parametrize("kind", NAMES)
@given(
    gain_db=st.floats(-24.0, 24.0),
    q=st.floats(0.2, 8.0),
    hertz=st.floats(15.0, 10_000.0),
    rate=st.sampled_from((22_050, 44_100, 48_000, 96_000)),
)
def test_coefficients_are_those_of_pyloudnorm_to_the_bit(
    kind: Kind, gain_db: float, q: float, hertz: float, rate: int
) -> None:
    wanted = pyloudnorms(gain_db, q, hertz, rate, NAMES[kind])
    assert np.array_equal(biquad(kind, hertz, q, rate, gain_db), wanted)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 88_200, 96_000, 192_000])
def test_k_weighting_is_that_of_pyloudnorm(rate: int) -> None:
    shelf = pyloudnorms(3.999843853973347, 0.7071752369554196, 1681.974450955533, rate, "high_shelf_DeMan")
    high_pass = pyloudnorms(0.0, 0.5003270373238773, 38.13547087602444, rate, "high_pass_DeMan")
    assert k_weighting(rate) == pytest.approx(np.array([shelf, high_pass]), rel=1e-15, abs=1e-15)


def test_a_bell_has_its_gain_at_its_frequency_and_none_far_away() -> None:
    bell = biquad("bell", 1000.0, 2.0, 44_100, -7.5)
    assert gain_at(bell, 1000.0, 44_100) == pytest.approx(-7.5, abs=1e-6)
    assert gain_at(bell, 20.0, 44_100) == pytest.approx(0.0, abs=0.01)
    assert gain_at(bell, 20_000.0, 44_100) == pytest.approx(0.0, abs=0.01)


def test_a_shelf_has_half_its_gain_at_its_frequency_and_all_of_it_on_its_side() -> None:
    low = biquad("low_shelf", 300.0, math.sqrt(0.5), 44_100, 6.0)
    high = biquad("high_shelf", 3000.0, math.sqrt(0.5), 44_100, 6.0)
    for shelf, hertz, inside, outside in ((low, 300.0, 10.0, 20_000.0), (high, 3000.0, 22_000.0, 20.0)):
        assert gain_at(shelf, hertz, 44_100) == pytest.approx(3.0, abs=1e-6)
        assert gain_at(shelf, inside, 44_100) == pytest.approx(6.0, abs=0.01)
        assert gain_at(shelf, outside, 44_100) == pytest.approx(0.0, abs=0.01)


def test_a_high_pass_halves_the_power_at_its_frequency_and_falls_by_twelve_db_an_octave() -> None:
    section = biquad("high_pass", 400.0, math.sqrt(0.5), 44_100)
    assert gain_at(section, 400.0, 44_100) == pytest.approx(-3.01, abs=0.01)
    assert gain_at(section, 25.0, 44_100) - gain_at(section, 12.5, 44_100) == pytest.approx(12.04, abs=0.05)
