"""The loudness report reads the signals of EBU Tech 3341 and 3342 within their tolerances."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from render.audio.loudness import measure_lufs
from render.audio.r128 import Loudness, loudness_targets, measure_loudness, playbacks

RATE = 48_000


def tones(*parts: tuple[float, float], rate: int = RATE, hertz: float = 1000.0) -> np.ndarray:
    """Stereo sines one after the other: (dBFS, seconds) each."""
    pieces = [
        10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
        for level, seconds in parts
    ]
    return np.repeat(np.concatenate(pieces)[None], 2, axis=0).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_steady_tone_is_as_loud_as_its_level(level: float, rate: int) -> None:
    """Tech 3341, cases 1 and 2."""
    loudness = measure_loudness(tones((level, 20.0), rate=rate), rate)
    for value in (loudness.integrated_lufs, loudness.max_momentary_lufs, loudness.max_short_term_lufs):
        assert value == pytest.approx(level, abs=0.1)
    assert loudness.range_lu == pytest.approx(0.0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "parts",
    [
        [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)],
        [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)],
        [(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)],
    ],
    ids=["case 3", "case 4", "case 5"],
)
def test_gates_leave_out_what_is_quiet(parts: list[tuple[float, float]]) -> None:
    assert measure_loudness(tones(*parts), RATE).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_the_short_term_maximum_follows_three_seconds() -> None:
    """Tech 3341, case 9, and case 10 with its tone of 3 s at three of its places."""
    steady = tones(*[(-20.0, 1.34), (-30.0, 1.66)] * 5)
    assert measure_loudness(steady, RATE).max_short_term_lufs == pytest.approx(-23.0, abs=0.1)
    for place in (0, 7, 19):
        burst = tones((-200.0, 0.15 * place), (-23.0, 3.0), (-200.0, 1.0))
        assert measure_loudness(burst, RATE).max_short_term_lufs == pytest.approx(-23.0, abs=0.1)


def test_the_momentary_maximum_follows_four_tenths_of_a_second() -> None:
    """Tech 3341, case 12, and case 13 with its tone of 0.4 s at four of its places."""
    steady = tones(*[(-20.0, 0.18), (-30.0, 0.22)] * 25)
    assert measure_loudness(steady, RATE).max_momentary_lufs == pytest.approx(-23.0, abs=0.1)
    for place in (0, 1, 7, 19):
        burst = tones((-200.0, 0.02 * place), (-23.0, 0.4), (-200.0, 1.0))
        assert measure_loudness(burst, RATE).max_momentary_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((-20.0, -30.0), 10.0),
        ((-20.0, -15.0), 5.0),
        ((-40.0, -20.0), 20.0),
        ((-50.0, -35.0, -20.0, -35.0, -50.0), 15.0),
    ],
    ids=["case 1", "case 2", "case 3", "case 4"],
)
def test_the_range_is_that_of_tech_3342(levels: tuple[float, ...], expected: float) -> None:
    audio = tones(*[(level, 20.0) for level in levels])
    assert measure_loudness(audio, RATE).range_lu == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("degrees", [0.0, 45.0, 60.0, 67.5])
def test_the_true_peak_lies_between_samples(degrees: float) -> None:
    """Tech 3341, cases 15 to 18: a quarter of the rate, half of full scale, whatever the phase."""
    phase = np.pi / 2 * np.arange(RATE) + np.deg2rad(degrees)
    audio = (0.5 * np.sin(phase) * np.hanning(RATE) ** 0.1)[None].astype(np.float32)
    assert -6.4 <= measure_loudness(audio, RATE).true_peak_dbtp <= -5.8


def test_integrated_loudness_agrees_with_pyloudnorm() -> None:
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((2, 20 * RATE)) * np.repeat([0.02, 0.1, 0.05, 0.2], 5 * RATE)
    audio = noise.astype(np.float32)
    meter = pyloudnorm.Meter(RATE, filter_class="DeMan")
    assert measure_loudness(audio, RATE).integrated_lufs == pytest.approx(
        meter.integrated_loudness(audio.T.astype(np.float64)), abs=0.05
    )
    assert measure_loudness(audio, RATE).integrated_lufs == pytest.approx(
        measure_lufs(audio, RATE), abs=0.01
    )


def test_silence_and_short_sounds_have_no_loudness() -> None:
    silent = measure_loudness(np.zeros((2, RATE), np.float32), RATE)
    assert silent == Loudness(-math.inf, 0.0, -math.inf, -math.inf, -math.inf)
    assert playbacks(silent) == ()
    short = measure_loudness(tones((-20.0, 1.0)), RATE)
    assert short.max_short_term_lufs == -math.inf
    assert short.max_momentary_lufs == pytest.approx(-20.0, abs=0.1)


def test_services_turn_a_loud_song_down_and_raise_a_quiet_one_as_they_do() -> None:
    loud = {p.target.name: p for p in playbacks(Loudness(-9.0, 4.0, -7.0, -8.0, -1.0))}
    assert loud["Spotify"].gain_db == pytest.approx(-5.0)
    assert loud["Apple Music"].gain_db == pytest.approx(-7.0)
    assert loud["EBU R 128"].gain_db == pytest.approx(-14.0)
    assert loud["Club"].gain_db == pytest.approx(0.0)
    assert all(p.over_db == 0.0 for p in loud.values())
    quiet = {p.target.name: p for p in playbacks(Loudness(-20.0, 4.0, -17.0, -18.0, -3.0))}
    assert quiet["YouTube"].gain_db == quiet["Tidal"].gain_db == quiet["Deezer"].gain_db == 0.0
    assert quiet["Spotify"].gain_db == pytest.approx(2.0)  # its peak then is at the ceiling
    assert quiet["Spotify"].true_peak_dbtp == pytest.approx(-1.0)
    assert quiet["Club"].gain_db == pytest.approx(11.0)
    assert quiet["Club"].over_db == pytest.approx(9.0)


def test_every_target_of_the_hand_over_is_known() -> None:
    known = {target.name: target.loudness_lufs for target in loudness_targets()}
    assert known == {
        "Spotify": -14, "Apple Music": -16, "YouTube": -14, "Tidal": -14, "Amazon Music": -14,
        "Deezer": -15, "EBU R 128": -23, "ATSC A/85": -24, "Club": -9,
    }  # fmt: skip
