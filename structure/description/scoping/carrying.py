"""A place that the next clauses are in as well: "in the bridge all stops, then a solo cello"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from structure.description.grammar.drafts import THEN, Anchor, Clause, Draft, anchors_of, is_time
from structure.description.grammar.nodes import Node

_JOINTS = (",", "and", "while", "but", "plus", "with", *THEN)
"""What a clause begins with that goes on with the one before."""

_LISTS = ("and", "while", "but")

_ARE = (
    *("is", "are", "goes", "go", "feels", "gets", "get", "becomes", "stays", "sounds", "should", "turns"),
    *("must", "be", "s", "'s"),
)
"""What says of a section how it is."""

_DOES = (
    *("play", "plays", "playing", "sing", "sings", "singing", "hum", "hums", "humming", "get", "gets"),
    *("go", "goes", "stay", "stays", "keep", "keeps", "carry", "carries", "walk", "walks", "turn", "turns"),
    *("become", "becomes", "sound", "sounds", "is", "are", "remain", "remains", "hold", "holds", "ring"),
    *("rings", "soar", "soars", "take", "takes", "takes over", "takes the lead", "switch", "switches"),
    *("does", "do", "has", "have", "left", "whisper", "whispers", "dance", "dances", "float", "floats"),
)
"""Verbs with which a clause says what somebody does, so that it is no mere tag of a list."""

OF_SONG = ("genre", "tempo", "key", "meter", "length", "era", "form", "title", "lyrics")
"""Kinds of wish that behind a comma are for the whole song again."""


_ELSEWHERE = ("the rest", "rest", "elsewhere", "otherwise", "everywhere else", "overall", "back", "again")
"""Words of clauses that are about something else, or about what comes behind."""

_JOINED = ("filler", "stop", "linker", "breaker", "ordinal")
"""Nodes that may stand in front of a place that leads."""


@dataclass(slots=True)
class Staying:
    """The place that the next clauses may be in.

    ``is_open`` says that whatever happens next is there, and not only who plays alone or leaves: the place
    stands in front ("in the bridge …"), or a verb says how it is ("the bridge is quiet"), which
    ``is_described`` says. ``is_emptied`` says that others are silent there, or that it is told who plays
    alone. ``players`` are those who were named in it.
    """

    place: Anchor
    is_open: bool = False
    is_described: bool = False
    is_emptied: bool = False
    players: set[str] = field(default_factory=set)


def stay_there(clause: Clause, drafts: Sequence[Draft], staying: Staying | None) -> Staying | None:
    """Hang what a clause says without a place on the one that a clause before began with, ``staying``.

    "In the bridge everything gets quiet, only a kick" has the kick alone in the bridge, and "before the
    drop a riser, the bass drops out" leads to the drop. Tags of a list, such as a genre, are for the song.
    Return the place that the next clause may mean.
    """
    first = str(clause.nodes[0].value)
    if clause.header is not None:
        return _begin(clause, drafts, clause.header) if first == "," else None
    if anchors_of(clause.items) or first not in _JOINTS:
        place = clause.items[0] if clause.items else None
        anchors = anchors_of(clause.items)
        if len(anchors) > 1 and all(draft.kind == "section" for draft in drafts):
            place = anchors[1]  # "after the second chorus comes a breakdown"
        return _begin(clause, drafts, place) if isinstance(place, Anchor) else None
    if staying is None or not drafts:
        return staying
    is_elsewhere = any(node.token.word.split()[-1] in _ELSEWHERE for node in clause.nodes)
    if all(draft.kind in OF_SONG for draft in drafts) or is_elsewhere:
        return None

    for draft in sorted(drafts, key=lambda draft: draft.kind in ("sound", "mix")):  # players first
        if _is_there(clause, draft, drafts, staying):
            draft.anchors.append(staying.place)
            if draft.exact or draft.kind == "ensemble":
                draft.edge = None
    if any(staying.place in draft.anchors for draft in drafts):
        _note(drafts, staying)
        return staying
    return staying if first == "," else None


def _begin(clause: Clause, drafts: Sequence[Draft], place: Anchor) -> Staying | None:
    """Return the place that a clause begins with, where the next clauses may be in it as well."""
    is_led = place.relation in ("at", "before") and not place.forward
    is_moment = is_time(place) and place.relation in ("at", "from") and place.over is None
    is_moment = is_moment and (place.seconds or 0.0) >= 0.0
    # "At the end everybody leaves, only the banjo remains."
    silent = any(d.kind == "event" and d.what in ("leave", "stop", "thin") for d in drafts)
    is_moment = is_moment or (is_led and place.edge == "end" and not place.sections and silent)
    sections = [d for d in drafts if d.kind == "section" and place in (d.anchors or [place])]
    is_subject = place.relation is None and bool(place.sections) and bool(sections)
    if not ((is_led and place.sections) or is_moment or is_subject) or place.count is not None:
        return None

    is_header = place is clause.header
    stands_first = is_header or all(node.kind in _JOINED for node in clause.nodes[: place.first])
    behind = next((n for n in clause.nodes[place.last + 1 :] if n.token.word not in _ALSO), None)
    does = behind is not None and is_subject and _is_verb(behind)
    does = does or (is_subject and place in clause.items[1:])
    staying = Staying(place, stands_first and (not is_subject or does), does)
    _note(drafts, staying)
    return staying


_ALSO = ("then", "also", "itself", "suddenly", "slowly")


def _is_verb(node: Node) -> bool:
    """Return whether a node behind a section says what this is or does: "is", "slows down"."""
    first = node.token.word.split()[0]
    is_done = node.kind in ("event", "energy", "key_change", "halt") and first.endswith("s")
    return first in _ARE or is_done


def _note(drafts: Sequence[Draft], staying: Staying) -> None:
    """Note who was named in a place, and whether others are silent there."""
    for draft in drafts:
        staying.players |= {draft.stem} if draft.stem else {draft.what} if draft.kind == "part" else set()
        is_silence = draft.kind == "event" and draft.what in ("leave", "rest", "stop", "thin")
        staying.is_emptied = staying.is_emptied or draft.exact or is_silence


_ONE_OF_SEVERAL = ("leave", "rest", "riser", "sweep", "thin", "fill")
"""What happens at a place together with something else."""


def _is_there(clause: Clause, draft: Draft, drafts: Sequence[Draft], staying: Staying) -> bool:
    """Return whether a wish without a place is for the one that the clause before was in."""
    is_alone = draft.kind == "ensemble" or (draft.kind == "part" and draft.exact)
    may_end = is_alone and draft.edge == "end"  # "only a music box is left"
    if draft.anchors or draft.kind in OF_SONG or not (draft.edge is None or may_end):
        return False
    is_in = staying.place.relation in (None, "at", "from")
    played = any(d.kind == "part" and d.what == draft.stem and d.anchors for d in drafts)
    is_of_player = draft.kind in ("sound", "mix") and draft.stem is not None
    if is_alone or (is_of_player and played and is_in):
        is_now = not draft.follows or (is_in and staying.is_emptied)
        return not is_alone or (draft.polarity == "want" and is_now)
    if draft.kind == "event":
        several = draft.what in _ONE_OF_SEVERAL and (staying.place.relation is not None or staying.is_open)
        is_one = several or (is_in and staying.is_open and draft.what != "solo")
        return is_one and draft.polarity == "want" and not draft.follows
    if draft.follows or not is_in or not staying.is_open:
        return False
    if is_time(staying.place):
        return draft.kind == "energy" and draft.what in (
            "quiet",
            "loud",
        )  # "at bar 33 all are back, louder"

    does = any(node.token.word.split()[0] in _DOES for node in clause.nodes) or _tells_how(clause, drafts)
    is_listed = clause.nodes[0].value in _LISTS
    is_refused = draft.kind == "part" and draft.polarity == "avoid"
    conditions = (
        is_refused and staying.is_emptied and not staying.is_described,
        draft.kind == "part" and not is_refused and (does or (is_listed and bool(staying.players))),
        is_of_player and (does or draft.stem in staying.players),
        draft.kind == "energy" and (does or staying.is_described or draft.what in ("quiet", "loud")),
        draft.kind in ("mix", "groove") and not is_of_player and (does or staying.is_described),
        draft.kind in ("mood", "sound", "harmony") and staying.is_described,
    )
    return any(conditions)


def _tells_how(clause: Clause, drafts: Sequence[Draft]) -> bool:
    """Return whether a clause says of a player in front how it sounds: "the guitars fuzzy"."""
    said = [draft for draft in drafts if draft.kind in ("sound", "mix") and draft.stem is not None]
    begins = [node.token.word for node in clause.nodes[:2]][1:] == ["the"]
    return begins and any(
        d.kind == "part" and d.what == one.stem and d.last < one.first for one in said for d in drafts
    )
