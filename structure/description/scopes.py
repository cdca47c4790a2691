"""Hangs wishes on the places and times of their clause: "strings come in at the bridge"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.drafts import Anchor, Clause, Draft, Item, Measure
from structure.specs.wishes import LAST

_SCOPED = (
    "section",
    "mood",
    "tempo",
    "key",
    "event",
    "energy",
    "harmony",
    "groove",
    "sound",
    "part",
    "ensemble",
    "meter",
    "mix",
)
"""Kinds of wish that may be for a part of the song."""

_OF_SONG = ("key", "tempo", "meter")
"""What stands behind a tag in brackets is the song's, if it is one of these."""

_BETWEEN = ("filler", "ordinal", "number", "multiple", "exact", "work")
"""Nodes that may stand between an adjective and the section that it is for."""

_PLAYED = ("enter", "leave", "stop")


def place_drafts(clauses: Sequence[Clause]) -> list[Draft]:
    """Return the wishes of all clauses, each with its places and times."""
    found: list[Draft] = []
    _hand_on_headers(clauses)
    _join_short_lengths(clauses)
    named: Anchor | None = None
    played: str | None = None
    for clause in clauses:
        before, named = named, _refer(clause, named)
        played = _place_items(clause, played, before)

        drafts = [item for item in clause.items if isinstance(item, Draft)]
        if clause.nodes[0].kind == "breaker" and clause.nodes[0].value in _THEN:
            for draft in drafts:
                draft.follows = True

        # "Then the whole band", of whom nothing else is said, is loud.
        if len(drafts) == 1 and drafts[0].kind == "everybody" and drafts[0].what in _WHOLE_BAND:
            drafts[0].kind, drafts[0].what = "energy", "loud"

        if before is not None:
            _follow(drafts, before)
        found += [draft for draft in drafts if draft.kind != "everybody"]
    _enter_in_turn(found)

    # Brushes from a bar on: their drummer comes in there.
    for draft in list(found):
        at = draft.anchors[0] if len(draft.anchors) == 1 else None
        if (draft.kind, draft.what, draft.polarity) != ("sound", "brushes", "want") or at is None:
            continue
        if at.relation == "from" or (at.relation == "at" and (at.bar or at.seconds)):
            found.append(replace(draft, kind="event", what="enter", anchors=[at]))
    return found


def _follow(drafts: Sequence[Draft], before: Anchor) -> None:
    """Hang what follows on the place that was named ``before``, where it has none of its own.

    "No drums until the second chorus, then everything" is loud from that chorus on, and "a climax at 3:00,
    then calm" is quiet after that.
    """
    is_time = before.relation == "at" and (before.bar is not None or before.seconds is not None)
    is_limit = bool(before.sections) and before.relation in ("until", "before", "from")
    for draft in drafts:
        if not draft.follows or draft.anchors:
            continue
        if is_time and draft.kind == "energy" and draft.what in ("quiet", "fall"):
            draft.anchors.append(replace(before, relation="after"))
        elif is_limit and (draft.kind, draft.what) in (("energy", "loud"), ("event", "enter")):
            draft.anchors.append(replace(before, relation="at"))


_WHOLE_BAND = (
    "the whole band",
    "whole band",
    "full band",
    "the full band",
    "everybody",
    "everyone",
    "all instruments",
)

_THEN = ("then", "and then", "followed by", "which then", "then a")


def _refer(clause: Clause, named: Anchor | None) -> Anchor | None:
    """Give "before that" the place that was named last; return the place that a later clause may mean."""
    for item in list(clause.items):
        if not isinstance(item, Anchor):
            continue
        if item.sections and not item.sections[0][0]:  # "the last one"
            item.sections = (
                [] if named is None else [(name, item.sections[0][1]) for name, _ in named.sections]
            )
            if not item.sections:
                clause.items.remove(item)
        elif item.relation is not None and not (
            item.sections or item.edge or item.bar or item.seconds is not None
        ):
            if named is None:
                clause.items.remove(item)
            else:
                item.sections, item.bar, item.seconds = list(named.sections), named.bar, named.seconds
        elif item.sections or item.bar or item.seconds is not None:
            named = item
    for solo in clause.items:
        if isinstance(solo, Draft) and solo.kind == "event" and solo.what == "solo":
            named = Anchor(solo.start, solo.end, solo.first, solo.last, sections=[("solo", None)])
    return named


