"""Rows of a voice and what is made of them, without the networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.model_voice.condition import SEEN, SOUNDS, describe_frames, number_of, phonemes_of
from render.model_voice.frames import (
    BANDS,
    CENTRE,
    ROW,
    SCALE,
    band_centres,
    encode,
    to_hertz_of_mel,
)
from render.model_voice.synthesis import Colour, synthesise
from render.voice.score import SungNote, phrases
from render.voice.speech import STEP_S
from render.voice.timing import text_of
from structure.base.grid import SAMPLE_RATE


def rows_of(frames: int = 120, *, is_voiced: bool = True, peak_hz: float = 700.0) -> np.ndarray:
    """Return rows of one sound whose envelope has one peak."""
    hertz = to_hertz_of_mel(band_centres())
    rows = np.zeros((frames, ROW), np.float32)
    rows[:, :BANDS] = (-6.0 - np.abs(np.log2(np.maximum(hertz, 50.0) / peak_hz)) * 3.0 - CENTRE) / SCALE
    rows[:, BANDS:-1] = -0.5 if is_voiced else 1.0
    rows[:, -1] = is_voiced
    return rows


def peak_of(audio: np.ndarray, low: float, high: float) -> float:
    """Return the strongest frequency between two."""
    size = 1 << 18
    power = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), size))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    inside = (hertz > low) & (hertz < high)
    return float(hertz[inside][power[inside].argmax()])


@pytest.mark.parametrize("asked", [82.4, 220.0, 659.3])
def test_the_pitch_that_is_asked_for_sounds(asked: float) -> None:
    audio = synthesise(rows_of(), np.full(120, asked), Colour(), 1)
    assert len(audio) == int(119 * STEP_S * SAMPLE_RATE)
    found = peak_of(audio[4000:-4000], 0.7 * asked, 1.4 * asked)
    assert abs(1200 * np.log2(found / asked)) < 8.0


def test_samples_are_the_same_for_a_seed_and_loudness_for_every_pitch() -> None:
    one, same, other = (synthesise(rows_of(), np.full(120, 200.0), Colour(), seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    levels = [np.std(synthesise(rows_of(), np.full(120, hertz), Colour(), 1)) for hertz in (100.0, 400.0)]
    assert 0.9 < levels[0] / levels[1] < 1.1
    hiss = np.std(synthesise(rows_of(is_voiced=False), np.full(120, 200.0), Colour(), 1))
    assert 0.85 < hiss / levels[0] < 1.15, "noise is as loud as what rings"
    envelope = np.exp(np.full((4, 513), -6.0))
    flat = encode(envelope, np.full((4, 513), 0.01), np.ones(4, bool))
    assert flat[:, :BANDS] == pytest.approx((-6.0 - CENTRE) / SCALE, abs=1e-3) and flat[:, -1].all()
    assert not encode(envelope, np.ones((4, 513)), np.ones(4, bool))[:, -1].any(), "noise has no pitch"


def power_of(colour: Colour, *, is_voiced: bool = True, peak_hz: float = 700.0) -> np.ndarray:
    """Return the power spectrum of half a second at 150 Hz."""
    audio = synthesise(rows_of(is_voiced=is_voiced, peak_hz=peak_hz), np.full(120, 150.0), colour, 1)
    return np.abs(np.fft.rfft(audio * np.hanning(len(audio)))) ** 2


def test_noise_and_colour_do_what_they_say() -> None:
    plain = power_of(Colour())
    at = np.linspace(0.0, SAMPLE_RATE / 2, len(plain))
    noise = power_of(Colour(), is_voiced=False, peak_hz=5000.0)
    assert noise[(at > 4000) & (at < 6000)].sum() > 5 * noise[at < 2000].sum()
    above = (at > 900) & (at < 3000)
    assert power_of(Colour(1.2))[above].sum() > 1.5 * plain[above].sum(), "a smaller body is brighter"
    between = np.abs((at / 150.0) % 1.0 - 0.5) < 0.2
    air = (at > 1500) & (at < 5000) & between
    assert power_of(Colour(breath_db=15.0))[air].sum() > 10 * plain[air].sum()
    low = (at > 200) & (at < 1500) & between
    assert power_of(Colour(rough=0.5))[low].sum() > 10 * plain[low].sum()
    high = (at > 4000) & (at < 9000)
    assert power_of(Colour(tilt_db=2.0))[high].sum() > 2 * plain[high].sum()


@pytest.mark.parametrize("asked", [110.0, 500.0])
def test_a_pitch_has_no_part_at_no_hertz(asked: float) -> None:
    audio = synthesise(rows_of(peak_hz=300.0), np.full(120, asked), Colour(), 1)[6000:-6000]
    assert abs(audio.mean()) < 0.01 * audio.std()


def test_above_the_teacher_what_hisses_falls_sooner_than_what_rings() -> None:
    def fall(*, is_voiced: bool) -> float:
        power = power_of(Colour(), is_voiced=is_voiced, peak_hz=5000.0)
        at = np.linspace(0.0, SAMPLE_RATE / 2, len(power))
        near, far = (power[(at > low) & (at < low + 1000.0)].sum() for low in (10_500.0, 16_500.0))
        return float(10.0 * np.log10(far / near))

    assert -6.0 < fall(is_voiced=True) < 0.0 and fall(is_voiced=False) < -9.0


@given(st.lists(st.sampled_from(["lɑ", "stɹit", "ˈO", "ʔu", "mɐ\u0303"]), min_size=1, max_size=8))
def test_every_frame_knows_its_sound_and_its_neighbours(words: list[str]) -> None:
    notes = [SungNote(0.5 * i, 0.5 * i + 0.5, 60.0, phones, "single", 2) for i, phones in enumerate(words)]
    phonemes = phonemes_of(text_of(phrases(notes)[0]))
    assert sum(one.is_vowel for one in phonemes) == len(words)
    assert [one.begins_word for one in phonemes].count(True) == len(words)
    ends = 5 + 3 * np.arange(1, len(phonemes) + 1)
    seen = describe_frames(phonemes, (ends - 3).tolist(), ends.tolist(), int(ends[-1]) + 5)
    assert (seen.sounds[:5, 1] == 0).all() and (seen.sounds[-5:, 1] == 0).all(), "silence around"
    for number, (end, one) in enumerate(zip(ends.tolist(), phonemes, strict=True)):
        around = [0, 0, *(number_of(each.sound) for each in phonemes), 0, 0, 0]
        before, after = (around[number + 1], around[number + 3 : number + 5])
        # the silence in front is a sound of its own
        assert seen.sounds[end - 1].tolist() == [before, number_of(one.sound), *after][:SEEN]
        assert seen.flags[end - 1, 0] == pytest.approx(2.5 / 3)
    assert number_of("☃") == number_of("ə") and len(set(SOUNDS)) == len(SOUNDS)
