"""General MIDI programs guessed from a stem's prompt, for notation; the renderer has its own ears."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.types import Role


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = read_data("gm_programs.yaml")
    return data


def guess_program(prompt: str, role: Role) -> int:
    """A General MIDI program (from 0); for drums a kit, which is a program of channel 10."""
    table = _table()
    programs: dict[int, list[str]] = table["kits" if role == "drums" else "programs"]
    words = _words(prompt)
    best, length = int(table["fallback"][role]), 0
    for program, phrases in programs.items():
        for phrase in phrases:
            if len(phrase) > length and _holds(words, phrase):
                best, length = program, len(phrase)
    return best


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _holds(words: list[str], phrase: str) -> bool:
    """True where all words of the phrase are in the prompt, in order, perhaps with others between them."""
    rest = iter(words)
    return all(word in rest for word in _words(phrase))