def _enter_in_turn(drafts: Sequence[Draft]) -> None:
    """Let who enters next do so when the bars are over: "8 bars of drums, then the bass comes in"."""
    bars: float | None = None
    entered = False
    first: Draft | None = None
    for draft in drafts:
        place = draft.anchors[0] if len(draft.anchors) == 1 else None
        has_time = place is not None and (place.bar is not None or place.seconds is not None)
        is_plain = draft.polarity == "want" and not draft.exact and not draft.amount
        if draft.kind == "part" and is_plain and place is not None and place.relation == "at" and has_time:
            draft.kind, draft.stem, draft.what = "event", draft.what, "enter"  # "bass after 16 bars"

        begins_alone = draft.exact and bool(draft.anchors) and draft.anchors[0].edge == "start"
        if draft.kind in ("part", "ensemble") and (draft.amount is not None or begins_alone):
            bars = draft.amount
            entered = True
            first = first or draft
        elif (
            draft.kind == "part"
            and draft.follows
            and entered
            and draft.polarity == "want"
            and not draft.exact
            and all(anchor.sections and anchor.relation in (None, "at") for anchor in draft.anchors)
        ):
            draft.kind, draft.stem, draft.what = "event", draft.what, "enter"
            if first is not None and first.kind == "part" and first.amount and not first.anchors:
                first.exact, first.edge = True, "start"  # "a snare for four bars, then the brass"

        if draft.kind == "event" and draft.what == "enter":
            entered = True
            if draft.stem is None and first is not None and first.kind == "part" and not first.anchors:
                first.exact, first.edge = True, "start"  # the others have not played yet
            if not draft.anchors and bars is not None:
                draft.anchors.append(Anchor(draft.start, draft.end, 0, 0, "at", bar=int(bars) + 1))
                bars = None


def _hand_on_headers(clauses: Sequence[Clause]) -> None:
    """Hand a place with a colon or in brackets to what follows, one alone before a comma to the next."""
    header: Anchor | None = None
    previous: Anchor | None = None
    until: tuple[str, ...] = ()
    for clause, following in zip(clauses, [*clauses[1:], None], strict=False):
        stop = clause.nodes[0].value if clause.nodes and clause.nodes[0].kind == "stop" else ""
        ends = following.nodes[0].value if following is not None and following.nodes else ""
        first = clause.items[0] if clause.items else None
        only = first if isinstance(first, Anchor) and len(clause.items) == 1 else None

        if stop in until:
            header = None
        if stop == "(" and previous is not None:
            header, until = previous, (")",)
        if header is not None and not _anchors(clause.items):
            clause.header = header

        # "In the bridge, drums only": a place that leads on, with no word besides.
        leads_on = (
            only is not None
            and only.relation is not None
            and all(
                node.kind in ("filler", "stop", "linker", "breaker", "ordinal")
                for k, node in enumerate(clause.nodes)
                if not only.first <= k <= only.last
            )
        )
        if only is not None and (ends in (":", "-") or stop == "["):
            header, until = only, (("[", "].") if ends == "]" else (".", ";", "\n", "!", "]", "["))
        elif stop == "[" and ends == "," and isinstance(first, Anchor):
            header, until = first, ("]",)  # "[Intro 4 bars, only guitar]"
        elif only is not None and leads_on and following is not None and ends in (",", *_THEN):
            places = _anchors(following.items)
            if not places or (_is_time(only) and all(place.relation is None for place in places)):
                following.header = only
                clause.items = []
        elif header is not None and _anchors(clause.items) and stop == "[":
            header = None
        previous = clause.items[-1] if clause.items and isinstance(clause.items[-1], Anchor) else None


_SHORT = 8
"""Bars that no song has alone: what stands behind a comma and is no longer is the length of what was named."""


def _join_short_lengths(clauses: Sequence[Clause]) -> None:
    """Give a few bars behind a comma to what was named before it: "bass solo, eight bars"."""
    for before, clause in pairwise(clauses):
        item = clause.items[0] if len(clause.items) == 1 else None
        if not isinstance(item, Measure) or item.unit != "bars" or item.amount > _SHORT or item.relation:
            continue
        named = before.items[-1] if before.items else None
        if isinstance(named, Anchor) and named.edge is not None and len(before.items) > 1:
            named = before.items[-2]  # "drums only at the start, two bars"
        if isinstance(named, Draft) and (named.kind, named.what) == ("event", "solo"):
            clause.header = Anchor(
                named.start, named.end, named.first, named.last, sections=[("solo", None)]
            )
        elif isinstance(named, Anchor) and named.sections and named.relation is None:
            clause.header = named
        elif isinstance(named, Draft) and named.kind in ("ensemble", "part") and named.exact:
            named.amount, named.end, clause.items = item.amount, item.end, []


