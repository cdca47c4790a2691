"""Errors that a user's input can cause, and how they are worded.

Every error that a user can mend derives from :class:`RitornelloError`; the command line prints its
message and exits with code 2. Anything else that escapes is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class RitornelloError(Exception):
    """Base of every error that is the input's fault and not ours."""


class PlanError(RitornelloError):
    """The spec is well formed, but no song can be planned from it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a song spec.

    ``field`` is a dotted path such as ``sections.chorus.bars``; ``line`` counts from 1, or is None
    where the fault belongs to no line. ``hint`` says what is allowed or what was probably meant.
    """

    message: str
    field: str = ""
    line: int | None = None
    hint: str = ""

    def render(self, source: str) -> str:
        """``file:line: field: message (hint)`` in one line, without the parts that are unknown."""
        where = f"{source}:{self.line}" if self.line is not None else source
        field = f" {self.field}:" if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return " ".join(f"{where}:{field} {self.message}{hint}".splitlines())  # values may hold line breaks


class SpecError(RitornelloError):
    """A song spec is wrong; carries all of its faults, not only the first."""

    def __init__(self, faults: Iterable[Fault], source: str = "<spec>") -> None:
        self.faults = tuple(faults)
        self.source = source
        super().__init__("\n".join(fault.render(source) for fault in self.faults))


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A hint that names the closest allowed word, or all of them where none is close."""
    choices = list(allowed)
    close = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "allowed: " + ", ".join(choices)
