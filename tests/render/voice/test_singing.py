"""The singer sings: in tune, in time, the same each time. Skips without the extra ``voice``."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.model_voice.choice import stems_with_words, why_not_sung
from render.voice.backend import VoiceBackend
from render.voice.kokoro import is_installed, load_kokoro
from render.voice.phonemes import VOWELS
from render.voice.score import SungNote
from render.voice.speech import say
from render.voice.voices import voice_of
from structure.base.grid import SAMPLE_RATE, Grid, Meter
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.score import Note, Syllable
from tests.benchmarks.singing import by_swift, cents_off

LINE = [
    ("ho", "hO", 50),
    ("ver", "vəɹ", 52),
    ("the", "ðə", 53),
    ("ri", "ɹɪ", 55),
    ("ver", "vəɹ", 52),
    ("", "lIt", 50),
]
PRE_ROLL = 4410


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not is_installed():
        why = "the singer is not installed: pip install 'ritornello[voice]'"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)


def request_of(seed: int = 1, voice: str = "man") -> ClipRequest:
    notes = [
        Note(
            Fraction(k),
            Fraction(1 if k < 5 else 3),
            pitch,
            96,
            syllable=Syllable(text or "light", "single", 2, "", phones),
        )
        for k, (text, phones, pitch) in enumerate(LINE)
    ]
    return ClipRequest(
        role="vocals",
        prompt="",
        negative_prompt="",
        notes=tuple(notes),
        grid=Grid.steady(100, Meter.parse("4/4")),
        body_quarters=Fraction(8),
        pre_roll_samples=PRE_ROLL,
        tail_samples=22050,
        latent=LatentRecipe(seed),
        voice=voice,
        language="en",
    )


def cents_off_notes(audio: NDArray[np.float64], request: ClipRequest) -> NDArray[np.float64]:
    """How far each voiced frame of audio is from the notes of a request, in cents, by SwiftF0."""
    timed = [
        SungNote(
            (PRE_ROLL + request.grid.sample_at(note.onset)) / SAMPLE_RATE,
            (PRE_ROLL + request.grid.sample_at(note.end)) / SAMPLE_RATE,
            note.pitch,
            "",
        )
        for note in request.notes
    ]
    return np.asarray(np.abs(cents_off(by_swift(audio, SAMPLE_RATE), timed)))


@pytest.mark.slow
def test_a_line_is_sung_on_its_notes_and_the_same_each_time() -> None:
    backend, request = VoiceBackend(), request_of()
    clip = backend.generate(request)
    assert clip.audio.shape == (1, request.total_samples) and np.abs(clip.audio).max() <= 0.91
    assert np.array_equal(clip.audio, VoiceBackend().generate(request).audio)
    other = backend.generate(request_of(seed=2)).audio
    assert not np.array_equal(clip.audio, other), "another seed is another take"
    audio = clip.audio[0].astype(np.float64)
    off = cents_off_notes(audio, request)
    assert len(off) > 100 and np.mean(off < 50) >= 0.95
    assert np.abs(audio[:20]).max() < 0.03, "it does not begin with a click"


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["man", "woman"])
def test_the_last_word_of_a_line_is_said_as_loud_as_the_others(voice: str) -> None:
    model, signs = load_kokoro(), "jˈu pˈAnt ðˈi sˈilɪŋ pˈɜɹpᵊl ˈɛvəɹi jˈɪɹ"
    said = say(model, signs, voice_of(voice).style(model, len(signs)))
    assert len(said.frames) == len(signs) + 2 == said.columns.shape[1], "nothing else is said"
    assert len(said.energy) == len(said.hertz) == 2 * said.frames.sum()
    starts = 2 * np.concatenate([[0], np.cumsum(said.frames)])
    loud = [
        float(said.energy[starts[i + 1] : starts[i + 2]].mean())
        for i, sign in enumerate(signs)
        if sign in VOWELS
    ]
    assert loud[-1] > np.median(loud) - 2.0, "at the end of what ends it fades by ten or more"


@pytest.mark.slow
def test_a_group_is_several_voices_side_by_side() -> None:
    one, many = (VoiceBackend().generate(request_of(voice=voice)).audio for voice in ("man", "choir"))
    assert one.shape[0] == 1 and many.shape == (2, one.shape[1])
    left, right = many.astype(np.float64)
    assert abs(10 * np.log10(np.mean(left**2) / np.mean(right**2))) < 0.5, "it leans to no side"
    assert 0.5 < np.corrcoef(left, right)[0, 1] < 0.99 and not np.allclose(left, one[0], atol=0.01)


def test_words_are_sung_by_the_singer_unless_nobody_shall() -> None:
    text = (
        "genre: pop\nseed: 1\nform: [verse]\nstems:\n  - {name: vocals, role: vocals}\n"
        "  - {name: keys, role: chords}\n"
        "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river of light}\n"
    )
    plan = plan_song(parse_spec(text, "a.yaml"))
    assert stems_with_words(plan) == {"vocals"} and why_not_sung(plan, False) == ""
    silent = plan_song(parse_spec(f"{text}render: {{singer: none}}\n", "a.yaml"))
    from render.clips.players import Players
    from tests.tones import ToneBackend

    makers = {
        name: Players(one, ToneBackend()).maker(one.visits[0], one.stems[0]).name
        for name, one in (("sung", plan), ("silent", silent))
    }
    assert makers == {"sung": "embedded voice", "silent": ToneBackend().name}


def test_without_the_packages_a_song_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "genre: pop\nform: [verse]\nstems: [{name: vocals, role: vocals}, {name: keys, role: chords}]\n"
        "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river}\n"
    )
    plan = plan_song(parse_spec(text, "a.yaml"))
    for name in ("is_installed", "is_shipped"):
        monkeypatch.setattr(f"render.model_voice.choice.{name}", lambda: False)
    assert "pip install 'ritornello[voice]'" in why_not_sung(plan, False)
    assert why_not_sung(plan, True) == ""
