"""Forms that are listed: "intro, verse, chorus", "A B A", tags in brackets."""

from __future__ import annotations

import re
from itertools import pairwise

from structure.description.grammar.drafts import Draft
from structure.description.grammar.nodes import Node

_LAST_SHUT = "]."
"""Behind the last tag of a form; what follows is not for that section alone."""


_PLAIN_RUN = ("stop", "number", "breaker", "linker", "times")


_IN_A_RUN = (*_PLAIN_RUN, "bars", "seconds")


_ARROWS = ("[", "]", "-", "->", ">", "=>", "→", "|", "/")


def take_forms(nodes: list[Node]) -> tuple[list[Draft], list[Node]]:
    """Find forms: three sections or more in a row.

    Their nodes are taken out, but for those that a length or a remark in brackets belongs to.
    """
    found: list[Draft] = []
    left: list[Node] = []
    run: list[Node] = []
    depth = 0
    end = Node("end of text", "", len(nodes), len(nodes))
    for node, following in zip([*nodes, end], [*nodes[1:], end, end], strict=False):
        inside = depth > 0
        if node.kind == "stop" and run:
            depth += {"(": 1, ")": -1}.get(str(node.value), 0)

        # "Verse-chorus-verse-chorus, verses 8 bars": the comma ends a list without commas.
        sections = sum(other.kind == "section" for other in run)
        commas = any(other.kind == "stop" and other.value == "," for other in run)
        is_mark = node.kind == "stop" and node.value in (",", ".", ";")
        ends_list = is_mark and sections > _LISTED and not commas
        is_soloist = node.kind == "player" and following.value == "solo"
        in_run = run and (is_soloist or node.kind in _IN_A_RUN or inside or depth > 0)
        if node is not end and not ends_list and (node.kind == "section" or in_run):
            if not run and left and left[-1].kind == "bars":
                run.append(left.pop())  # "4 bar intro, verse, chorus …"
            run.append(node)
            continue

        draft, kept = _form_of_run(run)
        found += [draft] if draft is not None else []
        left += kept if node is end else [*kept, node]
        run, depth = [], 0

    # Five sections or more in brackets, of which one comes back, are the form; fewer are mere remarks.
    tags = [
        after
        for before, after in pairwise(nodes)
        if before.kind == "stop" and before.value == "[" and after.kind == "section"
    ]
    if len(tags) >= _FEWEST_TAGS and len({tag.value for tag in tags}) < len(tags):
        walk = " ".join(str(tag.value) for tag in tags)
        found = [Draft("form", walk, tags[0].start, tags[-1].end)]
    return found, left


_GOES_ON = re.compile(
    r"\b(?:then|after that|finally|at the end|lastly|and last|followed by|to finish|to end|in the end)\b",
    re.I,
)


_LISTED_NEXT = re.compile(r"\s*(?:,\s*and\b|,|and\b)\s*(?:(?:an?|the)\s+)?(?:[\w-]+\s+){0,3}[\w-]+$", re.I)
_LAST = re.compile(r"\b(?:last|final)\b", re.I)


def extend_forms(drafts: list[Draft], text: str) -> None:
    """Let lists of sections go on with those that come "then" or "at the end" of the sentence, in place."""
    for form in [draft for draft in drafts if draft.kind == "form" and " " in draft.what]:
        end = form.end
        later = [d for d in drafts if d.kind == "section" and d.polarity == "want" and d.start >= form.end]
        for section in sorted(later, key=lambda draft: draft.start):
            said = text[end : section.end]
            is_new = section.what not in form.what.split() or _LAST.search(said) is not None
            goes_on = _GOES_ON.search(said) or (is_new and _LISTED_NEXT.match(text, end, section.end))
            if re.search(r"[.;!?]", said) or not goes_on:
                break
            form.what += f" {section.what}" * int(section.amount or 1)
            form.end = end = section.end
            section.amount, section.anchors = None, []


_LISTED = 3
"""Sections in a row above which a comma behind them ends their list."""


_FEWEST_TAGS = 5


def _form_of_run(run: list[Node]) -> tuple[Draft | None, list[Node]]:
    """Return the form that a run of sections says, if any, and the nodes that are still to be read."""
    if any(
        one.kind == "number" and other.kind == "section" and other.token.word.endswith("s")
        for one, other in pairwise(run)
    ):
        return None, run  # "2 verses" are so many, and no walk

    # The run goes up to its last section, and the number behind that.
    last = max((i for i, node in enumerate(run) if node.kind == "section"), default=-1)
    if last + 1 < len(run) and run[last + 1].kind in ("number", "times"):
        last += 1
    sections, behind = run[: last + 1], run[last + 1 :]
    kinds = [node for node in sections if node.kind == "section"]
    measured = any(
        node.kind not in ("section", *_PLAIN_RUN) or (node.kind == "number" and node.value > 9)
        for node in sections
    )
    listed = any(node.kind == "stop" and node.value in _ARROWS for node in sections)
    if len(kinds) < 3 or (measured and not listed and len(kinds) < 4):
        return None, run

    walk: list[str] = []
    for node, following in zip(sections, [*sections[1:], None], strict=True):
        if node.kind == "section":
            is_repeated = following is not None and following.kind == "times"
            walk += [str(node.value)] * (int(following.value) if is_repeated and following else 1)
    draft = Draft("form", " ".join(walk), sections[0].start, sections[-1].end)
    if measured and behind and behind[0].value == "]":
        behind[0].value = _LAST_SHUT
    return draft, [*(sections if measured else []), *behind]
