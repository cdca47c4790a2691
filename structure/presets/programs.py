"""General MIDI programs guessed from a stem's prompt, for notation; the renderer has its own ears."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.types import Role


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = read_data("gm_programs.yaml")
    return data


@cache
def _phrases(kind: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return every phrase of the table: its program, its length in letters and its words."""
    programs: dict[int, list[str]] = _table()[kind]
    return tuple(
        (program, len(phrase), tuple(_words(phrase)))
        for program, phrases in programs.items()
        for phrase in phrases
    )


@lru_cache(4096)
def guess_program(prompt: str, role: Role) -> int:
    """Return a General MIDI program (from 0) for a prompt; for drums a kit, a program of channel 10."""
    words = _words(prompt)
    best, longest = int(_table()["fallback"][role]), 0
    for program, length, phrase in _phrases("kits" if role == "drums" else "programs"):
        rest = iter(words)  # the prompt may have others between the words of a phrase
        if length > longest and all(word in rest for word in phrase):
            best, longest = program, length
    return best


def program_words(program: int | None, role: Role) -> str:
    """Return words for the sound of a General MIDI program, or of a role's usual one where it has none."""
    table = _table()
    if role == "drums":
        return "acoustic drum kit"
    known: dict[int, list[str]] = table["programs"]
    number = int(table["fallback"][role]) if program is None else program
    near = number if number in known else min(known, key=lambda other: (abs(other - number), other))
    return known[near][0]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
