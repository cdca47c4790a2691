"""Which genre is the song's, and which are those of places in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.grammar.drafts import Anchor, Draft
from structure.description.words.vocabulary import vocabulary
from structure.presets.genres import find_genre

_TURNS = ("turn", "become", "morph", "switch", "go into", "goes into", "change", "evolve", "mutate", "then")
"""Beginnings of words that say that one thing comes after another."""


_TURNS_INTO = (
    "turns into",
    "turn into",
    "turning into",
    "becomes",
    "becoming",
    "morph",
    "mutate",
    " into ",
    "→",
    "->",
)
"""Words that say so where nothing says that the first is only a beginning."""


_WHOLE = ("song", "track", "piece", "tune", "number")
"""What stands behind the genre of all of it: "a bossa nova bridge in the middle of a metal song"."""


_MANNERS = ("minimal", "orchestral", "swing", "shuffle", "march", "instrumental", "lo-fi", "lofi", "lo fi")
"""Names of genres that say of a section how it sounds, and not what is played."""


def find_genres_of_places(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield the genre of a section that a word for its sound names: "techno with an ambient intro"."""
    style = next((d.what for d in drafts if d.kind == "genre" and d.polarity == "want"), None)
    if style is None:
        return
    known = vocabulary().genres
    for draft in drafts:
        if draft.kind != "sound" or draft.stem is not None or draft.polarity != "want":
            continue
        places = [name for anchor in draft.anchors for name, _ in anchor.sections]
        is_genre = draft.what in known and draft.what not in _MANNERS
        if is_genre and places and "solo" not in places:
            yield replace(draft, kind="genre", anchors=list(draft.anchors))


def place_genres(drafts: Sequence[Draft], text: str) -> None:
    """Leave genres on their places where the song has another one, in place.

    A song has one genre of its own: the first that stands in no place, else the first of all. Where it
    starts as one and turns into another, the second half is of that other.
    """
    genres = sorted((draft for draft in drafts if draft.kind == "genre"), key=lambda draft: draft.start)
    wanted = [draft for draft in genres if draft.polarity == "want"]
    styles = {found.style if (found := find_genre(draft.what)) else draft.what for draft in wanted}
    for draft in genres:
        if draft.polarity != "want" or len(styles) == 1:
            draft.anchors = []
    if len(styles) <= 1:
        return

    _place_before_sections(wanted, drafts, text)
    for one, other in pairwise(wanted):
        if one.end <= other.start and not text[one.end : other.start].strip():
            one.anchors, other.anchors = [], []  # "a folk waltz for the end of a feast" is one thing

    first = wanted[0]
    begins = [anchor for anchor in first.anchors if anchor.edge == "start" and not anchor.sections]
    for one, other in pairwise(wanted):
        between = text[one.end : other.start].lower()
        is_from = text[: one.start].lower().split()[-1:] == ["from"]
        goes_on = is_from and between.split()[:1] in (["to"], ["into"])
        turns = any(word in between for word in (_TURNS if begins else _TURNS_INTO))
        if not other.anchors and (goes_on or turns):
            other.anchors = [Anchor(other.start, other.end, 0, 0, "after", edge="middle")]
    if begins or all(draft.anchors for draft in wanted):
        whole = (draft for draft in wanted if _is_of_all(draft, text) and not begins)
        next(whole, first).anchors = []


def _place_before_sections(genres: Sequence[Draft], drafts: Sequence[Draft], text: str) -> None:
    """Leave genres on the sections that they stand right before, in place: "reggae verses, punk choruses".

    None is left on a section that stands before it: in "metal verses and a jazz chorus" no verse is jazz.
    """
    sections = [draft for draft in drafts if draft.kind == "section" and draft.polarity == "want"]
    for genre in genres:
        own = next((s for s in sections if s.start >= genre.end and text[genre.end : s.start] == " "), None)
        if own is not None:
            genre.anchors = [Anchor(own.start, own.end, 0, 0, "at", [(own.what, None)])]


def _is_of_all(genre: Draft, text: str) -> bool:
    """Return whether a genre is called that of a song, in its own words or by the word behind them."""
    count = len(text[genre.start : genre.end].split())
    return any(word.strip(".,;!") in _WHOLE for word in text[genre.start :].lower().split()[: count + 1])
