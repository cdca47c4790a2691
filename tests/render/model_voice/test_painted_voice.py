"""The embedded voice sings: what it is asked for reaches the sound, and the same comes back each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from composer.sources.source import yaml_source
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.clips.players import Players
from render.model.threads import set_own_threads
from render.model_voice.backend import EmbeddedVoiceBackend
from render.model_voice.choice import find_singer, singer_of, why_not_sung
from render.model_voice.frames import BANDS, SCALE
from render.model_voice.speaker import flutter, formant_power, load_network, paint_speech
from render.model_voice.timbre import TIMBRE, Timbre, imagine, timbre_from
from render.voice.backend import VoiceBackend
from render.voice.score import SungNote, phrases
from render.voice.timing import Text, text_of
from structure.base.errors import BackendError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.render.voice.test_singing import cents_off_notes, request_of
from tests.tones import ToneBackend

MAN = Timbre((0.0, 0.0, 0.0, 0.0, 1.0))


def text_in(phones: str) -> Text:
    return text_of(phrases([SungNote(0.0, 1.0, 60.0, phones, "single", 2)])[0])


def sung_plan(stem: str = "") -> SongPlan:
    return plan_song(
        parse_spec(
            f"genre: pop\nseed: 1\nform: [verse]\nstems:\n  - {{name: vocals, role: vocals{stem}}}\n"
            "  - {name: keys, role: chords}\n"
            "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river of light}\n",
            "a.yaml",
        )
    )


def test_vowels_have_their_formants_and_takes_differ() -> None:
    network = load_network()

    def level(phones: str, low: int, high: int) -> float:
        said = paint_speech(network, text_in(phones), MAN, 1)
        sign = next(i for i, is_vowel in enumerate(said.text.is_vowel) if is_vowel)
        middle = round(0.5 * (said.spans[sign].start_s + said.spans[sign].end_s) / 0.005)
        return float(said.rows[middle, low:high].mean())

    # bands 16 to 22 lie about 700 to 1100 Hz, 38 to 44 about 2100 to 2800 Hz
    assert level("lɑ", 18, 26) - level("lɑ", 38, 44) > 0.3 + level("li", 18, 26) - level("li", 38, 44)
    said = paint_speech(network, text_in("lɑ"), MAN, 3)
    held = formant_power(
        said.rows[round(said.spans[2].start_s / 0.005) + 6 : round(said.spans[2].end_s / 0.005) - 6]
    )
    assert np.abs(np.diff(10.0 * np.log10(held))).max() < 1.5, "no level trembles"
    one, same, other = (paint_speech(network, text_in("stɹit"), MAN, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.rows, same.rows) and one.spans == same.spans
    assert one.rows.shape != other.rows.shape or not np.array_equal(one.rows, other.rows)
    assert one.rows[np.round(one.spans[0].start_s / 0.005).astype(int) + 3, -1] == 0.0, "an S does not ring"


def test_consonants_at_the_edges_of_a_line_are_neither_lost_nor_sharp() -> None:
    def levels(notes: list[str], sound: str) -> np.ndarray:
        """Return how loud a sound is above 3.7 kHz in four takes, in decibels."""
        sung = [SungNote(0.5 * i, 0.5 * i + 0.5, 60.0, one, "single", 2) for i, one in enumerate(notes)]
        found = []
        for seed in (1, 2, 3, 4):
            said = paint_speech(load_network(), text_of(phrases(sung)[0]), MAN, seed)
            span = said.spans[said.text.signs.index(sound)]
            rows = said.rows[round(span.start_s / 0.005) : round(span.end_s / 0.005), 50:BANDS]
            found.append(10.0 * np.log10(np.exp(rows * SCALE).mean(1)).max())
        return np.array(found)

    assert levels(["lɑ", "lɑt"], "t").min() > levels(["lɑ", "tɑ"], "t").mean() - 15.0, "the last one"
    for hiss in ("s", "ʃ"):
        inside = levels(["lɑ", f"{hiss}ɑ"], hiss).mean()
        assert abs(levels([f"{hiss}ɑl", "lɑ"], hiss).mean() - inside) < 3.0, "the first one"
        assert abs(levels([f"lɑ{hiss}"], hiss).mean() - inside) < 4.0, "the last one"


@pytest.mark.slow
def test_a_line_is_sung_on_its_notes_and_the_same_on_any_threads() -> None:
    backend, request = EmbeddedVoiceBackend(), request_of()
    clip = backend.generate(request)
    assert clip.audio.shape == (1, request.total_samples) and 0.05 < np.abs(clip.audio).max() <= 0.91
    before = torch.get_num_threads()
    try:
        set_own_threads(2)
        assert np.array_equal(clip.audio, EmbeddedVoiceBackend().generate(request).audio)
    finally:
        set_own_threads(before)
    other = backend.generate(request_of(seed=2)).audio
    difference = np.sum((other - clip.audio) ** 2) / np.sum(clip.audio**2)
    assert difference > 1e-3, "another seed is another take"
    off = cents_off_notes(clip.audio[0].astype(np.float64), request)
    assert len(off) > 100 and np.mean(off < 50) >= 0.95
    choir = backend.generate(replace(request, voice="choir")).audio
    assert choir.shape[0] == 2 and not np.allclose(choir[0], choir[1])
    with pytest.raises(ValueError, match="44100"):
        backend.generate(with_rate(request))


def with_rate(request: ClipRequest) -> ClipRequest:
    return replace(request, grid=replace(request.grid, sample_rate=22_050))


@pytest.mark.slow
def test_words_say_who_sings_and_noise_which_of_them() -> None:
    none = np.zeros(TIMBRE, np.float32)
    said = {
        words: imagine(words, none)
        for words in (
            "low male",
            "woman",
            "child",
            "breathy woman",
            "raspy man",
            "operatic soprano",
            "choir",
            "",
        )
    }
    body = {words: timbre.colour.formants for words, (timbre, _) in said.items()}
    assert body["low male"] < body["woman"] < body["child"]
    assert said["breathy woman"][0].colour.breath_db > said["woman"][0].colour.breath_db + 4.0
    assert said["raspy man"][0].colour.rough > 0.3 > said["low male"][0].colour.rough
    assert said["operatic soprano"][0].manner.vibrato > said["child"][0].manner.vibrato + 0.2
    assert said["choir"][1].singers == 3 and said["woman"][1].singers == 1
    own = imagine("a ghostly whisper of a girl, full of air", none)[0].colour
    assert own.breath_db > 4.0, "own wordings are read by what they mean"
    noise = LatentRecipe(5).noise((TIMBRE,))
    assert imagine("woman", noise)[0] == imagine("woman", noise)[0] != said["woman"][0]


def test_every_noise_makes_a_voice() -> None:
    for numbers in (np.full(TIMBRE, 50.0), np.full(TIMBRE, -50.0), np.zeros(TIMBRE)):
        timbre = timbre_from(numbers)
        assert sum(timbre.shares) == pytest.approx(1.0) and 0.8 < timbre.colour.formants < 1.4
        assert 0.0 <= timbre.manner.vibrato <= 1.0 and timbre.colour.rough <= 1.0


@pytest.mark.parametrize("has_packages", [False, True])
def test_the_embedded_voice_sings_where_no_stem_names_another(
    monkeypatch: pytest.MonkeyPatch, has_packages: bool
) -> None:
    monkeypatch.setattr("render.model_voice.choice.is_installed", lambda: has_packages)
    plan = sung_plan()
    assert isinstance(find_singer(), EmbeddedVoiceBackend) and why_not_sung(plan, False) == ""
    assert Players(plan, ToneBackend()).maker(plan.visits[0], plan.stems[0]).name == "embedded voice"
    assert isinstance(find_singer("fr"), VoiceBackend) == has_packages, "it is clearer in French"
    monkeypatch.setattr("render.model_voice.choice.is_shipped", lambda: False)
    if has_packages:
        assert isinstance(singer_of("kokoro"), VoiceBackend) and isinstance(find_singer(), VoiceBackend)
        return
    with pytest.raises(BackendError, match="not installed"):
        singer_of("kokoro")
    assert find_singer() is None and "pip install" in why_not_sung(plan, False)


def test_a_held_sound_moves_a_little_and_smoothly() -> None:
    moves = flutter(400, 5) * SCALE * 10.0 / np.log(10.0)
    assert moves.shape == (400, BANDS) and np.std(moves) == pytest.approx(1.5, abs=0.01)
    assert np.abs(np.diff(moves, axis=0)).max() < 1.5 and np.abs(np.diff(moves, axis=1)).max() < 1.5
    assert np.array_equal(flutter(400, 5), flutter(400, 5))
    assert np.abs(flutter(400, 5) - flutter(400, 6)).max() > 0.1


def test_a_stem_names_its_singer() -> None:
    plan = sung_plan(", voice: {model: embedded, name: airy female}")
    text = (
        "genre: pop\nform: [verse]\nstems: [{name: a, role: vocals, voice: {model: embedded}}]\n"
        "sections: {verse: {bars: 4}}\n"
    )
    assert yaml_source(text, "songs/a.yaml").text == text, "it is a name and no path"
    other = yaml_source(text.replace("embedded", "my.onnx"), "songs/a.yaml").text
    assert str(Path("songs/my.onnx").absolute()) in other
    assert plan.stems[0].voice == "airy female"
    assert Players(plan, ToneBackend()).maker(plan.visits[0], plan.stems[0]).name == "embedded voice"
