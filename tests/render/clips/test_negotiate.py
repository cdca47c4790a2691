"""What is asked of backends that cannot do everything, and how what is missing is made up for."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from render.audio.shape import JOIN_S
from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest, InitAudio
from render.clips.caching.cache import ClipCache
from render.clips.guide import GuideMaker, GuideRecipe, play_plainly
from render.clips.make import count_spare_samples, generate_clip
from render.clips.negotiate import negotiate
from render.clips.pieces import generate_in_pieces
from render.clips.separate import PARTS, DemucsSeparator, assign_parts
from render.renderer import render_song
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.plans.score import Note
from structure.specs.spec import RenderSpec
from tests.render.support import RATE, plan_of
from tests.tones import RingingBackend

ABLE = Capabilities(
    sample_rate=RATE,
    channels=2,
    longest_clip_s=60.0,
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=True,
    negative_prompt=True,
    makes_stems=False,
    follows_score=False,
)
GUIDE = GuideRecipe("excitation", 0.4)


def asked(bars: int = 4, **changes: Any) -> ClipRequest:
    notes = tuple(Note(Fraction(k), Fraction(1, 2), 60 + k % 5, 100) for k in range(4 * bars))
    values: dict[str, Any] = {
        "role": "lead",
        "prompt": "flute",
        "negative_prompt": "",
        "notes": notes,
        "grid": Grid.steady(120.0, Meter()),
        "body_quarters": Fraction(4 * bars),
        "pre_roll_samples": 4410,
        "tail_samples": 22_050,
        "latent": LatentRecipe(5),
        "key": "C major",
    }
    return ClipRequest(**{**values, **changes})


@dataclass
class Echo:
    """Gives its init audio back, and a constant for all else; remembers what it was asked."""

    capabilities: Capabilities
    name: str = "echo"
    fingerprint: str = "echo-1"
    requests: list[ClipRequest] = field(default_factory=list)

    def generate(self, request: ClipRequest) -> Clip:
        self.requests.append(request)
        value = 0.1 * len(self.requests)
        audio = np.full((2, request.total_samples), value, dtype=np.float32)
        if request.init is not None:
            kept = np.broadcast_to(request.init.audio, audio.shape).copy()
            for first, end in request.init.repaint or ():
                kept[:, first:end] = value
            audio = kept
        return Clip(audio, RATE, request.pre_roll_samples)


def ramp(request: ClipRequest) -> Audio:
    return np.linspace(0.0, 0.5, request.total_samples, dtype=np.float32)[None]


def test_a_backend_that_reads_notes_is_asked_as_it_was() -> None:
    reads = replace(ABLE, follows_score=True)
    approach = negotiate(asked(key=""), reads, "reader", GUIDE)
    assert approach.request == asked(key="") and approach.guide is None and not approach.conforms
    assert approach.key("f", "g") == asked(key="").content_hash("f")


def test_one_that_does_not_gets_the_score_as_audio() -> None:
    approach = negotiate(asked(), ABLE, "free", GUIDE)
    assert approach.guide == GUIDE and approach.conforms and count_spare_samples(approach) > 0
    assert negotiate(asked(), replace(ABLE, takes_init_audio=False), "free", GUIDE).guide is None
    assert negotiate(asked(), ABLE, "free", None).guide is None


@pytest.mark.parametrize(
    ("wanted", "lacks", "thing"),
    [
        ({"negative_prompt": "noise"}, {"negative_prompt": False}, "negative prompts"),
        ({"negative_prompt": "noise"}, {"negative_with_init": False}, "negative prompts with a guide"),
        ({"lyrics": "la"}, {"sings_lyrics": False}, "lyrics"),
        ({"morph_prompt": "brass"}, {"morphs": False}, "morphs"),
        (
            {"init": InitAudio(np.zeros((1, 9), np.float32), 0.5)},
            {"takes_init_audio": False},
            "audio to begin from",
        ),
    ],
)
def test_what_nobody_can_do_is_left_out_and_said(
    wanted: dict[str, Any], lacks: dict[str, bool], thing: str
) -> None:
    request = asked(**wanted)
    able = replace(ABLE, morphs=True)
    assert negotiate(request, able, "able", None).left_out == ()
    approach = negotiate(request, replace(able, **lacks), "poor", GUIDE)
    assert approach.left_out == (thing,)
    (name,) = wanted
    assert not getattr(approach.request, name)


def test_the_key_follows_guide_splice_and_pieces() -> None:
    init = InitAudio(ramp(asked()), 0.5, ((100, 200),))
    cans = (ABLE, replace(ABLE, longest_clip_s=7.0), replace(ABLE, inpaints=False))
    approaches = [negotiate(asked(), can, "b", GUIDE) for can in cans[:2]]
    approaches.append(negotiate(asked(), ABLE, "b", replace(GUIDE, strength=0.5)))
    approaches += [negotiate(asked(init=init), can, "b", GUIDE) for can in cans]
    assert len({approach.key("f", "g") for approach in approaches}) == 6


@pytest.mark.parametrize("inpaints", [True, False])
@pytest.mark.parametrize("takes_init", [True, False])
def test_repainted_bars_leave_the_rest_to_the_sample(inpaints: bool, takes_init: bool) -> None:
    request = asked()
    first, end = 40_000, 90_000
    request = replace(request, init=InitAudio(ramp(request), 0.8, ((first, end),)))
    backend = Echo(replace(ABLE, inpaints=inpaints, takes_init_audio=takes_init))
    clip = generate_clip(backend, negotiate(request, backend.capabilities, "echo", GUIDE), GuideMaker())
    (heard,) = backend.requests
    assert (heard.init is not None) == (inpaints or takes_init)
    assert (heard.init is not None and heard.init.repaint is not None) == inpaints
    before = np.repeat(ramp(request), 2, 0)
    join = round(JOIN_S * RATE)
    assert np.array_equal(clip.audio[:, : first - join], before[:, : first - join])
    assert np.array_equal(clip.audio[:, end:], before[:, end:])
    if not (takes_init and not inpaints):  # which is given the audio to begin from, and gives it back
        assert np.allclose(clip.audio[:, first : end - join], 0.1)


@pytest.mark.slow
def test_pieces_meet_on_bar_lines() -> None:
    request = asked(bars=8)
    can = replace(ABLE, inpaints=False, takes_init_audio=False, longest_clip_s=9.0)
    backend = Echo(can)
    approach = negotiate(request, can, "echo", None)
    assert sum(approach.pieces) == 8 and max(approach.pieces) <= 3
    generate_clip(backend, approach, GuideMaker())
    bar = request.grid.sample_at_bar(1)
    assert [r.pre_roll_samples for r in backend.requests] == [4410, *[bar] * (len(approach.pieces) - 1)]
    assert all(r.total_samples <= 9.0 * RATE for r in backend.requests)
    notes = [note.pitch for r in backend.requests for note in r.notes]
    assert notes == [note.pitch for note in request.notes]
    assert len({r.latent.seed for r in backend.requests}) == len(backend.requests)


def test_pieces_are_crossfaded_with_equal_power_over_the_bar_before() -> None:
    request = asked(bars=4)
    can = replace(ABLE, inpaints=False, takes_init_audio=False)
    audio = generate_in_pieces(Echo(can).generate, can, request, (2, 2)).audio
    bar = request.grid.sample_at_bar(1)
    begin = request.pre_roll_samples + bar
    assert np.allclose(audio[:, :begin], 0.1) and np.allclose(audio[:, begin + bar :], 0.2)
    phase = (np.arange(bar) + 0.5) / bar * np.pi / 2
    assert np.allclose(audio[0, begin : begin + bar], 0.1 * np.cos(phase) + 0.2 * np.sin(phase), atol=1e-5)


def test_a_backend_that_inpaints_goes_on_from_what_it_played() -> None:
    request = asked(bars=4)
    backend = Echo(ABLE)
    audio = generate_in_pieces(backend.generate, ABLE, request, (2, 2)).audio
    second = backend.requests[1]
    bar = request.grid.sample_at_bar(1)
    assert second.init is not None and second.init.repaint == ((bar, second.total_samples),)
    assert np.allclose(second.init.audio[:, :bar], 0.1)
    edge = request.pre_roll_samples + 2 * bar
    assert np.allclose(audio[:, :edge], 0.1) and np.allclose(audio[:, edge:], 0.2)


def test_a_bar_that_is_too_long_is_the_specs_fault() -> None:
    with pytest.raises(RitornelloError, match=r"at most 2\.5 s; give the section fewer bars"):
        negotiate(asked(), replace(ABLE, longest_clip_s=2.5), "short", None)


def test_guides_sound_the_notes_on_time_and_at_a_level() -> None:
    request = asked()
    guide = GuideMaker().make_guide("excitation", [request])
    assert guide.shape == (1, request.total_samples)
    assert 20 * np.log10(np.sqrt(np.mean(guide**2))) == pytest.approx(-18.0, abs=1.5)
    assert not np.abs(guide[:, : request.pre_roll_samples]).any()
    correlation = np.corrcoef(guide[0], play_plainly(request)[0])[0, 1]
    assert correlation > 0.9999


@dataclass
class Shares:
    """Takes a mix apart into known shares, which sum to it."""

    fingerprint: str = "shares-1"
    calls: int = 0

    def separate(self, audio: Audio, sample_rate: int) -> dict[str, Audio]:
        self.calls += 1
        stereo = np.repeat(audio, 2, 0) if len(audio) == 1 else audio
        return {
            part: np.float32(share) * stereo
            for part, share in zip(PARTS, (0.4, 0.3, 0.2, 0.1), strict=True)
        }


def free_backend() -> RingingBackend:
    """Tones as if they were mixes of their own time."""
    return RingingBackend(makes_stems=False, follows_score=False)


@pytest.mark.slow
def test_stems_are_separated_from_one_mix_a_visit() -> None:
    wish = RenderSpec(stems="separate", guide="none")
    plan = plan_of((("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.0)), render=wish)
    backend, separator = free_backend(), Shares()
    cache = ClipCache()
    song = render_song(plan, backend, cache, separator=separator)
    assert [request.role for request in backend.requests] == ["mix", "mix"]
    assert separator.calls == 2
    assert backend.requests[0].prompt == "drums sound; bass sound; chords sound"
    assert {clip.source for clip in song.clips} == {"separated from a mix"}
    notes = {clip.stem: clip.notes[-1] for clip in song.clips}
    assert notes == {
        "drums": "from the mix: drums",
        "bass": "from the mix: bass",
        "chords": "from the mix: other, vocals",
    }
    again = render_song(plan, free_backend(), cache, separator=separator)
    assert all(clip.reused for clip in again.clips) and separator.calls == 2


@pytest.mark.slow
def test_stems_of_a_mix_maker_are_asked_for_in_words_otherwise() -> None:
    backend = free_backend()
    song = render_song(plan_of((("verse", 2, 0.0),), render=RenderSpec(guide="none")), backend)
    assert [request.role for request in backend.requests] == ["drums", "bass", "chords"]
    assert {clip.source for clip in song.clips} == {"asked for in words"}


def test_every_part_of_a_mix_goes_to_one_stem() -> None:
    stems = [("kit", "drums"), ("low", "bass"), ("keys", "chords"), ("tune", "lead")]
    assert assign_parts(stems, "tune") == {  # type: ignore[arg-type]
        "kit": ("drums",),
        "low": ("bass",),
        "keys": ("other",),
        "tune": ("vocals",),
    }
    alone = assign_parts([("tune", "lead")], None)
    assert alone == {"tune": PARTS}


class NoisyBackend(RingingBackend):
    """Mixes that are noise, of the seed that is asked for."""

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        noise = np.random.default_rng(request.latent.seed).normal(0.0, 0.1, clip.audio.shape)
        return replace(clip, audio=noise.astype(np.float32))


@pytest.mark.slow
def test_demucs_takes_a_mix_of_any_rate_apart_the_same_way_each_time() -> None:
    """By the network that demucs has for its own tests: its class, small, with random weights."""
    torch.manual_seed(1)
    separator = DemucsSeparator("demucs_unittest")
    mix = np.random.default_rng(0).normal(0, 0.1, (1, 3 * 32_000)).astype(np.float32)
    parts = []
    for draw in (1, 2):
        random.seed(draw)
        torch.manual_seed(draw)
        parts.append(separator.separate(mix, 32_000))
        assert random.random() == random.Random(draw).random()
    assert set(parts[0]) == set(PARTS)
    for name in PARTS:
        assert parts[0][name].shape == (2, mix.shape[1]) and np.abs(parts[0][name]).max() > 0.0
        assert np.array_equal(parts[0][name], parts[1][name])


@pytest.mark.slow
def test_a_song_is_separated_by_demucs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.clips.wanted.DemucsSeparator", partial(DemucsSeparator, "demucs_unittest"))
    torch.manual_seed(1)
    plan = plan_of((("verse", 1, 0.0),), render=RenderSpec(stems="separate", guide="none"))
    song = render_song(plan, NoisyBackend(makes_stems=False, follows_score=False))
    assert {clip.source for clip in song.clips} == {"separated from a mix"}
    assert all(np.abs(stem).max() > 0.0 for stem in song.stems.values())


def test_demucs_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.clips.separate.find_spec", lambda name: None)
    with pytest.raises(RitornelloError, match=r"pip install 'ritornello\[separation\]'"):
        render_song(plan_of((("verse", 1, 0.0),), render=RenderSpec(stems="separate")), free_backend())
