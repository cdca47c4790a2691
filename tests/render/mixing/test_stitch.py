"""Joins: on the sample, without a dip, a bump or a blunted attack."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.levels import fade_in, fade_out
from render.mixing.stitch import PlacedClip, clip_envelope, stitch
from structure.base.grid import Grid, Meter

RATE = 44_100
PRE, BODY, TAIL, FADE = 8820, RATE, RATE, 8000


def placed(audio: np.ndarray, start: int, **joins: bool) -> PlacedClip:
    settings = {"attack": False, "rings": False, "joined_before": False, "joined_after": False, **joins}
    return PlacedClip(audio, PRE, start, start + BODY, **settings)


@given(st.integers(1, 5000))
def test_squares_of_a_crossfade_sum_to_one(length: int) -> None:
    rise, fall = fade_in(length).astype(np.float64), fade_out(length).astype(np.float64)
    assert np.allclose(rise**2 + fall**2, 1.0, atol=1e-6)
    assert np.all(np.diff(rise) > 0)


@pytest.mark.parametrize("attack", [False, True])
def test_power_is_steady_through_a_join_of_clips_that_play_on(attack: bool) -> None:
    """Independent noises, 40 takes: the RMS of 10 ms windows moves by less than half a dB."""
    rng = np.random.default_rng(0)
    power = np.zeros(2 * BODY + TAIL)
    for _ in range(40):
        one, two = rng.standard_normal((2, 1, PRE + BODY + TAIL)).astype(np.float32)
        clips = [
            placed(one, 0, attack=attack, joined_after=True, attack_after=attack),
            placed(two, BODY, attack=attack, joined_before=True),
        ]
        power += stitch(clips, len(power), FADE, RATE)[0].astype(np.float64) ** 2
    windows = power[BODY - FADE : BODY + FADE][: FADE * 2 // 441 * 441].reshape(-1, 441).mean(axis=1) / 40
    assert np.abs(10 * np.log10(windows)).max() < 0.5


@given(st.integers(2, 4000), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_an_attack_on_the_downbeat_is_never_blunted(
    fade: int, rings: bool, before: bool, after: bool, attack_after: bool, attack: bool
) -> None:
    clip = PlacedClip(
        np.zeros((1, PRE + BODY + TAIL), np.float32),
        PRE,
        0,
        BODY,
        attack,
        rings,
        before,
        after,
        attack_after,
    )
    envelope = clip_envelope(clip, fade)
    assert envelope.min() >= 0.0
    assert envelope.max() <= 1.0
    half = fade // 2
    assert np.all(envelope[: PRE - half] == 0.0)
    if attack or not before:
        assert np.all(envelope[PRE : PRE + BODY - half] == 1.0)
    assert np.all(envelope[PRE + half : PRE + BODY - half] == 1.0)


def test_tails_ring_over_the_join() -> None:
    envelope = clip_envelope(
        placed(np.zeros((1, PRE + BODY + TAIL), np.float32), 0, rings=True, joined_after=True), FADE
    )
    assert np.all(envelope[PRE : PRE + BODY + TAIL // 2] == 1.0)
    assert envelope[-1] < 0.01


def test_slices_of_one_signal_with_silent_margins_give_that_signal_back() -> None:
    rng = np.random.default_rng(1)
    bodies = rng.standard_normal((3, BODY)).astype(np.float32)
    clips = [
        placed(
            np.pad(body, (PRE, TAIL))[None], k * BODY,
            attack=True, rings=True, joined_before=k > 0, joined_after=k < 2,
        )
        for k, body in enumerate(bodies)
    ]  # fmt: skip
    song = stitch(clips, 3 * BODY + RATE, FADE, RATE)
    assert np.array_equal(song[0, : 3 * BODY], bodies.ravel())


@given(
    tempo=st.decimals(40, 240, places=3),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "7/8"]),
    bars=st.lists(st.integers(1, 3), min_size=2, max_size=5),
)
def test_downbeats_land_on_the_sample_of_the_grid(tempo: object, meter: str, bars: list[int]) -> None:
    grid = Grid.steady(tempo, Meter.parse(meter), 2000)
    bounds = [grid.sample_at_bar(sum(bars[:k])) for k in range(len(bars) + 1)]
    clips = []
    for start, end in pairwise(bounds):
        audio = np.zeros((1, 200 + end - start + 100), np.float32)
        audio[0, 200] = 1.0
        clips.append(PlacedClip(audio, 200, start, end, True, True, start > 0, end < bounds[-1]))
    song = stitch(clips, bounds[-1] + 3000, 100, 2000)
    assert np.flatnonzero(song[0]).tolist() == bounds[:-1]


def test_a_song_starts_without_a_click_and_ends_on_a_silent_sample() -> None:
    audio = np.ones((1, PRE + BODY + TAIL), np.float32)
    song = stitch([placed(audio, 0, rings=True)], BODY + TAIL // 4, FADE, RATE)
    assert song.shape == (1, BODY + TAIL // 4)
    assert song[0, 0] < 0.01
    assert song[0, int(0.004 * RATE)] > 0.99
    assert song[0, -1] == 0.0
    assert np.abs(np.diff(song[0])).max() < 0.02


def test_sections_keep_their_levels() -> None:
    """No clip is normalised on its own: a section 12 dB softer stays 12 dB softer."""
    rng = np.random.default_rng(2)
    one, two = rng.standard_normal((2, 1, PRE + BODY + TAIL)).astype(np.float32)
    song = stitch(
        [placed(one, 0, joined_after=True), placed(0.25 * two, BODY, joined_before=True)],
        2 * BODY,
        FADE,
        RATE,
    )
    loud, soft = song[0, FADE : BODY - FADE], song[0, BODY + FADE : 2 * BODY - RATE // 2]
    assert 20 * math.log10(np.std(soft) / np.std(loud)) == pytest.approx(-12.04, abs=0.2)
