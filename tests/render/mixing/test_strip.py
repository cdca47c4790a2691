"""A channel strip does what its figures say, measured from outside: filters, compressor, drive, pan."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import periodogram, welch

from render.audio.loudness import measure_lufs
from render.audio.types import Audio
from render.mixing.duck import Kick
from render.mixing.mix import GAIN_STEP_DB, HEADROOM_DB, dry_stem, mix_stem, pan_gains, sum_stems, widen
from structure.base.grid import Grid, Meter
from structure.plans.plan import StemPlan
from structure.presets.mixes import Strip, load_mix
from tests.tones import level_db

RATE = 44_100
GRID = Grid.steady(120, Meter())
POP = load_mix("pop")
STEM = StemPlan("stem", "chords", "", "", 0.0, 0.0, 0.0)


def strip(**changes: object) -> Strip:
    """A strip that changes nothing but the level, with changes."""
    flat = {
        "highpass_hz": 10.0,
        "low_db": 0.0,
        "bell_db": 0.0,
        "high_db": 0.0,
        "threshold_db": 0.0,
        "ratio": 1.0,
        "drive_db": 0.0,
        "width": 0.0,
        "loudness_lufs": -20.0,
    }
    return POP.strips["chords"].model_copy(update={**flat, **changes})


def noise(seconds: float = 4.0, level: float = 0.1) -> Audio:
    audio = level * np.random.default_rng(7).standard_normal((1, round(seconds * RATE)))
    return audio.astype(np.float32)


def sine(hertz: float, seconds: float = 4.0, level: float = 0.1) -> Audio:
    time = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]


def response_db(changed: Strip, hertz: float) -> float:
    """How much more a strip passes at a frequency than at 1 kHz, against a flat one."""
    size = 1 << 15
    levels = []
    for made in (strip(), changed):
        hz, power = welch(dry_stem(noise(), made, RATE)[0], RATE, nperseg=size)
        near = [np.abs(hz - wanted) <= max(1.5, 0.01 * wanted) for wanted in (hertz, 1000.0)]
        levels.append(10 * np.log10(power[near[0]].mean() / power[near[1]].mean()))
    return float(levels[1] - levels[0])


@pytest.mark.parametrize(
    ("figures", "hertz", "expected"),
    [
        ({"low_db": 6.0, "low_hz": 200.0}, 30.0, 6.0),
        ({"low_db": -9.0, "low_hz": 200.0}, 30.0, -9.0),
        ({"low_db": 6.0, "low_hz": 200.0}, 200.0, 3.0),  # half of it at its corner
        ({"low_db": 6.0, "low_hz": 200.0}, 10_000.0, 0.0),
        ({"high_db": -6.0, "high_hz": 5000.0}, 17_000.0, -6.0),
        ({"high_db": 4.0, "high_hz": 5000.0}, 5000.0, 2.0),
        ({"high_db": 4.0, "high_hz": 5000.0}, 100.0, 0.0),
        ({"bell_db": 6.0, "bell_hz": 3000.0, "bell_q": 4.0}, 3000.0, 6.0),
        ({"bell_db": -5.0, "bell_hz": 300.0, "bell_q": 4.0}, 300.0, -5.0),
        ({"bell_db": 6.0, "bell_hz": 3000.0, "bell_q": 4.0}, 12_000.0, 0.0),
        ({"highpass_hz": 100.0}, 100.0, -3.01),  # a Butterworth filter's corner
        ({"highpass_hz": 100.0}, 50.0, -12.3),  # 12 dB an octave
        ({"highpass_hz": 100.0}, 400.0, 0.0),
    ],
)
def test_the_equaliser_has_the_response_that_its_figures_say(
    figures: dict[str, float], hertz: float, expected: float
) -> None:
    assert response_db(strip(**figures), hertz) == pytest.approx(expected, abs=0.4)


def test_a_narrow_bell_is_narrow() -> None:
    """An octave above its middle a bell of Q 8 has all but gone, and one of Q 0.5 has not."""
    narrow, wide = (
        response_db(strip(bell_db=9.0, bell_hz=4000.0, bell_q=quality), 8000.0) for quality in (8.0, 0.5)
    )
    assert narrow < 0.5
    assert wide > 2.5


def two_levels(**figures: float) -> tuple[np.ndarray, np.ndarray]:
    """A tone of three seconds, then of three more 20 dB softer, through a strip: the level of each
    millisecond, and of the same tone through a flat one, in dB."""
    tone = np.concatenate([sine(1000.0, 3.0, 0.5), sine(1000.0, 3.0, 0.05)], axis=1)
    levels = []
    for made in (strip(**figures), strip()):
        audio = dry_stem(tone, made, RATE, slice(0, 2 * RATE))
        blocks = audio[0, : 6 * RATE // 441 * 441].reshape(-1, 441)
        levels.append(10 * np.log10((blocks**2).mean(axis=1) + 1e-20))
    return levels[0], levels[1]


@pytest.mark.parametrize("ratio", [2.0, 4.0])
def test_above_the_threshold_the_compressor_divides_by_its_ratio(ratio: float) -> None:
    """Both levels lie above it, so that of 20 dB between them 20 / ratio are left."""
    made, flat = two_levels(threshold_db=-50.0, ratio=ratio, attack_ms=1.0, release_ms=20.0)
    assert flat[200] - flat[550] == pytest.approx(20.0, abs=0.1)
    assert made[200] - made[550] == pytest.approx(20.0 / ratio, abs=0.3)


def test_below_the_threshold_the_compressor_does_nothing() -> None:
    made, flat = two_levels(threshold_db=0.0, ratio=8.0)
    assert made == pytest.approx(flat, abs=0.01)


def test_the_compressor_lets_attacks_through_and_comes_back_in_its_release_time() -> None:
    slow, _ = two_levels(threshold_db=-40.0, ratio=8.0, attack_ms=500.0, release_ms=20.0)
    quick, _ = two_levels(threshold_db=-40.0, ratio=8.0, attack_ms=1.0, release_ms=20.0)
    assert slow[1] - slow[200] > 6.0  # the first hundredth of a second is as it was
    assert quick[1] - quick[200] < 3.0
    lazy, _ = two_levels(threshold_db=-40.0, ratio=8.0, attack_ms=1.0, release_ms=400.0)
    rise = [made[500] - made[304] for made in (quick, lazy)]  # from 40 ms after the fall
    assert rise[0] < 3.0 < rise[1]


def test_drive_adds_odd_overtones_and_none_is_added_without() -> None:
    def third_db(drive_db: float) -> float:
        hz, power = periodogram(dry_stem(sine(1000.0), strip(drive_db=drive_db), RATE)[0], RATE, "hann")
        tone, third = (power[np.abs(hz - k * 1000.0) < 5.0].sum() for k in (1, 3))
        return float(10 * np.log10(third / tone + 1e-20))

    assert third_db(0.0) < -100.0
    assert -60.0 < third_db(6.0) < third_db(20.0) < -9.0


def test_a_long_stem_has_no_seam_where_its_filters_go_on() -> None:
    """Twenty seconds of a low tone, whose filters still ring: it is as smooth everywhere."""
    tone = sine(40.0, 20.0)
    made = dry_stem(tone, strip(highpass_hz=30.0, low_db=9.0, low_hz=80.0), RATE)[0, RATE:]
    assert np.abs(np.diff(made, 3)).max() < 1e-4 * np.abs(made).max()


def test_a_sound_is_raised_by_forty_db_at_most_each_time() -> None:
    """Before the strip and behind it, where 90 dB are asked for."""
    soft = noise(level=10 ** (-66 / 20))
    made = dry_stem(soft, strip(loudness_lufs=24.0), RATE)
    assert level_db(made[:1]) - level_db(soft) == pytest.approx(80.0, abs=0.1)


def test_levels_are_set_in_half_decibels() -> None:
    """Of a strip that does nothing else, two sounds a little apart are moved alike, or by a step more."""
    gains = []
    for change_db in np.arange(0.0, 4.0, 0.25):
        sound = noise(level=0.1 * 10 ** (change_db / 20))
        gains.append(level_db(dry_stem(sound, strip(), RATE)[:1]) - level_db(sound))
    steps = np.array(gains) / 0.5
    assert steps == pytest.approx(np.round(steps), abs=0.02)
    assert set(np.round(np.diff(np.round(steps))).astype(int)) == {0, -1}


@pytest.mark.parametrize("width", [0.2, 0.8])
def test_the_width_is_the_level_of_the_side_above_its_corner(width: float) -> None:
    """Of white noise the side has width² of the mid's power there, and next to none two octaves below."""
    left, right = widen(noise(8.0), strip(width=width, width_above_hz=400.0), RATE)
    hz, mid = welch((left + right) / 2, RATE, nperseg=4096)
    _, side = welch((left - right) / 2, RATE, nperseg=4096)
    high, low = (hz > 1000.0) & (hz < 20_000.0), (hz > 20.0) & (hz < 100.0)
    assert 10 * np.log10(side[high].mean() / mid[high].mean()) == pytest.approx(
        20 * np.log10(width), abs=0.7
    )
    assert side[low].mean() < 0.01 * width**2 * mid[low].mean()


