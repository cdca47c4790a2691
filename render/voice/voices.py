"""Voices by words: which style of the model sings, and how large its body is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from render.voice.kokoro import Floats, Kokoro
from render.voice.own_model import OwnModel
from render.voice.pitch import Manner
from structure.base.errors import BackendError, did_you_mean


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice.

    ``styles`` are shares of the model's own voices. ``formants`` above 1 make a smaller body. Several
    ``singers`` sing as a group, each a little apart from the others.
    """

    name: str
    styles: tuple[tuple[str, float], ...]
    formants: float = 1.0
    singers: int = 1
    manner: Manner = field(default_factory=Manner)

    def style(self, model: Kokoro, phonemes: int) -> Floats:
        """Return the vector of the voice for so many phonemes: (256,)."""
        mixed = np.zeros(256)
        for name, share in self.styles:
            mixed += share * model.style(name, phonemes)
        return np.asarray(mixed / sum(share for _, share in self.styles), np.float32)


_KUMO, _ALPHA = "jm_kumo", "jf_alpha"
_VOICES: tuple[tuple[str, Voice], ...] = (
    (
        "choir|chorus|crowd|gospel|gang|group",
        Voice("choir", ((_KUMO, 0.6), (_ALPHA, 0.4)), 1.04, singers=3),
    ),
    ("child|children|boys?|girls?|kids?", Voice("child", ((_KUMO, 0.5), (_ALPHA, 0.5)), 1.2)),
    ("soprano|high female|high voice", Voice("soprano", ((_KUMO, 0.5), (_ALPHA, 0.5)), 1.1)),
    ("low female|deep female|smoky|low woman", Voice("low alto", ((_KUMO, 0.7), (_ALPHA, 0.3)), 1.04)),
    ("female|woman|women|alto|contralto|mezzo|she", Voice("alto", ((_KUMO, 0.6), (_ALPHA, 0.4)), 1.08)),
    ("low male|deep|baritone|bass|low voice|monks?", Voice("bass", ((_KUMO, 1.0),), 0.95)),
    ("high male|falsetto|countertenor", Voice("high male", ((_KUMO, 1.0),), 1.05)),
    ("male|man|men|tenor|he|rapper|crooner", Voice("tenor", ((_KUMO, 1.0),), 1.0)),
)
USUAL = "alto"

_WOMEN = frozenset(("female", "woman", "women", "girl", "alto", "soprano", "mezzo", "she"))
_MEN = frozenset(("male", "man", "men", "boy", "tenor", "bass", "baritone", "he"))


def voice_of(words: str) -> Voice:
    """Return the voice that words such as "airy female" ask for, an alto where they tell none."""
    for pattern, voice in _VOICES:
        if re.search(rf"\b(?:{pattern})\b", words.lower()):
            return voice
    return next(voice for _, voice in _VOICES if voice.name == USUAL)


def own_voice_of(own: OwnModel, words: str) -> Voice:
    """Return the voice of a model that is named, or that words such as "low male" ask for, else its first.

    Raises BackendError for what looks like a name that the model has not.
    """
    named = {name.lower(): name for name in own.voices}
    asked = words.strip().lower()
    usual = voice_of(words)
    if asked in named:
        return Voice(named[asked], ((named[asked], 1.0),))
    if "_" in asked:
        raise BackendError(
            f"{own.path.name!r} has no voice {words.strip()!r}",
            field="voice.name",
            hint=did_you_mean(asked, list(own.voices)),
        )

    # names tell who speaks by their second letter: af_sky is a woman, bm_george a man
    said = set(asked.split())
    kind = "f" if said & _WOMEN else "m" if said & _MEN else ""
    alike = [name for name in own.voices if kind and name[1:3].lower() == f"{kind}_"]
    name = (alike or list(own.voices))[0]
    return Voice(name, ((name, 1.0),), singers=usual.singers)


def voice_names() -> tuple[str, ...]:
    """Return the names of the voices that there are."""
    return tuple(voice.name for _, voice in _VOICES)
