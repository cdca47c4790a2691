"""Takes back what a writer takes back: the B minor of "B minor? no, rather D major"."""

from __future__ import annotations

import re

_NO = r"nee+|nein|nö|ach\s+nein|no+|nah|nope|wait,?\s+no|no,?\s+wait|non|ah\s+non|ay\s+no"
_RATHER = (
    r"lieber|besser|doch\s+lieber|rather|better|actually|make\s+(?:that|it)|plutôt|mieux|mejor|más\s+bien"
)
_OLD = r"(?P<old>[^,.;:!?\n]{2,70})"
_ASKED = re.compile(
    rf"(?:^|(?<=[,.;:!?\n])){_OLD}\?\s*(?:{_NO})\b\s*[,:;.!-]*\s*(?:(?:{_RATHER})\b)?", re.I
)
_MENDED = re.compile(
    rf"(?:^|(?<=[,.;:!?\n])){_OLD}(?:,\s*|\s+[-–—]+\s*|\.{{2,3}}\s*)"
    r"(?:no,?\s+wait|wait,?\s+no|scratch\s+that|or\s+rather|make\s+that|sorry,?\s+i\s+mean|i\s+mean|"
    r"ok(?:ay)?,?\s+no|qué\s+digo|perdón|pardon|(?:ach\s+)?quatsch|"
    r"ach\s+was|nee,?\s+warte|nein,?\s+warte|halt,?\s+nein|moment,?\s+nein|no,?\s+espera|espera,?\s+no|"
    r"non,?\s+attends?|attends?,?\s+non|enfin\s+non|je\s+veux\s+dire|disons\s+plutôt|quiero\s+decir|"
    r"nein,?\s+doch\s+lieber|ach\s+nein|nee,?\s+lieber|no,?\s+mejor|non,?\s+plutôt)\b[,:;]?\s*",
    re.I,
)
_REPHRASED = re.compile(
    rf"(?:^|(?<=[,.;:!?\n])){_OLD}?,?\s+(?:(?:oder\s+|bzw\.?\s+)?(?:besser|genauer|richtiger)\s+gesagt|oder\s+vielmehr|"
    r"or\s+rather|(?:o\s+)?mejor\s+dicho|o\s+más\s+bien|ou\s+plutôt|ou\s+mieux)\b[,:;]?\s*",
    re.I,
)
_AGAIN = re.compile(
    rf"(?:^|(?<=[,.;:!?\n])){_OLD}(?:,\s*|\s+[-–—]+\s*|\.{{2,3}}\s*|\.\s+|\s*\(\s*)"
    r"(?:(?:wait|ok(?:ay)?|oh|well),?\s+)*"
    r"(?:actually,?\s+(?:no|make\s+(?:it|that)|let['’]?s\s+(?:do|make\s+it|go\s+(?:with|for)))"
    r"|no,?\s+(?:make\s+(?:it|that)|rather|better|let['’]?s\s+(?:do|make\s+it|go\s+(?:with|for)))"
    r"|h+m+,?\s+no|no,?\s+sorry|or\s+(?:no|better(?:\s+(?:still|yet))?)(?=,?\s)|correction:?|sorry"
    r"|(?:forget|scrap|scratch|ignore|strike)\s+(?:that|it)|on\s+second\s+thoughts?"
    r"|not\s+\w+,?\s+(?:more\s+like|but|rather))\b"
    r"(?!\s*(?:\d{1,2}|four|five|three|two|six)\s*(?:[,.;)]|$))[,:;]?\s*",
    re.I,
)
"""Other words that take back what was said: "actually no", "on second thought", "(forget that, …"."""

_CONTRAST = re.compile(
    r",\s*not\s+\d+(?:\s*(?:bpm|bars|seconds|minutes))?(?=\s*(?:[,.;)]|$))"
    r"|\bnot\s+(?:in\s+|at\s+)?(?:[A-G][#b]?(?:\s+(?:major|minor|flat|sharp))*|"
    r"\d+(?:\s*bpm)?|\d+/\d+)\s*,?\s+but\s+(?:rather\s+)?"
)
"""What stands beside what is wanted, to say what is not: "20 seconds, not 40", "not in C but in D"."""

_STOPPED = re.compile(
    rf"(?:^|(?<=[,.;:!?\n])){_OLD}(?:\.{{2,3}}|…|\s+lol|\s+haha)\s*(?:{_NO})\b\s*[,:;]?\s*", re.I
)
"""A thought that breaks off, and the one that takes its place: "only piano... no, only guitar"."""


_PLACED = re.compile(r".*\b(?=(?:in|at|with|mit|auf|en|con|à|avec)\s)", re.I)
"""What stands before the last phrase with a preposition: the waltz of "a waltz in B minor"."""


def blot_what_is_taken_back(text: str) -> str:
    """Return a text with blanks, as many as letters, for what it says and then takes back.

    What is taken back goes from the preposition or the comma before it to the words that take it back.
    """
    for pattern in (_ASKED, _MENDED, _REPHRASED, _AGAIN, _STOPPED):
        text = pattern.sub(_blot, text)
    return _CONTRAST.sub(lambda match: " " * len(match[0]), text)


def _blot(match: re.Match[str]) -> str:
    stays = _PLACED.match(match["old"])
    kept = stays[0] if stays else ""
    anew = re.match(r"\w+", match.string[match.end() :])
    said = re.search(rf"\b{re.escape(anew[0])}\b", match["old"], re.I) if anew else None
    if said is not None:  # it begins again from there
        kept = match["old"][: said.start()]
    return kept + " " * (len(match[0]) - len(kept))