@pytest.mark.parametrize(("own", "heard"), [(0.0, 0.5), (0.3, 0.5), (0.5, 0.5), (0.8, 0.8)])
def test_a_stem_in_stereo_gets_what_it_lacks_of_the_width(own: float, heard: float) -> None:
    """It keeps its own side, and the sum of its channels."""
    rng = np.random.default_rng(3)
    middle, side = rng.standard_normal((2, 8 * RATE)).astype(np.float32)
    audio = np.stack([middle + own * side, middle - own * side])
    left, right = widen(audio, strip(width=0.5, width_above_hz=20.0), RATE)
    assert math.sqrt(np.var(left - right) / np.var(left + right)) == pytest.approx(heard, abs=0.02)
    assert np.abs(left + right - 2.0 * middle).max() < 1e-4
    assert np.mean((left - right) / 2 * side) == pytest.approx(own, abs=0.02)


def test_the_side_is_thirty_sparse_pulses_that_die_away_in_a_fortieth_of_a_second() -> None:
    click = np.zeros(RATE // 4, np.float32)
    click[100] = 1.0
    left, right = widen(click[None], strip(width=1.0, width_above_hz=10.0), RATE)
    side = (left - right) / 2
    pulses = np.flatnonzero(np.abs(side) > 0.02)
    assert np.abs(side[:100]).max() < 1e-6
    assert pulses.min() < 100 + 0.025 * RATE / 30
    assert len(pulses) in (29, 30)
    assert 0.024 * RATE * 29 / 30 < pulses.max() - 100 < 0.025 * RATE
    assert {np.sign(side[place]) for place in pulses} == {-1.0, 1.0}
    gaps = np.diff(pulses)  # one pulse to every slot of 1/30, wherever in it
    assert gaps.max() < 2 * 0.025 * RATE / 30
    assert np.abs(side[pulses[0]]) > 10 * np.abs(side[pulses[-1]])
    assert float(np.sum(side**2)) == pytest.approx(1.0, abs=0.1)
    assert np.abs(side[100 + round(0.0751 * RATE) :]).max() < 1e-6


@pytest.mark.parametrize(
    ("pan", "left", "right"),
    [(-1.0, math.sqrt(2.0), 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, math.sqrt(2.0)), (0.5, 0.5412, 1.3066)],
)
def test_pan_is_from_hard_left_to_hard_right(pan: float, left: float, right: float) -> None:
    assert pan_gains(pan) == (pytest.approx(left, abs=1e-4), pytest.approx(right, abs=1e-4))


def test_a_stereo_clip_keeps_its_sides() -> None:
    audio = np.concatenate([sine(500.0), 0.5 * sine(700.0)])
    made = dry_stem(audio, strip(width=1.0), RATE)
    assert level_db(made[0]) - level_db(made[1]) == pytest.approx(6.02, abs=0.05)


def test_each_send_returns_its_own_and_none_returns_nothing() -> None:
    """A click through room, echo and both: what both return is the sum of what each does."""
    click = np.zeros((1, 4 * RATE), np.float32)
    click[0, : RATE // 10] = noise(0.1)

    def wet(**sends: float) -> Audio:
        return np.asarray(
            mix_stem(click, replace(STEM, **sends), POP, GRID) - mix_stem(click, STEM, POP, GRID)
        )

    room, echo, both = wet(reverb=0.5), wet(delay=0.5), wet(reverb=0.5, delay=0.5)
    assert level_db(room) > -90.0 and level_db(echo) > -90.0
    assert level_db(both - room - echo) < level_db(both) - 80.0
    assert level_db(wet(reverb=0.25)) == pytest.approx(level_db(room) - 6.02, abs=0.01)
    assert level_db(wet(delay=0.25)) == pytest.approx(level_db(echo) - 6.02, abs=0.01)


def test_kicks_move_only_stems_that_give_way() -> None:
    hits = [Kick(RATE, 1.0)]
    plain = mix_stem(noise(), STEM, POP, GRID)
    assert np.array_equal(mix_stem(noise(), STEM, POP, GRID, kicks=hits), plain)
    assert np.array_equal(mix_stem(noise(), replace(STEM, duck=0.8), POP, GRID), plain)
    assert not np.array_equal(mix_stem(noise(), replace(STEM, duck=0.8), POP, GRID, kicks=hits), plain)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.6, 4.0])
