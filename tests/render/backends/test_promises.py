"""What each backend promises of its clips: the table of docs/backends.md, a test for each cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from composer.base.backends import song_backend
from composer.history.planned import PlannedSong
from composer.rendering.song import render_source
from composer.sources.source import plan_source, read_source
from render.audio.shape import JOIN_S
from render.backends import ENTRIES, load_backend
from render.backends.base import Backend, BackendOptions
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio
from render.clips.caching.cache import ClipCache
from structure.plans.plan import SongPlan
from tests.render.backends.asking import request, tone
from tests.tones import level_db

Folder = Callable[[str], Path]

PROMISES = (
    "same bits",
    "same among others",
    "variation 0",
    "small variation is near",
    "only that section",
    "keeps a guide",
    "repaints",
)
TABLE = {
    "embedded": (True, True, True, True, True, True, True),
    "riffusion": (True, True, True, False, True, True, True),
    "stable-audio": (True, True, True, True, True, True, False),
    "stable-audio-3": (True, True, True, True, True, True, True),
    "ace-step": (True, True, True, True, True, True, True),
    "minimax-music-3": (True, True, True, True, True, False, False),
    "longcat-audio": (True, True, True, True, True, True, False),
    "audioldm2": (True, True, True, True, True, True, False),
    "auto": (True, True, True, True, True, False, False),
}
"""Repainting is the backend's own; for the others the renderer makes the bars from what is there."""

DOCUMENT = Path(__file__).parents[3] / "docs" / "backends.md"
QUICK = "longcat-audio"


