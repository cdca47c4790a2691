"""Which genres wishes ask for: that of the song, and those of places in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from structure.forms.places import Layout
from structure.presets.genres import Genre, find_genre
from structure.specs.wishes import Where, Wish, Wishes, is_song_wide, song_wide


def find_asked_genres(wishes: Wishes) -> tuple[Genre, ...]:
    """Return the genres that are asked for and known, first the one whose style the song is in.

    A ballad or a waltz may be in any style, so they come last ("r&b ballad"), and so do occasions. Of two
    names side by side the last says what it is, and the first how: "folk punk" is punk. A pop of any kind
    is of that kind.
    """
    named = [(wish, genre) for wish in song_wide(wishes, "genre") if (genre := find_genre(wish.what))]
    start = 0  # of the names that stand side by side
    for at, ((one, first), (other, second)) in enumerate(pairwise(tuple(named)), start=1):
        if not _are_side_by_side(one, other, wishes):
            start = at
        elif second.style not in ("pop", first.style):
            named.insert(start, named.pop(at))
    return tuple(
        sorted(
            (genre for _, genre in named), key=lambda genre: (genre.is_occasion, genre.style in _MANNERS)
        )
    )


_VAGUE = (
    *("fusion", "dance", "club", "electronic", "electronica", "electro", "minimal", "lounge", "orchestral"),
    *(
        "orchestra",
        "symphonic",
        "soundscape",
        "meditation",
        "relaxation",
        "chamber music",
        "chamber",
        "march",
    ),
    *(
        "anthem",
        "swing",
        "shuffle",
        "romantic",
        "lo fi",
        "lofi",
        "lo-fi",
        "instrumental",
        "background music",
    ),
)
"""Names of genres that say of another what it is for, or how it is played: "techno club"."""

_COLOURED = ("inspired", "influenced", "infused", "tinged", "flavored", "flavoured")
"""What stands between what a song is and what colours it: "raga-inspired ambient"."""

_MANNERS = ("ballad", "waltz")
"""Styles that are a manner of playing any other."""


def _are_side_by_side(one: Wish, other: Wish, wishes: Wishes) -> bool:
    """Return whether only a blank stands between two wishes, or one word says both.

    Spanish and French say first what it is: "rock garage". A fusion is one of what stands before it.
    """
    said = wishes.words_of(other).lower()
    if wishes.language not in ("English", "German") or said.startswith(_VAGUE):
        return False
    if one.span is None or other.span is None or one.polarity != "want" or other.polarity != "want":
        return False
    between = wishes.sentence[one.span[1] : other.span[0]]
    return one.span == other.span or between == " " or between.strip(" -") in _COLOURED


def find_placed_styles(wishes: Wishes, layout: Layout) -> list[str | None]:
    """Return the style that each visit alone is asked to be in, None where it is in the song's.

    A wish for the start or the end of the song is for its first or its last visit, and one for the middle
    or the second half is for all visits from there on.
    """
    found: list[str | None] = [None] * len(layout.names)
    for wish, genre in genres_of_places(wishes):
        for visit in _visits_of(wish, layout):
            found[visit] = genre.style
    return found


def genres_of_places(wishes: Wishes) -> Iterator[tuple[Wish, Genre]]:
    """Yield the wishes for a known genre in a part of the song or from some time in it on."""
    for wish in wishes.wishes:
        if wish.kind == "genre" and wish.polarity == "want" and not is_song_wide(wish):
            genre = find_genre(wish.what)
            if genre is not None:
                yield wish, genre


def _visits_of(wish: Wish, layout: Layout) -> list[int]:
    """Return the visits of which most bars are in the place of a wish, or whose edge it is for."""
    if wish.where == Where() and wish.when is not None and wish.when.relation == "at":
        last = len(layout.names) - 1
        if wish.when.edge in ("start", "end"):
            return [0 if wish.when.edge == "start" else last]
        if wish.when.place is None:  # from a bar, a second or the middle on
            line = layout.line(wish.when, wish.where) or 0
            return list(range(_nearest_visit(line, layout), last + 1))
    return [visit for visit in range(len(layout.names)) if layout.covers(wish, visit)]


def _nearest_visit(line: int, layout: Layout) -> int:
    """Return the visit whose start is nearest to a bar line."""
    return min(range(len(layout.names)), key=lambda visit: abs(layout.starts[visit] - line))
