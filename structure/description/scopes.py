"""Hangs wishes on the places and times of their clause: "strings come in at the bridge"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.drafts import Anchor, Clause, Draft, Item, Measure

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


def scoped_drafts(clauses: Sequence[Clause]) -> list[Draft]:
    """Return the wishes of all clauses, each with its places and times."""
    found: list[Draft] = []
    _hand_on_headers(clauses)
    named: Anchor | None = None
    played: str | None = None
    for clause in clauses:
        before, named = named, _refer(clause, named)
        played = _place_items(clause, played, before)
        if clause.nodes[0].kind == "breaker" and clause.nodes[0].value in _THEN:
            for item in clause.items:
                if isinstance(item, Draft):
                    item.follows = True
        _play_in_full(clause)
        _return_in_full(clause, before)
        found += [item for item in clause.items if isinstance(item, Draft) and item.kind != "everybody"]
    _enter_in_turn(found)
    return found


def _play_in_full(clause: Clause) -> None:
    """Take "then the whole band", of whom nothing else is said, as loud."""
    drafts = [item for item in clause.items if isinstance(item, Draft)]
    if len(drafts) == 1 and drafts[0].kind == "everybody" and drafts[0].what in _WHOLE_BAND:
        drafts[0].kind, drafts[0].what = "energy", "loud"


def _return_in_full(clause: Clause, named: Anchor | None) -> None:
    """Take "no drums until the second chorus, then everything" as loud from that chorus on."""
    if named is None or named.relation not in ("until", "before", "from") or not named.sections:
        return
    for item in clause.items:
        is_loud = isinstance(item, Draft) and (item.kind, item.what) == ("energy", "loud")
        if is_loud and isinstance(item, Draft) and item.follows and not item.anchors:
            item.anchors.append(replace(named, relation="at"))


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
    """Give "before that" the place that was named last; returns the place that a later clause may mean."""
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
        elif item.sections or item.bar:
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
        if _names_an_entry(draft):
            draft.kind, draft.stem, draft.what = "event", draft.what, "enter"
        if draft.kind in ("part", "ensemble") and (draft.amount is not None or _begins_alone(draft)):
            bars = draft.amount
            entered = True
            first = first or draft
        elif (
            draft.kind == "part"
            and draft.follows
            and entered
            and draft.polarity == "want"
            and not draft.anchors
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


def _names_an_entry(draft: Draft) -> bool:
    """Return True for "bass after 16 bars", where it is a bar or a second from which somebody plays."""
    anchor = draft.anchors[0] if len(draft.anchors) == 1 else None
    if anchor is None or draft.kind != "part" or draft.polarity != "want" or draft.exact:
        return False
    return (
        anchor.relation == "at"
        and (anchor.bar is not None or anchor.seconds is not None)
        and not draft.amount
    )


def _begins_alone(draft: Draft) -> bool:
    """Return True for the guitar of "the guitar starts alone"."""
    return draft.exact and bool(draft.anchors) and draft.anchors[0].edge == "start"


def _hand_on_headers(clauses: Sequence[Clause]) -> None:
    """Hand a place with a colon or in brackets to what follows, one alone before a comma to the next."""
    header: Anchor | None = None
    previous: Anchor | None = None
    until: tuple[str, ...] = ()
    for clause, following in zip(clauses, [*clauses[1:], None], strict=False):
        stop = clause.nodes[0].value if clause.nodes and clause.nodes[0].kind == "stop" else ""
        if stop in until:
            header = None
        if stop == "(" and previous is not None:
            header, until = previous, (")",)
        if header is not None and not _anchors(clause.items):
            clause.header = header
        only = _only_place(clause)
        ends = following.nodes[0].value if following is not None and following.nodes else ""
        if only is not None and (ends in (":", "-") or stop == "["):
            header, until = (
                only,
                (("[", "].") if ends == "]" else (".", ";", "\n", "!", "]", "[")),
            )
        elif stop == "[" and ends == "," and clause.items and isinstance(clause.items[0], Anchor):
            header, until = clause.items[0], ("]",)  # "[Intro 4 bars, only guitar]"
        elif _leads_on(clause, only) and following is not None and ends == ",":
            places = _anchors(following.items)
            if not places or (
                only is not None and _is_time(only) and all(place.relation is None for place in places)
            ):
                following.header = only
                clause.items = []
        elif header is not None and _anchors(clause.items) and stop == "[":
            header = None
        previous = clause.items[-1] if clause.items and isinstance(clause.items[-1], Anchor) else None


def _leads_on(clause: Clause, only: Anchor | None) -> bool:
    """Return True for the "in the bridge" of "in the bridge, drums only": a place, and no word besides."""
    if only is None or only.relation is None:
        return False
    others = (node for k, node in enumerate(clause.nodes) if not only.first <= k <= only.last)
    return all(node.kind in ("filler", "stop", "linker", "breaker", "ordinal") for node in others)


def _anchors(items: Iterable[Item]) -> list[Anchor]:
    return [item for item in items if isinstance(item, Anchor)]


def _only_place(clause: Clause) -> Anchor | None:
    """Return the place of a clause that holds nothing else."""
    if len(clause.items) == 1 and isinstance(clause.items[0], Anchor):
        return clause.items[0]
    return None


def _place_items(clause: Clause, played: str | None, named: Anchor | None) -> str | None:
    """Hang every wish of a clause on its anchors, and add one for each section that is named.

    ``played`` is whom the clauses before were about, ``named`` the place that they named last. Returns whom
    a later clause may mean.
    """
    items = _with_measures(clause)
    items, played = _with_players(items, played)
    sections = _section_wishes(clause, items, named)
    _attach(clause, items)
    _double_solos(items)
    _put_under_header(clause, items)
    clause.items = [*items, *sections, *_named_soloists(items)]
    return played


def _double_solos(items: Sequence[Item]) -> None:
    """Who doubles behind a solo in a clause does so there: "guitar solo with strings doubling the line"."""
    solo: Draft | None = None
    for item in items:
        if not isinstance(item, Draft) or item.kind != "event":
            continue
        if item.what == "solo":
            solo = item
        elif item.what == "double" and solo is not None and not item.anchors:
            item.anchors.append(Anchor(solo.start, solo.end, 0, 0, "at", [("solo", None)]))


def _named_soloists(items: Sequence[Item]) -> list[Draft]:
    """Return a solo for each place that is called by its player: "trading fours after the piano solo"."""
    return [
        Draft(
            *("event", "solo", item.start, item.end, item.first, item.last),
            stem=item.whose,
            anchors=[Anchor(item.start, item.end, 0, 0, "at", [("solo", None)])],
        )
        for item in items
        if isinstance(item, Anchor) and item.whose is not None
    ]


def _put_under_header(clause: Clause, items: Sequence[Item]) -> None:
    """Hang what hangs on nothing in a clause on the header above it."""
    if clause.header is None:
        return
    behind_tag = clause.nodes[0].value == "]"
    for draft in items:
        if not isinstance(draft, Draft) or draft.anchors or draft.kind not in _SCOPED:
            continue
        if not (draft.kind in _OF_SONG and behind_tag):
            draft.anchors.append(clause.header)


def _with_measures(clause: Clause) -> list[Item]:
    """Bars and seconds become the length of a section or of the song, or how long something lasts."""
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
            _last_for(items, lasting, item)
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


def _is_its_length(clause: Clause, before: Draft, item: Measure) -> bool:
    """Return True for the bars of "a fill of two bars" and "guitar riff 4 bars long"."""
    if item.is_long and before.kind == "part":
        return before.last + 1 == item.first
    if before.kind not in ("event", "energy") or item.unit != "bars":
        return False
    return _near(clause, before.last, item.first, ("filler", "relation"))


def _lasting(clause: Clause, item: Measure, before: Item | None, behind: Item | None) -> Draft | None:
    """Return what lasts so long: "just drums for 8 bars", "8 bars of drums"."""
    if isinstance(before, Draft) and before.kind in _LASTING and item.relation in _LASTS:
        return before
    if isinstance(behind, Anchor) and behind.relation == "before" and behind.first <= item.last + 1:
        if behind.edge is not None:
            behind.relation = "at"  # "eight bars before the end"
        return before if isinstance(before, Draft) and before.kind in _LASTING else None
    if isinstance(before, Draft) and _is_its_length(clause, before, item):
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


def _last_for(items: Sequence[Item], lasting: Draft, measure: Measure) -> None:
    """Give all players of a list the bars for which they play."""
    lasting.start, lasting.end = min(lasting.start, measure.start), max(lasting.end, measure.end)
    for item in items:
        if isinstance(item, Draft) and (item is lasting or (lasting.kind == "part" == item.kind)):
            item.amount = measure.amount


def _with_players(items: list[Item], played: str | None) -> tuple[list[Item], str | None]:
    """Turn players who enter or leave into events: "strings and harp come in", "add a choir".

    Where no player is named, it is the one that was: "the drums drop out and come back".
    """
    found = _with_those_meant(items, played)
    for part in [
        i for i in items if isinstance(i, Draft) and i.kind == "event" and i.what == "solo" and i.stem
    ]:
        solo = Draft("section", "solo", part.start, part.end, part.first, part.last, polarity=part.polarity)
        found.insert(_index(found, part), solo)
    for event in [i for i in items if isinstance(i, Draft) and i.kind == "event" and _is_played(i, found)]:
        if event.what == "fade":
            event.what, event.edge = "leave", None  # "the pads fade away"
        if event.edge is not None:
            continue
        players = _who(found, event)
        if event.what == "stop" and players and players[0].kind == "part":
            event.what = "leave"
        if event.what == "leave" and players and players[0].kind == "everybody":
            event.what = "rest" if event.amount is not None else "stop"
        if players and players[0].kind != "everybody":
            _perform(players, event)
            found.remove(event)
        elif not players and played and event.what != "stop":
            event.stem = played
        elif not players and event.what == "stop":
            event.edge = "end"
        elif not players:
            found.remove(event)
        played = next((player.stem for player in reversed(players)), played)
    for item in found:
        if isinstance(item, Draft) and item.kind == "part" and item.polarity != "avoid":
            played = item.what
    return found, played


def _perform(players: Sequence[Draft], event: Draft) -> None:
    """Make the players those who do what the event says."""
    for player in players:
        player.stem, player.what, player.kind = player.what, event.what, "event"
        player.start, player.end = min(player.start, event.start), max(player.end, event.end)
        player.exact = False
        player.amount = player.amount or event.amount
        player.polarity = "avoid" if event.polarity == "avoid" else player.polarity


def _is_played(event: Draft, items: Sequence[Item]) -> bool:
    """Return True for what players do: who is named before a fade dies away."""
    if event.what == "fade" and event.anchors == []:
        before = _players(reversed(items[: _index(items, event)]))
        return bool(before) and before[0].kind == "part"
    return event.what in _PLAYED


def _with_those_meant(items: Sequence[Item], played: str | None) -> list[Item]:
    """Give a "more in the chorus" the player that the clauses before were about; drop it without one."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Draft) and item.kind == "part" and not item.what:
            if played is None:
                continue
            item.what = played
        found.append(item)
    return found


