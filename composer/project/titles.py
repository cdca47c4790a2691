"""Titles that a song may have: from its words, its description, its style and key, or made of words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from statistics import fmean
from typing import Any

from structure.base.datafiles import read_data
from structure.base.sampling import generator
from structure.description.titles import title_from
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan

_DRIVEN = 0.55
"""Energy of a song, on average, from which it is driven."""

_LONGEST = 40
"""Characters of a line of lyrics that is a title."""

_MADE = 64


def find_titles(plan: SongPlan) -> Iterator[tuple[str, str]]:
    """Yield titles that a song may have, each once, and where each is from.

    The first is the one that the planner makes from the description.
    """
    told: set[str] = set()
    for title, source in _titles(plan):
        if title and title.lower() not in told:
            told.add(title.lower())
            yield title, source


def _titles(plan: SongPlan) -> Iterator[tuple[str, str]]:
    yield title_from(plan.description, ""), "from the description"

    lines = [line.strip(" .,;!?") for visit in plan.visits for line in visit.sound.lyrics.splitlines()]
    sung = Counter(line for line in lines if line and not line.startswith("[") and len(line) <= _LONGEST)
    for line, _ in sung.most_common(3):
        yield line, "a line of its words"

    for clause in re.split(r"[.,;:!?\n]+|\bwith\b|\band\b", plan.description):
        yield title_from(clause, ""), "from the description"
    key = parse_key(plan.key)
    yield f"{plan.genre.title()} in {key.name[:1] + key.name[1:].title()}", "its style and key"

    data: dict[str, Any] = read_data("title_words.yaml")
    is_driven = fmean(visit.music.energy for visit in plan.visits) >= _DRIVEN
    moods = ["dark" if key.family == "minor" else "bright", "driven" if is_driven else "calm"]
    nouns = [word for mood in moods for word in data["nouns"][mood]]
    for number in range(_MADE):
        rng = generator(plan.seed, "title", number)
        adjective = rng.choice(data["adjectives"][rng.choice(moods)])
        noun, other = rng.sample(nouns, 2)
        title = str(rng.choice(data["patterns"])).format(adjective=adjective, noun=noun, other=other)
        yield title, f"words that are {' and '.join(moods)}"