def _anchors(items: Iterable[Item]) -> list[Anchor]:
    return [item for item in items if isinstance(item, Anchor)]


def _place_items(clause: Clause, played: str | None, named: Anchor | None) -> str | None:
    """Hang every wish of a clause on its anchors, and add one for each section that is named.

    ``played`` is whom the clauses before were about, ``named`` the place that they named last. Return whom
    a later clause may mean.
    """
    items: list[Item] = []
    for item in _with_measures(clause):
        if isinstance(item, Draft) and item.kind == "part" and not item.what:
            if played is None:
                continue
            item.what = played  # "more in the chorus": of whom the clauses before were about
        if isinstance(item, Draft) and item.kind == "event" and item.what == "solo" and item.stem:
            span = (item.start, item.end, item.first, item.last)
            items.append(Draft("section", "solo", *span, polarity=item.polarity))
        items.append(item)
    builders = _take_builders(clause, items)
    played = _play_events(items, played, follows=clause.nodes[0].value in _THEN)
    sections = _section_wishes(clause, items, named)
    _attach(clause, items)

    # Who doubles behind a solo does so there: "guitar solo with strings doubling the line".
    solo: Draft | None = None
    drafts = [item for item in items if isinstance(item, Draft)]
    for draft in drafts:
        if draft.kind == "event" and draft.what == "solo":
            solo = draft
        elif draft.kind == "event" and draft.what == "double" and solo is not None and not draft.anchors:
            draft.anchors.append(Anchor(solo.start, solo.end, 0, 0, "at", [("solo", None)]))

    # What hangs on nothing in a clause hangs on the header above it.
    behind_tag = clause.nodes[0].value == "]"
    for draft in drafts:
        is_of_song = draft.kind in _OF_SONG and behind_tag
        if clause.header is not None and draft.kind in _SCOPED and not draft.anchors and not is_of_song:
            draft.anchors.append(clause.header)

    # A place that is called by its player is that player's solo: "trading fours after the piano solo".
    soloists = [
        Draft(
            *("event", "solo", item.start, item.end, item.first, item.last),
            stem=item.whose,
            anchors=[Anchor(item.start, item.end, 0, 0, "at", [("solo", None)])],
        )
        for item in items
        if isinstance(item, Anchor) and item.whose is not None
    ]
    clause.items = [*items, *sections, *soloists, *builders]
    return played


def _take_builders(clause: Clause, items: list[Item]) -> list[Draft]:
    """Turn a growth at a place right behind a player into the build of that player, in place.

    So it is with "the horns swell before the last chorus". Return the players, who are then for the whole
    song.
    """
    places = [item for item in _anchors(items) if item.sections or item.bar or item.seconds is not None]
    builders = []
    for i, item in enumerate(items[1:], start=1):
        before = items[i - 1]
        if not (isinstance(before, Draft) and isinstance(item, Draft) and places):
            continue
        is_heard = before.kind == "part" and before.polarity == "want" and not before.exact
        grows = (item.kind, item.what, item.polarity) == ("energy", "build", "want")
        if is_heard and grows and _near(clause, before.last, item.first, ("filler",)):
            item.kind, item.stem, item.start = "event", before.what, before.start
            builders.append(before)
    items[:] = [item for item in items if item not in builders]
    return builders


def _with_measures(clause: Clause) -> list[Item]:
    """Return the items of a clause without its measures.

    Bars and seconds become the length of a section or of the song, or how long something lasts.
    """
    found: list[Item] = []
    items = clause.items
    for i, item in enumerate(items):
        if not isinstance(item, Measure):
            found.append(item)
            continue
        before = items[i - 1] if i else None
        behind = items[i + 1] if i + 1 < len(items) else None
        length = Draft("length", item.unit, item.start, item.end, item.first, item.last, amount=item.amount)
        place = _place_of_length(clause, item, before, behind)
        if place is not None:
            length.anchors.append(place)
            length.start, length.end = min(length.start, place.start), max(length.end, place.end)
            found.append(length)
        elif (lasting := _lasting(clause, item, before, behind)) is not None:
            lasting.start, lasting.end = min(lasting.start, item.start), max(lasting.end, item.end)
            for one in items:  # all players of a list play for these bars
                if isinstance(one, Draft) and (one is lasting or lasting.kind == "part" == one.kind):
                    one.amount = item.amount
        else:
            found.append(length)
    return found