def keeping(promise: str) -> list[Any]:
    """The backends that make a promise, as parameters."""
    place = PROMISES.index(promise)
    names = [name for name, cells in TABLE.items() if cells[place]]
    return [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


def loaded(folder: Folder, name: str) -> Backend:
    if name == "embedded":
        return load_backend(name)
    if name == "auto":  # by the way of a folder that nobody here knows
        from render.backends.pipelines.text_to_audio import TextToAudioBackend
        from render.backends.weights import find_model

        model = find_model("auto", str(folder("audioldm2")), (), ("AudioLDM2Pipeline",))
        return TextToAudioBackend(model, BackendOptions(model=str(folder("audioldm2"))))
    small_enough = "stable-audio-3 lossless" if name == "stable-audio-3" else name
    return load_backend(name, BackendOptions(model=str(folder(small_enough))))


@pytest.fixture(autouse=True)
def quick_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of Griffin-Lim: how a spectrogram sounds is tested elsewhere."""
    from render.backends.riffusion import backend

    monkeypatch.setattr(backend, "audio_from_image", partial(backend.audio_from_image, iterations=1))


def short(**changes: Any) -> ClipRequest:
    """Two beats: a second and a fifth."""
    notes = tuple(note for note in request().notes if note.onset < 2)
    return request(**{"notes": notes, "body_quarters": Fraction(2), "tail_samples": 4410, **changes})


def test_the_table_of_the_document_is_this_one() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("| promise |"))
    heads = [cell.strip(" `") for cell in lines[first].strip("|").split("|")[1:]]
    assert heads == list(TABLE) == [entry.name for entry in ENTRIES]
    rows = {}
    for line in lines[first + 2 : first + 2 + len(PROMISES)]:
        promise, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[promise] = [cell == "yes" for cell in cells]
    wanted = {name: [TABLE[backend][place] for backend in TABLE] for place, name in enumerate(PROMISES)}
    assert rows == wanted


@pytest.mark.parametrize("name", keeping("same bits"))
def test_the_same_request_is_the_same_clip_in_another_program(name: str, model_folder: Folder) -> None:
    one = loaded(model_folder, name).generate(short()).audio
    torch.rand(7)
    assert np.array_equal(loaded(model_folder, name).generate(short()).audio, one)
    assert np.abs(one).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", keeping("same among others"))
def test_clips_made_before_it_do_not_change_a_clip(name: str, model_folder: Folder) -> None:
    backend = loaded(model_folder, name)
    alone = backend.generate(short()).audio
    longer = short(latent=LatentRecipe(9), prompt="something else", guidance=2.0, tail_samples=9000)
    backend.generate(longer)
    assert np.array_equal(backend.generate(short()).audio, alone)


@pytest.mark.parametrize("name", keeping("variation 0"))
def test_a_variation_of_nothing_is_the_clip_itself(name: str, model_folder: Folder) -> None:
    backend = loaded(model_folder, name)
    itself, unchanged = short(), short(latent=LatentRecipe(5, 6, 0.0))
    assert itself.content_hash(backend.fingerprint) == unchanged.content_hash(backend.fingerprint)
    assert np.array_equal(backend.generate(itself).audio, backend.generate(unchanged).audio)


@pytest.mark.parametrize("name", keeping("small variation is near"))
def test_a_small_variation_is_nearer_than_another_clip(name: str, model_folder: Folder) -> None:
    backend = loaded(model_folder, name)
    first = backend.generate(short()).audio
    near = backend.generate(short(latent=LatentRecipe(5, 6, 0.02))).audio
    other = backend.generate(short(latent=LatentRecipe(6))).audio
    assert not np.array_equal(near, first)
    assert level_db(near - first, first) < level_db(other - first, first) - 3.0


@pytest.mark.parametrize("name", keeping("keeps a guide"))
def test_a_guide_that_is_to_stay_stays(name: str, model_folder: Folder) -> None:
    backend = loaded(model_folder, name)
    assert backend.capabilities.takes_init_audio
    asked = short()
    clip = backend.generate(replace(asked, init=InitAudio(tone(asked), 0.0)))
    time = np.arange(clip.audio.shape[1]) / clip.sample_rate
    error = (clip.audio - 0.2 * np.sin(2 * np.pi * 220.0 * time))[:, 2000:-2000]
    assert level_db(error, clip.audio) < -60.0
    changed = backend.generate(replace(asked, init=InitAudio(tone(asked), 0.5))).audio
    assert not np.array_equal(changed, clip.audio)


@pytest.mark.parametrize("name", keeping("repaints"))
def test_repainting_keeps_every_other_sample(name: str, model_folder: Folder) -> None:
    backend = loaded(model_folder, name)
    assert backend.capabilities.inpaints
    asked = short()
    whole = backend.generate(replace(asked, init=InitAudio(tone(asked), 0.0))).audio
    first, end = 15_000, 32_000
    clip = backend.generate(replace(asked, init=InitAudio(tone(asked), 1.0, ((first, end),))))
    begin, stop = (round(place * clip.sample_rate / 44_100) for place in (first, end))
    untouched = begin - round(JOIN_S * clip.sample_rate)
    assert np.array_equal(clip.audio[:, :untouched], whole[:, :untouched])
    assert np.array_equal(clip.audio[:, stop:], whole[:, stop:])
    assert not np.array_equal(clip.audio[:, begin:stop], whole[:, begin:stop])


@pytest.mark.slow
def test_what_is_not_promised_is_not_declared(model_folder: Folder) -> None:
    for name, cells in TABLE.items():
        can = loaded(model_folder, name).capabilities
        assert (can.takes_init_audio, can.inpaints) == cells[-2:], name


SONG = """\
title: Two Sections
tempo: 200
key: A minor
seed: 5
stems: [{name: low, role: bass, prompt: electric bass}]
sections:
  verse: {bars: 1, chords: Am}
  chorus: {bars: 1, chords: C, prompt: "CHORUS"}
form: [verse, chorus, verse]
render: {backend: BACKEND, model: "MODEL", steps: 2, singer: none, guide: none}
export: {midi: false, musicxml: false, overview: false}
"""


def planned(name: str, folder: Path | None, chorus: str) -> tuple[Any, SongPlan]:
    text = SONG.replace("BACKEND", name).replace("CHORUS", chorus)
    text = text.replace('model: "MODEL", ' if folder is None else "MODEL", str(folder or ""))
    source = read_source(text)
    return source, plan_source(source)


@pytest.mark.parametrize("name", keeping("only that section"))
def test_another_chorus_leaves_the_keys_of_the_verse(name: str, model_folder: Folder) -> None:
    """With weights that are read anew, as in another program."""
    folder = None if name == "embedded" else model_folder("audioldm2" if name == "auto" else name)
    keys = [
        PlannedSong.of({}, planned(name, folder, chorus)[1], loaded(model_folder, name)).keys()
        for chorus in ("bright", "muted and dark")
    ]
    assert {place[:2] for place in keys[0]} == {("verse", 1), ("chorus", 1), ("verse", 2)}
    assert {place[:2] for place, key in keys[0].items() if keys[1][place] != key} == {("chorus", 1)}


@pytest.mark.slow
@pytest.mark.usefixtures("librosa_loaded")
def test_another_chorus_is_all_that_is_made_anew(model_folder: Folder) -> None:
    cache = ClipCache()

    def song(chorus: str) -> Any:
        source, plan = planned("longcat-audio", model_folder("longcat-audio"), chorus)
        return render_source(source, plan, lambda: song_backend(plan), cache)

    before, after = song("bright"), song("muted and dark")
    reused = {(clip.section, clip.visit): clip.reused for clip in after.result.clips}
    assert reused == {("verse", 1): True, ("chorus", 1): False, ("verse", 2): True}
    half_a_bar = round(2 * 60 / 200 * 44_100)
    assert np.array_equal(before.stems["low"][:, :half_a_bar], after.stems["low"][:, :half_a_bar])
