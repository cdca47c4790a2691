"""Who plays the solos of a form by name, as wishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
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
    away: Sequence[Collection[str]] = (),
    entering: Sequence[Collection[str]] = (),
) -> Wishes:
    """Return the wishes with those of a form that gives its solos to players in turn.

    ``players`` are the names of the stems that can have solos, in their order. ``drummer`` is who answers
    where solos are traded, None where those do who have a melody. ``away`` has, for each visit, those whom
    wishes keep out of it, and ``entering`` those whom they let come in with it: these have its solo. Where
    the user says anything of solos, the form adds none. Solos that the user gives to several players,
    without places, then have one section each, in turn.
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
    for i, name in enumerate(walk):
        kind = section_kind(name)
        seen[kind] += 1
        if name in form.trades:
            found.append(
                Wish(kind="event", what="trade", where=Where(section=kind, visit=seen[kind], stem=drummer))
            )
        elif name in form.soloists:
            here = [player for player in players if player not in away[i]] if away else []
            here = here or list(players)
            usual = here[(form.soloists[name] - 1) % len(here)]
            comes = entering[i] if entering else ()
            player = next((one for one in here if one in comes), usual)
            where = Where(section=kind, visit=seen[kind], stem=player)
            found.append(Wish(kind="event", what="solo", where=where))
    return replace(wishes, wishes=(*wishes.wishes, *found)) if found else wishes


def _in_turn(wishes: Wishes, walk: Sequence[str]) -> Wishes:
    """Return the wishes with a solo section for each wish for a player's solo that says no place.

    ``walk`` has the names of the sections in the order of the song. The first such wish gets the first solo
    section, and so on; those that are left over share the last. All stays as it is where there are fewer
    than two such players, or than two solo sections.
    """
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
