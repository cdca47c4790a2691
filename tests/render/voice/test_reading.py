"""What a singer reads: syllables, phrases, times of sounds, pitch. Nothing here needs the model."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.voice.backend import read_sung_notes
from render.voice.breath import breath
from render.voice.group import takes_of
from render.voice.kokoro import RATE
from render.voice.phonemes import parts_of
from render.voice.pitch import Manner, pitch_curve, to_hertz
from render.voice.score import SungNote, phrases
from render.voice.segments import FEATURES, on_their_rise, spans_of
from render.voice.speech import voice_all, without_creak
from render.voice.spelling import sounds_by_spelling, sounds_of_word
from render.voice.timing import Span, Text, place_sounds, text_of
from render.voice.voices import voice_names, voice_of
from structure.base.grid import Grid, Meter
from structure.plans.score import Note, Syllable

SOUNDS = ["wi", "stɹit", "ɑɹ", "ʧA", "mun", "ðə", "nIts", "lɛt", "ˈO", "sŋ", "ts"]


@pytest.mark.parametrize(
    ("phones", "parts"),
    [
        ("stɹit", ("stɹ", "i", "t")),
        ("ˈA", ("", "A", "")),
        ("bʌtn", ("b", "ʌ", "tn")),
        ("sŋ", ("s", "ŋ", "")),
        ("ts", ("ʦ", "ə", "")),
        ("gO", ("ɡ", "O", "")),
    ],
)
def test_syllables_are_parted_at_their_vowel(phones: str, parts: tuple[str, str, str]) -> None:
    found = parts_of(phones)
    assert (found.onset, found.vowel, found.coda) == parts


@pytest.mark.parametrize(
    ("letters", "language", "sounds"),
    [
        ("ño", "es", "ɲo"),
        ("que", "es", "ke"),
        ("llu", "es", "ʝu"),
        ("gli", "it", "ʎi"),
        ("sche", "de", "ʃə"),
        ("eau", "fr", "o"),
        ("não", "pt", "nɐ̃w"),
        ("ooh", "en", "u"),
        ("la", "xx", "lɑ"),
        ("…", "en", "ɑ"),
    ],
)
def test_letters_have_sounds_in_their_language(letters: str, language: str, sounds: str) -> None:
    assert sounds_by_spelling(letters, language) == sounds


def test_words_choose_a_voice() -> None:
    assert voice_of("airy female").name == "alto"
    assert voice_of("a low male voice").name == "bass"
    assert voice_of("gospel choir").singers > 1
    assert voice_of("children").formants > voice_of("woman").formants > voice_of("man").formants
    assert voice_of("").name in voice_names()


notes = st.lists(
    st.tuples(
        st.floats(0.08, 2.0),
        st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.6]),
        st.sampled_from(SOUNDS),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def _sung(drawn: list[tuple[float, float, str, bool]]) -> list[SungNote]:
    found, at = [], 1.0
    for length, rest, phones, holds in drawn:
        kind = "hold" if holds and found else "single"
        found.append(SungNote(at, at + length, 60.0, phones, kind))  # type: ignore[arg-type]
        at += length + rest
    return found


@given(notes)
def test_vowels_begin_on_their_notes_and_sounds_follow_each_other(
    drawn: list[tuple[float, float, str, bool]],
) -> None:
    for phrase in phrases(_sung(drawn)):
        text = text_of(phrase)
        spoken = [Span(0.075 * i, 0.075 * (i + 1)) for i in range(len(text.signs))]
        sounds = place_sounds(phrase, text, spoken)
        assert [sound.sign for sound in sounds] == [i for i, n in enumerate(text.syllables) if n >= 0]
        assert all(sound.end_s > sound.start_s for sound in sounds)
        starts = [sound.start_s for sound in sounds]
        assert starts == sorted(starts)
        for number, syllable in enumerate(phrase):
            vowel = next(s for s in sounds if text.syllables[s.sign] == number and text.is_vowel[s.sign])
            assert vowel.start_s == pytest.approx(syllable.start_s)
        assert sounds[0].start_s <= phrase[0].start_s


def test_a_rest_parts_phrases_and_a_hold_goes_on() -> None:
    read = [
        SungNote(0, 0.5, 60, "wi"),
        SungNote(0.5, 1.0, 62, "wi", "hold"),
        SungNote(1.5, 2.0, 64, "ɑɹ"),
    ]
    first, second = phrases(read)
    assert len(first) == 1 and len(first[0].notes) == 2 and first[0].end_s == 1.0
    assert len(second) == 1


def test_the_pitch_is_that_of_the_notes_and_glides_between_them() -> None:
    (phrase,) = phrases([SungNote(0, 1, 60, "lɑ"), SungNote(1, 2.5, 67, "lɑ")])
    times = np.arange(0, 2.5, 0.005)
    still = Manner(vibrato=0.0, scoops=0.0)
    curve = pitch_curve(phrase, times, still, np.random.default_rng(0))
    assert curve[times < 0.9] == pytest.approx(60) and curve[times > 1.1] == pytest.approx(67)
    assert np.all(np.diff(curve) >= -1e-9) and np.abs(np.diff(curve)).max() < 1.0
    swinging = pitch_curve(phrase, times, Manner(scoops=0.0), np.random.default_rng(0)) - curve
    assert np.abs(swinging[(times > 1) & (times < 1.3)]).max() < 0.01 < np.abs(swinging).max() < 0.3
    assert to_hertz(np.array([69.0]))[0] == pytest.approx(440)


def test_a_request_is_read_one_note_at_a_time() -> None:
    grid = Grid.steady(120, Meter.parse("4/4"))
    sung = Syllable("me", "single", 2, "", "mi")
    request = ClipRequest(
        role="vocals",
        prompt="",
        negative_prompt="",
        notes=(
            Note(Fraction(0), Fraction(2), 60, 100, syllable=sung),
            Note(Fraction(0), Fraction(1), 64, 100, syllable=sung),
            Note(Fraction(1, 2), Fraction(1), 62, 100, syllable=Syllable("ños")),
            Note(Fraction(2), Fraction(1), 62, 100),
        ),
        grid=grid,
        body_quarters=Fraction(4),
        pre_roll_samples=4410,
        tail_samples=0,
        latent=LatentRecipe(1),
        language="es",
    )
    read = read_sung_notes(request)
    assert [(note.pitch, note.phones, note.stress) for note in read] == [
        (64, "mi", 2), (62, "ɲos", 0), (62, "ɑ", 0),
    ]  # fmt: skip
    assert [note.start_s for note in read] == pytest.approx([0.1, 0.35, 1.1])
    assert read[0].end_s == read[1].start_s, "the next note ends it"


@pytest.mark.parametrize(
    ("parts", "language", "sounds"),
    [
        (["Mäd", "chen"], "de", ("mɛd", "çən")),
        (["le", "ben"], "de", ("le", "bən")),
        (["Tag"], "de", ("tak",)),
        (["Haus"], "de", ("hWs",)),
        (["ge", "spielt"], "de", ("ɡə", "ʃpilt")),
        (["ca", "sa"], "it", ("ka", "za")),
        (["più"], "it", ("pju",)),
        (["chan", "tons"], "fr", ("ʃɑ̃", "tɔ̃")),
        (["ro", "se"], "fr", ("ʁo", "zə")),
        (["nuit"], "fr", ("nɥi",)),
        (["co", "ra", "zón"], "es", ("ko", "ɾa", "son")),
        (["gui", "ta", "rra"], "es", ("ɡi", "ta", "ra")),
        (["noi", "te"], "pt", ("nY", "ʧi")),
        (["bat", "te"], "it", ("ba", "te")),
    ],
)
def test_letters_are_read_with_their_neighbours(
    parts: list[str], language: str, sounds: tuple[str, ...]
) -> None:
    found = sounds_of_word(parts, language)
    assert found == tuple(one.replace("ɔ̃", "ɔ\u0303").replace("ɑ̃", "ɑ\u0303") for one in sounds)


@given(st.lists(st.text("aeiouäößñçãœltrsnxqh'", min_size=1, max_size=5), min_size=1, max_size=4))
def test_every_syllable_has_sounds(parts: list[str]) -> None:
    for language in ("es", "it", "de", "fr", "pt", "en"):
        found = sounds_of_word(parts, language)
        assert len(found) == len(parts) and all(found)


@given(notes)
def test_sounds_are_found_in_order_and_inside_the_speech(
    drawn: list[tuple[float, float, str, bool]],
) -> None:
    rng = np.random.default_rng(len(drawn))
    for phrase in phrases(_sung(drawn)):
        text = text_of(phrase)
        edges = np.cumsum([0.0, 0.1, *[0.075] * len(text.signs), 0.1])
        features = rng.standard_normal((round(edges[-1] / 0.005) + 1, FEATURES))
        spans = spans_of(text, edges, features, 0.005)
        spans = on_their_rise(text, spans, np.abs(rng.standard_normal(len(features))), 0.005)
        heard = [span for span, owner in zip(spans, text.syllables, strict=True) if owner >= 0]
        assert all(span.long_s > 0 for span in heard)
        assert (
            all(a.start_s <= b.start_s for a, b in pairwise(heard)) and heard[-1].end_s <= edges[-1] + 0.01
        )


def test_a_vowel_begins_where_it_rises() -> None:
    text = Text("sa", (0, 0), (False, True))
    heights = np.concatenate([np.full(21, 0.01), [0.1, 0.4, 0.8, 0.95], np.full(40, 1.0)])
    consonant, vowel = on_their_rise(text, [Span(0.05, 0.1), Span(0.1, 0.3)], heights, 0.005)
    assert vowel.start_s == consonant.end_s == pytest.approx(0.115, abs=0.0051) and vowel.end_s == 0.3


def test_backing_is_sung_twice_on_two_sides_and_a_lead_once() -> None:
    (lead,) = takes_of(voice_of("woman"), "vocals", 1)
    assert lead.pan == lead.take.semitones == lead.take.late_s == 0.0
    left, right = takes_of(voice_of("woman"), "backing", 1)
    assert left.pan == -right.pan < 0 and left.take != right.take
    assert len(takes_of(voice_of("choir"), "vocals", 1)) == 3


def test_a_singer_breathes_where_there_is_time() -> None:
    assert len(breath(0.2, 1, RATE)) == 0
    short, long = breath(0.35, 1, RATE), breath(5.0, 1, RATE)
    assert 0 < len(short) < len(long) <= 0.5 * 24_000 and len(short) < 0.35 * 24_000
    assert np.array_equal(long, breath(5.0, 1, RATE))
    assert not np.array_equal(long, breath(5.0, 2, RATE))
    assert 0.02 < float(np.sqrt(np.mean(np.square(long)))) < 0.1 and abs(float(long[-1])) == 0.0


def test_a_vowel_that_creaks_at_its_end_has_a_voice_and_a_hiss_has_none() -> None:
    text = Text("sa", (0, 0), (False, True))
    hertz = np.array([0.0] * 4 + [110.0, 120.0, 0.0, 0.0])
    noise = np.arange(8.0)[:, None]
    voiced, breath_of = voice_all(text, [Span(0.0, 0.02), Span(0.02, 0.04)], hertz, noise)
    assert voiced.tolist() == [0, 0, 0, 0, 110, 120, 120, 120]
    assert breath_of[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 5, 5]
    assert hertz[6] == 0.0 and noise[6] == 6.0, "what was given stays as it is"


@given(
    st.lists(st.sampled_from([*"stfmnlaiʌ ˈb"]), min_size=2, max_size=12),
    st.lists(st.one_of(st.just(0.0), st.floats(41.0, 300.0)), min_size=48, max_size=48),
)
def test_no_pitch_creaks_and_vowels_have_one(signs: list[str], drawn: list[float]) -> None:
    owners = np.arange(4 * len(signs)) // 4
    hertz = np.array(drawn[: len(owners)])
    said = without_creak("".join(signs), owners, hertz)
    voiced = said[said > 0.0]
    assert np.all(voiced >= 71.9), "below that WORLD sees single pulses"
    assert np.all(said[hertz > 0.0] > 0.0), "no voice is taken away"
    if len(voiced):
        first = np.isin([signs[i] for i in owners], ["a", "i", "ʌ"]) & (np.arange(len(owners)) % 4 < 2)
        assert np.all(said[first] > 0.0), "a vowel has a voice"
        hiss = np.isin([signs[i] for i in owners], ["s", "f", "t"])
        assert np.all(said[hiss & (hertz == 0.0)] == 0.0), "a hiss is given none"
