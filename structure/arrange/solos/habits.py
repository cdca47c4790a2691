"""How solos of a style go, and what their players can do. Data in ``data/solos.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from structure.arrange.context import Player, SectionContext
from structure.arrange.melody.instrument import instrument_of
from structure.base.datafiles import read_data
from structure.base.types import Articulation, Role
from structure.presets.programs import guess_program
from structure.presets.styles import lineage

Pulse = Literal["straight", "swung", "compound", "short"]
"""How beats are divided: evenly, in swung eighths, in threes, or not beyond halves."""

Rhythms = Mapping[str, Sequence[str]]
"""Patterns by how busy they are."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How solos of a style go; see the data for what each weight and share is of."""

    pace: tuple[float, float]
    scales: Mapping[str, float]
    figures: Mapping[str, float]
    phrases: Mapping[str, float]
    bars: Mapping[int, float]
    bends: float
    doubles: float
    ghosts: float
    slides: float
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Soloist:
    """What a player can do.

    It has the family of its instrument, its lowest and highest pitch in a solo, notes a second, the widest
    leap in semitones, and how it bends, doubles and joins notes.
    """

    family: str
    low: int
    high: int
    fastest: float
    leap: int
    bends: bool
    doubles: tuple[int, ...]
    slur: tuple[Articulation, ...]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_data("solos.yaml")
    return data


@cache
def habits_of(style: str) -> Habits:
    """Return how solos of a style go, by its name.

    They go as the style says itself, else as in the styles that it is like. A style of the user's own has
    the usual habits.
    """
    # Weights of a style take the place of the usual ones as a whole.
    row = dict(_data()["default"])
    for name in reversed(lineage(style)):
        row |= _data()["styles"].get(name, {})
    return Habits(**{**row, "pace": tuple(row["pace"]), "instruments": tuple(row["instruments"])})


@cache
def _families() -> Mapping[int, str]:
    return {
        program: name for name, row in _data()["instruments"].items() for program in row.get("programs", ())
    }


def family_of(prompt: str, role: Role) -> str:
    """Return the family of the instrument of a prompt; ``synth`` for what has none of its own."""
    return _families().get(guess_program(prompt, role), "synth")


def can_solo(prompt: str, role: Role, style: str, *, is_backed: bool) -> bool:
    """Return whether a player of harmony has solos in a style.

    It has an instrument that takes solos there. One who strikes the chords has two hands for them, or
    others have the harmony meanwhile (``is_backed``).
    """
    family = family_of(prompt, role)
    if role not in ("arpeggio", "chords") or family not in habits_of(style).instruments:
        return False
    return role == "arpeggio" or family in TWO_HANDED or (is_backed and family in _PLUCKED)


TWO_HANDED = ("keys", "organ", "mallets")
"""Families of those who play a line over chords of their own."""

_PLUCKED = ("guitar", "plucked")


def prompt_of(player: Player, ctx: SectionContext) -> str:
    """Return the prompt that names a stem's instrument.

    It is the stem's own, else that of the style's stem of its name or role.
    """
    own = [stem for stem in ctx.style.stems if stem.role == player.role]
    named = next((stem for stem in own if stem.name == player.name), own[0] if own else None)
    return player.prompt or (named.prompt if named else "")


def soloist_of(player: Player, ctx: SectionContext) -> Soloist:
    """Return what a player can do in a solo."""
    family = "bass" if player.role == "bass" else family_of(prompt_of(player, ctx), player.role)
    row = _data()["instruments"][family]
    instrument = instrument_of(player, ctx)
    low, high = row["range"]
    if player.role != "bass":
        low, high = max(low, instrument.low), min(high, instrument.high)
    if high - low < _NARROWEST:
        low, high = instrument.low, instrument.high
    return Soloist(
        family=family,
        low=low,
        high=high,
        fastest=row["fastest"],
        leap=row["leap"],
        bends=row["bends"],
        doubles=tuple(row.get("doubles", ())),
        slur=tuple(row["slur"]),
    )


_NARROWEST = 14
"""Semitones that a solo needs at least."""


def pulse_of(ctx: SectionContext) -> Pulse:
    """Return how the beats of a section are divided."""
    if ctx.meter.is_compound:
        return "compound"
    if ctx.meter.denominator >= 8:
        return "short"
    return "swung" if ctx.style.swing.swings_eighths else "straight"


STEPS: Mapping[Pulse, int] = {"straight": 4, "swung": 4, "compound": 6, "short": 2}
"""Steps of a pattern in a beat."""


def line_rhythms(pulse: Pulse) -> Rhythms:
    """Return the rhythms of lines."""
    found: Rhythms = _data()["rhythms"][pulse]
    return found


@cache
def paces_of(pulse: Pulse) -> Mapping[str, float]:
    """Return how many notes a beat the rhythms of lines have on average, by how busy they are."""
    return {
        level: STEPS[pulse] * sum(p.count("x") / len(p) for p in patterns) / len(patterns)
        for level, patterns in line_rhythms(pulse).items()
    }


def drum_rhythms(pulse: Pulse) -> Rhythms:
    """Return the rhythms of solos on drums."""
    found: Rhythms = _data()["drums"][pulse]
    return found


def drum_feet(pulse: Pulse) -> Mapping[str, Sequence[int]]:
    """Return what the feet play under a solo on drums: beats of a bar by lane."""
    found: Mapping[str, Sequence[int]] = _data()["drums"]["feet"][pulse]
    return found