def _index(items: Sequence[Item], wanted: Item) -> int:
    return next(i for i, item in enumerate(items) if item is wanted)


def _who(items: Sequence[Item], event: Draft) -> list[Draft]:
    """Return the players of an event: those just before it, else those just behind."""
    at = _index(items, event)
    before = _players(reversed(items[:at]))
    verb = items[at - len(before) - 1] if len(before) > 1 and at > len(before) else None
    if isinstance(verb, Anchor) and verb.forward:
        return before[:1]  # "begins with piano, and the drums come in"
    return before or _players(items[at + 1 :])


def _players(items: Iterable[Item]) -> list[Draft]:
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
        placed = items[i + 1] if i + 1 < len(items) else None
        for section, _ in item.sections:
            draft = Draft("section", section, item.start, item.end, item.first, item.last)
            draft.amount = None if item.count is None else float(item.count)
            verb = items[i - 1] if i else None
            if (
                item.relation is None
                and isinstance(verb, Anchor)
                and verb.forward
                and _is_its_edge(section)
            ):
                draft.anchors.append(replace(verb, forward=False))  # "starts with the chorus"
            elif (
                item.relation is None
                and isinstance(placed, Anchor)
                and placed.relation is not None
                and not placed.forward
                and all(
                    n.kind in ("filler", "event", "stop", "linker", "times")
                    for n in clause.nodes[item.last + 1 : placed.first]
                )
            ):
                draft.anchors.append(placed)
                draft.end = placed.end
            elif item.relation is None and isinstance(verb, Anchor) and _times(verb, item, clause):
                draft.anchors.append(replace(verb, relation="at"))  # "at 1:00 a drop"
                draft.start = verb.start
            elif item.relation is None and clause.header is not None and i == 0 and _is_time(clause.header):
                draft.anchors.append(replace(clause.header, relation="at"))
            elif item.relation is None and i == 0 and named is not None and clause.nodes[0].value in _THEN:
                draft.anchors.append(Anchor(draft.start, draft.end, 0, 0, "after", list(named.sections)))
            found.append(draft)
    return found


