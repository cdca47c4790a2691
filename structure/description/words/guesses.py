"""Guesses what words mean that no rule knows, by the likeness of sentences.

Each value that a kind of wish can take is described in a few phrases (``data/meanings.yaml``). The value
whose phrases have the largest cosines with the text, by MiniLM vectors, is the guess, if it is near enough.
The sentence model is loaded only when rules have left words that could mean something.

``python -m structure.description.words.guesses`` computes the vectors of the described vocabulary anew.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from structure.base.datafiles import read_data
from structure.specs.wishes import WishKind

THRESHOLDS: Mapping[str, float] = {"genre": 0.28, "mood": 0.26, "a word": 0.4, "a scene": 0.31}
"""Least likeness of a guess, by kind: the mean cosine of the two nearest descriptions. A single word must
be nearer, and so must a scene whose mood is known and that says nothing of music."""


def nearest_meanings(
    text: str, said: Collection[str], *, is_scene: bool = False
) -> tuple[tuple[WishKind, str], ...]:
    """Return the kind and the subject of each wish that words mean by their likeness: genre, mood.

    ``said`` are the kinds of wish that a sentence has already, which nothing is guessed for.
    """
    from structure.description.words.sentences import encode_sentences

    kinds: tuple[WishKind, ...] = ("genre", "mood")
    open_kinds = [kind for kind in kinds if kind not in said]
    if not open_kinds:
        return ()
    heard = encode_sentences([text])[0]
    found: list[tuple[WishKind, str]] = []
    for kind in open_kinds:
        described = _meanings()[kind]
        cosines: dict[str, list[float]] = {}
        for value, cosine in zip(described.values(), _vectors_of(kind) @ heard, strict=True):
            cosines.setdefault(value, []).append(round(float(cosine), 3))  # so that machines agree

        # The mean of a value's two nearest descriptions counts, which no single odd likeness decides.
        nearest = {value: sorted(each, reverse=True)[:2] for value, each in cosines.items()}
        scores = {value: round(sum(each) / len(each), 3) for value, each in nearest.items()}
        best = max(scores, key=lambda value: scores[value])
        least = "a scene" if is_scene else kind if " " in text else "a word"  # "about death" is two
        if scores[best] >= THRESHOLDS[least]:
            found.append((kind, best))
    return tuple(found)


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    """Return by kind each description with the value that it describes."""
    return {
        kind: {phrase: str(value) for value, phrases in values.items() for phrase in phrases}
        for kind, values in read_data("meanings.yaml").items()
    }


_VECTORS = "meanings.npz"


@cache
def _load_vectors() -> Mapping[str, NDArray[np.float16]]:
    """Return the vectors by phrase that were computed beforehand."""
    data = (resources.files("structure") / "data" / _VECTORS).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(zip(arrays["phrases"].tolist(), arrays["vectors"], strict=True))


@cache
def _vector(phrase: str) -> NDArray[np.float32]:
    """Return the vector of a described phrase; compute it where it is not stored."""
    from structure.description.words.sentences import encode_sentences

    stored = _load_vectors().get(phrase)
    return encode_sentences([phrase])[0] if stored is None else stored.astype(np.float32)


@cache
def _vectors_of(kind: WishKind) -> NDArray[np.float32]:
    """Return the vectors of all that describes the values of a kind, a row each."""
    return np.stack([_vector(phrase) for phrase in _meanings()[kind]])


def list_phrases() -> list[str]:
    """Return all phrases whose vectors are kept."""
    return sorted({phrase for described in _meanings().values() for phrase in described})


def store_vectors(path: Path) -> None:
    """Compute and write the vectors of all described phrases."""
    from structure.description.words.sentences import encode_sentences

    phrases = list_phrases()
    vectors = encode_sentences(phrases).astype(np.float16)
    np.savez_compressed(path, phrases=np.array(phrases), vectors=vectors)


if __name__ == "__main__":
    store_vectors(Path(__file__).parents[2] / "data" / _VECTORS)
