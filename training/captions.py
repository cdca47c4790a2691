"""The sounds of the training set and the words for them.

Each :class:`Instrument` is one General MIDI program with the phrases people use for it; they are kept
in ``data/sounds.yaml``. Captions put a phrase together with what is true of the clip (its brightness,
its effect, what it plays) and, often, with words of style that say nothing of the sound, so that the
model learns to pass over them. ``data/wordings.yaml`` has more phrases for the same sounds;
``data/unseen.yaml`` has others, and pairs of an instrument and an effect, that only the evaluation uses.
``data/teachers.yaml`` has the presets of synthesizers, each with all of its words.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml


@dataclass(frozen=True, slots=True)
class Instrument:
    """A General MIDI program (from 0), the range in which it is played, and what it plays.

    ``plays`` are letters of :data:`PLAYS`.
    """

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
    """A drum kit of single hits: the file of each of :data:`render.model.playing.notes.DRUM_CLASSES`."""

    name: str
    family: str
    names: tuple[str, ...]
    samples: dict[str, str]


@dataclass(frozen=True, slots=True)
class Teacher:
    """A preset of a synthesizer, or a recorded instrument, that plays like :class:`Instrument`.

    ``host`` is a key of :data:`training.teachers.HOSTS`, and ``preset`` what it calls the sound. Notes are
    played ``shift`` semitones higher than they are written, so that they sound where they are written.
    ``unseen`` are wordings that only the evaluation uses. ``share`` is how many times as many clips as
    others it gets.
    """

    patch: str
    host: str
    preset: str
    family: str
    low: int
    high: int
    plays: str
    names: tuple[str, ...]
    unseen: tuple[str, ...]
    shift: int = 0
    share: int = 1


@dataclass(frozen=True, slots=True)
class Label:
    """What is true of a clip.

    ``patch`` names the sound ("0" is General MIDI program 0, "kit 25" a drum kit, "house" a kit of
    samples, "zyn supersaw" a teacher's), and ``source`` where it comes from. ``plays`` is a key of
    :data:`PLAYS`, or "" for drums.
    ``effect`` is one of :data:`EFFECTS`. ``brightness`` is a word or "".
    """

    family: str
    patch: str
    source: str
    plays: str
    effect: str
    brightness: str

    def row(self) -> dict[str, str]:
        """Return the label as data for JSON."""
        return asdict(self)


_DATA = Path(__file__).parent / "data"


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))
    return document


def _records(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "names": tuple(row["names"])} for row in rows]


_SOUNDS, _MORE, _UNSEEN = _read("sounds.yaml"), _read("wordings.yaml"), _read("unseen.yaml")


def _teachers() -> list[dict[str, Any]]:
    rows = [{"patch": patch, **row} for patch, row in _read("teachers.yaml").items()]
    return [{**row, "names": tuple(row["names"]), "unseen": tuple(row["unseen"])} for row in rows]


INSTRUMENTS = tuple(Instrument(**row) for row in _records(_SOUNDS["instruments"]))
KITS = tuple(Kit(**row) for row in _records(_SOUNDS["kits"]))
SAMPLE_KITS = tuple(SampleKit(**row) for row in _records(_SOUNDS["sample_kits"]))
TEACHERS = tuple(Teacher(**row) for row in _teachers())
PLAYS: dict[str, list[str]] = _SOUNDS["plays"]
EFFECTS: dict[str, list[str]] = {
    effect: words + _MORE["effects"][effect] for effect, words in _SOUNDS["effects"].items()
}
STYLES: list[str] = _SOUNDS["styles"]


def kit_patch(program: int) -> str:
    """Name of a soundfont's drum kit in :attr:`Label.patch`."""
    return f"kit {program}"


_FIRST_NAMES = (
    {str(i.program): i.names for i in INSTRUMENTS}
    | {kit_patch(k.program): k.names for k in KITS}
    | {k.name: k.names for k in SAMPLE_KITS}
)
NAMES = {patch: names + tuple(_MORE["names"][patch]) for patch, names in _FIRST_NAMES.items()} | {
    teacher.patch: teacher.names for teacher in TEACHERS
}
"""Wordings of each patch that training uses."""

UNSEEN_NAMES: dict[str, tuple[str, ...]] = (
    {str(program): tuple(names) for program, names in _UNSEEN["instruments"].items()}
    | {kit_patch(program): tuple(names) for program, names in _UNSEEN["kits"].items()}
    | {name: tuple(names) for name, names in _UNSEEN["sample_kits"].items()}
    | {teacher.patch: teacher.unseen for teacher in TEACHERS}
)
"""Wordings of each patch that only the evaluation uses."""

UNSEEN_EFFECTS: dict[str, list[str]] = {"dry": [""], **_UNSEEN["effects"]}
"""Wordings of each effect that only the evaluation uses."""

HELD_OUT_PAIRS = frozenset(
    (effect, str(program)) for effect, programs in _UNSEEN["held_out_pairs"].items() for program in programs
)
"""(effect, patch) pairs that training leaves out."""


_FRAMES = ("a {}", "the sound of a {}", "{} playing", "some {}", "{} sound", "played on a {}", "{} part")
"""Sentences around a name, which say nothing of the sound."""


def caption(rng: np.random.Generator, label: Label) -> str:
    """Return a random wording for a clip."""
    name = str(rng.choice(NAMES[label.patch]))
    parts = [str(rng.choice(_FRAMES)).format(name) if rng.random() < 0.15 else name]
    if label.brightness and rng.random() < 0.4:
        if rng.random() < 0.5:
            parts[0] = f"{label.brightness} {parts[0]}"
        else:
            parts.append(label.brightness)
    if label.plays and rng.random() < 0.35:
        word = str(rng.choice(PLAYS[label.plays]))
        parts = [f"{parts[0]} {word}", *parts[1:]] if rng.random() < 0.5 else [*parts, word]
    words = str(rng.choice(EFFECTS[label.effect]))
    if words and rng.random() < 0.85:
        if rng.random() < 0.25 and not words.startswith(("with ", "in ")):
            parts[0] = f"{words} {parts[0]}"
        else:
            parts.append(words)
    if rng.random() < 0.45:
        parts += [str(w) for w in rng.choice(STYLES, size=int(rng.integers(1, 4)), replace=False)]
    if rng.random() < 0.1:
        return " ".join(parts)
    return ", ".join(parts)


def unseen_caption(rng: np.random.Generator, label: Label) -> str:
    """Return a caption for the same clip in words that training never sees."""
    words = str(rng.choice(UNSEEN_EFFECTS[label.effect]))
    name = str(rng.choice(UNSEEN_NAMES[label.patch]))
    return f"{name}, {words}" if words else name