def _times(time: Anchor, section: Anchor, clause: Clause) -> bool:
    """Return True for a time right before a section: "after two minutes a breakdown"."""
    between = clause.nodes[time.last + 1 : section.first]
    return _is_time(time) and all(n.kind in ("filler", "stop", "linker", "sound") for n in between)


def _is_time(anchor: Anchor) -> bool:
    """Return True for a bar or a second that something begins at."""
    return anchor.relation in ("at", "after", "from") and (
        anchor.bar is not None or anchor.seconds is not None
    )


def _is_its_edge(section: str) -> bool:
    """Return True for a section that may be where a song begins or ends and is not named for it."""
    return section in ("chorus", "hook", "drop", "bridge", "solo")


def _attach(clause: Clause, items: Sequence[Item]) -> None:
    """Hang each wish on the anchor that it stands beside."""
    anchors = [i for i, item in enumerate(items) if isinstance(item, Anchor)]
    if not anchors:
        return
    taken = _premodifiers(clause, items, anchors)
    drafts = [
        i
        for i, item in enumerate(items)
        if isinstance(item, Draft) and item.kind in (*_SCOPED, "everybody")
    ]
    leading = bool(drafts) and anchors[0] < min(
        [d for d in drafts if d not in taken], default=anchors[0] + 1
    )
    for i in drafts:
        draft = items[i]
        assert isinstance(draft, Draft)
        if i in taken:
            draft.anchors.append(taken[i])
            continue
        before = [items[a] for a in anchors if a < i]
        behind = [items[a] for a in anchors if a > i and _is_near(clause, items, i, a)]
        if before and behind and _begins_anew(clause, before[-1], draft):
            before = []
        anchor = _chosen(before, behind, leading, items[-1])
        if _is_whom_it_is_about(items, i):
            continue
        if anchor is not None and _changes_from(draft, anchor, items[:i]):
            continue
        if anchor is not None:
            draft.anchors.append(_led_up_to(draft, anchor))
            _enter_from(draft, anchor)
        _attach_second(draft, before, behind, anchor)


