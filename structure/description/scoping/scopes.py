"""Hangs wishes on the places and times of their clause: "strings come in at the bridge"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.description.grammar.drafts import (
    SCOPED,
    THEN,
    Anchor,
    Clause,
    Draft,
    Item,
    anchors_of,
    are_near,
)
from structure.description.scoping.attaching import attach
from structure.description.scoping.carrying import Staying, stay_there
from structure.description.scoping.headers import hand_on_headers, join_short_lengths
from structure.description.scoping.lengths import with_measures
from structure.description.scoping.long_sections import find_long_sections
from structure.description.scoping.playing import play_events
from structure.description.scoping.repeating import Played, repeat_wishes
from structure.description.scoping.sections import find_sections
from structure.specs.wishes import Edge

_OF_SONG = ("key", "tempo", "meter")
"""What stands behind a tag in brackets is the song's, if it is one of these."""


def place_drafts(clauses: Sequence[Clause]) -> list[Draft]:
    """Return the wishes of all clauses, each with its places and times."""
    found: list[Draft] = []
    hand_on_headers(clauses)
    join_short_lengths(clauses)
    named: Anchor | None = None
    played = Played()
    said: list[Draft] = []
    staying: Staying | None = None
    gone: Anchor | None = None
    entering = ""
    for clause in clauses:
        before, named = named, _refer(clause, named)
        played = _place_items(clause, played, before)

        drafts = [item for item in clause.items if isinstance(item, Draft)]
        again = repeat_wishes(clause, drafts, said)
        clause.items += again
        drafts += again
        said = [draft for draft in drafts if draft.kind != "section"] or said
        if clause.nodes[0].kind == "breaker" and clause.nodes[0].value in THEN:
            for draft in drafts:
                draft.follows = True

        # "Then the whole band", of whom nothing else is said, is loud.
        if len(drafts) == 1 and drafts[0].kind == "everybody" and drafts[0].what in _WHOLE_BAND:
            drafts[0].kind, drafts[0].what = "energy", "loud"

        staying = stay_there(clause, drafts, staying)
        gone = _leave_behind(clause, drafts, gone)
        entering = _enter_too(clause, drafts, entering)
        if before is not None:
            _follow(drafts, before)
            _add_there(clause, drafts, before)
        found += [draft for draft in drafts if draft.kind != "everybody"]
    _lead_into_sections(clauses)
    _enter_in_turn(found)
    _change_in_turn(found)

    found = _without_stops(found)

    # Brushes from a bar on: their drummer comes in there.
    for draft in list(found):
        at = draft.anchors[0] if len(draft.anchors) == 1 else None
        if (draft.kind, draft.what, draft.polarity) != ("sound", "brushes", "want") or at is None:
            continue
        if at.relation == "from" or (at.relation == "at" and (at.bar or at.seconds)):
            found.append(replace(draft, kind="event", what="enter", anchors=[at]))
    return found


_CHANGING = ("tempo", "mood", "key")
"""Kinds of wish of which a song that has one and "then" another begins with the first."""


def _change_in_turn(drafts: Sequence[Draft]) -> None:
    """Let "first slow, then fast" begin slowly and end fast; so it is with moods and modes."""
    for i, draft in enumerate(drafts):
        if not draft.follows or draft.kind not in _CHANGING or not _is_free(draft):
            continue
        if any(_is_at(one, "end") and one.kind in (*_CHANGING, "energy") for one in drafts[i + 1 :]):
            continue  # "calm, then wild, calm again at the end"
        earlier = [one for one in drafts[:i] if one.kind == draft.kind and not one.follows]
        if earlier and _is_free(earlier[-1]) and earlier[-1].what != draft.what:
            earlier[-1].edge, draft.edge = "start", "end"
        elif earlier and _is_at(earlier[-1], "start"):
            draft.edge = "end"


def _is_at(draft: Draft, edge: Edge) -> bool:
    """Return whether a draft is for the start, or the end, of the song."""
    return draft.edge == edge or any(a.edge == edge and not a.sections for a in draft.anchors)


def _is_free(draft: Draft) -> bool:
    """Return whether a draft is wanted, and has no place yet."""
    return draft.polarity == "want" and not draft.anchors and draft.edge is None


