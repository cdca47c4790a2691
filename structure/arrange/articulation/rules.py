"""Rules by which notes are played. Data in ``data/articulations.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from structure.arrange.solos.habits import family_of
from structure.base.datafiles import read_data
from structure.base.types import Articulation, Role
from structure.presets.programs import guess_program
from structure.presets.styles import lineage


class _OfParts(BaseModel):
    """Which parts a rule is for; what is left out fits all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: tuple[Role, ...] = ()
    families: tuple[str, ...] = ()
    programs: tuple[int, ...] = ()
    styles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def fits(self, role: Role, prompt: str, style: str) -> bool:
        """Return whether a part of a role, an instrument and a style is meant."""
        return (
            (not self.roles or role in self.roles)
            and (not self.styles or not set(self.styles).isdisjoint(lineage(style)))
            and (not self.words or bool(set(self.words) & set(re.findall(r"[a-z]+", prompt.lower()))))
            and (not self.families or (role != "drums" and family_of(prompt, role) in self.families))
            and (not self.programs or guess_program(prompt, role) in self.programs)
        )


class Rule(_OfParts):
    """How notes are played, and which; see the data."""

    articulation: Articulation = Field(alias="as")
    keys: frozenset[int] = frozenset()
    shorter: float | None = None
    longer: float | None = None
    softer: int | None = None
    louder: int | None = None
    at: Literal["strong", "weak", "beat", "offbeat"] | None = None
    apart: bool = False
    joined: bool = False
    alone: bool | None = None
    every: int = 1
    bend: float = 0.0
    keeps: float = Field(default=1.0, gt=0.0, le=1.0)
    moves: Literal["up", "down"] | None = None


class PedalRule(_OfParts):
    """Whose sustain pedal goes down with each chord."""


@cache
def _rules() -> tuple[tuple[Rule, ...], tuple[PedalRule, ...]]:
    data = read_data("articulations.yaml")
    notes = tuple(Rule.model_validate(row) for row in data["notes"])
    return notes, tuple(PedalRule.model_validate(row) for row in data["pedal"])


@cache
def rules_of(role: Role, prompt: str, style: str) -> Sequence[Rule]:
    """Return the rules for the notes of a part, the first that fits a note first."""
    return tuple(rule for rule in _rules()[0] if rule.fits(role, prompt, style))


@cache
def has_pedal(role: Role, prompt: str, style: str) -> bool:
    """Return whether a part has a sustain pedal that goes down with each chord."""
    return any(rule.fits(role, prompt, style) for rule in _rules()[1])
