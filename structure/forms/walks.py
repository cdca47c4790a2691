"""Walks through kinds of sections, sampled from what real songs do, within the rules of song form."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from structure.base.labels import BEFORE_LAST_REFRAIN, REFRAINS
from structure.base.sampling import pick_weighted
from structure.forms.priors import END, FormModel

_RUNS = {"verse": 3, "chorus": 3, "instrumental": 2, "bridge": 2, "interlude": 2, "solo": 2}
"""How often a kind may follow itself; others not at all."""

MOST_REFRAINS = 7
_COUNTS = {"verse": 6, "bridge": 2, "solo": 2, "intro": 1, "outro": 1}
"""How often a kind may come in a walk."""

_MOST_SECTIONS = 18
_LEADS_ON = ("intro", "prechorus", "build", "interlude")
"""Kinds that lead to something; no song ends in one."""

_CONTRASTS = ("bridge", "breakdown", "solo")
"""Kinds behind which a song that has a refrain comes back to it."""

_TIED = ("prechorus", "build")
"""Kinds that lead right into a refrain."""

_OWN_TO_PART = (
    "verse",
    "bridge",
    "solo",
    "instrumental",
    "interlude",
    "breakdown",
    "prechorus",
    "postchorus",
)
"""Kinds of which each part of a long song has its own."""


@dataclass(frozen=True, slots=True)
class WalkRules:
    """What a walk must keep to: kinds that it has, kinds that it has not, choruses at most."""

    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    refrains: int = MOST_REFRAINS


def sample_walk(model: FormModel, rules: WalkRules, rng: random.Random) -> list[str]:
    """Draw the kinds of one song section by section from the model.

    What was asked for and did not come by itself is put where it belongs.
    """
    walk: list[str] = []
    while len(walk) < _MOST_SECTIONS:
        allowed = {
            kind: weight
            for kind, weight in model.next_weights(walk).items()
            if _may_follow(kind, walk, rules)
        }
        following = pick_weighted(rng, allowed) if allowed else END
        if following == END:
            break
        walk.append(following)
    while walk and walk[-1] in _LEADS_ON:
        del walk[-1]
    walk = walk or ["chorus"]
    for kind in sorted(rules.wanted - rules.unwanted - set(walk)):
        walk = insert_kind(walk, kind)
    return walk


def join_parts(
    parts: Sequence[Sequence[str]], between: Sequence[Sequence[str]], rng: random.Random
) -> list[str]:
    """Join the parts of a long song to one walk.

    It has one intro, one outro, verses and contrasts of each part's own, and one of the groups of sections
    of ``between`` before each later part, in an order of its own. The first and the last part share the
    chorus; the parts between them have one of their own. Sections of a later part carry its number:
    ``verse2``.
    """
    walk: list[str] = []
    order = rng.sample(between, len(between)) if len(parts) > 1 else []
    for i, part in enumerate(parts):
        inner = [k for k in part if (k != "intro" or i == 0) and (k != "outro" or i == len(parts) - 1)]
        if i and inner:
            bridge = order[(i - 1) % len(order)]
            inner = [*bridge, *(inner[1:] if inner[0] == bridge[-1] else inner)]
        own = _OWN_TO_PART if i in (0, len(parts) - 1) else (*_OWN_TO_PART, *REFRAINS)
        walk += [f"{kind}{i + 1}" if i and kind in own else kind for kind in inner]
    return walk


def rename_sections(walk: Sequence[str], names: Mapping[str, str], rules: WalkRules) -> list[str]:
    """Name sections in a style's own words (``chorus`` → ``drop``), save what was asked for by name."""
    found = {kind: names[kind] for kind in walk if kind in names and kind not in rules.wanted}
    return [found.get(kind, kind) for kind in walk]


def _may_follow(kind: str, walk: Sequence[str], rules: WalkRules) -> bool:
    """Return whether the rules allow ``kind`` next. They forbid only what real songs hardly do."""
    last = walk[-1] if walk else ""
    if kind == END:
        return len(walk) > 3 and last not in _LEADS_ON and not _waits_for_refrain(walk)

    most = rules.refrains if kind in REFRAINS else _COUNTS.get(kind, 5)
    run = 0
    while run < len(walk) and walk[-1 - run] == kind:
        run += 1
    is_worn = walk.count(kind) >= most or run >= _RUNS.get(kind, 1)
    if is_worn or kind in rules.unwanted or last == "outro":
        return False

    # A pre-chorus leads to a chorus, and an intro comes first.
    if last in _TIED and "chorus" not in rules.unwanted:
        return kind == "chorus"
    allowed = True
    if kind == "prechorus":
        allowed = "chorus" not in rules.unwanted
    elif kind == "postchorus":
        allowed = last == "chorus"
    elif kind == "outro":
        allowed = len(walk) > 2 and not _waits_for_refrain(walk)
    elif kind == "intro":
        allowed = not walk
    elif kind in ("solo", "bridge"):
        allowed = any(k == "verse" or k in REFRAINS for k in walk)
    return allowed


def _waits_for_refrain(walk: Sequence[str]) -> bool:
    """Return whether a walk that has a refrain has not come back to it since its last contrast."""
    for kind in reversed(walk):
        if kind in REFRAINS:
            return False
        if kind in _CONTRASTS:
            return any(other in REFRAINS for other in walk)
    return False


def with_interlude(walk: Sequence[str], kind: str) -> list[str]:
    """Put an interlude into the walk where most songs have it.

    That is after the first chorus that leads back to a verse, else where :func:`insert_kind` has it.
    """
    for place, (before, after) in enumerate(pairwise(walk), start=1):
        if before in (*REFRAINS, "postchorus") and after.startswith("verse"):
            return [*walk[:place], kind, *walk[place:]]
    return insert_kind(walk, kind)


def insert_kind(walk: Sequence[str], kind: str) -> list[str]:
    """Return the walk with a kind that it has not, where such sections usually stand."""
    refrains = [i for i, k in enumerate(walk) if k in REFRAINS]
    last = refrains[-1] if refrains else len(walk) - 1
    if kind == "intro":
        return [kind, *walk]
    if kind in ("outro", "coda"):
        return [*walk, kind]
    if kind in BEFORE_LAST_REFRAIN:
        place = last
        while place and walk[place - 1] in _TIED and kind not in _TIED:
            place -= 1
    elif kind == "drop" and "build" in walk:
        place = walk.index("build") + 1
    elif kind in ("chorus", "drop", "hook", "postchorus"):
        place = last + 1
    else:
        place = 1 if walk[0] == "intro" else 0
    return [*walk[:place], kind, *walk[place:]]