def _place_of_length(
    clause: Clause, item: Measure, before: Item | None, behind: Item | None
) -> Anchor | None:
    """Return the section whose length this is: the one before, the one behind, the header."""
    touches = isinstance(behind, Anchor) and bool(behind.sections) and behind.first == item.last + 1
    if (
        isinstance(before, Anchor)
        and before.sections
        and _near(clause, before.last, item.first, _OF_LENGTH)
        and not (touches and before.last + 1 < item.first)
    ):
        return before
    if (
        isinstance(behind, Anchor)
        and behind.sections
        and _near(clause, item.last, behind.first, _OF_LENGTH)
    ):
        return behind if behind.relation in (None, "at") else None
    if isinstance(behind, Draft) and not item.relation:
        following = next(iter(clause.items[clause.items.index(behind) + 1 :]), None)
        if isinstance(following, Anchor) and following.sections and following.relation is None:
            between = (*_OF_LENGTH, "player", "mood", "sound", "energy", "pace")
            return following if _near(clause, item.last, following.first, between) else None
    headed = clause.header is not None and bool(clause.header.sections)
    return clause.header if headed and not item.relation else None


_OF_LENGTH = ("filler", "relation", "stop", "linker", "exact", "ordinal", "number")


def _near(clause: Clause, first: int, last: int, kinds: Sequence[str]) -> bool:
    return all(node.kind in kinds for node in clause.nodes[first + 1 : last])


_LASTING = ("part", "event", "ensemble", "energy", "mood", "sound")


def _lasting(clause: Clause, item: Measure, before: Item | None, behind: Item | None) -> Draft | None:
    """Return what lasts so long: "just drums for 8 bars", "8 bars of drums"."""
    if isinstance(before, Draft) and before.kind in _LASTING and item.relation in _LASTS:
        return before
    if isinstance(behind, Anchor) and behind.relation == "before" and behind.first <= item.last + 1:
        if behind.edge is not None:
            behind.relation = "at"  # "eight bars before the end"
        return before if isinstance(before, Draft) and before.kind in _LASTING else None

    if isinstance(before, Draft):
        if item.is_long and before.kind == "part":  # "guitar riff 4 bars long"
            is_its_length = before.last + 1 == item.first
        else:  # "a fill of two bars"
            joined = _near(clause, before.last, item.first, ("filler", "relation"))
            is_its_length = before.kind in ("event", "energy") and item.unit == "bars" and joined
        if is_its_length:
            return before

    if isinstance(before, Anchor) and item.relation == "for":
        events = [d for d in clause.items if isinstance(d, Draft) and d.kind == "event"]
        return next((event for event in reversed(events) if event.last < item.first), None)
    of_bars = isinstance(behind, Draft) and behind.kind in _LASTING[:3] and item.unit == "bars"
    if isinstance(behind, Draft) and of_bars and _near(clause, item.last, behind.first, _OF_BARS):
        return behind
    return None


_LASTS = ("for", "over", "during", "in")
_OF_BARS = ("filler", "exact", "sound", "relation", "mood")

_AT_EDGES = ("chorus", "hook", "drop", "bridge", "solo")
"""Sections that may be where a song begins or ends and are not named for it."""

_BEFORE_PLACE = ("filler", "event", "stop", "linker", "times")
_BEHIND_TIME = ("filler", "stop", "linker", "sound")
"""Nodes that may stand between a section and its place or its time."""