def _without_stops(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without the stop of all at the end where somebody is left, who says it as well.

    "At the end everybody leaves, only a banjo remains": the banjo does not stop there with the others.
    """
    left = {id(d.anchors[0]): d for d in drafts if d.exact and d.anchors and d.anchors[0].edge == "end"}
    found = []
    for draft in drafts:
        alone = left.get(id(draft.anchors[0])) if draft.anchors else None
        if alone is None or not _is_stop_of_all(draft):
            found.append(draft)
        else:
            alone.start = min(alone.start, draft.start)
    return found


def _is_stop_of_all(draft: Draft) -> bool:
    """Return whether a draft has everybody stop at once."""
    return (draft.kind, draft.what, draft.polarity, draft.stem) == ("event", "stop", "want", None)


def _lead_into_sections(clauses: Sequence[Clause]) -> None:
    """Hang what stands alone in a list before a section on it, in place: "snare build, silence, drop"."""
    ahead: Anchor | None = None
    for clause in reversed(clauses):
        said = [node for node in clause.nodes if node.kind not in ("stop", "filler", "breaker")]
        drafts = [item for item in clause.items if isinstance(item, Draft)]
        if len(said) == 1 and said[0].kind == "section":
            node = said[0]
            ahead = Anchor(node.start, node.end, 0, 0, "before", [(str(node.value), None)])
            continue
        leads = [draft for draft in drafts if _may_lead(draft)]
        if ahead is None or not leads or len(leads) < len(drafts) or clause.header is not None:
            ahead = None
            continue
        for draft in leads:
            draft.kind = "event"
            draft.anchors.append(ahead)


def _may_lead(draft: Draft) -> bool:
    """Return whether a draft is of what leads into a section, and has no place yet."""
    is_build = (draft.kind, draft.what) == ("energy", "build")
    is_event = draft.kind == "event" and draft.what in ("build", "rest", "riser", "sweep", "fill")
    is_free = not draft.anchors and draft.edge is None and draft.polarity == "want"
    return (is_build or is_event) and is_free


def _follow(drafts: Sequence[Draft], before: Anchor) -> None:
    """Hang what follows on the place that was named ``before``, where it has none of its own.

    "No drums until the second chorus, then everything" is loud from that chorus on, "a climax at 3:00,
    then calm" is quiet after that, and "a break with only bass, then all come back" means behind it.
    """
    has_time = before.bar is not None or before.seconds is not None
    is_time = has_time and before.relation == "at"
    is_past = has_time and before.relation in ("until", "before")
    is_limit = bool(before.sections) and before.relation in ("until", "before", "from")
    is_place = bool(before.sections) and before.relation in (None, "at")
    for draft in drafts:
        if not draft.follows or draft.anchors:
            continue
        is_player = (draft.kind, draft.polarity, draft.exact) == ("part", "want", False)
        if (is_past or (is_limit and before.relation == "until")) and is_player and draft.amount is None:
            # "Piano for the first ten seconds, then a choir": the choir enters behind these.
            draft.kind, draft.stem, draft.what = "event", draft.what, "enter"
            draft.anchors.append(replace(before, relation="at"))
        elif is_past and (draft.kind, draft.what) == ("event", "impact"):
            draft.anchors.append(replace(before, relation="at"))
        elif is_time and draft.kind == "energy" and draft.what in ("quiet", "fall"):
            draft.anchors.append(replace(before, relation="after"))
        elif is_past and draft.kind == "energy" and draft.what in ("quiet", "loud"):
            draft.anchors.append(replace(before, relation="after"))  # "quiet until 1:00, then loud"
        elif before.relation == "before" and before.sections and draft.what in ("stop", "rest"):
            draft.anchors.append(before)  # "a snare roll before every drop, then one beat of silence"
        elif is_limit and (draft.kind, draft.what) in _BEHIND_A_LIMIT:
            draft.anchors.append(replace(before, relation="at"))
        elif is_place and (draft.kind, draft.what, draft.stem) == ("event", "enter", None):
            draft.anchors.append(replace(before, relation="after"))


def _enter_too(clause: Clause, drafts: Sequence[Draft], entering: str) -> str:
    """Let others do the same: "the bass comes in in the second verse, the drums in the chorus".

    Return what those do who come in or have a solo, where a clause says nothing else; else "".
    """
    said = [draft for draft in drafts if draft.kind != "section"]
    goes_on = clause.nodes[0].value in (",", "and") and clause.header is None
    if entering and goes_on and len(said) == 1 and _is_only_placed(said[0]):
        said[0].kind, said[0].stem, said[0].what = "event", said[0].what, entering
    events = [d for d in said if (d.kind, d.polarity) == ("event", "want") and d.stem]
    if not events or len(events) < len(said) or not all(d.anchors for d in events):
        return ""
    return next((what for what in ("enter", "solo") if all(d.what == what for d in events)), "")


def _is_only_placed(draft: Draft) -> bool:
    """Return whether a draft is a player of whom a section is said and nothing else."""
    is_plain = (draft.kind, draft.polarity, draft.amount) == ("part", "want", None)
    place = draft.anchors[0] if len(draft.anchors) == 1 else None
    is_exact = draft.exact or draft.only or draft.seldom
    relations = ("at", "after", "before")
    return (
        is_plain
        and not is_exact
        and place is not None
        and place.relation in relations
        and bool(place.sections)
    )


def _leave_behind(clause: Clause, drafts: Sequence[Draft], gone: Anchor | None) -> Anchor | None:
    """Let those play alone who are left where others leave: "the beat drops out at 1:30, leaving a harp".

    Return where somebody of these leaves, which the next clause may mean.
    """
    for draft in drafts:
        if draft.sheds and gone is not None and not draft.anchors and draft.edge is None:
            draft.anchors.append(gone)
    leaving = [d for d in drafts if d.kind == "event" and d.what in ("leave", "rest", "stop")]
    places = [a for d in leaving for a in d.anchors[:1] if a.relation in (None, "at")]
    goes_on = clause.nodes[0].value in (",", "and") and not anchors_of(clause.items)
    return places[-1] if places else gone if goes_on else None


_BEHIND_A_LIMIT = (("energy", "loud"), ("energy", "quiet"), ("event", "enter"))
"""What follows in the place up to which something else goes on."""


def _add_there(clause: Clause, drafts: Sequence[Draft], before: Anchor) -> None:
    """Let who is added come in where the clause before was about: "second verse is busier, add congas"."""
    is_subject = before.relation is None and any(visit is not None for _, visit in before.sections)
    said = [node.token.word.split()[0] for node in clause.nodes[:2] if node.kind != "stop"]
    if not is_subject or said[:1] not in (["add"], ["adds"], ["adding"]):
        return
    for draft in drafts:
        if (draft.kind, draft.what, draft.polarity, draft.anchors) == ("event", "enter", "want", []):
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


def _refer(clause: Clause, named: Anchor | None) -> Anchor | None:
    """Give "before that" the place that was named last; return the place that a later clause may mean."""
    before = named
    for item in list(clause.items):
        if not isinstance(item, Anchor):
            continue
        if item.sections and not item.sections[0][0]:  # "the last one"
            # A breakdown "before the last one" is before the last of what was named before it.
            is_beside = (
                item.relation in ("before", "after") and before is not None and bool(before.sections)
            )
            meant = before if is_beside else named
            item.sections = (
                [] if meant is None else [(name, item.sections[0][1]) for name, _ in meant.sections]
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
    opening = _Opening()
    for draft in drafts:
        opening.hear(draft)
    first = opening.first
    if first is not None and first.amount and first.exact and first.edge == "start":
        _begin_so(first, drafts)


@dataclass(slots=True)
class _Opening:
    """Who begins a song alone, and until when.

    ``bars`` are those of who begins, ``over`` the second at which they are no longer alone, and ``turn``
    who has come in after them.
    """

    first: Draft | None = None
    bars: float | None = None
    over: Anchor | None = None
    entered: bool = False
    turn: Draft | None = None

    def hear(self, draft: Draft) -> None:
        """Take in the next wish, and give it its turn."""
        place = draft.anchors[0] if len(draft.anchors) == 1 else None
        has_time = place is not None and (place.bar is not None or place.seconds is not None)
        is_plain = draft.polarity == "want" and not draft.exact and not draft.amount
        if draft.kind == "part" and is_plain and place is not None and place.relation == "at" and has_time:
            _come_in(draft)  # "bass after 16 bars"

        is_limited = place is not None and place.relation == "until" and not place.sections
        if draft.kind == "part" and draft.exact and place is not None and is_limited and place.seconds:
            # "Just a piano for the first minute".
            self.over, self.entered, self.first = place, True, self.first or draft
            return

        begins = draft.kind in ("part", "ensemble") and place is not None and place.edge == "start"
        self.entered = self.entered or (begins and draft.polarity == "want")
        begins_alone = draft.exact and bool(draft.anchors) and draft.anchors[0].edge == "start"
        lasts = (draft.amount is not None or begins_alone) and not draft.sheds
        if draft.kind in ("part", "ensemble") and lasts:
            self.bars = draft.amount or (draft.anchors[0].amount if draft.anchors else None)
            self.entered = True
            self.first = self.first or draft
        elif self.entered and _follows_plainly(draft):
            _come_in(draft)
            self._begin_alone(with_bars=True)  # "a snare for four bars, then the brass"

        if draft.kind == "event" and draft.what == "enter":
            self._take_turn(draft)
        elif (draft.kind, draft.what) == ("energy", "loud") and draft.follows and not draft.anchors:
            self._begin_alone(with_bars=True)  # "strings for 8 bars, then all hell breaks loose"
            if self.first is not None and self.first.exact:
                self._hang(draft)

    def _take_turn(self, draft: Draft) -> None:
        self.entered = True
        bar = draft.anchors[0].bar if len(draft.anchors) == 1 else None
        if draft.stem is None or (self.bars is not None and bar == self.bars + 1):
            self._begin_alone(with_bars=draft.stem is not None)  # the others have not played yet
        if not draft.anchors and self.turn is not None and self.turn.end == draft.end:
            draft.anchors.append(self.turn.anchors[0])  # "then the bass and the drums come in"
        elif not draft.anchors and self._hang(draft):
            self.turn = draft

    def _begin_alone(self, *, with_bars: bool) -> None:
        first = self.first
        if (
            first is not None
            and first.kind == "part"
            and not first.anchors
            and (first.amount or not with_bars)
        ):
            first.exact, first.edge = True, "start"

    def _hang(self, draft: Draft) -> bool:
        """Hang a wish on the time when those who begin are no longer alone; return whether there is one."""
        span = (draft.start, draft.end)
        if self.bars is not None:
            draft.anchors.append(Anchor(*span, 0, 0, "at", bar=int(self.bars) + 1))
        elif self.over is not None:
            draft.anchors.append(replace(self.over, start=draft.start, end=draft.end, relation="at"))
        else:
            return False
        self.bars = self.over = None
        return True


def _come_in(draft: Draft) -> None:
    draft.kind, draft.stem, draft.what = "event", draft.what, "enter"


def _follows_plainly(draft: Draft) -> bool:
    """Return whether a draft is a player who comes next, and of whom no more than a section is said."""
    is_wanted = draft.kind == "part" and draft.follows and draft.polarity == "want" and not draft.exact
    return is_wanted and all(
        anchor.sections and anchor.relation in (None, "at") for anchor in draft.anchors
    )


def _begin_so(first: Draft, drafts: Sequence[Draft]) -> None:
    """Hang moods on the start of a song whose first players are so: "quiet strings for 20 s, then …"."""
    begins = first.start
    for draft in sorted(drafts, key=lambda draft: -draft.start):
        if draft.start < first.start and begins <= draft.end + 1:
            begins = draft.start
            if draft.kind in ("mood", "energy") and not draft.anchors:
                draft.anchors.append(Anchor(draft.start, draft.end, 0, 0, "at", edge="start"))


def _place_items(clause: Clause, played: Played, named: Anchor | None) -> Played:
    """Hang every wish of a clause on its anchors, and add one for each section that is named.

    ``played`` is whom the clauses before were about, ``named`` the place that they named last. Return whom
    a later clause may mean.
    """
    items: list[Item] = []
    for item in with_measures(clause):
        if isinstance(item, Draft) and item.kind == "part" and not item.what:
            if played.one is None:
                continue
            item.what = played.one  # "more in the chorus": of whom the clauses before were about
        if isinstance(item, Draft) and item.kind == "event" and item.what == "solo" and item.stem:
            span = (item.start, item.end, item.first, item.last)
            items.append(Draft("section", "solo", *span, polarity=item.polarity))
        items.append(item)
    builders = _take_builders(clause, items)
    played = play_events(clause, items, played, follows=clause.nodes[0].value in THEN)
    sections = find_sections(clause, items, named)
    attach(clause, items)
    items += list(find_long_sections(clause, items))

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
        if clause.header is not None and draft.kind in SCOPED and not draft.anchors and not is_of_song:
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
    places = [item for item in anchors_of(items) if item.sections or item.bar or item.seconds is not None]
    builders = []
    for i, item in enumerate(items[1:], start=1):
        before = items[i - 1]
        if not (isinstance(before, Draft) and isinstance(item, Draft) and places):
            continue
        is_heard = before.kind == "part" and before.polarity == "want" and not before.exact
        grows = (item.kind, item.what, item.polarity) == ("energy", "build", "want")
        if is_heard and grows and are_near(clause, before.last, item.first, ("filler",)):
            item.kind, item.stem, item.start = "event", before.what, before.start
            builders.append(before)
    items[:] = [item for item in items if item not in builders]
    return builders
