"""The way from one prompt to another: who plays on it, and that it is in time, unbroken, and one-way."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from composer.clips.clip import ClipWish, render_clip
from composer.clips.morph import plan_morph
from render.backends.embedded import EmbeddedBackend
from render.checks.clicks import CLICK_LIMIT, worst_jump
from render.checks.timing import attack_rises, song_lag, voice_onsets
from render.checks.verify import DRUM_LAG_LIMIT_S
from render.clips.asked import build_request
from structure.plans.plan import SongPlan
from tests.builders import change_visit
from tests.tones import ToneBackend

FUNK = ClipWish("funk bassline with a jazzy saxophone solo", seconds=15, seed=3, tempo=120, key="E minor")
PADS = "ambient pads"


def test_every_role_turns_into_what_the_target_has_in_it() -> None:
    plan = plan_morph(
        replace(FUNK, prompt="fantasy ballad, choir"), "metal with a distorted electric guitar"
    )
    visit = plan.visits[0]
    assert set(visit.sound.morph_prompts) == set(visit.music.score.parts)
    assert all("metal" in text for text in visit.sound.morph_prompts.values())
    for stem in plan.stems:
        request = build_request(plan, visit, stem)
        assert request.morph_prompt == visit.sound.morph_prompts[stem.name]
        assert (request.morph_prompt == request.prompt) == (visit.sound.fades.get(stem.name) == "in")


def test_what_only_the_target_has_comes_in_and_what_only_the_start_has_goes() -> None:
    roles = {stem.name: stem.role for stem in plan_morph(FUNK, PADS).stems}
    fades = plan_morph(FUNK, PADS).visits[0].sound.fades
    assert {roles[name] for name, fade in fades.items() if fade == "in"} >= {"pad", "chords"}
    assert "out" not in fades.values() and {"bass", "lead"}.isdisjoint(roles[name] for name in fades)
    back = plan_morph(replace(FUNK, prompt=PADS), "only funk bassline and a jazzy saxophone solo")
    roles = {stem.name: stem.role for stem in back.stems}
    fades = back.visits[0].sound.fades
    assert {roles[name] for name, fade in fades.items() if fade == "out"} >= {"pad", "chords"}


def test_somebody_plays_all_the_way() -> None:
    for start, target in (
        ("only drums", "only strings"),
        ("only a violin", "?"),
        ("solo piano", "only piano"),
    ):
        plan = plan_morph(replace(FUNK, prompt=start), target)
        fades = plan.visits[0].sound.fades
        for gone in ("in", "out"):
            assert any(fades.get(name) != gone for name in plan.visits[0].music.score.parts)


@pytest.mark.slow
def test_stems_enter_and_leave_at_equal_power() -> None:
    plan = plan_morph(FUNK, PADS)
    visit = plan.visits[0]
    name = next(name for name, fade in visit.sound.fades.items() if fade == "in")
    stems = {}
    for fade in ("in", "out", None):
        fades = {name: fade} if fade else {}
        song = replace(plan, visits=(change_visit(visit, fades=fades),))
        stems[fade] = render_clip(song, ToneBackend()).stems[name]
    end = plan.music_samples
    angle = np.linspace(0.0, math.pi / 2.0, end)
    for fade, curve in (("in", np.sin(angle)), ("out", np.cos(angle))):
        wanted, made = stems[None][:, :end] * curve, stems[fade][:, :end]
        gain = float((wanted * made).sum() / (wanted**2).sum())  # of the section, whose level is planned
        assert 0.5 < gain < 2.0
        assert np.abs(made - gain * wanted).max() < 1e-3 * np.abs(made).max()
    assert not stems["out"][:, end:].any() and stems["in"][:, end:].any()


def two_bar_colours(plan: SongPlan, audio: np.ndarray) -> np.ndarray:
    """Mean log-mel of every two bars, (pairs, bins)."""
    import torch

    from render.model.features import PITCHED, log_mel

    mel = log_mel(torch.from_numpy(audio.mean(axis=0)), PITCHED).numpy()
    ends = [plan.grid.sample_at_bar(bar) // PITCHED.hop for bar in range(0, plan.bars + 1, 2)]
    return np.array([mel[a:b].mean(axis=0) for a, b in pairwise(ends)])


@pytest.mark.slow
def test_a_morph_of_the_model_is_in_time_without_a_click_and_goes_one_way() -> None:
    plan = plan_morph(FUNK, PADS)
    rate = plan.grid.sample_rate
    made = render_clip(plan, EmbeddedBackend())
    lag = song_lag(plan, {name: attack_rises(stem, rate) for name, stem in made.stems.items()})
    assert lag is not None and abs(lag.seconds) <= DRUM_LAG_LIMIT_S
    bars = [plan.grid.sample_at_bar(bar) for bar in range(1, plan.bars)]
    for planned in plan.stems:
        jump = worst_jump(made.stems[planned.name], bars, voice_onsets(plan, planned), rate)
        assert jump is not None and jump.times <= CLICK_LIMIT
    colours = two_bar_colours(plan, made.audio)
    way = colours[-1] - colours[0]
    along = (colours - colours[0]) @ way / (way @ way)
    assert len(along) >= 3 and (np.diff(along) > 0.0).all()
