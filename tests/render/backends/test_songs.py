"""The guide survives a pass through each pipeline, and a whole song can be made with each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import CHORDS, request

from composer.backends import song_backend
from composer.pipeline import plan_source, render_source
from composer.source import read_source
from render.backends import load_backend
from render.backends.base import BackendOptions
from render.cache import ClipCache
from render.conform import expected_chroma, heard_chroma, transposition
from render.guide import GuideMaker
from render.request import Audio, ClipRequest, InitAudio
from structure.grid import Grid, Meter
from structure.score import Note
from structure.spec import RenderSpec

Folder = Callable[[str], Path]
MODELS = ("riffusion", "stable-audio", "stable-audio-3", "ace-step")
BACKENDS = {"stable-audio-3": "stable-audio"}
PASS_THROUGH = 0.08
"""Strength at which little is made anew."""


def chords() -> ClipRequest:
    """Two bars at 150 BPM, a chord on each beat, which changes every other beat."""
    notes = tuple(
        Note(Fraction(beat), Fraction(1, 2), pitch, 100) for beat in range(8) for pitch in CHORDS[beat // 2]
    )
    return request(
        notes=notes, grid=Grid.of(150.0, Meter()), body_quarters=Fraction(8), tail_samples=11_025, steps=12
    )


def rises(audio: Audio, rate: int) -> np.ndarray:
    """Onset strength, a value for each 10 ms."""
    import librosa

    mono = np.ascontiguousarray(audio.mean(axis=0))
    strength = librosa.onset.onset_strength(y=mono, sr=rate, hop_length=rate // 100)
    return np.asarray(strength - strength.mean())


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_beats_and_chords_of_the_guide_survive_a_pass_through(model: str, model_folder: Folder) -> None:
    """The autoencoder is lossless and the network random; only what the noise hides may be lost."""
    asked = chords()
    guide = GuideMaker().guide("excitation", [asked])
    folder = model_folder(f"{model} lossless")
    backend = load_backend(BACKENDS.get(model, model), BackendOptions(model=str(folder)))
    made = backend.generate(replace(asked, init=InitAudio(guide, PASS_THROUGH)))
    forgotten = backend.generate(replace(asked, init=InitAudio(guide, 1.0)))
    wanted = rises(guide, 44_100)
    size = len(wanted) - 1
    heard = rises(made.audio, made.sample_rate)[:size]
    lags = range(-8, 9)
    likeness = [float(np.corrcoef(np.roll(heard, -lag), wanted[:size])[0, 1]) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 1, "beats are within 10 ms of the guide's"
    assert max(likeness) > 0.6
    drowned = float(np.corrcoef(rises(forgotten.audio, made.sample_rate)[:size], wanted[:size])[0, 1])
    assert drowned < max(likeness) - 0.2
    beat = round(60 / 150 * made.sample_rate)
    for place in range(4):
        notes = tuple(note for note in asked.notes if note.onset // 2 == place)
        first = made.downbeat_sample + 2 * place * beat
        chroma = heard_chroma(made.audio[:, first : first + 2 * beat], made.sample_rate)
        high, best, _ = transposition(chroma, expected_chroma([replace(asked, notes=notes)]))
        assert high == 0 and best > 0.6, f"chord {place + 1}"


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
render: {backend: BACKEND, model: "MODEL", steps: 2, guide: excitation, guide_strength: 0.2}
export: {midi: false, musicxml: false, overview: false}
"""


def song(model: str, folder: Path, cache: ClipCache | None = None) -> Any:
    text = SONG.replace("BACKEND", BACKENDS.get(model, model)).replace("MODEL", str(folder))
    source = read_source(text)
    plan = plan_source(source)
    return render_source(source, plan, lambda: song_backend(plan.render), cache or ClipCache())


@pytest.mark.parametrize("model", [pytest.param("riffusion", marks=pytest.mark.slow), *MODELS[1:]])
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
    sung_anew = clips["verse", 1, "voice"] != clips["verse", 2, "voice"]
    assert sung_anew == (model == "ace-step"), "other words are another clip, where they are sung"
    again = song(model, model_folder(model), cache)
    assert all(clip.reused for clip in again.result.clips)
    assert np.array_equal(again.master, made.master)


def test_the_same_song_twice_without_a_cache(model_folder: Folder) -> None:
    one, other = (song("ace-step", model_folder("ace-step")) for _ in range(2))
    assert np.array_equal(one.master, other.master)
    assert [clip.key for clip in one.result.clips] == [clip.key for clip in other.result.clips]


def test_a_song_names_its_backend_and_how_it_is_loaded(model_folder: Folder) -> None:
    wish = RenderSpec(
        backend="riffusion",
        model=str(model_folder("riffusion")),
        dtype="bfloat16",
        scheduler="EulerDiscrete",
    )
    backend: Any = song_backend(wish)
    assert backend.name == "riffusion"
    assert backend._where.dtype == "bfloat16" and backend._scheduler == "EulerDiscreteScheduler"
