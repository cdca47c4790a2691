"""The sounds of the training set and the words for them.

Each :class:`Instrument` is one General MIDI program with the phrases people use for it; they are kept
in ``data/sounds.yaml``. Captions put a phrase together with what is true of the clip (its brightness,
its effect, what it plays) and, often, with words of style that say nothing of the sound, so that the
model learns to pass over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml


@dataclass(frozen=True, slots=True)
class Instrument:
    """A General MIDI program (from 0), the range in which it is played, and what it plays: letters
    of :data:`PLAYS`."""

    family: str
    program: int
    low: int
    high: int
    plays: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """A General MIDI drum kit: a program of channel 10."""

    family: str
    program: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleKit:
    """A drum kit of single hits: the file of each class in :data:`render.model.notes.DRUM_CLASSES`."""

    name: str
    family: str
    names: tuple[str, ...]
    samples: dict[str, str]


def _records(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "names": tuple(row["names"])} for row in rows]


_SOUNDS = yaml.safe_load((Path(__file__).parent / "data" / "sounds.yaml").read_text(encoding="utf-8"))

INSTRUMENTS = tuple(Instrument(**row) for row in _records(_SOUNDS["instruments"]))
KITS = tuple(Kit(**row) for row in _records(_SOUNDS["kits"]))
SAMPLE_KITS = tuple(SampleKit(**row) for row in _records(_SOUNDS["sample_kits"]))
PLAYS: dict[str, list[str]] = _SOUNDS["plays"]
EFFECTS: dict[str, list[str]] = _SOUNDS["effects"]
STYLES: list[str] = _SOUNDS["styles"]


def caption(
    rng: np.random.Generator, names: tuple[str, ...], plays: str, effect: str, brightness: str
) -> str:
    """One wording for a clip. ``plays`` is a key of :data:`PLAYS` or "" (drums)."""
    parts = [str(rng.choice(names))]
    if brightness and rng.random() < 0.4:
        if rng.random() < 0.5:
            parts[0] = f"{brightness} {parts[0]}"
        else:
            parts.append(brightness)
    if plays and rng.random() < 0.35:
        word = str(rng.choice(PLAYS[plays]))
        parts = [f"{parts[0]} {word}", *parts[1:]] if rng.random() < 0.5 else [*parts, word]
    words = str(rng.choice(EFFECTS[effect]))
    if words and rng.random() < 0.85:
        parts.append(words)
    if rng.random() < 0.45:
        parts += [str(w) for w in rng.choice(STYLES, size=int(rng.integers(1, 4)), replace=False)]
    if rng.random() < 0.1:
        return " ".join(parts)
    return ", ".join(parts)
