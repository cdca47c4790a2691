"""Tells what each part of a file does: by its name, its channel, its program and its register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.base.types import PITCHLESS, Role

_BASS_TOP = 52
"""Median pitch (E3) up to which the lowest part is a bass."""

_DRUM_KEYS = range(27, 88)
"""Keys of General MIDI's drums and those that many drum machines add."""

_PROGRAM_ROLES: tuple[tuple[range, Role], ...] = (
    (range(0, 8), "chords"),
    (range(8, 16), "arpeggio"),
    (range(16, 24), "chords"),
    (range(24, 32), "chords"),
    (range(32, 40), "bass"),
    (range(40, 44), "lead"),
    (range(44, 46), "pad"),
    (range(46, 47), "arpeggio"),
    (range(47, 48), "bass"),
    (range(48, 55), "pad"),
    (range(55, 56), "chords"),
    (range(56, 58), "lead"),
    (range(58, 59), "bass"),
    (range(59, 61), "lead"),
    (range(61, 64), "chords"),
    (range(64, 80), "lead"),
    (range(80, 88), "lead"),
    (range(88, 96), "pad"),
    (range(96, 104), "pad"),
    (range(104, 109), "chords"),
    (range(109, 112), "lead"),
    (range(112, 119), "arpeggio"),
    (range(119, 128), "pad"),
)
"""Usual role of each General MIDI program, from 0; none of them is pitchless."""

_ONE_AT_A_TIME = 1.25
"""Notes that sound together in a part that plays a line, on average at most."""


@dataclass(frozen=True, slots=True)
class RoleHints:
    """What is known of a part; ``notes`` are ``(start, end, pitch)``, in quarters."""

    name: str
    is_drums: bool
    program: int | None
    notes: tuple[tuple[Fraction, Fraction, int], ...]


def roles_of(parts: Sequence[RoleHints]) -> list[Role]:
    """Return a role for each part. A song of pitched parts without drums and bass has a lead at least."""
    told: list[Role | None] = []
    for part in parts:
        plain = re.sub(r"[\W_\d]+", " ", part.name.lower()).strip()
        told.append(next((role for _, role, pattern in _words() if pattern.search(plain)), None))

    roles: list[Role] = []
    for part, named in zip(parts, told, strict=True):
        if part.is_drums or (named == "drums" and all(pitch in _DRUM_KEYS for _, _, pitch in part.notes)):
            roles.append("drums")
        elif named is not None and named not in PITCHLESS:
            roles.append(named)
        elif part.program:  # program 0 is what a file has that sets none
            roles.append(next(role for programs, role in _PROGRAM_ROLES if part.program in programs))
        else:
            roles.append("lead" if _is_line(part) and _middle(part) >= _BASS_TOP else "chords")

    lines = [i for i, part in enumerate(parts) if roles[i] not in PITCHLESS and part.notes]
    if not lines:
        return roles
    low = min(lines, key=lambda i: _middle(parts[i]))
    is_low = _is_line(parts[low]) and _middle(parts[low]) <= _BASS_TOP
    if "bass" not in roles and len(lines) > 1 and not told[low] and is_low:
        roles[low] = "bass"
    if "lead" not in roles:
        free = [i for i in lines if roles[i] != "bass"]
        best = max(free, key=lambda i: (not told[i], _is_line(parts[i]), _middle(parts[i])), default=None)
        if best is not None and (not told[best] or len(free) == 1) and _is_line(parts[best]):
            roles[best] = "lead"
    return roles


@cache
def _words() -> tuple[tuple[str, Role, re.Pattern[str]], ...]:
    table: dict[Role, list[str]] = read_data("part_words.yaml")
    found = [
        (
            word,
            role,
            re.compile(r"\b" + re.escape(word.rstrip("*")) + ("" if word.endswith("*") else r"\b")),
        )
        for role, words in table.items()
        for word in words
    ]
    return tuple(sorted(found, key=lambda entry: -len(entry[0])))


def _middle(part: RoleHints) -> float:
    return median(pitch for _, _, pitch in part.notes) if part.notes else 0.0


def _is_line(part: RoleHints) -> bool:
    """Return whether hardly any notes sound together."""
    if not part.notes:
        return False
    sounding = sum((end - start for start, end, _ in part.notes), Fraction(0))
    starts = {start for start, _, _ in part.notes}

    # the quarters in which any note sounds
    covered, until = Fraction(0), Fraction(0)
    for start, end, _ in sorted(part.notes):
        covered += max(Fraction(0), end - max(start, until))
        until = max(until, end)
    covered = max(covered, Fraction(1, 64))
    return len(part.notes) <= _ONE_AT_A_TIME * len(starts) and sounding <= _ONE_AT_A_TIME * covered