def _changes_from(draft: Draft, anchor: Anchor, before: Sequence[Item]) -> bool:
    """Return True for the second part of "starts at 90 and gets faster": it goes on from there."""
    begins = any(isinstance(item, Draft) and anchor in item.anchors for item in before)
    return (draft.kind, anchor.edge) == ("event", "start") and draft.what in _TEMPO_CHANGES and begins


_TEMPO_CHANGES = ("accelerando", "ritardando")

_LEADING = (
    *("fill", "riser", "build", "sweep", "pickup", "rest", "stop"),
    *("accelerando", "ritardando", "reverse_cymbal", "reverse_swell"),
)
_AT_ONCE = ("impact", "fall", "sub_drop")
"""Events of a moment, which are in the first bar of a place that they are at."""


def _led_up_to(draft: Draft, anchor: Anchor) -> Anchor:
    """Put what leads into a place before it: "a snare roll into the drop"."""
    if draft.kind not in ("event", "energy") or (anchor.leads and anchor.edge is not None):
        return anchor  # "slows down until the end"
    if draft.leads and anchor.relation in (None, "at"):
        return replace(anchor, relation="until")  # "builds to a huge chorus"
    if anchor.leads and draft.what in _AT_ONCE:
        return replace(anchor, relation="at", exactly=True)
    if draft.what == "pickup" and anchor.sections and anchor.relation in (None, "at"):
        return replace(anchor, relation="before")  # "a pickup for the verse"
    return replace(anchor, relation="before") if anchor.leads and draft.what in _LEADING else anchor


_TWO_SIDED = ("double", "answer", "trade")


def _is_two_sided(item: Item) -> bool:
    return isinstance(item, Draft) and item.kind == "event" and item.what in _TWO_SIDED


def _is_whom_it_is_about(items: Sequence[Item], i: int) -> bool:
    """Return True for the violin of "the flute doubles the violin in the chorus"; it plays elsewhere."""
    item = items[i]
    return i > 0 and isinstance(item, Draft) and item.kind == "part" and _is_two_sided(items[i - 1])


