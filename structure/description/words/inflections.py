"""Forms of English verbs: "swells in" and "swelling in" for "swell in"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NO_VERBS = ("is", "are", "isn't", "aren't", "can", "don't", "do", "does", "doesn't")
"""First words of phrases that have no other forms."""

_DOUBLING = (
    *("get", "let", "cut", "hit", "drop", "dip", "slip", "hop", "skip", "rip", "tap", "snap", "whip"),
    *("run", "begin", "stab", "jab", "dig", "sit", "hum", "stop", "slam", "strut", "slot", "hug"),
)
"""Verbs whose last letter is doubled before -ing."""


def verb_forms(phrase: str) -> Iterator[str]:
    """Yield a phrase that begins with a verb, and the phrase with the forms in -s and -ing of that verb."""
    yield phrase
    verb, _, rest = phrase.partition(" ")
    if verb in _NO_VERBS:
        return
    third = re.sub(r"(?<=[^aeiou])y$", "ie", verb)
    third = f"{third}es" if re.search(r"(?:s|sh|ch|x|z|^go|^do)$", verb) else f"{third}s"
    third = "has" if verb == "have" else third
    stem = re.sub(r"(?<=[^aeo])e$", "", verb)
    stem = "dy" if verb == "die" else f"{stem}{stem[-1]}" if verb in _DOUBLING else stem
    yield from (f"{form} {rest}".strip() for form in (third, f"{stem}ing"))
