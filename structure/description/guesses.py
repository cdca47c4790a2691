"""Guesses what a description means where no rule knows its words, by the likeness of sentences.

Each value that a field can take is described in a few phrases (``data/meanings.yaml``). The value whose
phrases have the largest cosines with the text, by MiniLM vectors, is the guess, if it is near enough. The
sentence model is loaded only when rules have left words that could mean something.

``python -m structure.description.guesses`` computes the vectors of the described vocabulary anew.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from structure.base.datafiles import read_data
from structure.base.types import Role
from structure.description.phrases import Phrases
from structure.description.vocabulary import vocabulary
from structure.specs.wishes import WishKind

THRESHOLDS: Mapping[str, float] = {
    "genre": 0.22,
    "mood": 0.26,
    "pace": 0.35,
    "instruments": 0.42,
    "listed instruments": 0.5,
    "a word": 0.4,
}
"""Least likeness of a guess, per field: the mean cosine of the two nearest descriptions, and for an
instrument that of the nearest name; one that merely stands in a list must be nearer."""

_MEASURES = (
    "tempo",
    "length",
    "key",
    "metre",
    "title",
    "unwanted",
    "sections",
    "beginning",
    "ending",
    "form",
)
"""What says nothing of a genre."""

_LONGEST_INSTRUMENT = 3
"""Words of a name."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A guessed value. ``written`` are the words that it comes from, ``similarity`` is the cosine (-1…1)
    between their meaning and that of ``like``, the description that is nearest. ``role`` is that of a
    guessed instrument, whose ``value`` is its name."""

    field: str
    value: str
    written: str
    like: str
    similarity: float
    role: Role | None = None


def guess_open_fields(phrases: Phrases, fields: Collection[str]) -> tuple[Guess, ...]:
    """Guesses for some of ``genre``, ``mood``, ``pace`` and ``instruments``, from a text that rules have
    read already."""
    found: list[Guess] = []
    left = [words for part in phrases.left if (words := _content(part))]
    if "instruments" in fields:
        found += _instruments(phrases, left)
    unknown = [words for words in left if words not in {guess.value for guess in found}]
    whole = _without_measures(phrases)
    for field in ("genre", "mood", "pace"):
        # A sound alone ("piano and strings") tells a genre, but no mood.
        if field in fields and whole and (unknown or field == "genre"):
            found += _nearest(field, whole)
    return tuple(found)


def nearest_meanings(text: str, said: Collection[str]) -> tuple[tuple[WishKind, str], ...]:
    """Return the kind and the subject of each wish that words mean by their likeness: genre, mood.

    ``said`` are the kinds of wish that a sentence has already, which nothing is guessed for.
    """
    fields: tuple[WishKind, ...] = ("genre", "mood")
    return tuple(
        (kind, guess.value)
        for kind in fields
        if kind not in said
        for guess in _nearest(kind, text)
        if guess.similarity >= THRESHOLDS["a word" if " " not in text else kind]  # "about death" is two
    )


def _nearest(field: str, text: str) -> Iterator[Guess]:
    """The value whose descriptions are most like a text, if they are near enough.

    The mean of a value's two nearest descriptions counts, which no single odd likeness decides.
    """
    described = _meanings()[field]
    cosines = _cosines(text, list(described))
    by_value: dict[str, list[tuple[float, str]]] = {}
    for (phrase, value), cosine in zip(described.items(), cosines, strict=True):
        by_value.setdefault(value, []).append((cosine, phrase))
    nearest = {value: sorted(pairs, reverse=True)[:2] for value, pairs in by_value.items()}
    scores = {value: round(sum(c for c, _ in pairs) / len(pairs), 3) for value, pairs in nearest.items()}
    best = max(scores, key=lambda value: scores[value])
    if scores[best] >= THRESHOLDS[field]:
        yield Guess(field, best, text, nearest[best][0][1], scores[best])


_BEFORE_AN_INSTRUMENT = r"\b(?P<sure>with|and|featuring|plus)\s+(?:(?:an?|the|some)\s+)?|[,;:]\s*"


def _instruments(phrases: Phrases, left: Sequence[str]) -> Iterator[Guess]:
    """Words where an instrument may stand, and that mean something like a known one."""
    known = vocabulary().instruments.meanings
    for words in left:
        place = re.search(
            rf"(?:{_BEFORE_AN_INSTRUMENT}){re.escape(words)}\s*(?:$|[,;.\x00]|and\b)", phrases.rest
        )
        if place is None or len(words.split()) > _LONGEST_INSTRUMENT:
            continue
        cosines = _cosines(words, list(known))
        like, similarity = max(zip(known, cosines, strict=True), key=lambda pair: pair[1])
        if similarity >= THRESHOLDS["instruments" if place["sure"] else "listed instruments"]:
            yield Guess("instruments", words, words, like, similarity, known[like].role)


def _cosines(text: str, phrases: Sequence[str]) -> list[float]:
    """The likeness of a text to each phrase, rounded so that machines agree."""
    from structure.description.sentences import encode_sentences

    vectors = np.stack([_vector(phrase) for phrase in phrases])
    return [round(float(cosine), 3) for cosine in vectors @ encode_sentences([text])[0]]


def _content(part: str) -> str:
    """A stretch of text without the function words around it; empty where nothing else is left."""
    words = part.split()
    empty = vocabulary().function_words
    while words and words[0] in empty:
        words.pop(0)
    while words and words[-1] in empty:
        words.pop()
    return " ".join(words) if any(len(word) > 2 for word in words) else ""


def _without_measures(phrases: Phrases) -> str:
    """The text without figures, title and form: what it says of the sound and the scene."""
    text = phrases.original
    for taken in phrases.taken:
        if taken.about in _MEASURES:
            text = text[: taken.start] + " " * (taken.end - taken.start) + text[taken.end :]
    parts = (_content(part) for part in re.split(r"[,.;:!?()\n]+", text.lower()))
    return ", ".join(part for part in parts if part)


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    """Per field, each description with the value that it describes."""
    return {
        field: {phrase: str(value) for value, phrases in values.items() for phrase in phrases}
        for field, values in read_data("meanings.yaml").items()
    }


_VECTORS = "meanings.npz"


@cache
def _stored() -> Mapping[str, NDArray[np.float16]]:
    """Vectors by phrase that were computed beforehand."""
    data = (resources.files("structure") / "data" / _VECTORS).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(zip(arrays["phrases"].tolist(), arrays["vectors"], strict=True))


@cache
def _vector(phrase: str) -> NDArray[np.float32]:
    """The vector of a described phrase; one that is new is computed here."""
    from structure.description.sentences import encode_sentences

    stored = _stored().get(phrase)
    return encode_sentences([phrase])[0] if stored is None else stored.astype(np.float32)


def described_phrases() -> list[str]:
    """All phrases whose vectors are kept."""
    phrases = [phrase for described in _meanings().values() for phrase in described]
    return sorted({*phrases, *vocabulary().instruments.meanings})


def store_vectors(path: Path) -> None:
    """Compute and write the vectors of all described phrases."""
    from structure.description.sentences import encode_sentences

    phrases = described_phrases()
    vectors = encode_sentences(phrases).astype(np.float16)
    np.savez_compressed(path, phrases=np.array(phrases), vectors=vectors)


if __name__ == "__main__":
    store_vectors(Path(__file__).parents[1] / "data" / _VECTORS)
