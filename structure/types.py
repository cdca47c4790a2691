"""The vocabulary of a song: the constrained types that specs, plans and scores are made of."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

Bpm = Annotated[float, Field(ge=30.0, le=300.0, allow_inf_nan=False)]
"""Tempo in beats per minute; the beat is the metre's pulse (a dotted quarter in 6/8)."""

Bars = Annotated[int, Field(ge=1, le=512)]
"""A length in bars."""

UnitInterval = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
"""A share or an amount from 0 to 1."""

GainDb = Annotated[float, Field(ge=-60.0, le=24.0, allow_inf_nan=False)]
"""A level change in decibels."""

Pan = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
"""Position in the stereo field: -1 left, 0 centre, 1 right."""

Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""A seed of a random generator."""

Role = Literal["drums", "bass", "chords", "pad", "arpeggio", "lead"]
"""What a stem does in the arrangement; the arranger has one writer for each."""

ROLES: tuple[str, ...] = get_args(Role)

LATEST_BAR = 4096
"""No song is longer than this many bars."""
