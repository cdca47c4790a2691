"""Who plays the solos of a form by name, as wishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from structure.forms.section_lengths import section_kind
from structure.presets.forms import NamedForm
from structure.specs.wishes import Where, Wish, Wishes

_OF_PLAYERS = ("solo", "trade", "answer")
"""Events by which somebody says who plays a solo."""


def with_soloists(
    wishes: Wishes,
    form: NamedForm | None,
    walk: Sequence[str],
    players: Sequence[str],
    drummer: str | None = None,
) -> Wishes:
    """Return the wishes with those of a form that gives its solos to players in turn.

    ``players`` are the names of the stems that can have solos, in their order; ``drummer`` is who answers
    where solos are traded, None where those do who have a melody. A song whose user says
    anything of solos gets none of these, but solos of several players have one section each, in turn.
    """
    wishes = _in_turn(wishes, walk)
    if (
        form is None
        or not players
        or any(wish.kind == "event" and wish.what in _OF_PLAYERS for wish in wishes.wishes)
    ):
        return wishes
    seen: Counter[str] = Counter()
    found: list[Wish] = []
    for name in walk:
        kind = section_kind(name)
        seen[kind] += 1
        if name in form.trades:
            found.append(
                Wish(kind="event", what="trade", where=Where(section=kind, visit=seen[kind], stem=drummer))
            )
        elif name in form.soloists:
            player = players[(form.soloists[name] - 1) % len(players)]
            where = Where(section=kind, visit=seen[kind], stem=player)
            found.append(Wish(kind="event", what="solo", where=where))
    return replace(wishes, wishes=(*wishes.wishes, *found)) if found else wishes


def _in_turn(wishes: Wishes, walk: Sequence[str]) -> Wishes:
    """Give solos of several players, of which no place is said, to the solo sections in their order."""
    open_to_all = [
        wish
        for wish in wishes.wishes
        if (wish.kind, wish.what, wish.polarity) == ("event", "solo", "want")
        and wish.when is None
        and wish.where.section is None
        and wish.where.stem is not None
    ]
    visits = sum(section_kind(name) == "solo" for name in walk)
    if len({wish.where.stem for wish in open_to_all}) < 2 or visits < 2:
        return wishes
    turns = {wish: min(n, visits) for n, wish in enumerate(dict.fromkeys(open_to_all), 1)}
    placed = (
        replace(wish, where=Where(section="solo", visit=turns[wish], stem=wish.where.stem))
        if wish in turns
        else wish
        for wish in wishes.wishes
    )
    return replace(wishes, wishes=tuple(placed))
