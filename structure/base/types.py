"""The vocabulary of a song: the constrained types that specs, plans and scores are made of."""

from __future__ import annotations

import fractions
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator

from structure.base.exact import Fraction

EARLY = Fraction(1, 40)
"""Quarters by which players may be early: a note that begins so near to a place begins there."""

_LONGEST_PATH = 1000
_LONGEST_PART_BYTES = 255
"""What file systems allow for the name of a file or folder."""


def check_relative_path(path: str) -> str:
    """Return a path that stays in the folder it counts from, on every system, as it is.

    Its parts are separated by ``/``. Raises ValueError that says what is wrong with any other.
    """
    parts = path.split("/")
    fault = ""
    if not path or len(path) > _LONGEST_PATH:
        fault = f"it has {len(path)} characters; allowed: 1 to {_LONGEST_PATH}"
    elif any(unicodedata.category(sign) in ("Cc", "Cs") for sign in path):
        fault = "it holds a character that cannot be printed"
    elif "\\" in path:
        fault = "it holds a backslash; separate its parts by /"
    elif path.startswith("/") or (path[:1].isascii() and path[:1].isalpha() and path[1:2] == ":"):
        fault = "it is absolute; it has to count from the folder"
    elif ".." in parts:
        fault = "it leads out of the folder by '..'"
    elif "" in parts or "." in parts:
        fault = "one of its parts is empty or '.'"
    elif any(len(part.encode()) > _LONGEST_PART_BYTES for part in parts):
        fault = f"one of its parts is longer than {_LONGEST_PART_BYTES} bytes"
    if fault:
        shown = path if len(path) <= 60 else path[:57] + "..."
        raise ValueError(f"{shown!r} is not the path of a file in the folder: {fault}")
    return path


def check_file_name(name: str) -> str:
    """Return the name of a file that lies in the folder itself. Raises ValueError for any other path."""
    if "/" in name:
        raise ValueError(f"{name[:60]!r} is not the name of a file: it holds a /")
    return check_relative_path(name)


RelativePath = Annotated[str, AfterValidator(check_relative_path)]
"""Where a file lies in a folder; every name that comes from a file and becomes a path is of this type."""

FileName = Annotated[str, AfterValidator(check_file_name)]
"""A file in the folder itself."""

SectionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""Name of a section identity, such as ``verse`` or ``chorus``."""

StemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""Name of a stem; also its file name."""

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

LARGEST_SEED = 2**63 - 1
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
"""A seed of a random generator."""

Role = Literal[
    "drums", "bass", "chords", "pad", "arpeggio", "lead", "effects", "vocals", "backing", "audio"
]
"""What a stem does in the arrangement; the arranger has one writer for each. Stems of ``effects`` have
risers, impacts, rain and the like, those of ``audio`` recordings of the user's own: they are no players.
``vocals`` sing the tune, ``backing`` voices sing with them."""

ROLES: tuple[str, ...] = get_args(Role)

SUNG: tuple[Role, ...] = ("vocals", "backing")
"""Roles of voices."""

MELODIC: tuple[Role, ...] = ("vocals", "lead")
"""Roles that have the tune, the first choice first."""

PITCHLESS: tuple[Role, ...] = ("drums", "effects", "audio")
"""Roles whose keys are names of sounds and no pitches."""

PLAYERLESS: tuple[Role, ...] = ("effects", "audio")
"""Roles that nobody plays from notes."""

LATEST_BAR = 4096
"""No song is longer than this many bars."""

_EXACT = re.compile(r"-?\d{1,12}(/\d{1,12})?")


def _read_exact(value: object) -> Fraction:
    if isinstance(value, fractions.Fraction):
        return Fraction(value)
    if not isinstance(value, str) or not _EXACT.fullmatch(value) or value.strip("-0/").endswith("/"):
        raise ValueError('write it as a whole number or a fraction in text, such as "7/2"')
    return Fraction(value)


Exact = Annotated[Fraction, PlainValidator(_read_exact), PlainSerializer(str, return_type=str)]
"""An exact number, written as text in files: ``"7/2"``. The digits are limited, so that it reads fast."""

Articulation = Literal[
    "none",
    "staccato",
    "tenuto",
    "legato",
    "accent",
    "palm_mute",
    "mute",
    "slide",
    "hammer_on",
    "pull_off",
    "tremolo",
    "roll",
    "flam",
    "rim",
    "brush",
    "open",
    "choke",
    "ghost",
    "harmonic",
    "strum_up",
    "strum_down",
    "pizzicato",
    "marcato",
    "vibrato",
]
"""How a note is played."""

Way = Literal[
    "legato",
    "staccato",
    "vibrato",
    "bends",
    "slides",
    "palm mutes",
    "dead strokes",
    "tremolo",
    "tremolo picking",
    "strums",
    "hammer-ons",
    "pedal",
    "flams",
    "marcato",
    "tenuto",
    "pizzicato",
]
"""A way of playing that may be asked of a stem."""

Unwanted = Literal[
    "no legato",
    "no staccato",
    "no vibrato",
    "no bends",
    "no slides",
    "no palm mutes",
    "no dead strokes",
    "no tremolo",
    "no tremolo picking",
    "no strums",
    "no hammer-ons",
    "no pedal",
    "no flams",
    "no marcato",
    "no tenuto",
    "no pizzicato",
]
"""A way of playing in which a stem is not to be played."""

UNWANTED: Mapping[Way, Unwanted] = dict(zip(get_args(Way), get_args(Unwanted), strict=True))
"""What is said of each way of playing that is unwanted."""

PlayedEvent = Literal[
    "enter",
    "leave",
    "rest",
    "thin",
    "hold",
    "fill",
    "build",
    "double",
    "harmony",
    "octaves",
    "busier",
    "answer",
    "solo",
    "trade",
    "stop",
    "stop_time",
    "shot",
    "push",
    "pickup",
    "half_time",
    "double_time",
    "impact",
    "riser",
    "sweep",
    "reverse_cymbal",
    "reverse_swell",
    "fall",
    "sub_drop",
    "tag",
    "ritardando",
    "accelerando",
    "fermata",
    "meter",
    "fade",
]
"""What may happen inside a section."""

EventKind = PlayedEvent
"""What may be asked to happen inside a section: whatever is played."""

EffectName = Literal[
    "riser",
    "sweep",
    "reverse_cymbal",
    "reverse_swell",
    "fall",
    "impact",
    "sub_drop",
    "vinyl",
    "rain",
    "hiss",
    "waves",
    "wind",
]
"""A sound that is no note; see :mod:`structure.presets.effects`."""

SyllableKind = Literal["single", "begin", "middle", "end", "hold"]
"""A word of one syllable, the place of a syllable in a longer word, or a note that holds the one before."""