def _play_events(items: list[Item], played: str | None, *, follows: bool) -> str | None:
    """Turn players who enter or leave into events, in place: "strings and harp come in", "add a choir".

    Where no player is named, it is the one that was, ``played``: "the drums drop out and come back", or all
    in a clause that ``follows`` another. Return whom a later clause may mean.
    """
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
            event.what, event.edge = "leave", None  # "the pads fade away"
        if event.edge is not None:
            continue
        players = _who(items, event)
        if event.what == "stop" and players and players[0].kind == "part":
            event.what = "leave"
        if event.what == "leave" and players and players[0].kind == "everybody":
            event.what = "rest" if event.amount is not None else "stop"

        if not players:
            if event.what == "stop":
                event.edge = "end"
            elif played:
                event.stem = played
            elif event.what != "enter" or not follows:  # "…, then it comes back": all do
                items[:] = [item for item in items if item is not event]
        elif players[0].kind != "everybody":
            for player in players:
                player.stem, player.what, player.kind = player.what, event.what, "event"
                player.start, player.end = min(player.start, event.start), max(player.end, event.end)
                player.exact, player.amount = False, player.amount or event.amount
                player.rests = event.rests
                player.polarity = "avoid" if event.polarity == "avoid" else player.polarity
            items[:] = [item for item in items if item is not event]
        played = next((player.stem for player in reversed(players)), played)

    parts = [item for item in items if isinstance(item, Draft) and item.kind == "part"]
    return next((part.what for part in reversed(parts) if part.polarity != "avoid"), played)


def _who(items: Sequence[Item], event: Draft) -> list[Draft]:
    """Return the players of an event: those just before it, else those just behind."""
    at = next(i for i, item in enumerate(items) if item is event)
    before = _players(reversed(items[:at]))
    verb = items[at - len(before) - 1] if len(before) > 1 and at > len(before) else None
    if isinstance(verb, Anchor) and verb.forward:
        return before[:1]  # "begins with piano, and the drums come in"
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


def _section_wishes(clause: Clause, items: Sequence[Item], named: Anchor | None) -> list[Draft]:
    """Return a wish for each section that is named; "solo after the second chorus" says where it stands."""
    found: list[Draft] = []
    for i, item in enumerate(items):
        if not isinstance(item, Anchor):
            continue
        before = items[i - 1] if i else None
        behind = items[i + 1] if i + 1 < len(items) else None
        for section, visit in item.sections:
            draft = Draft("section", section, item.start, item.end, item.first, item.last)
            draft.amount = None if item.count is None else float(item.count)
            found.append(draft)
            if item.count is not None and visit == LAST and _is_repeated(clause, item):
                draft.anchors.append(replace(item, relation="at", sections=[], edge="end"))
                continue
            if item.relation is not None:
                continue

            if isinstance(before, Anchor) and before.forward and section in _AT_EDGES:
                draft.anchors.append(replace(before, forward=False))  # "starts with the chorus"
            elif (
                isinstance(behind, Anchor)
                and behind.relation is not None
                and not behind.forward
                and _near(clause, item.last, behind.first, _BEFORE_PLACE)
            ):
                draft.anchors.append(behind)
                draft.end = behind.end
            elif (
                isinstance(before, Anchor)
                and _is_time(before)
                and _near(clause, before.last, item.first, _BEHIND_TIME)
            ):
                draft.anchors.append(replace(before, relation="at"))  # "at 1:00 a drop"
                draft.start = before.start
            elif clause.header is not None and i == 0 and _is_time(clause.header):
                draft.anchors.append(replace(clause.header, relation="at"))
            elif i == 0 and named is not None and named.edge is None and clause.nodes[0].value in _THEN:
                if not named.sections and named.over is None:
                    continue
                after = Anchor(draft.start, draft.end, 0, 0, "after", list(named.sections))
                if named.over is not None:
                    after.relation, after.seconds = "at", named.over  # "0:45 to 1:15, then the drop"
                draft.anchors.append(after)
    return found


def _is_repeated(clause: Clause, section: Anchor) -> bool:
    """Return whether a section is said to come again: "the last chorus twice", "repeat the last chorus"."""
    said = clause.nodes[section.first : section.last + 2]
    return any(node.kind in ("times", "multiple") for node in said)


def _is_time(anchor: Anchor) -> bool:
    """Return whether a place is a bar or a second that something begins at."""
    return anchor.relation in ("at", "after", "from") and (
        anchor.bar is not None or anchor.seconds is not None
    )


