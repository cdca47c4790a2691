"""Titles for the songs of a batch: made of words that suit a song, and as many as a library needs."""

from __future__ import annotations

import re
from typing import Any

from composer.batch.words.about import character
from structure.base.datafiles import read_data
from structure.base.plain_text import in_ascii
from structure.base.sampling import generator
from structure.description.reading import read_wishes
from structure.description.titles import title_from
from structure.plans.plan import SongPlan
from structure.presets.families import family_of

MADE = 48
"""Titles that are offered for a song."""


def titles_for(plan: SongPlan, written: str | None) -> tuple[str, ...]:
    """Return titles for a song, the best first.

    The first is the one that its spec has, or one for what its description says that the song is about, if
    either is there. Made-up titles follow.
    """
    first = written
    if not first:
        about = "|".join(map(re.escape, (str(word) for word in read_data("titles.yaml")["about"])))
        has_subject = re.search(rf"\b(?:{about})\s+(?=[^\W\d])", plan.description, re.I) is not None
        wishes = read_wishes(plan.description, guessing=False).wishes
        if any(wish.kind == "title" for wish in wishes):
            first = plan.title
        elif has_subject:
            first = title_from(plan.description, "")
    titles = [first] if first else []

    data: dict[str, Any] = read_data("library_titles.yaml")
    rng = generator(plan.seed, "library title", plan.description)
    family, felt = character(plan)
    mode = "dark" if family == "minor" else "bright"
    drive = "calm" if felt == "calm" else "driven"
    adjectives = [*data["adjectives"][mode], *data["adjectives"][drive]]
    nouns = [*data["nouns"][mode], *data["nouns"][drive]]
    places = data["places"].get(family_of(plan.genre)) or nouns
    for _ in range(MADE):
        words = {
            "adjective": rng.choice(adjectives),
            "noun": rng.choice(nouns),
            "place": rng.choice(places),
            "hour": rng.choice(data["hours"]),
        }
        title = str(rng.choice(data["patterns"])).format(**words)
        if len(set(title.casefold().split())) == len(title.split()):  # no word twice
            titles.append(title)
    return tuple(dict.fromkeys(titles))


def plain_title(title: str) -> str:
    """Return what two titles share that people would take for one."""
    words = re.sub(r"[^\w]+", " ", in_ascii(title).casefold()).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)
