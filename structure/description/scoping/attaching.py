"""Hangs each wish of a clause on the place or the time that it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.grammar.drafts import (
    SCOPED,
    WHICH,
    Anchor,
    Clause,
    Draft,
    Item,
    are_near,
)

_BETWEEN = ("filler", "ordinal", "number", "multiple", "exact", "work")
"""Nodes that may stand between an adjective and the section that it is for."""


def attach(clause: Clause, items: Sequence[Item]) -> None:
    """Hang each wish on the anchor that it stands beside."""
    anchors = [(i, item) for i, item in enumerate(items) if isinstance(item, Anchor)]
    if not anchors:
        return
    taken = _premodifiers(clause, items)
    kinds = (*SCOPED, "everybody")
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
        if _is_second(draft, anchor, following):
            draft.anchors.append(following)


def _is_second(draft: Draft, anchor: Anchor, following: Anchor) -> bool:
    """Return whether a wish at a place is at a time as well that stands behind."""
    if following is anchor or (following.sections and following.sections == anchor.sections):
        return False  # "in the interlude, and after that": the time is for what follows
    if draft.exact and anchor.relation is None and following.relation in ("before", "after"):
        return False  # "a breakdown, dhol alone, before the last chorus": it is the section that is there
    return anchor.relation in (None, "at") and following.relation in ("until", "before", "after", "from")


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
    is_apart = isinstance(draft, Draft) and draft.kind == "genre" and at > i + 1
    if is_apart or (isinstance(draft, Draft) and _is_of_another(clause, items, draft, anchor)):
        return False
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


def _is_of_another(clause: Clause, items: Sequence[Item], draft: Draft, anchor: Anchor) -> bool:
    """Return whether a place is of another alone, as in "a cello, and a voice that enters at 1:00"."""
    which = next(
        (k for k in range(draft.last + 1, anchor.first) if clause.nodes[k].token.word in WHICH), None
    )
    if which is None or draft.kind != "part":
        return False
    return any(isinstance(item, Draft) and draft.last < item.first < which for item in items) or any(
        isinstance(item, Draft) and item.kind == "event" and draft.last < item.last < which
        for item in items
    )


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
    # "From 1:05 only a clarinet" has it alone, and "a clarinet only from 1:05" come in.
    is_alone = draft.exact and not (draft.only or draft.stands_out) and anchor.relation == "from"
    is_alone = is_alone and anchor.first < draft.first
    if begins and not is_alone and draft.kind == "part" and draft.polarity == "want":
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
        is_refused = (draft.kind, draft.polarity) == ("section", "avoid")
        return None if is_refused and last.relation is None else last  # "five verses, no chorus"
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
        nouns = [k for k in words if clause.nodes[k].kind in ("section", "edge")]
        if not nouns and anchor.relation in ("before", "after"):
            continue  # "a breakdown, dhol alone, before the last one"
        noun = nouns[0] if nouns else anchor.first
        head = anchor.last
        for i in range(at - 1, -1, -1):
            draft = items[i]
            if not isinstance(draft, Draft) or draft.kind not in SCOPED or draft.polarity == "avoid":
                break
            if draft.kind == "genre":
                break  # "an acoustic ballad that builds to the last chorus"
            if not are_near(clause, draft.last, min(head, noun), _BETWEEN):
                break
            found[i] = anchor
            head = draft.first
    return found
