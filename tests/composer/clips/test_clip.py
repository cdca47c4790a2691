"""Clips, takes, loops, morphs and repaints, heard through a backend of tones and through the model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from composer.clips.clip import (
    ClipWish,
    distance_db,
    plan_clip,
    plan_take,
    render_clip,
)
from render.audio.shape import JOIN_S
from render.backends.embedded import EmbeddedBackend
from render.clips.asked import build_request
from render.clips.caching.cache import ClipCache
from render.clips.make import make_clips
from render.clips.wanted import ClipPlan
from render.renderer import render_song
from structure.base.errors import RitornelloError
from tests.builders import change_visit
from tests.tones import ToneBackend

FUNK = ClipWish("funk bassline with a jazzy saxophone solo", seconds=6, seed=3, tempo=120, key="E minor")


@pytest.fixture(scope="module")
def model() -> EmbeddedBackend:
    return EmbeddedBackend()


def test_the_sounds_that_a_prompt_names_play_alone_in_tempo_and_key() -> None:
    plan = plan_clip(FUNK)
    assert sorted(stem.role for stem in plan.stems) == ["bass", "lead"]
    assert any("saxophone" in stem.prompt for stem in plan.stems)
    assert plan.bars == 3 and plan.grid.tempo_bpm == 120 and plan.key == "E minor"
    assert 6 < plan.total_samples / 44_100 < 10.1


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("seconds", [9.0, 20.0, 37.5])
@pytest.mark.parametrize("prompt", ["dark techno", "fantasy ballad, choir", "a waltz for piano"])
def test_seconds_are_met_to_the_nearest_bar(prompt: str, seconds: float, loop: bool) -> None:
    plan = plan_clip(ClipWish(prompt, seconds=seconds, loop=loop))
    length = plan.grid.sample_at_bar(plan.visits[0].bars)
    assert abs(length / 44_100 - seconds) <= plan.grid.sample_at_bar(1) / 44_100 / 2 + 0.01


def test_four_seconds_at_120_are_two_bars() -> None:
    assert plan_clip(ClipWish("house piano riff", seconds=4, tempo=120)).bars == 2


def test_one_sound_joins_in_with_its_style_unless_it_is_alone() -> None:
    together = plan_clip(ClipWish("techno with an acid bass", seconds=8))
    assert {"drums", "bass"} <= {stem.role for stem in together.stems}
    alone = plan_clip(ClipWish("techno, only acid bass", seconds=8))
    assert {stem.role for stem in alone.stems} == {"bass"}


@pytest.mark.parametrize("prompt", ["techno", "a", "etwas Trauriges", "???", "rain on a tin roof"])
def test_any_prompt_gives_music(prompt: str) -> None:
    plan = plan_clip(ClipWish(prompt, seconds=8))
    assert plan.stems and all(visit.music.score.parts for visit in plan.visits)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(RitornelloError, match="few words"):
        plan_clip(ClipWish(" "))
    with pytest.raises(RitornelloError, match="1 to 300 s"):
        plan_clip(replace(FUNK, seconds=1000))
    with pytest.raises(RitornelloError, match="no such audio file"):
        plan_clip(replace(FUNK, init=Path("none.wav")))


@pytest.mark.slow
def test_a_loop_is_whole_bars_and_its_end_leads_into_its_beginning() -> None:
    plan = plan_clip(replace(FUNK, loop=True, seconds=8))
    made = render_clip(plan, ToneBackend(), loop=True)
    assert made.audio.shape[1] == plan.grid.sample_at_bar(4)
    song = render_song(plan, ToneBackend())
    length = made.audio.shape[1]
    for name, loop in made.stems.items():
        twice = np.concatenate([loop, loop], axis=1)
        across = twice[:, length - 20_000 : length + 20_000]
        wanted = song.stems[name][:, length - 20_000 : length + 20_000]  # the same two passes, as planned
        assert np.sqrt(((across - wanted) ** 2).mean()) < 1e-3 * np.sqrt((wanted**2).mean())


@pytest.mark.slow
def test_takes_keep_the_notes_and_grow_apart_with_the_distance(model: EmbeddedBackend) -> None:
    plan = plan_clip(FUNK)
    original = render_clip(plan, model).audio
    apart = []
    for distance in (0.0, 0.25, 0.6, 1.0):
        take = plan_take(plan, distance, 1)
        assert [visit.music.score for visit in take.visits] == [visit.music.score for visit in plan.visits]
        apart.append(distance_db(original, render_clip(take, model).audio))
    assert apart[0] == 0.0
    assert apart == sorted(apart) and apart[1] > 0.5 and apart[-1] > 1.5 * apart[1]
    first, second = (render_clip(plan_take(plan, 0.6, k), model).audio for k in (1, 2))
    assert distance_db(first, second) > 0.5


@pytest.mark.slow
def test_repainted_bars_are_another_take_and_the_others_stay(model: EmbeddedBackend) -> None:
    plan = plan_clip(FUNK)
    visit = plan.visits[0]
    painted = replace(plan, visits=(change_visit(visit, repaint=((1, 2),), repaint_seed=7),))
    for backend in (model, ToneBackend()):
        clips = []
        for song in (plan, painted):
            clip_plan = ClipPlan.of(replace(song, stems=song.stems[:1]), backend)
            (clip,) = clip_plan.all_clips
            clips.append((clip, make_clips(clip_plan, ClipCache()).clips[clip.key].audio))
        (before, kept), (after, made) = clips
        assert before.key != after.key and before.request == after.request
        bar = before.request.pre_roll_samples + plan.grid.sample_at_bar(1)
        end = before.request.pre_roll_samples + plan.grid.sample_at_bar(2)
        assert (made[:, : bar - round(JOIN_S * 44_100)] == kept[:, : bar - round(JOIN_S * 44_100)]).all()
        assert (made[:, end:] == kept[:, end:]).all()
        assert not np.array_equal(made[:, bar:end], kept[:, bar:end])


@pytest.mark.slow
def test_a_clip_from_audio_is_on_its_beats_and_in_its_key(tmp_path: Path) -> None:
    rate, beat = 44_100, 60 / 100
    time = np.arange(int(16 * beat * rate)) / rate
    since = time % beat
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220.0, 261.63, 329.63, 440.0))  # A minor
    audio = 0.1 * chord + 0.5 * np.exp(-60 * since) * np.random.default_rng(0).standard_normal(len(time))
    soundfile.write(tmp_path / "riff.wav", 0.3 * audio, rate)
    plan = plan_clip(ClipWish("warm pad and drums", seconds=10, init=tmp_path / "riff.wav", strength=0.3))
    tempo = float(plan.grid.tempo_bpm)
    assert min(abs(tempo / 100 - ratio) for ratio in (0.5, 1, 2)) < 0.01
    assert plan.key in ("A minor", "C major")
    visit = plan.visits[0]
    for stem in plan.stems:
        init = build_request(plan, visit, stem).init
        assert init is not None and init.audio.shape[1] == build_request(plan, visit, stem).total_samples
