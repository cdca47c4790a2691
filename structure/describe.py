"""What a sentence says about a song, read by rules: genre, mood, tempo, key, metre, instruments."""

from __future__ import annotations

from dataclasses import dataclass

from structure.types import Role


@dataclass(frozen=True, slots=True)
class WantedInstrument:
    """An instrument that a description names: its role in the arrangement and its prompt."""

    role: Role
    prompt: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a description; None or empty where it says nothing.

    ``style`` is a name from :mod:`structure.styles`. ``energy_start`` and ``energy_end`` are 0…1.
    ``unwanted`` holds roles and words that must not sound. ``section_hints`` maps ``"no bridge"``-like
    wishes to section labels: True wanted, False unwanted.
    """

    style: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    mode: str | None = None
    meter: str | None = None
    length_s: float | None = None
    length_bars: int | None = None
    moods: tuple[str, ...] = ()
    instruments: tuple[WantedInstrument, ...] = ()
    unwanted: tuple[str, ...] = ()
    section_hints: tuple[tuple[str, bool], ...] = ()
    quiet_start: bool = False
    big_last_chorus: bool = False
    understood: tuple[str, ...] = ()
