"""A whole song can be made with each backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from composer.base.backends import song_backend
from composer.rendering.song import render_source
from composer.sources.source import plan_source, read_source
from render.backends import load_backend
from render.clips.caching.cache import ClipCache
from render.clips.players import options_of
from structure.specs.spec import RenderSpec

Folder = Callable[[str], Path]
MODELS = ("riffusion", "stable-audio", "stable-audio-3", "ace-step")
BACKENDS = {"stable-audio-3": "stable-audio"}


@pytest.fixture(autouse=True)
def quick_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds of Griffin-Lim: how a spectrogram sounds is tested elsewhere."""
    from render.backends.riffusion import backend

    monkeypatch.setattr(backend, "audio_from_image", partial(backend.audio_from_image, iterations=2))


SONG = """\
title: Backend Song
genre: pop
tempo: 150
key: A minor
meter: 4/4
seed: 5
stems:
  - {name: low, role: bass, prompt: electric bass, negative_prompt: fuzz}
  - {name: voice, role: lead, prompt: clear voice}
sections:
  verse:
    bars: 3
    chords: Am | F | G
    lyrics: |
      city lights are calling
      calling out my name
  chorus: {bars: 2, chords: C | G, energy: 0.9}
form: [verse, chorus, {section: verse, variation: 0, lyrics: "every road returns"}]
render: {backend: BACKEND, model: "MODEL", steps: 2, singer: none, guide: excitation, guide_strength: 0.2}
export: {midi: false, musicxml: false, overview: false}
"""


def song(model: str, folder: Path, cache: ClipCache | None = None) -> Any:
    text = SONG.replace("BACKEND", BACKENDS.get(model, model)).replace("MODEL", str(folder))
    source = read_source(text)
    plan = plan_source(source)
    return render_source(source, plan, lambda: song_backend(plan), cache or ClipCache())


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_whole_song_through_a_backend(model: str, model_folder: Folder) -> None:
    cache = ClipCache()
    made = song(model, model_folder(model), cache)
    assert 12.0 < made.plan.total_samples / 44_100 < 16.0
    structural = {"length", "stems sum to premaster", "loudness", "true peak", "returning sections"}
    failed = [check for check in made.checks if check.passed is False]
    assert not [check for check in failed if any(word in check.name for word in structural)], failed
    assert {clip.source for clip in made.result.clips} == {"asked for in words"}
    assert all(any("level changed" in note for note in clip.notes) for clip in made.result.clips)
    assert all(np.abs(audio).max() > 0.001 for audio in made.stems.values())
    said = " ".join(made.result.warnings)
    assert ("does not sing" in said) == (model != "ace-step")
    clips = {(clip.section, clip.visit, clip.stem): clip.key for clip in made.result.clips}
    assert clips["verse", 1, "low"] == clips["verse", 2, "low"]
    assert clips["verse", 1, "voice"] != clips["verse", 2, "voice"], (
        "other words have a rhythm of their own"
    )
    again = song(model, model_folder(model), cache)
    assert all(clip.reused for clip in again.result.clips)
    assert np.array_equal(again.master, made.master)


def test_a_song_names_its_backend_and_how_it_is_loaded(model_folder: Folder) -> None:
    wish = RenderSpec(
        backend="riffusion",
        model=str(model_folder("riffusion")),
        dtype="bfloat16",
        scheduler="EulerDiscrete",
    )
    backend: Any = load_backend(wish.backend, options_of(wish))
    assert backend.name == "riffusion"
    assert backend._where.dtype == "bfloat16" and backend._scheduler == "EulerDiscreteScheduler"
