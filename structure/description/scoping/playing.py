"""Who plays what happens: "the drums and the bass drop out"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from structure.description.grammar.drafts import (
    WHICH,
    Anchor,
    Clause,
    Draft,
    Item,
)
from structure.description.scoping.repeating import PRONOUNS, Played

_PLAYED = ("enter", "leave", "stop")


def play_events(clause: Clause, items: list[Item], played: Played, *, follows: bool) -> Played:
    """Turn players who enter or leave into events, in place: "strings and harp come in", "add a choir".

    Where no player is named, it is the one that was, ``played``: "the drums drop out and come back", or all
    in a clause that ``follows`` another; "both come back" means two. Return whom a later clause may mean.
    """
    words = [node.token.word for node in clause.nodes]
    acted: list[str] = []
    # A fade is played where somebody is named right before it.
    events = [
        item
        for i, item in enumerate(items)
        if isinstance(item, Draft)
        and item.kind == "event"
        and (
            item.what in _PLAYED
            or (
                (item.what, item.anchors) == ("fade", [])
                and [player.kind for player in _players(reversed(items[:i]))][:1] == ["part"]
            )
        )
    ]
    for event in events:
        if event.what == "fade":
            # "The pads fade away", "the strings fade in".
            event.what, event.edge = "enter" if event.edge == "start" else "leave", None
        if event.edge is not None:
            continue
        players = _who(clause, items, event)
        if event.what == "stop" and players and players[0].kind == "part":
            event.what = "leave"
        if event.what == "leave" and players and players[0].kind == "everybody":
            event.what = "rest" if event.amount is not None else "stop"

        if not players:
            meant = tuple(acted[-1:]) or played.meant_by(words)
            if event.what == "stop" and not (meant and _is_of_them(clause, items, event)):
                event.edge = "end"
            elif meant:
                event.what = "leave" if event.what == "stop" else event.what
                at = next(i for i, item in enumerate(items) if item is event)
                others = [replace(event, stem=name, anchors=list(event.anchors)) for name in meant[:-1]]
                items[at:at] = others
                event.stem = meant[-1]
                acted += meant
            elif event.what != "enter" or not follows:  # "…, then it comes back": all do
                items[:] = [item for item in items if item is not event]
        elif players[0].kind != "everybody":
            for player in players:
                if (player.seldom or player.only) and event.what == "enter":
                    player.start = min(player.start, event.start)
                    continue  # "add a tambourine in the choruses only"
                player.stem, player.what, player.kind = player.what, event.what, "event"
                player.start, player.end = min(player.start, event.start), max(player.end, event.end)
                player.exact, player.amount = False, player.amount or event.amount
                player.rests, player.turns = event.rests, event.turns
                player.polarity = "avoid" if event.polarity == "avoid" else player.polarity
            items[:] = [item for item in items if item is not event]
        acted += [player.stem for player in players if player.stem is not None]

    parts = [item for item in items if isinstance(item, Draft) and item.kind == "part" and not item.sheds]
    wanted = [part.what for part in parts if part.polarity != "avoid" and part.what]
    # "No vocals in the intro, they come in at bar 9": who is refused is meant where nobody else is.
    refused = [part.what for part in parts if part.polarity == "avoid"]
    names = next((names for names in (wanted, acted, list(played.last), refused) if names), [])
    return played.hear(names)


def _is_of_them(clause: Clause, items: Sequence[Item], event: Draft) -> bool:
    """Return whether who stops is who was named before: "it stops before the last chorus"."""
    before = [node.token.word for node in clause.nodes[: event.first] if node.kind != "stop"]
    placed = any(isinstance(item, Anchor) and item.first > event.last for item in items)
    return bool(before) and before[-1] in PRONOUNS and placed


def _who(clause: Clause, items: Sequence[Item], event: Draft) -> list[Draft]:
    """Return the players of an event: those just before it, else those just behind."""
    at = next(i for i, item in enumerate(items) if item is event)
    before = _players(reversed(items[:at]))
    verb = items[at - len(before) - 1] if len(before) > 1 and at > len(before) else None
    if isinstance(verb, Anchor) and verb.forward:
        return before[:1]  # "begins with piano, and the drums come in"
    if len(before) > 1 and any(
        n.token.word in WHICH for n in clause.nodes[before[0].last + 1 : event.first]
    ):
        return before[:1]  # "a harp, and a voice that only comes in for the last verse"
    return before or _players(items[at + 1 :])


def _players(items: Iterable[Item]) -> list[Draft]:
    """Return the players with which some items begin; words for sounds may stand between them."""
    found: list[Draft] = []
    for item in items:
        if isinstance(item, Draft) and item.kind == "sound":
            continue
        if not isinstance(item, Draft) or item.kind not in ("part", "everybody"):
            break
        found.append(item)
    return found
