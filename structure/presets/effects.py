"""Sounds that are no notes, such as risers and rain: what a stem of the role ``effects`` plays.

They come from ``effects.yaml``. A part of effects is written like that of a drum kit: a note's pitch is the
key of an effect, its time is when the effect sounds, its velocity how loud it is. So an effect is in the
plan, in the hash of its clip and in every MIDI file as any other note is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from structure.base.datafiles import read_data
from structure.base.types import EffectName, EventKind

Use = Literal["leads", "strikes", "stays"]
"""``leads``: ends on a bar line; ``strikes``: begins on one; ``stays``: goes on under the music."""

NOMINAL_LUFS = -20.0
"""A clip of this loudness is as loud in the mix as its strip says."""


class Effect(BaseModel):
    """An effect.

    ``key`` stands for it in a part. ``does`` is what it is for. ``bars`` is how long it lasts by itself (0:
    as long as its section). ``loudness_lufs`` is the loudness of its clip at a velocity of 100. ``words``
    are the words for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: EffectName
    key: Annotated[int, Field(ge=0, le=127)]
    does: Use
    bars: Annotated[int, Field(ge=0)]
    loudness_lufs: Annotated[float, Field(ge=-60.0, le=-6.0)]
    words: tuple[str, ...]

    @property
    def event(self) -> EventKind:
        """Return the event that it is. Raises ValueError for what stays, which is none."""
        if self.does == "stays":
            raise ValueError(f"{self.name} is no event")
        return cast(EventKind, self.name)


@cache
def effects() -> Mapping[EffectName, Effect]:
    """Return all effects by name, in the order of their keys."""
    rows = read_data("effects.yaml")
    found = [Effect(name=name, **{**row, "words": tuple(row["words"])}) for name, row in rows.items()]
    return {effect.name: effect for effect in sorted(found, key=lambda effect: effect.key)}


@cache
def effect_of_key(key: int) -> Effect | None:
    """Return the effect that a key stands for; None for a key of none."""
    return next((effect for effect in effects().values() if effect.key == key), None)


@cache
def effect_called(text: str) -> Effect | None:
    """Return the effect that a text names, by the longest of its words that the text has; None for none."""
    said = f" {_plain(text)} "
    best, length = None, 0
    for effect in effects().values():
        for words in effect.words:
            if len(words) > length and re.search(rf" {re.escape(_plain(words))}(?:e?s)? ", said):
                best, length = effect, len(words)
    return best


def staying_effect(text: str) -> Effect | None:
    """Return the effect that a text names, if it goes on under the music; None for all others."""
    effect = effect_called(text)
    return effect if effect is not None and effect.does == "stays" else None


def effect_of_event(kind: str) -> Effect | None:
    """Return the effect that a kind of event is; None for events of players."""
    return next((effect for name, effect in effects().items() if name == kind), None)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
