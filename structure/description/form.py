"""Reads what a sentence says of form: a form by name, and where a section belongs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from structure.description.phrases import Phrases, singular
from structure.description.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Placement:
    """``section`` comes directly before or after a visit of ``anchor``, both being kinds of section.

    ``visit`` counts from 1; -1 is the last.
    """

    section: str
    side: Literal["before", "after"]
    anchor: str
    visit: int


_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": -1,
    "final": -1,
    "closing": -1,
}
_ORDINAL = rf"(?:(?P<visit>{'|'.join(_ORDINALS)})\s+)"
_SIDE = (
    r"(?:(?:that\s+)?(?:comes?|goes|right|just|directly|immediately)\s+)*(?P<side>after|before|following)"
)


def read_form(phrases: Phrases, words: Vocabulary) -> tuple[str | None, str | None]:
    """A form by name, of several the first, and the style in its name: a 12-bar blues is blues."""
    forms: list[str] = []
    styles: list[str] = []
    for match in list(phrases.find(words.forms.pattern)):
        forms.append(words.forms.meaning(match[0]))
        styles += [words.genres.meaning(genre[0]) for genre in words.genres.pattern.finditer(match[0])]
        phrases.take(match, "form")
    return next(iter(forms), None), next(iter(styles), None)


def read_placements(phrases: Phrases, words: Vocabulary) -> tuple[tuple[Placement, ...], list[str]]:
    """Where sections belong ("guitar solo after the second chorus"), and the sections that this asks for.

    A section that only dates something else ("drums from the second verse") is hidden from later rules.
    """
    section = words.sections.pattern.pattern
    placed = re.compile(
        rf"(?P<what>{section})(?P<where>\s+{_SIDE}\s+(?:the\s+|each\s+|every\s+)?{_ORDINAL}?(?P<anchor>{section}))"
    )
    found: list[Placement] = []
    asked: list[str] = []
    for match in list(phrases.find(placed)):
        what, anchor = (_label(words, match[part]) for part in ("what", "anchor"))
        side: Literal["before", "after"] = "before" if match["side"] == "before" else "after"
        found.append(Placement(what, side, anchor, _ORDINALS.get(match["visit"] or "first", 1)))
        # What is placed may name an instrument as well ("sax solo"), so it is left to be read.
        asked += [what, *([] if match["visit"] else [anchor])]
        phrases.take(match, "sections", "where")
    dated = re.compile(
        rf"\b(?:until|till|at|from|in|on|for|after|before|into|by)\s+(?:the\s+)?{_ORDINAL}{section}"
    )
    for match in list(phrases.find(dated)):
        phrases.hide(match)
    return tuple(found), asked


def _label(words: Vocabulary, matched: str) -> str:
    """The kind of section that a matched phrase names; "the second guitar solo" names a solo."""
    return str(
        words.sections.meanings[singular(" ".join(re.split(r"[\s-]+", matched)), words.sections.meanings)]
    )