_ADVERBS = ("mood", "energy", "tempo", "sound", "groove")


_OF_ALL = ("mood", "key", "tempo", "meter", "era")
_WITH = ("with", "plus", "featuring", "feat")
"""What stands before one of these is not for the place of what follows: "rock in E with a late solo"."""


def _is_near(clause: Clause, items: Sequence[Item], i: int, at: int) -> bool:
    """Return True where only its list, adjectives and adverbs stand between a wish and a place."""
    anchor = items[at]
    assert isinstance(anchor, Anchor)
    if isinstance(items[at - 1], Anchor):
        earlier = items[at - 1]
        assert isinstance(earlier, Anchor)
        if earlier.relation is None and earlier.sections:
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


def _begins_anew(clause: Clause, place: Item, draft: Draft) -> bool:
    """Return True for the solo of "hits in each verse and a solo after the chorus"."""
    assert isinstance(place, Anchor)
    between = [node for node in clause.nodes[place.last + 1 : draft.first] if node.kind != "filler"]
    if place.forward:  # "starts softly and explodes at the chorus"
        return len(between) > 1 and between[-1].kind == "linker" and draft.kind in ("energy", "event")
    return place.relation is not None and bool(between) and between[0].kind == "linker"


def _enter_from(draft: Draft, anchor: Anchor) -> None:
    """Who plays from a place on enters there; who is out until a place does not play before."""
    begins = anchor.relation == "from" or anchor.late
    if begins and draft.kind == "part" and draft.polarity == "want":
        draft.kind, draft.stem, draft.what, draft.exact = "event", draft.what, "enter", False
    elif anchor.relation == "until" and draft.kind == "event" and draft.stem is not None:
        if draft.what == "leave" and draft.polarity == "want":
            draft.kind, draft.what, draft.stem, draft.polarity = "part", draft.stem, None, "avoid"
        elif draft.what == "enter" and draft.polarity == "avoid":
            draft.polarity = "want"  # "the strings don't enter until the bridge"
            draft.anchors[-1] = replace(anchor, relation="at")


def _chosen(
    before: Sequence[Item], behind: Sequence[Item], leading: bool, last_item: Item
) -> Anchor | None:
    """Return the anchor of two sides: a verb or a leading place before, else the next place behind.

    A verb is for what follows it, unless nothing does: "the guitar starts".
    """
    last = before[-1] if before else None
    following = behind[0] if behind else None
    if isinstance(last, Anchor) and (last.forward or leading or last.relation is None):
        return last
    if (
        isinstance(following, Anchor)
        and following.relation is not None
        and (not following.forward or (len(behind) == 1 and last_item is following))
    ):
        return following
    return last if isinstance(last, Anchor) and following is None and last.edge is not None else None


def _attach_second(
    draft: Draft, before: Sequence[Item], behind: Sequence[Item], chosen: Anchor | None
) -> None:
    """Attach a time besides a place: "in the bridge, drums out until bar 5"."""
    following = behind[0] if behind else None
    if chosen is None or not isinstance(following, Anchor) or following is chosen:
        return
    if following.sections and following.sections == chosen.sections:
        return  # "in the interlude, and after that": the time is for what follows
    if chosen.relation in (None, "at") and following.relation in ("until", "before", "after", "from"):
        draft.anchors.append(following)


def _premodifiers(clause: Clause, items: Sequence[Item], anchors: Sequence[int]) -> dict[int, Anchor]:
    """Wishes that stand as adjectives right in front of a section: "quiet intro", "half-time bridge"."""
    found: dict[int, Anchor] = {}
    for at in anchors:
        anchor = items[at]
        assert isinstance(anchor, Anchor)
        if anchor.forward or not (anchor.sections or anchor.edge):
            continue
        head = anchor.last
        for i in range(at - 1, -1, -1):
            draft = items[i]
            if not isinstance(draft, Draft) or draft.kind not in _SCOPED or draft.polarity == "avoid":
                break
            if not _near(clause, draft.last, min(head, _noun_of(clause, anchor)), _BETWEEN):
                break
            found[i] = anchor
            head = draft.first
    return found


def _noun_of(clause: Clause, anchor: Anchor) -> int:
    """Return the node of a place that names the section or the edge."""
    for i in range(anchor.first, anchor.last + 1):
        if clause.nodes[i].kind in ("section", "edge"):
            return i
    return anchor.first
