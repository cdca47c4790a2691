"""A jump is found where it is, and held against what is natural there."""

from __future__ import annotations

import numpy as np
import pytest

from render.audio.types import Audio
from render.checks.clicks import CLICK_LIMIT, find_attacks, worst_jump

RATE = 44_100
AT = 20_000


def hum(size: int = 44_100) -> Audio:
    """A low tone of which nothing jumps, stereo."""
    tone = 0.2 * np.sin(2 * np.pi * 60 * np.arange(size) / RATE)
    return np.stack([tone, 0.5 * tone]).astype(np.float32)


def stepped(*steps: tuple[int, float], channel: int = 1) -> Audio:
    """The hum with steps: (sample, height)."""
    audio = hum()
    for at, height in steps:
        audio[channel, at:] += np.float32(height)
    return audio


def test_what_swings_slowly_has_no_jump() -> None:
    jump = worst_jump(hum(), [AT], {}, RATE)
    assert jump is not None
    assert jump.times < 1.01


def test_without_places_to_look_at_there_is_no_jump() -> None:
    assert worst_jump(hum(), [], {"": [AT]}, RATE) is None


@pytest.mark.parametrize("channel", [0, 1])
def test_a_step_of_one_channel_is_found_at_the_place_that_is_looked_at(channel: int) -> None:
    jump = worst_jump(stepped((AT, 0.05), channel=channel), [5000, AT, 40_000], {}, RATE)
    assert jump is not None
    assert jump.sample == AT
    assert jump.times > 100.0


@pytest.mark.parametrize(("away", "found"), [(-29, True), (31, True), (-31, False), (33, False)])
def test_a_join_is_looked_at_for_seven_tenths_of_a_millisecond_on_each_side(away: int, found: bool) -> None:
    """That is 31 samples; a jump beyond them is what the join is held against."""
    jump = worst_jump(stepped((AT + away, 0.05)), [AT], {}, RATE)
    assert jump is not None
    assert (jump.times > 10.0) == found


@pytest.mark.parametrize(("away", "natural"), [(-2100, True), (2100, True), (-2300, False), (2300, False)])
def test_what_jumps_as_much_within_a_twentieth_of_a_second_is_natural(away: int, natural: bool) -> None:
    jump = worst_jump(stepped((AT, 0.05), (AT + away, 0.05)), [AT], {}, RATE)
    assert jump is not None
    if natural:
        assert jump.times == pytest.approx(1.0, abs=0.02)
    else:
        assert jump.times > 100.0


def test_a_jump_is_told_in_times_of_what_is_natural() -> None:
    for height in (0.02, 0.06):
        jump = worst_jump(stepped((AT, height), (AT + 1000, 0.02)), [AT], {}, RATE)
        assert jump is not None
        assert jump.times == pytest.approx(height / 0.02, rel=0.02)


def test_in_silence_a_click_is_held_against_minus_eighty_db() -> None:
    audio = np.zeros((2, 44_100), np.float32)
    audio[0, AT:] = 3e-4
    jump = worst_jump(audio, [AT], {}, RATE)
    assert jump is not None
    assert jump.times == pytest.approx(3.0, rel=1e-3)


NOTES = (4000, 8000, 32_000)


@pytest.mark.parametrize(
    ("away", "is_note"), [(0, True), (880, True), (-880, True), (900, False), (-900, False)]
)
def test_where_a_note_begins_an_attack_like_the_others_is_no_click(away: int, is_note: bool) -> None:
    """Within 20 ms of it; the attacks of the notes elsewhere say what is usual."""
    audio = stepped((AT, 0.05), *((note, 0.05) for note in NOTES))
    jump = worst_jump(audio, [AT], {"": [*NOTES, AT + away]}, RATE)
    assert jump is not None
    if is_note:
        assert jump.times == pytest.approx(1.0, abs=0.02)
    else:
        assert jump.times > 50.0


def test_the_usual_attack_is_the_middle_one_and_none_of_those_at_joins() -> None:
    """Of attacks of 0.01, 0.03 and 0.2 it is 0.03; that of a note at a join does not count."""
    audio = stepped((AT, 0.09), *zip(NOTES, (0.01, 0.03, 0.2), strict=True), (40_000, 0.4))
    jump = worst_jump(audio, [AT, 40_000], {"": [*NOTES, AT, 40_000]}, RATE)
    assert jump is not None
    assert (jump.sample, jump.times) == (40_000, pytest.approx(0.4 / 0.03, rel=0.02))
    only = worst_jump(audio, [AT], {"": [*NOTES, NOTES[2], AT]}, RATE)  # the same note twice counts once
    assert only is not None
    assert only.times == pytest.approx(3.0, rel=0.02)


def test_each_voice_has_an_attack_of_its_own() -> None:
    """A kick at a join is held against kicks, though most notes are hats; a hat there against hats; what is
    struck nowhere else against all."""
    kicks, hats = (4000, 8000), (12_000, 14_000, 16_000, 28_000, 30_000)
    audio = stepped((AT, 0.1), *((at, 0.1) for at in kicks), *((at, 0.01) for at in hats))
    for voices, times in (
        ({"kick": [*kicks, AT], "hat": hats}, 1.0),
        ({"kick": kicks, "hat": [*hats, AT]}, 10.0),
        ({"kick": kicks, "hat": hats, "crash": [AT]}, 10.0),
    ):
        jump = worst_jump(audio, [AT], voices, RATE)
        assert jump is not None
        assert jump.times == pytest.approx(times, rel=0.05)


def test_joins_at_the_very_ends_can_be_looked_at() -> None:
    for at in (0, 10, 44_090, 44_100):
        jump = worst_jump(hum(), [at], {"": [0, 44_100]}, RATE)
        assert jump is not None
        assert 0.0 <= jump.times < 2.0
    jump = worst_jump(stepped((5, 0.05)), [5], {}, RATE)
    assert jump is not None
    assert jump.times > 100.0


def test_the_attacks_of_a_recording_are_its_jumps_that_stand_out() -> None:
    """Two near each other do not, and those at places that are judged do not count."""
    audio = stepped((4000, 0.05), (9000, 0.02), (AT, 0.05), (30_000, 0.05), (31_000, 0.05))
    assert find_attacks(audio, [], RATE) == pytest.approx([4000, 9000, AT], abs=2)
    assert find_attacks(audio, [AT - 800], RATE) == pytest.approx([4000, 9000], abs=2)
    assert find_attacks(hum(), [], RATE) == []
    assert find_attacks(hum(40), [], RATE) == []


@pytest.mark.parametrize("away", [-2100, -1000, 62, 1000, 2100])
def test_an_attack_is_held_against_a_twentieth_of_a_second_on_each_side(away: int) -> None:
    assert find_attacks(stepped((AT, 0.05), (AT + away, 0.05)), [], RATE) == []


def test_the_first_note_of_a_dull_bass_jumps_more_than_its_others_and_does_not_click() -> None:
    """It comes out of silence; the same jump where no note begins is a click."""
    audio = np.zeros((1, RATE), np.float32)
    later = [RATE // 2 + k * RATE // 20 for k in range(8)]
    for at, slope in [(RATE // 4, 9e-4), *((at, 1e-5) for at in later)]:
        audio[:, at:] += slope * np.arange(RATE - at) * np.exp(-np.arange(RATE - at) / 300)
    note, silence = {"": [RATE // 4, *later]}, {"": later}
    for onsets, is_click in ((note, False), (silence, True)):
        jump = worst_jump(audio.astype(np.float32), [RATE // 4], onsets, RATE)
        assert jump is not None
        assert (jump.times > CLICK_LIMIT) is is_click