def _attach(clause: Clause, items: Sequence[Item]) -> None:
    """Hang each wish on the anchor that it stands beside."""
    anchors = [(i, item) for i, item in enumerate(items) if isinstance(item, Anchor)]
    if not anchors:
        return
    taken = _premodifiers(clause, items)
    kinds = (*_SCOPED, "everybody")
    drafts = [(i, item) for i, item in enumerate(items) if isinstance(item, Draft) and item.kind in kinds]
    first = anchors[0][0]
    leading = bool(drafts) and first < min((i for i, _ in drafts if i not in taken), default=first + 1)
    for i, draft in drafts:
        if i in taken:
            draft.anchors.append(taken[i])
            continue
        if i and draft.kind == "part" and _is_two_sided(items[i - 1]):
            continue  # "the flute doubles the violin in the chorus": the violin plays elsewhere too

        before = [anchor for at, anchor in anchors if at < i]
        behind = [anchor for at, anchor in anchors if at > i and _is_near(clause, items, i, at, anchor)]
        anchor = _choose(clause, draft, before, behind, leading, items[-1])
        if draft.kind == "sound" and draft.stem and anchor is not None and not anchor.sections:
            continue  # "from bar 9 a muted trumpet": it is muted wherever it plays
        is_last = draft.kind == "event" and (draft.what, draft.edge) == ("fade", "end")
        if is_last and anchor is not None and anchor.relation is None:
            continue  # "ends with the chorus and a fade out"
        if anchor is None and before and draft.kind == "event" and draft.what in _AT_ONCE:
            # "Back in at the bridge with a crash": it strikes where the others come in.
            between = clause.nodes[before[-1].last + 1 : draft.first]
            if between and between[0].value == "with":
                anchor = replace(before[-1], exactly=True)
        if anchor is None:
            continue
        begun = any(isinstance(item, Draft) and anchor in item.anchors for item in items[:i])
        if (draft.kind, anchor.edge) == ("event", "start") and draft.what in _TEMPO_CHANGES and begun:
            continue  # "starts at 90 and gets faster": it goes on from there
        _hang(draft, anchor)

        # A time besides a place: "in the bridge, drums out until bar 5".
        following = behind[0] if behind else anchor
        if following is anchor or (following.sections and following.sections == anchor.sections):
            continue  # "in the interlude, and after that": the time is for what follows
        if anchor.relation in (None, "at") and following.relation in ("until", "before", "after", "from"):
            draft.anchors.append(following)


_TEMPO_CHANGES = ("accelerando", "ritardando")

_LEADING = (
    *("fill", "riser", "build", "sweep", "pickup", "rest", "stop"),
    *("accelerando", "ritardando", "reverse_cymbal", "reverse_swell"),
)
_AT_ONCE = ("impact", "fall", "sub_drop")
"""Events of a moment, which are in the first bar of a place that they are at."""


_TWO_SIDED = ("double", "answer", "trade")


def _is_two_sided(item: Item) -> bool:
    return isinstance(item, Draft) and item.kind == "event" and item.what in _TWO_SIDED


_ADVERBS = ("mood", "energy", "tempo", "sound", "groove")


_OF_ALL = ("mood", "key", "tempo", "meter", "era")
_WITH = ("with", "plus", "featuring", "feat")
"""What stands before one of these is not for the place of what follows: "rock in E with a late solo"."""


def _is_near(clause: Clause, items: Sequence[Item], i: int, at: int, anchor: Anchor) -> bool:
    """Return whether only its list, adjectives and adverbs stand between a wish and a place.

    The wish is item ``i``, the place item ``at``.
    """
    earlier = items[at - 1]
    if isinstance(earlier, Anchor) and earlier.relation is None and earlier.sections:
        return False
    draft = items[i]
    if isinstance(draft, Draft) and draft.kind in _OF_ALL and at - 1 > i:
        between = clause.nodes[draft.last + 1 : anchor.first]
        if any(node.value in _WITH or node.kind == "genre" for node in between):
            return False
    for one, other in pairwise(items[i:at]):
        if not isinstance(one, Draft) or not isinstance(other, Draft):
            continue
        between = clause.nodes[one.last + 1 : other.first]
        if one.kind in _OF_ALL and any(node.value in _WITH for node in between):
            return False
        if _is_two_sided(one) and other.kind == "part":
            continue
        joined = any(node.kind in ("linker", "stop", "relation") for node in between)
        if not joined and one.kind not in _ADVERBS and other.kind not in (*_ADVERBS, "event", "key"):
            return False
    return True