def test_the_last_half_second_falls_evenly_to_nothing(seconds: float) -> None:
    longer = noise(seconds + 1.0)
    body = slice(0, round(0.5 * RATE))
    size = round(seconds * RATE)
    cut, whole = (mix_stem(audio, STEM, POP, GRID, body) for audio in (longer[:, :size], longer))
    fall = np.concatenate([np.ones(size - RATE // 2), np.linspace(1.0, 0.0, RATE // 2)])
    assert cut == pytest.approx(whole[:, :size] * fall, abs=1e-6)
    assert not cut[:, -1].any()


@pytest.mark.parametrize(
    ("peak", "gain_db"),
    [(0.1, -9.0), (2.65, -9.0), (2.67, -9.5), (4.0, -13.0), (40.0, -33.0)],
)
def test_stems_come_down_by_nine_db_or_by_whole_steps_more(peak: float, gain_db: float) -> None:
    """-0.5 dBFS is the highest peak: +8.5 dB need 9 dB less, and what is above comes in steps of 0.5."""
    stem = np.zeros((2, 100), np.float32)
    stem[1, 50] = -peak
    stems = {"a": stem.copy()}
    premaster = sum_stems(stems)
    assert 20 * math.log10(float(-premaster[1, 50]) / peak) == pytest.approx(gain_db, abs=1e-4)
    assert np.array_equal(stems["a"], premaster)


def test_stems_that_cancel_each_other_do_not_clip_by_themselves() -> None:
    loud = noise(0.1, 2.0).repeat(2, axis=0)
    stems = {"a": loud.copy(), "b": -loud}
    assert not sum_stems(stems).any()
    peak = max(float(np.abs(stem).max()) for stem in stems.values())
    assert -1.01 < 20 * math.log10(peak) < -0.5


def test_the_loudness_of_a_stem_is_its_roles_then_the_users_then_its_buses() -> None:
    """Stereo loudness of a stem in the mix, at any place, without sends."""
    bus = POP.model_copy(update={"buses": {"music": -2.0}})
    stem = replace(STEM, gain_db=-4.0)
    made = mix_stem(noise(6.0), stem, bus, GRID, slice(0, 4 * RATE))
    wanted = POP.strips["chords"].loudness_lufs - 6.0
    assert measure_lufs(made[:, : 4 * RATE], RATE) == pytest.approx(wanted, abs=GAIN_STEP_DB / 2 + 0.01)
    assert HEADROOM_DB == -9.0
