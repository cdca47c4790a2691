"""A request is as long as it says, and leaves open what it does not say; audio counts by its samples."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest, InitAudio
from structure.base.grid import Grid, Meter

AUDIO = np.linspace(-0.5, 0.5, 1000, dtype=np.float32)[None]


def asked() -> ClipRequest:
    """Four bars of a flute that begin from audio."""
    return ClipRequest(
        role="lead",
        prompt="flute",
        negative_prompt="noise",
        notes=(),
        grid=Grid.steady(120, Meter()),
        body_quarters=Fraction(16),
        pre_roll_samples=4410,
        tail_samples=22_050,
        latent=LatentRecipe(5, 6, 0.25),
        init=InitAudio(AUDIO, 0.5, ((0, 100),)),
    )


def test_the_same_request_has_the_same_hash_whatever_holds_its_audio() -> None:
    again = replace(asked(), init=InitAudio(AUDIO.astype(np.float64)[:, ::1], 0.5, ((0, 100),)))
    strided = np.repeat(AUDIO, 2, axis=1)[:, ::2]
    sliced = replace(asked(), init=InitAudio(strided, 0.5, ((0, 100),)))
    assert asked().content_hash("b") == again.content_hash("b") == sliced.content_hash("b")
    assert len(asked().content_hash("b")) == 64


def test_audio_of_the_same_samples_in_another_shape_is_another_clip() -> None:
    """A stereo clip of two samples, and a mono one of four."""
    samples = np.arange(4, dtype=np.float32)
    mono, stereo = (
        replace(asked(), init=InitAudio(samples.reshape(shape), 0.5)).content_hash("")
        for shape in ((1, 4), (2, 2))
    )
    assert mono != stereo


@pytest.mark.parametrize("quarters", [Fraction(4), Fraction(16), Fraction(7, 2)])
def test_a_clip_is_its_pre_roll_its_section_and_its_tail(quarters: Fraction) -> None:
    request = replace(asked(), grid=Grid.steady(90, Meter()), body_quarters=quarters)
    seconds = float(quarters) * 60 / 90
    assert request.body_samples == round(44_100 * seconds)
    assert request.total_samples == 4410 + request.body_samples + 22_050


def test_what_is_left_out_of_a_request_is_up_to_the_backend() -> None:
    """A request of the least says nothing of steps, guidance, lyrics, morphs, audio or a singer."""
    least = ClipRequest(
        role="pad",
        prompt="strings",
        negative_prompt="",
        notes=(),
        grid=Grid.steady(90, Meter()),
        body_quarters=Fraction(4),
        pre_roll_samples=0,
        tail_samples=0,
        latent=LatentRecipe(1),
    )
    assert (least.steps, least.guidance, least.init) == (None, None, None)
    assert (least.morph_prompt, least.lyrics, least.key, least.voice, least.language) == (
        "",
        "",
        "",
        "",
        "",
    )
    assert least.controls == ()
    assert np.array_equal(least.timbre.noise((4,)), LatentRecipe(0).noise((4,)))
    with pytest.raises(AttributeError):
        least.prompt = "brass"  # type: ignore[misc]


def test_a_clip_says_nothing_of_itself_unless_something_was_done_to_it() -> None:
    clip = Clip(AUDIO, 44_100, 10)
    assert (clip.notes, clip.doubts) == ((), ())


@pytest.mark.parametrize("place", ["latent", "timbre"])
def test_recipes_that_give_the_same_noise_make_the_same_clip(place: str) -> None:
    """The seed of the variation counts where a take varies, and only there."""
    still = [replace(asked(), **{place: LatentRecipe(5, seed, 0.0)}).content_hash("b") for seed in (1, 2)]
    moved = [replace(asked(), **{place: LatentRecipe(5, seed, 0.2)}).content_hash("b") for seed in (1, 2)]
    assert still[0] == still[1]
    assert len({still[0], *moved}) == 3
