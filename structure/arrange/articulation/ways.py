"""Ways of playing that are asked for, by their names or in words. Data in ``data/ways.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from pydantic import BaseModel, ConfigDict, TypeAdapter

from structure.arrange.articulation.rules import Rule
from structure.base.datafiles import read_data
from structure.base.types import Articulation, Way
from structure.presets.genres import plain_words


class WayOfPlaying(BaseModel):
    """What is done to notes that are played in a way; see the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...]
    marks: tuple[Articulation, ...]
    replaces: tuple[Articulation, ...] = ()
    notes: tuple[Rule, ...] = ()
    pedal: bool | None = None

    @property
    def bends(self) -> bool:
        """Return whether notes are bent in it."""
        return any(rule.bend for rule in self.notes)


@cache
def _ways() -> Mapping[Way, WayOfPlaying]:
    return TypeAdapter(dict[Way, WayOfPlaying]).validate_python(read_data("ways.yaml"))


@cache
def way_called(words: str) -> Way | None:
    """Return the way of playing that words mean, None where they mean none."""
    said = plain_words(words)
    return next((name for name, way in _ways().items() if said in (*way.words, name)), None)


def what_is_played(name: Way) -> WayOfPlaying:
    """Return what is done to notes that are played in a way."""
    return _ways()[name]


@cache
def ways_in(prompt: str) -> Sequence[Way]:
    """Return the ways of playing whose words stand in a prompt."""
    said = f" {plain_words(prompt)} "
    return tuple(name for name, way in _ways().items() if any(f" {words} " in said for words in way.words))
