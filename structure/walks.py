"""Walks through kinds of sections, sampled from what real songs do, within the rules of song form."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from structure.priors import END, START, FormPriors
from structure.sampling import pick_weighted

REFRAINS = ("chorus", "drop", "hook")
"""Kinds that a song comes back to."""

_FRAME = ("intro", "outro", "coda", START, END)
"""Kinds that stand at the edges of a song alone."""

_LIMITS = {"verse": 4, "chorus": 5, "prechorus": 4, "postchorus": 4, "bridge": 1, "solo": 1}
"""How often a kind may come in one part of a song; others once."""

_RUNS = {"verse": 2, "chorus": 2}
"""How often a kind may follow itself; others not at all."""

_PART_BARS = 112
"""Longer songs are made of parts of about this many bars; each has verses of its own, and all share the
chorus."""

_ROOM_FOR_TWO_CHORUSES = 56
"""Bars of a body from which on a bridge or a solo waits for the second chorus."""

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


@dataclass(frozen=True, slots=True)
class WalkRules:
    """What a walk must keep to. ``bars`` are usual lengths of each kind."""

    bars: dict[str, int]
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()

    def length(self, walk: Sequence[str]) -> int:
        """Usual length of a walk in bars."""
        return sum(self.bars[kind] for kind in walk)


def sample_walk(priors: FormPriors, rules: WalkRules, bars: int, rng: random.Random) -> list[str]:
    """Kinds of a song of about ``bars`` bars; those of a later part carry its number: ``verse2``."""
    frame = [kind for kind in ("intro", "outro") if kind not in rules.unwanted]
    room = bars - rules.length(frame)
    if room < rules.bars["chorus"]:
        return _tiny(rules, bars)
    if room < 2 * rules.bars["verse"] + rules.bars["chorus"]:
        return _small(rules, room)
    parts = max(1, round(room / _PART_BARS))
    walk: list[str] = []
    for part in range(parts):
        body = _insert_wanted(
            _body(priors, rules, room // parts, rng), rules if part == parts - 1 else None
        )
        walk += [kind if part == 0 or kind not in _OWN_TO_PART else f"{kind}{part + 1}" for kind in body]
    head = ["intro"] if "intro" in frame else []
    return head + walk + (["outro"] if "outro" in frame else [])


def renamed(walk: Sequence[str], names: Mapping[str, str], rules: WalkRules) -> list[str]:
    """The walk in a style's own words (``chorus`` → ``drop``), save what was asked for by name.

    A song without choruses has instrumental sections in their place, and nothing that leads to them.
    """
    if "chorus" in rules.unwanted:
        return [
            "instrumental" if k == "chorus" else k for k in walk if k not in ("prechorus", "postchorus")
        ]
    return [names.get(kind, kind) if kind not in rules.wanted else kind for kind in walk]


def _tiny(rules: WalkRules, bars: int) -> list[str]:
    """A jingle: a chorus, with an intro if that leaves it some bars."""
    return ["chorus"] if bars < 6 or "intro" in rules.unwanted else ["intro", "chorus"]


def _small(rules: WalkRules, room: int) -> list[str]:
    """A song with room for one chorus, or for a verse and a chorus."""
    body = ["verse", "chorus"] if room >= rules.bars["verse"] + rules.bars["chorus"] - 4 else ["chorus"]
    walk = [*(k for k in ("intro",) if k not in rules.unwanted), *body]
    return walk + [k for k in ("outro",) if k not in rules.unwanted]


def _body(priors: FormPriors, rules: WalkRules, room: int, rng: random.Random) -> list[str]:
    """Sections between intro and outro, ending in a chorus."""
    body: list[str] = []
    before, current = START, "intro"
    contrast_from = 2 if room > _ROOM_FOR_TWO_CHORUSES else 1
    while rules.length(body) < room - rules.bars["chorus"] // 2 or _incomplete(body, rules, room):
        weights = {
            kind: weight
            for kind, weight in priors.next_weights(before, current).items()
            if _may_follow(kind, body, rules, contrast_from)
        }
        following = pick_weighted(rng, weights) if weights else _fallback(body, rules)
        body.append(following)
        before, current = current, following
    return body


def _incomplete(body: Sequence[str], rules: WalkRules, room: int) -> bool:
    """A body ends in its refrain; one with room for it has two choruses and two verses."""
    if not body or body[-1] != "chorus":
        return True
    counts = Counter(body)
    once = rules.bars["verse"] + rules.bars["chorus"]
    verses = 0 if "verse" in rules.unwanted else 1 if room < 3 * once else 2
    return room >= 2 * once and (counts["chorus"] < 2 or counts["verse"] < verses)


def _is_exhausted(kind: str, body: Sequence[str]) -> bool:
    """Whether a kind has come often enough, or often enough in a row."""
    run = next((i for i, k in enumerate(reversed(body)) if k != kind), len(body))
    return body.count(kind) >= _LIMITS.get(kind, 1) or run >= _RUNS.get(kind, 1)


def _may_follow(kind: str, body: Sequence[str], rules: WalkRules, contrast_from: int) -> bool:
    """Whether the rules allow ``kind`` next; contrasting kinds wait for ``contrast_from`` choruses."""
    if kind in rules.unwanted or kind not in rules.bars or kind in _FRAME or _is_exhausted(kind, body):
        return False
    if body and body[-1] == "prechorus":
        return kind == "chorus"
    if not body:
        return kind in ("verse", "chorus")
    if kind in ("bridge", "solo", "breakdown"):
        return body.count("chorus") >= contrast_from and body[-1] in (
            "chorus",
            "postchorus",
            "solo",
            "bridge",
            "instrumental",
        )
    return kind != "postchorus" or body[-1] == "chorus"


def _fallback(body: Sequence[str], rules: WalkRules) -> str:
    """Verse and chorus in turn, where the data know nothing that the rules allow."""
    return "verse" if body and body[-1] == "chorus" and "verse" not in rules.unwanted else "chorus"


_BEFORE_LAST_CHORUS = ("bridge", "solo", "breakdown", "build", "interlude", "instrumental", "prechorus")


def _insert_wanted(body: list[str], rules: WalkRules | None) -> list[str]:
    """The body with the kinds that were asked for and did not come by themselves."""
    if rules is None:
        return body
    for kind in sorted(rules.wanted - set(body) - {"intro", "outro", "coda"}):
        last = len(body) - 1 - body[::-1].index("chorus")
        if kind in _BEFORE_LAST_CHORUS:
            body = [*body[:last], kind, *body[last:]]
        elif kind == "drop" and "build" in body:
            after = body.index("build") + 1
            body = [*body[:after], kind, *body[after:]]
        elif kind in ("drop", "hook", "postchorus"):
            body = [*body[: last + 1], kind, *body[last + 1 :]]
        else:
            body = [kind, *body]
    return body
