"""Who plays the solos of a form by name, as wishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from structure.base.types import Role
from structure.forms.section_lengths import section_kind
from structure.presets.forms import NamedForm
from structure.specs.wishes import Where, Wish, Wishes

SOLOISTS: tuple[Role, ...] = ("lead", "arpeggio", "bass", "drums")
"""Roles that have solos, the first choice first."""

_OF_PLAYERS = ("solo", "trade", "answer")
"""Events by which somebody says who plays a solo."""


def with_soloists(
    wishes: Wishes, form: NamedForm | None, walk: Sequence[str], players: Sequence[str]
) -> Wishes:
    """Return the wishes with those of a form that gives its solos to players in turn.

    ``players`` are the names of the stems that can have solos, in their order. A song whose user says
    anything of solos stays as it is.
    """
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
            found.append(Wish(kind="event", what="trade", where=Where(section=kind, visit=seen[kind])))
        elif name in form.soloists:
            player = players[(form.soloists[name] - 1) % len(players)]
            where = Where(section=kind, visit=seen[kind], stem=player)
            found.append(Wish(kind="event", what="solo", where=where))
    return replace(wishes, wishes=(*wishes.wishes, *found)) if found else wishes
