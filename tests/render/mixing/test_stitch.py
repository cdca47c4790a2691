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


def placed(audio: np.ndarray, start: int, *, pre: int = PRE, body: int = BODY, **joins: bool) -> PlacedClip:
    settings = {"attack": False, "rings": False, "joined_before": False, "joined_after": False, **joins}
    return PlacedClip(audio=audio, downbeat_sample=pre, start=start, end=start + body, **settings)


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
    clip = placed(
        np.zeros((1, PRE + BODY + TAIL), np.float32),
        0,
        attack=attack,
        rings=rings,
        joined_before=before,
        joined_after=after,
        attack_after=attack_after,
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
        clips.append(
            placed(
                audio,
                start,
                pre=200,
                body=end - start,
                attack=True,
                rings=True,
                joined_before=start > 0,
                joined_after=end < bounds[-1],
            )
        )
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


SHARES = st.sampled_from(["plays on", "rings", "ends"])


@pytest.mark.slow
@given(st.integers(2, 500), SHARES, st.booleans(), st.integers(0, 5000), st.integers(0, 800))
def test_a_join_is_a_sine_in_and_a_cosine_out_around_its_downbeat(
    fade: int, after: str, attack: bool, start: int, tail: int
) -> None:
    """The gain at every moment, wherever the clip is and however short its pre-roll and tail."""
    pre, body, half = 150, 1200, fade // 2
    clip = placed(
        np.ones((2, pre + body + tail), np.float32),
        start,
        pre=pre,
        body=body,
        attack=attack,
        rings=after == "rings",
        joined_before=True,
        joined_after=after != "ends",
    )
    envelope = clip_envelope(clip, fade)

    time = np.arange(-pre, body + tail) + 0.5  # from the downbeat to the middle of each sample
    rise_s = half if attack else 2 * half
    fall_s = 2 * half if after == "plays on" else tail // 2
    fall_from = body - half if after == "plays on" else body + tail - tail // 2
    rise = np.clip((time + half) / rise_s, 0.0, 1.0)
    fall = np.clip((time - fall_from) / fall_s, 0.0, 1.0) if fall_s else (time > fall_from).astype(float)
    expected = np.sin(np.pi / 2 * rise) * np.cos(np.pi / 2 * fall)
    assert envelope.shape == (pre + body + tail,)
    assert envelope.dtype == np.float32
    assert envelope == pytest.approx(expected, abs=1e-6)


def test_before_an_attack_the_clip_that_plays_on_has_gone() -> None:
    """It falls in the half window before the downbeat, so that the attack comes out of nothing else."""
    clip = placed(np.ones((1, PRE + BODY + TAIL), np.float32), 0, joined_after=True, attack_after=True)
    envelope = clip_envelope(clip, FADE)
    assert envelope[PRE + BODY - FADE // 2 - 1] == 1.0
    assert envelope[PRE + BODY - FADE // 4] == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert not envelope[PRE + BODY :].any()


def cut(pre_roll: int, start: int, attack: bool, rings: bool) -> np.ndarray:
    """A steady clip, cut into by the song's first sample: (samples,)."""
    audio = np.ones((1, pre_roll + BODY), np.float32)
    clip = placed(audio, start, pre=pre_roll, attack=attack, rings=rings)
    return stitch([clip], 3 * BODY, 0, RATE)[0]


def test_a_clip_that_the_song_cuts_into_fades_in_over_four_milliseconds() -> None:
    edge = round(0.004 * RATE)
    song = cut(PRE, 0, attack=False, rings=False)
    assert song[0] < 0.01
    assert song[edge // 2] == pytest.approx(math.sqrt(0.5), abs=0.01)
    assert song[edge - 2] < 1.0 == song[edge] == song[BODY - 1]


@pytest.mark.parametrize("room", [0, 1, 60, 500])
def test_an_attack_of_the_score_is_whole_however_little_is_before_it(room: int) -> None:
    """The fade of the edge ends when the attack begins."""
    song = cut(2000, room, attack=True, rings=True)
    assert np.all(song[room : room + BODY] == 1.0)
    assert np.all(np.diff(song[:room]) >= 0.0)
    if room == 0:
        return
    assert song[0] < 0.8
    assert cut(2000, room, attack=True, rings=False)[room] < 1.0 or room > 0.004 * RATE


@pytest.mark.slow
def test_clips_add_up_where_they_overlap_and_are_where_they_were_put() -> None:
    """Three stereo clips whose tails reach into the next, the last beyond the end of the song."""
    clips, expected = [], np.zeros((2, 3 * BODY + 1000), np.float64)
    for k in range(3):
        audio = np.random.default_rng(k).standard_normal((2, PRE + BODY + TAIL)).astype(np.float32)
        clip = placed(
            audio, k * BODY + 100, rings=True, attack=True, joined_before=k > 0, joined_after=k < 2
        )
        clips.append(clip)
        alone = np.zeros((2, 5 * BODY), np.float32)
        first = k * BODY + 100  # counted from a pre-roll before the song
        alone[:, first : first + audio.shape[1]] = audio * clip_envelope(clip, FADE)
        expected += alone[:, PRE : PRE + expected.shape[1]]
    song = stitch(clips, expected.shape[1], FADE, RATE, channels=2)
    inside = slice(300, expected.shape[1] - RATE // 2)
    assert song.dtype == np.float32
    assert song[:, inside] == pytest.approx(expected[:, inside], abs=1e-5)


@pytest.mark.parametrize("seconds", [0.2, 0.5, 2.0])
def test_the_last_half_second_falls_to_silence_as_a_cosine(seconds: float) -> None:
    size = round(seconds * RATE)
    clip = placed(np.ones((1, size + TAIL), np.float32), 0, pre=0, body=size, attack=True, rings=True)
    song = stitch([clip], size, FADE, RATE)[0]
    fall = min(size, RATE // 2)
    assert np.all(song[: size - fall] == 1.0)
    assert song[size - fall] > 0.99
    assert song[size - fall // 2] == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert song[-1] == 0.0 < song[-2] < 1e-3
    assert np.all(np.diff(song[size - fall :]) <= 0.0)