def _hang(draft: Draft, anchor: Anchor) -> None:
    """Hang a wish on a place, as the words for the place say: in it, before it or from it on.

    Toms before a place are a fill.

    What leads into a place comes before it: "a snare roll into the drop". Who plays "from the chorus on"
    enters there, who is "out until the chorus" does not play before, and who "does not enter until the
    chorus" enters there as well.
    """
    place = anchor
    if (draft.kind, draft.what, draft.polarity) == ("part", "toms", "want") and anchor.relation == "before":
        draft.kind, draft.what, draft.stem = "event", "fill", "drums"
    is_event = draft.kind in ("event", "energy")
    if is_event and not (anchor.leads and anchor.edge is not None):  # not "slows down until the end"
        is_in = anchor.relation in (None, "at")
        if draft.leads and is_in:
            place = replace(anchor, relation="until")  # "builds to a huge chorus"
        elif anchor.leads and draft.what in _AT_ONCE:
            place = replace(anchor, relation="at", exactly=True)
        elif (draft.what == "pickup" and anchor.sections and is_in) or (
            anchor.leads and draft.what in _LEADING
        ):
            place = replace(anchor, relation="before")  # "a pickup for the verse"
    leads_up = place.relation in ("before", "until") and bool(place.sections) and place.edge is None
    if leads_up and (draft.kind, draft.what) == ("energy", "build"):
        draft.kind, place = "event", replace(place, relation="before")  # "it builds up to the drop"
    draft.anchors.append(place)

    has_time = anchor.bar is not None or anchor.seconds is not None
    if (draft.kind, draft.what) == ("energy", "build") and has_time and anchor.relation in ("at", "from"):
        draft.kind = "event"  # "builds from 0:45 to 1:15": what begins at a moment is a build by design

    begins = anchor.relation == "from" or anchor.late
    if begins and draft.kind == "part" and draft.polarity == "want":
        draft.kind, draft.stem, draft.what, draft.exact = "event", draft.what, "enter", False
    elif anchor.relation == "until" and draft.kind == "event" and draft.stem is not None:
        if draft.what == "leave" and draft.polarity == "want":
            draft.kind, draft.what, draft.stem, draft.polarity = "part", draft.stem, None, "avoid"
        elif draft.what == "enter" and draft.polarity == "avoid":
            draft.polarity = "want"
            draft.anchors[-1] = replace(anchor, relation="at")


def _choose(
    clause: Clause,
    draft: Draft,
    before: Sequence[Anchor],
    behind: Sequence[Anchor],
    leading: bool,
    last_item: Item,
) -> Anchor | None:
    """Return the anchor of two sides: a verb or a leading place before, else the next place behind.

    A verb is for what follows it, unless nothing does: "the guitar starts".
    """
    last = before[-1] if before else None
    following = behind[0] if behind else None
    if last is not None and following is not None:
        between = [node for node in clause.nodes[last.last + 1 : draft.first] if node.kind != "filler"]
        if last.forward:  # "starts softly and explodes at the chorus"
            begins_anew = len(between) > 1 and between[-1].kind == "linker"
            begins_anew = begins_anew and draft.kind in ("energy", "event")
        else:  # "hits in each verse and a solo after the chorus"
            begins_anew = last.relation is not None and bool(between) and between[0].kind == "linker"
        last = None if begins_anew else last

    if last is not None and (last.forward or leading or last.relation is None):
        return last
    if (
        following is not None
        and following.relation is not None
        and (not following.forward or (len(behind) == 1 and last_item is following))
    ):
        return following
    return last if last is not None and following is None and last.edge is not None else None


def _premodifiers(clause: Clause, items: Sequence[Item]) -> dict[int, Anchor]:
    """Return the wishes that stand as adjectives right in front of a section, with its place.

    Such are the "quiet" of "quiet intro" and the "half-time" of "half-time bridge".
    """
    found: dict[int, Anchor] = {}
    for at, anchor in enumerate(items):
        if not isinstance(anchor, Anchor) or anchor.forward or not (anchor.sections or anchor.edge):
            continue
        words = range(anchor.first, anchor.last + 1)
        noun = next((k for k in words if clause.nodes[k].kind in ("section", "edge")), anchor.first)
        head = anchor.last
        for i in range(at - 1, -1, -1):
            draft = items[i]
            if not isinstance(draft, Draft) or draft.kind not in _SCOPED or draft.polarity == "avoid":
                break
            if not _near(clause, draft.last, min(head, noun), _BETWEEN):
                break
            found[i] = anchor
            head = draft.first
    return found
