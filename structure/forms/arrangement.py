"""Walks changed to what is asked of them: sections that must be there, so often, in these places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from structure.base.labels import REFRAINS, kind_of, kind_there
from structure.forms.asked import Beside, FormAsks
from structure.forms.section_lengths import of_own_length, section_kind, section_of
from structure.forms.walks import insert_kind
from structure.specs.wishes import LAST

_CLOSING = ("outro", "coda")
_BEFORE_REFRAIN = ("verse", "prechorus", "build", "bridge", "breakdown", "solo", "interlude")


def arrange_walk(walk: Sequence[str], asks: FormAsks) -> list[str]:
    """Return the walk with all that is asked of it; names of sections stay as they are."""
    found = [name for name in walk if kind_of(section_of(name)) not in asks.unwanted] or list(walk)
    # What is to begin or to end the song is put there below, and nowhere else because of that.
    at_edges = dict(edge for edge in (asks.starts, asks.ends) if edge is not None)
    for kind in sorted(asks.wanted_inside - set(map(section_kind, found))):
        found = insert_kind(found, kind)
    for kind, number in sorted(asks.least.items()):
        while _count(found, kind) < number - at_edges.get(kind, 0):
            found = _with_one_more(found, kind)

    for kind, number in sorted(asks.counts.items()):
        while _count(found, kind) < number:
            found = _with_one_more(found, kind)
        while _count(found, kind) > max(number, 1) or (number == 0 and _count(found, kind)):
            if len(found) == 1:
                break
            found = _with_one_less(found, kind)
    for beside in asks.beside:
        found = _place_beside(found, beside, asks)

    if asks.starts is not None:
        kind, number = asks.starts
        intro = [name for name in found[:1] if section_kind(name) == "intro" and kind != "intro"]
        rest = found[len(intro) :]
        missing = [_name_of(found, kind)] * max(0, number - _run(rest, kind))
        found = [*(intro if "intro" in asks.wanted else []), *missing, *rest]
    if asks.ends is not None:
        kind, number = asks.ends
        closing = [
            name for name in found if section_kind(name) in _CLOSING and section_kind(name) in asks.wanted
        ]
        rest = [name for name in found if section_kind(name) == kind or section_kind(name) not in _CLOSING]
        missing = [_name_of(found, kind)] * max(0, number - _run(rest[::-1], kind))
        found = [*rest, *missing, *([] if kind in _CLOSING else closing[:1])]
    return found


def _count(walk: Sequence[str], kind: str) -> int:
    return sum(section_kind(name) == kind for name in walk)


def _name_of(walk: Sequence[str], kind: str) -> str:
    """Return the last name in the walk for a kind of section; the kind itself where it has none."""
    return next((name for name in reversed(walk) if section_kind(name) == kind), kind)


def _with_one_more(walk: list[str], kind: str) -> list[str]:
    """Add one more visit of a kind to the walk, where it belongs most."""
    name = _name_of(walk, kind)

    def cost(place: int) -> float:
        before = section_kind(walk[place - 1]) if place else ""
        after = section_kind(walk[place]) if place < len(walk) else ""
        wrong = (
            before in _CLOSING
            or after == "intro"
            or (before in ("prechorus", "build") and kind not in REFRAINS)
        )
        found = 8.0 * wrong + 2.0 * (before == kind) + 2.0 * (after == kind)
        if kind in REFRAINS:
            found -= (before in _BEFORE_REFRAIN) - (after in REFRAINS)
        else:
            found -= (after in (*REFRAINS, "prechorus", "build")) + 0.5 * (
                before in (*REFRAINS, "intro", "")
            )
        return found - 0.01 * place

    place = min(range(len(walk) + 1), key=cost)
    return [*walk[:place], name, *walk[place:]]


def _with_one_less(walk: list[str], kind: str) -> list[str]:
    """Take one visit of a kind out of the walk.

    It is a later one, but not the last refrain, and none whose absence lets a section follow itself, where
    another will do.
    """
    places = [i for i, name in enumerate(walk) if section_kind(name) == kind]

    def cost(place: int) -> float:
        neighbours = {*walk[place - 1 : place], *walk[place + 1 : place + 2]}
        repeats = 0 < place < len(walk) - 1 and len(neighbours) == 1
        return 2.0 * repeats + 1.0 * (kind in REFRAINS and place == places[-1]) - 0.01 * place

    gone = min(places, key=cost)
    return [*walk[:gone], *walk[gone + 1 :]]


def _place_beside(walk: list[str], wish: Beside, asks: FormAsks) -> list[str]:
    """Put a section beside a visit of another; one that stands elsewhere moves there.

    Where the other section does not come so often, its last visit is taken.
    """
    visits = [i for i, name in enumerate(walk) if section_kind(name) == wish.anchor]
    if not visits or wish.section == wish.anchor:
        return walk
    anchor = visits[-1] if wish.visit == LAST or wish.visit > len(visits) else visits[wish.visit - 1]
    place = anchor + (wish.side == "after")
    neighbour = walk[place : place + 1] if wish.side == "after" else walk[max(0, place - 1) : place]
    if wish.section in map(section_kind, neighbour):
        return walk
    found = [*walk[:place], _name_of(walk, wish.section), *walk[place:]]
    placed = sum(other.section == wish.section for other in asks.beside)
    fewest = max(placed, asks.counts.get(wish.section, 1), asks.least.get(wish.section, 1))
    kept = {place, anchor + (wish.side == "before")}
    others = [i for i, name in enumerate(found) if section_kind(name) == wish.section and i not in kept]
    if others and len(others) + 1 > fewest:
        del found[others[0]]
    return found


def _run(walk: Sequence[str], kind: str) -> int:
    """Return how many sections of a kind the walk begins with."""
    return next((i for i, name in enumerate(walk) if section_kind(name) != kind), len(walk))


def _section_there(section: str, walk: Sequence[str]) -> str:
    """Return a kind of section, or where the walk has none what stands for it: a coda for an outro."""
    return kind_there(section, [section_kind(name) for name in walk])


def with_own_lengths(
    walk: Sequence[str], asks: FormAsks, bar_s: float, given: Mapping[str, int]
) -> tuple[list[str], dict[str, int]]:
    """Return the walk and the bars that are asked for of its sections, by their names.

    A visit that is to be longer or shorter than others of its section stands under a name of its own, by
    :func:`~structure.forms.section_lengths.of_own_length`. Lengths that the user has ``given`` to sections
    stay.
    """
    # Where all visits of a section are to last as long, none keeps a length of its own.
    lengths = [replace(length, section=_section_there(length.section, walk)) for length in asks.lengths]
    alike = {length.section for length in lengths if length.visit is None}
    found = [section_of(name) if section_kind(name) in alike else name for name in walk]

    bars: dict[str, int] = {}
    for length in lengths:
        if length.visit is None:
            for name in found:
                if section_kind(name) == length.section and name not in given:
                    bars.setdefault(name, length.bars(bar_s))
    for length in lengths:
        places = [i for i, name in enumerate(found) if section_kind(name) == length.section]
        if length.visit is None or not places or (length.visit != LAST and length.visit > len(places)):
            continue
        place = places[-1] if length.visit == LAST else places[length.visit - 1]
        name = found[place]
        if name in given or bars.get(name) == length.bars(bar_s):
            continue
        if Counter(found)[name] > 1:
            name = found[place] = of_own_length(name, length.bars(bar_s))
        bars[name] = length.bars(bar_s)
    return found, bars
