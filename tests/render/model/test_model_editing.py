"""Morphs, audio to audio and repainting: the arithmetic for all inputs, and the shipped model's sound."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.audio.shape import JOIN_S
from render.backends.embedded import EmbeddedBackend
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio
from render.model import editing
from render.model.features import PITCHED, log_mel
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

PRE_ROLL = 4410
BAR = 88_200  # at 120 beats a minute


@pytest.fixture(scope="module")
def backend() -> EmbeddedBackend:
    return EmbeddedBackend()


def asked(prompt: str = "warm cello", bars: int = 2, seed: int = 5, **more: object) -> ClipRequest:
    scale = (60, 64, 67, 72, 69, 65, 62, 71)
    notes = tuple(Note(Fraction(k), Fraction(1), scale[k % 8], 100) for k in range(4 * bars))
    return ClipRequest(
        role="lead",
        prompt=prompt,
        negative_prompt="",
        notes=notes,
        grid=Grid.steady(120.0, Meter()),
        body_quarters=Fraction(4 * bars),
        pre_roll_samples=PRE_ROLL,
        tail_samples=22_050,
        latent=LatentRecipe(seed),
        timbre=LatentRecipe(7),
        **more,
    )


def mel_db(audio: np.ndarray) -> np.ndarray:
    return log_mel(torch.from_numpy(audio[0].copy()), PITCHED).numpy() * 25.0


def distance_db(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square between two mels, where either sounds."""
    return float(np.sqrt(((one - other) ** 2)[np.maximum(one, other) > -40.0].mean()))


@pytest.mark.slow
def test_the_more_strength_the_further_from_the_audio_and_the_nearer_to_the_free_take(
    backend: EmbeddedBackend,
) -> None:
    begun = backend.generate(asked()).audio
    free = backend.generate(asked("glassy bell synth", seed=9)).audio
    away, near = [], []
    for strength in (0.0, 0.3, 0.6, 1.0):
        init = InitAudio(begun, strength)
        made = backend.generate(asked("glassy bell synth", seed=9, init=init)).audio
        away.append(distance_db(mel_db(made), mel_db(begun)))
        near.append(distance_db(mel_db(made), mel_db(free)))
    assert away[0] == 0.0 and near[-1] == 0.0
    assert away == sorted(away) and near == sorted(near, reverse=True)
    assert 0.25 * away[-1] < away[1] < 0.75 * away[-1]


@pytest.mark.slow
def test_free_audio_that_no_score_tells_of_is_heard_at_low_strength_and_gone_at_full(
    backend: EmbeddedBackend,
) -> None:
    request = asked("soft pad")
    time = np.arange(request.total_samples) / 44_100
    whistle = (0.1 * np.sin(2 * np.pi * 3111.0 * time)).astype(np.float32)[None]  # no note of the score

    def share(audio: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(audio[0])) ** 2
        at = round(3111.0 * audio.shape[1] / 44_100)
        return float(power[at - 20 : at + 20].sum() / power.sum())

    low, full = (
        share(backend.generate(asked("soft pad", init=InitAudio(whistle, s))).audio) for s in (0.15, 1.0)
    )
    assert full < 1e-4
    assert low > 30 * full


@pytest.mark.slow
def test_what_is_not_repainted_stays_sample_for_sample(backend: EmbeddedBackend) -> None:
    kept = backend.generate(asked(bars=3)).audio
    first, end = PRE_ROLL + BAR, PRE_ROLL + 2 * BAR
    init = InitAudio(kept, 1.0, ((first, end),))
    made = backend.generate(asked(bars=3, seed=77, init=init)).audio
    join = round(JOIN_S * 44_100)
    assert (made[:, : first - join] == kept[:, : first - join]).all()
    assert (made[:, end:] == kept[:, end:]).all()
    inside = slice(first, end - join)
    assert np.abs(made[:, inside] - kept[:, inside]).max() > 0.02
    level = [20 * np.log10(np.sqrt((audio[:, inside] ** 2).mean())) for audio in (made, kept)]
    assert abs(level[0] - level[1]) < 3.0


@pytest.mark.slow
def test_a_morph_begins_as_one_prompt_and_ends_as_the_other(backend: EmbeddedBackend) -> None:
    start = backend.generate(asked(bars=4)).audio
    end = backend.generate(asked("distorted electric guitar", bars=4)).audio
    morph = backend.generate(asked(bars=4, morph_prompt="distorted electric guitar")).audio
    frames = [(PRE_ROLL + k * BAR) // PITCHED.hop for k in range(5)]
    shares = []
    for first, last in itertools.pairwise(frames):
        m, a, b = (mel_db(audio)[first:last] for audio in (morph, start, end))
        from_start, from_end = distance_db(m, a), distance_db(m, b)
        shares.append(from_start / (from_start + from_end))
    assert shares[0] < 0.4 < 0.6 < shares[-1]
    assert shares == sorted(shares)


@pytest.mark.slow
def test_a_prompt_that_morphs_into_itself_is_the_clip_without_a_morph(backend: EmbeddedBackend) -> None:
    plain = backend.generate(asked()).audio
    assert (backend.generate(asked(morph_prompt="warm cello")).audio == plain).all()


def test_audio_of_another_length_is_refused(backend: EmbeddedBackend) -> None:
    with pytest.raises(ValueError, match="samples, not"):
        backend.generate(asked(init=InitAudio(np.zeros((1, 100), np.float32), 0.5)))


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_a_path_is_walked_at_an_even_pace(seed: int, count: int) -> None:
    points = torch.from_numpy(np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32))
    points = editing.standardise(points)
    path = editing.even_path(points, torch.linspace(0, 1, 2001))[0]
    assert torch.allclose(path[0], points[0], atol=1e-4)
    assert torch.allclose(path[-1], points[-1], atol=1e-4)
    half = (points[1:] - points[:-1]).norm(dim=1).sum() / 2
    walked = (path[1:1001] - path[:1000]).norm(dim=1).sum()
    assert 0.5 < float(walked / half) < 2.0  # off the chord, where timbres lie, it is somewhat longer


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_strengths_keep_their_order_as_times(one: float, other: float) -> None:
    a, b = (editing.strength_time(value) for value in sorted((one, other)))
    assert 0.0 <= a <= b <= 1.0


def test_noise_that_turns_keeps_its_variance_and_reaches_the_other_take() -> None:
    rng = np.random.default_rng(0)
    one, other = (torch.from_numpy(rng.standard_normal((400, 256)).astype(np.float32)) for _ in range(2))
    turned = editing.turning(one, other, torch.linspace(0, 1, 400))
    assert torch.allclose(turned[0], one[0]) and torch.allclose(turned[-1], other[-1], atol=1e-6)
    assert abs(float(turned[150:250].var()) - 1.0) < 0.03
