"""Effects, measured: what rises rises, what falls falls, and all of it is where its note is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio
from render.effects.backend import EffectsBackend
from structure.base.grid import SAMPLE_RATE, Grid, Meter
from structure.base.types import EffectName
from structure.plans.score import Note
from structure.presets.effects import effects

Samples = NDArray[np.float64]

GRID = Grid.steady(128.0, Meter())
PRE_ROLL = 4410
BARS = 4
STAYING = [name for name, effect in effects().items() if effect.does == "stays"]
LEADING = [name for name, effect in effects().items() if effect.does == "leads"]


def request(
    name: EffectName, bar: int = 0, bars: int = BARS, seed: int = 7, velocity: int = 100
) -> ClipRequest:
    """A clip of four bars with one effect, which what stays has as a note a bar."""
    effect = effects()[name]
    step = 1 if effect.does == "stays" else bars
    notes = tuple(
        Note(Fraction(4 * (bar + n)), Fraction(4 * step), effect.key, velocity)
        for n in range(0, bars, step)
    )
    return ClipRequest(
        role="effects",
        prompt="",
        negative_prompt="",
        notes=notes,
        grid=GRID,
        body_quarters=Fraction(4 * BARS),
        pre_roll_samples=PRE_ROLL,
        tail_samples=2 * SAMPLE_RATE,
        latent=LatentRecipe(seed),
    )


def made(asked: ClipRequest) -> Samples:
    clip = EffectsBackend().generate(asked)
    assert clip.audio.shape == (1, asked.total_samples)
    return clip.audio[0].astype(np.float64)


def at_bar(bar: int) -> int:
    return PRE_ROLL + GRID.sample_at_bar(bar)


def body(audio: Samples) -> Samples:
    return audio[at_bar(0) : at_bar(BARS)]


def levels_db(audio: Samples, parts: int = 8) -> list[float]:
    return [
        10.0 * float(np.log10(np.mean(np.square(part)) + 1e-30)) for part in np.array_split(audio, parts)
    ]


def centroids(audio: Samples, parts: int = 8) -> list[float]:
    found = []
    for part in np.array_split(audio, parts):
        power = np.square(np.abs(np.fft.rfft(part * np.hanning(len(part)))))
        hertz = np.fft.rfftfreq(len(part), 1.0 / SAMPLE_RATE)
        found.append(float(np.sum(power * hertz) / np.sum(power)))
    return found


def rises(values: list[float]) -> bool:
    return all(np.diff(values) > 0)


@pytest.mark.parametrize("name", ["riser", "reverse_cymbal"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_energy_of_what_leads_rises_in_eight_bands_to_the_bar_line(name: EffectName, seed: int) -> None:
    audio = body(made(request(name, seed=seed)))
    edges = np.geomspace(60.0, 15_360.0, 9)
    for low, high in pairwise(edges):
        band = sosfilt(butter(4, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos"), audio)
        assert rises(levels_db(band)), (low, levels_db(band))


@pytest.mark.parametrize("name", ["riser", "sweep"])
def test_what_rises_grows_brighter(name: EffectName) -> None:
    bright = centroids(body(made(request(name))))
    assert rises(bright)
    assert bright[-1] > 6.0 * bright[0]


def test_a_fall_grows_darker_and_softer() -> None:
    audio = body(made(request("fall")))
    assert rises(centroids(audio)[::-1])
    assert rises(levels_db(audio)[::-1])


@pytest.mark.parametrize("name", ["riser", "sweep"])
@pytest.mark.parametrize("end", [2, BARS])
def test_a_riser_ends_exactly_on_its_bar_line(name: EffectName, end: int) -> None:
    audio = made(request(name, bars=end))
    assert not audio[at_bar(end) :].any()
    assert np.abs(audio[at_bar(end) - SAMPLE_RATE // 4 : at_bar(end)]).max() > 0.02
    assert not audio[: at_bar(0)].any()


@pytest.mark.parametrize("name", ["reverse_cymbal", "reverse_swell"])
@pytest.mark.parametrize("end", [1, BARS])
def test_what_is_reversed_peaks_at_the_bar_line(name: EffectName, end: int) -> None:
    audio = made(request(name, bars=end))
    peak = int(np.abs(audio).argmax())
    if name == "reverse_cymbal":
        assert peak == at_bar(end) - 1
    assert 0.9 < (peak - at_bar(0)) / (at_bar(end) - at_bar(0)) < 1.02
    after = np.abs(audio[at_bar(end) :])
    assert not after[round(0.07 * SAMPLE_RATE) :].any()
    assert levels_db(after[: round(0.06 * SAMPLE_RATE)], 2)[0] > levels_db(after, 2)[1]


@pytest.mark.parametrize("name", ["impact", "sub_drop", "fall"])
def test_what_strikes_begins_on_its_beat(name: EffectName) -> None:
    audio = made(request(name, bar=1, bars=1))
    heard = np.flatnonzero(np.abs(audio) > 1e-4)
    assert at_bar(1) <= heard[0] <= at_bar(1) + round(0.005 * SAMPLE_RATE)
    loudest = np.argmax(levels_db(audio[at_bar(1) : at_bar(3)], 16))
    assert loudest <= 2


def test_the_pitch_of_a_sub_drop_falls() -> None:
    audio = made(request("sub_drop", bars=1))[at_bar(0) : at_bar(1)]
    rising = np.flatnonzero((audio[:-1] < 0) & (audio[1:] >= 0))
    pitches = SAMPLE_RATE / np.diff(rising)
    smooth = np.convolve(pitches, np.ones(5) / 5, "valid")
    assert 75 < pitches[0] < 100
    assert smooth[-1] < 40
    assert all(np.diff(smooth) < 0)


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_goes_on_without_a_gap(name: EffectName) -> None:
    levels = levels_db(body(made(request(name))), 12)
    assert min(levels) > max(levels) - (25 if name in ("vinyl", "waves") else 14)
    assert max(levels) < -20


@pytest.mark.parametrize("name", STAYING)
def test_two_sections_of_what_stays_share_the_bar_line_evenly(name: EffectName) -> None:
    one = made(request(name, seed=1))
    ending, beginning = one[at_bar(BARS) - 441 :], one[: at_bar(0) + 441]
    assert not ending[2 * 441 :].any()
    assert not beginning[: at_bar(0) - 441].any()


@pytest.mark.parametrize("name", list(effects()))
def test_no_effect_clips(name: EffectName) -> None:
    assert 0.005 < np.abs(made(request(name, velocity=127))).max() < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("name", list(effects()))
def test_one_request_is_one_sound_and_another_seed_another(name: EffectName) -> None:
    first, again = made(request(name)), made(request(name))
    assert first.tobytes() == again.tobytes()
    if name != "sub_drop":
        other = made(request(name, seed=8))
        assert np.abs(first - other).max() > 0.05 * np.abs(first).max()


def test_a_varied_effect_is_nearer_to_its_own_than_another() -> None:
    asked = request("rain")
    own = made(asked)
    varied = made(replace(asked, latent=LatentRecipe(7, 9, 0.2)))
    other = made(replace(asked, latent=LatentRecipe(9)))
    assert 0 < np.std(varied - own) < 0.7 * np.std(other - own)


def test_a_softer_note_is_a_softer_effect() -> None:
    loud, soft = (max(levels_db(made(request("impact", velocity=v)))) for v in (100, 50))
    assert loud - soft == pytest.approx(6.0, abs=0.1)


def test_a_key_of_no_effect_is_refused() -> None:
    asked = request("riser")
    notes = (replace(asked.notes[0], pitch=100),)
    with pytest.raises(ValueError, match="no effect has the key 100"):
        EffectsBackend().generate(replace(asked, notes=notes))


def test_a_reversed_swell_turns_the_sound_around_that_it_begins_from() -> None:
    asked = request("reverse_swell", bar=3, bars=1)
    seconds = np.arange(asked.total_samples) / SAMPLE_RATE
    pitch = np.where(np.arange(asked.total_samples) < at_bar(BARS), 440.0, 660.0)
    tone = 0.3 * np.sin(2 * np.pi * pitch * seconds).astype(np.float32)[None]
    audio = made(replace(asked, init=InitAudio(tone, 1.0)))[at_bar(3) : at_bar(BARS)]

    def heard_hz(part: Samples) -> float:
        return float(np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)[np.abs(np.fft.rfft(part)).argmax()])

    first, last = np.array_split(audio, 2)
    assert heard_hz(first) == pytest.approx(660, abs=4)  # what comes last in the song comes first
    assert heard_hz(last) == pytest.approx(440, abs=4)
    assert rises(levels_db(audio))
