"""Who plays in which bars, where wishes say so of a part of a song or of a time in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from structure.arrange.drums import KEYS
from structure.base.labels import LINKS
from structure.base.types import EventKind
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.players.called import SECTIONS, stems_called
from structure.planning.players.stems import PlannedStem, playing
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.dynamics import LOUD, bars_building, loud_moments
from structure.plans.events import Event
from structure.presets.players import kit_lanes
from structure.specs.wishes import When, Where, Wish, Wishes, is_song_wide

_MUCH = 0.5
"""Share of a visit's bars from which on a stem that is to play in them plays in the visit."""

_BEFORE_ENTRY = 4
"""Bars before everybody comes in, in which all but one are silent."""


_COMES_IN = ("bass", "drums", "chords", "pad", "arpeggio", "lead")
"""Who comes in after those who play alone, the likeliest first."""

_WEAK = 0.4
"""Share of the energy with which somebody entered below which it may rest."""

_LONGEST_SILENCE = 4
"""Bars in which all may rest at once."""

_TURN = 4
"""Bars for which one who comes and goes is there at least, where there are as many."""

_MELODIC = ("verse", "chorus", "hook", "bridge", "solo", "instrumental", "drop", "head")
"""Kinds of section in which calls are answered."""


@dataclass(slots=True)
class _Bars:
    """The bars in which a stem must be silent, in which it must play, and in which it stays.

    Who has entered stays: it goes on playing, save where the music is quieter of itself. ``entries`` are
    the bars in which it enters.
    """

    silent: set[int] = field(default_factory=set)
    playing: set[int] = field(default_factory=set)
    staying: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Attendance:
    """The bars in which stems, and lanes of the drum kit that wishes name, must be silent or play."""

    bars: dict[str, _Bars]
    lanes: dict[str, _Bars] = field(default_factory=dict)

    def silent_bars(self, stem: str, bars: Iterable[int]) -> list[int]:
        """Return those of some bars in which a stem must be silent."""
        own = self.bars.get(stem)
        return [bar for bar in bars if own is not None and bar in own.silent and bar not in own.playing]

    def playing_bars(self, stem: str, bars: Iterable[int]) -> list[int]:
        """Return those of some bars in which a stem must play."""
        own = self.bars.get(stem)
        return [bar for bar in bars if own is not None and bar in own.playing]

    def find_away(self, bars: Collection[int]) -> set[str]:
        """Return the names of the stems that must be silent in all of some bars."""
        return {name for name in self.bars if len(self.silent_bars(name, bars)) == len(bars)}

    def find_entering(self, bar: int) -> set[str]:
        """Return the names of the stems that enter with a bar."""
        return {name for name, own in self.bars.items() if bar in own.entries}

    def must_play(self, stem: str, bars: Collection[int]) -> bool:
        """Return whether a stem must play in much of some bars, or enters in them."""
        own = self.bars.get(stem)
        if own is None or not (asked := own.playing & set(bars)):
            return False
        return bool(own.entries & asked) or len(asked) >= min(_MUCH * len(bars), len(own.playing))


def _find_absence(wish: Wish, wishes: Wishes, layout: Layout) -> int:
    """Return the bar from which who enters is away: where it left before, else the first.

    One who has entered before, and of whom nobody says that it left, is away in the section before.
    """
    line = layout.line(wish.when or When(edge="start"), wish.where) or 0
    turns: dict[str, list[int]] = {"enter": [0], "leave": [0]}
    for other in wishes.wishes:
        if other.kind == "event" and other.where.stem == wish.where.stem and other.what in turns:
            turn = layout.line(other.when or When(edge="start"), other.where)
            turns[other.what] += [turn] if turn is not None and turn < line else []
    left, entered = max(turns["leave"]), max(turns["enter"])
    return left if left >= entered else max(entered, layout.starts[layout.visit_at(line - 1)])


def find_stays(asked: Attendance, visits: Sequence[VisitPlan], layout: Layout) -> list[frozenset[str]]:
    """Return the names of the stems that stay in each visit, having entered before it or in its first half.

    Whom a wish lets enter is there to the end. A link between sections that is quieter than the place of
    the entry may be without it, and so may anything that is much weaker.
    """
    found: list[frozenset[str]] = []
    for i, visit in enumerate(visits):
        bars, is_link = layout.bars_of(i), section_kind(visit.name) in LINKS
        names = set()
        for name, own in asked.bars.items():
            if not own.staying or 2 * len(own.staying & set(bars)) < len(bars):
                continue
            entry = visits[layout.visit_at(min(own.staying))].energy
            if visit.energy >= entry or not (is_link or visit.energy < _WEAK * entry):
                names.add(name)
        found.append(frozenset(names))
    return found


def attendance(wishes: Wishes, stems: Sequence[PlannedStem], layout: Layout) -> Attendance:
    """Return who must be silent or play when. A stem that nothing would let play keeps to no silence."""
    found = {stem.plan.name: _Bars() for stem in stems}
    lanes: dict[str, _Bars] = defaultdict(_Bars)
    undrummed = _find_undrummed_bars(wishes, stems, layout)

    # Who has a solo decides late: two who trade leave its place to it. Last comes where all are silent.
    for wish in sorted(wishes.wishes, key=lambda wish: _is_silence(wish) or _is_solo(wish) / 2):
        away_from, stem = 0, wish.where.stem
        if wish.kind == "event" and wish.what == "enter" and stem:
            away_from = _find_absence(wish, wishes, layout)

        if wish.kind != "event":
            _attend(wish, stems, layout, found, undrummed)
        elif wish.polarity == "want" and wish.what in ("half_time", "double_time"):
            _drum(set(layout.bars_for(wish)) - undrummed, stems, found)
        elif wish.polarity == "want":
            _happen(wish, stems, layout, found, away_from)
        elif wish.polarity == "more" and wish.what == "rest" and stem:
            _take_turns(wish, stems, layout, found)
        _attend_in_kit(wish, stems, layout, found, lanes, away_from)

    _keep_to_lanes(wishes, stems, layout, found, lanes)
    for visit, loud in loud_moments(wishes, layout).items():
        for one in playing(stems, section_kind(layout.names[visit]), LOUD):
            found[one.plan.name].playing |= loud - found[one.plan.name].silent
    for bars in found.values():
        bars.staying -= bars.silent
        if len(bars.silent) >= layout.end and not bars.playing:
            bars.silent.clear()
    for guest in (stem for stem in stems if stem.is_guest):
        own = found[guest.plan.name]
        own.silent |= set(range(layout.end)) - own.playing - _stays(guest, stems, wishes, layout)
    return Attendance(found, dict(lanes))


def _find_undrummed_bars(wishes: Wishes, stems: Sequence[PlannedStem], layout: Layout) -> set[int]:
    """Return the bars in which some play alone none of whom drums."""
    found: set[int] = set()
    for wish in wishes.wishes:
        if wish.kind != "ensemble" or wish.polarity != "want" or is_song_wide(wish):
            continue
        called = {stem for name in wish.names for stem in stems_called(name, stems)}
        drums = {stem.plan.name for stem in stems if stem.plan.role == "drums"}
        if called and not drums & called and not any(map(kit_lanes, wish.names)):
            found |= set(layout.bars_for(wish))
    return found


def _keep_to_lanes(
    wishes: Wishes,
    stems: Sequence[PlannedStem],
    layout: Layout,
    found: dict[str, _Bars],
    lanes: dict[str, _Bars],
) -> None:
    """Let a kit play the parts that are asked for where it is to be silent otherwise: claps for drums."""
    asked: dict[int, set[str]] = defaultdict(set)
    for wish in wishes.wishes:
        own = kit_lanes(wish.what) if (wish.kind, wish.polarity) == ("part", "want") else ()
        for bar in layout.bars_for(wish) if own and not is_song_wide(wish) else ():
            asked[bar] |= set(own)
    for name in (stem.plan.name for stem in stems if stem.plan.role == "drums"):
        for bar in sorted(found[name].silent & asked.keys()):
            found[name].playing.add(bar)
            for lane in set(KEYS) - asked[bar]:
                lanes[lane].silent.add(bar)


def _is_solo(wish: Wish) -> bool:
    return wish.kind == "event" and wish.what == "solo"


def _is_silence(wish: Wish) -> bool:
    return wish.kind == "event" and wish.what == "rest" and wish.where.stem is None


def _stays(guest: PlannedStem, stems: Sequence[PlannedStem], wishes: Wishes, layout: Layout) -> set[int]:
    """Return the bars in which a guest may play: all from where it enters on."""
    lines = [
        layout.line(wish.when or When(edge="start"), wish.where)
        for wish in wishes.wishes
        if (wish.kind, wish.what, wish.polarity) == ("event", "enter", "want")
        and wish.where.stem
        and guest.plan.name in stems_called(wish.where.stem, stems)
    ]
    return {bar for line in lines if line is not None for bar in range(line, layout.end)}


def _attend_in_kit(
    wish: Wish,
    stems: Sequence[PlannedStem],
    layout: Layout,
    found: dict[str, _Bars],
    lanes: dict[str, _Bars],
    away_from: int,
) -> None:
    """Let parts of a drum kit come, go, rest or play alone."""
    named = list(wish.names) if wish.kind == "ensemble" else [wish.what]
    if wish.kind == "event":
        named = [wish.where.stem or ""]
    own = {lane for name in named for lane in kit_lanes(name)}
    if not own or is_song_wide(wish) or wish.kind not in ("part", "ensemble", "event"):
        return
    bars = set(layout.bars_for(wish))
    line = layout.line(wish.when or When(edge="start"), wish.where)
    if wish.kind == "event" and line is not None:
        visit = layout.bars_of(layout.visit_at(line))
        bars = {
            "enter": set(range(away_from, line)),
            "leave": set(range(line, visit.stop)),
            "rest": bars,
        }.get(wish.what, set())
        if wish.what == "leave" and line > 0:
            # Nobody hears a kick leave that has not been there.
            _drum(layout.bars_of(layout.visit_at(line - 1)), stems, found)
    if wish.kind == "ensemble" and wish.polarity == "want":
        own = set(KEYS) - own
        for stem in stems:
            is_kit = stem.plan.role == "drums"
            (found[stem.plan.name].playing if is_kit else found[stem.plan.name].silent).update(bars)
    elif wish.kind == "part" and wish.polarity != "avoid":
        _drum(bars, stems, found)
        return
    for lane in own:
        lanes[lane].silent |= bars


def _attend(
    wish: Wish,
    stems: Sequence[PlannedStem],
    layout: Layout,
    found: dict[str, _Bars],
    undrummed: Collection[int],
) -> None:
    """Let those play, or be silent, whom a wish names for a place: alone, or beside the others.

    In ``undrummed`` bars play others alone than drummers.
    """
    if is_song_wide(wish) or wish.kind not in ("part", "ensemble", "groove"):
        return
    bars = set(layout.bars_for(wish))
    if wish.kind == "groove":
        if is_pulse(wish, "half_time") or is_pulse(wish, "double_time"):
            _drum(bars - set(undrummed), stems, found)
    elif wish.kind == "ensemble" and wish.polarity == "want":
        # Those who are named play alone.
        called = {name for one in wish.names for name in stems_called(one, stems)}
        for name, own in found.items() if called else ():
            (own.playing if name in called else own.silent).update(bars)
        after = max(bars, default=layout.end) + 1
        others = [stem for stem in stems if stem.plan.name not in called]
        if wish.amount and wish.where.section is None and called and others and after < layout.end:
            # "Just the piano for four bars" is over when somebody else comes in.
            order = {role: place for place, role in enumerate(_COMES_IN)}
            entering = min(others, key=lambda stem: order.get(stem.plan.role, len(order)))
            rest = range(after, layout.bars_of(layout.visit_at(after)).stop)
            found[entering.plan.name].playing |= set(rest)
    else:
        for name in stems_called(wish.what, stems):
            if wish.polarity == "avoid":
                found[name].silent |= bars
            elif wish.polarity != "less":
                found[name].playing |= bars
                if wish.when is not None and wish.when.relation == "until":
                    whole = {bar for visit in layout.visits(wish.where) for bar in layout.bars_of(visit)}
                    found[name].silent |= whole - bars


def is_pulse(wish: Wish, kind: EventKind) -> bool:
    """Return whether a wish is for half time, or for double time, be it called a groove or an event."""
    said = wish.what.replace("-", "_").replace(" ", "_")
    return wish.kind in ("groove", "event") and wish.polarity == "want" and said.startswith(kind)


def _happen(
    wish: Wish, stems: Sequence[PlannedStem], layout: Layout, found: dict[str, _Bars], away_from: int
) -> None:
    """Let stems enter, leave and rest, and let those play without whom an event cannot be."""
    if wish.what == "solo":
        _solo(wish, stems, layout, found)
    elif wish.what in ("answer", "trade"):
        # Those who call and those who answer both play.
        melodies = melodies_of(wish, stems)[:2]
        for name in melodies if len(melodies) > 1 else ():
            found[name].playing |= set(find_traded_bars(wish, layout))
    elif wish.what == "tag":
        # The last line is played again by the first melody.
        for name in [stem.plan.name for stem in stems if stem.plan.role == "lead"][:1]:
            found[name].playing |= set(layout.bars_of(len(layout.names) - 1))
    elif wish.what == "thin":
        _thin(wish, stems, layout, found)
    elif wish.what in ("hold", "fill", "build"):
        # Who is named plays wherever it is to hold a note, to lead over to something, or to grow.
        for name in stems_called(wish.where.stem, stems) if wish.where.stem else ():
            found[name].playing |= set(_bars_needed(wish, layout))
    else:
        _come_and_go(wish, stems, layout, found, away_from)


def _bars_needed(wish: Wish, layout: Layout) -> Iterable[int]:
    """Return the bars in which one must play who is to hold notes, to fill or to grow."""
    if wish.what == "hold":
        return bars_held(wish, layout)
    if wish.what == "build":
        return bars_building(wish, layout)
    visits = layout.visits(wish.where) if wish.where.section is not None else ()
    return [bar for visit in visits for bar in layout.bars_of(visit)]


def bars_held(wish: Wish, layout: Layout) -> list[int]:
    """Return the bars in which one who is named holds its notes: before a place as many as it lasts."""
    bars = layout.bars_for(wish)
    if wish.when is not None and wish.when.relation == "before":
        return bars[-int(wish.amount or 1) :]
    if wish.amount is not None and (wish.when is None or wish.when.relation == "after"):
        return bars[: int(wish.amount)]
    return bars


def _drum(bars: Iterable[int], stems: Sequence[PlannedStem], found: dict[str, _Bars]) -> None:
    for stem in stems:
        if stem.plan.role == "drums":
            found[stem.plan.name].playing |= set(bars)


def _solo(wish: Wish, stems: Sequence[PlannedStem], layout: Layout, found: dict[str, _Bars]) -> None:
    """Let the soloist play in the place of its solo, and keep other melodies silent there.

    During a drum solo all others are silent.
    """
    visit, soloist = solo_visit(wish, layout), soloist_of(wish, stems)
    if visit is None or soloist is None:
        return
    bars = set(layout.bars_of(visit))
    alone = next(stem.plan.role for stem in stems if stem.plan.name == soloist) == "drums"
    for stem in stems:
        name = stem.plan.name
        if name == soloist:
            found[name].playing |= bars
        elif alone or stem.plan.role == "lead":
            found[name].silent |= bars
            if wish.where.stem is not None:
                found[name].playing -= bars


def soloist_of(wish: Wish, stems: Sequence[PlannedStem]) -> str | None:
    """Return the stem that has a solo: of those that are called the one with a melody."""
    called = stems_called(wish.where.stem, stems) if wish.where.stem else [s.plan.name for s in stems]
    if wish.where.stem and kit_lanes(wish.where.stem):
        called = [stem.plan.name for stem in stems if stem.plan.role == "drums"]
    roles = {stem.plan.name: stem.plan.role for stem in stems}
    order: tuple[str, ...] = ("lead", "arpeggio")
    if wish.where.stem:
        order = (*order, "bass", "chords", "pad", "drums")
    able = [name for name in called if roles[name] in order]
    return min(able, key=lambda name: order.index(roles[name]), default=None)


def solo_visit(wish: Wish, layout: Layout) -> int | None:
    """Return the visit that a solo is in, None where the song has no such place."""
    when = wish.when
    if when is None:
        if wish.where.section is not None:
            return next(iter(layout.visits(wish.where)), None)
        own = layout.visits(Where(section="solo"))
        return own[0] if own else None
    line = layout.line(when, wish.where)
    if line is None:
        return None
    back = when.relation == "before" or when.edge == "end"
    return layout.visit_at(max(0, line - back))


def find_traded_bars(wish: Wish, layout: Layout) -> list[int]:
    """Return the bars in which calls are answered, or solos traded.

    They are the bars of the wish. Where it names no place, they are those of all sections that have
    melodies, or of the solos.
    """
    if wish.where.section is not None:
        return layout.bars_for(wish)
    if wish.when is not None and wish.when.place is not None and wish.when.relation in ("before", "after"):
        line = layout.line(wish.when, wish.where) or 0
        visit = layout.visit_at(max(0, line - (wish.when.relation == "before")))
        return list(layout.bars_of(visit))
    if wish.when is not None:
        return layout.bars_for(wish)
    kinds = ("solo", "instrumental") if wish.what == "trade" else _MELODIC
    named = [i for i, name in enumerate(layout.names) if section_kind(name) in kinds]
    visits = named or [i for i, name in enumerate(layout.names) if section_kind(name) in _MELODIC][-1:]
    return [bar for visit in visits for bar in layout.bars_of(visit)]


def melodies_of(wish: Wish, stems: Sequence[PlannedStem]) -> list[str]:
    """Return the stems that can call and answer: first who leads, then who is named, then others."""
    called = stems_called(wish.where.stem, stems) if wish.where.stem else ()
    called = tuple(name for name in called if name == wish.where.stem) or called
    able = [stem for role in ("lead", "arpeggio") for stem in stems if stem.plan.role == role]
    leads = [s.plan.name for s in able if s.plan.role == "lead" and s.plan.name not in called][:1]
    named = [s.plan.name for s in able if s.plan.name in called]
    if not named and wish.what == "answer":
        # Horns that are to answer do so, though they play chords elsewhere.
        named = [s.plan.name for s in stems if s.plan.name in called and s.plan.role in ("chords", "pad")]
    # Where only one has a melody, who plays or sings chords can answer it, or the bass of a duo; in a trade
    # drums go before them.
    may_help = len(able) < 2 and wish.what == "answer"
    helpers = ("chords", "pad", "bass") if may_help else ()
    others = [stem.plan.name for role in helpers for stem in stems if stem.plan.role == role]
    return list(dict.fromkeys([*leads, *named, *(stem.plan.name for stem in able), *others]))


def _thin(wish: Wish, stems: Sequence[PlannedStem], layout: Layout, found: dict[str, _Bars]) -> None:
    """Let harmony and melody go on with one player each."""
    bars = set(layout.bars_for(wish))
    kept: set[str] = set()
    for roles in (("chords", "pad", "arpeggio"), ("lead",)):
        kept |= set([stem.plan.name for stem in stems if stem.plan.role in roles][:1])
    leads = [stem.plan.name for stem in stems if stem.plan.role == "lead"]
    if len(kept) == len(stems) and leads:
        # Of two hands one goes on.
        kept = set(leads[:1])
    leaving = [stem for stem in stems if kept and stem.plan.name not in kept]
    for stem in leaving:
        found[stem.plan.name].silent |= bars
    # Somebody has to be there who leaves.
    first = min(bars, default=0)
    pitched = [stem.plan.name for stem in leaving if stem.plan.role != "drums"]
    for name in pitched[:1]:
        found[name].playing |= set(range(max(0, first - len(bars)), first))


def _come_and_go(
    wish: Wish, stems: Sequence[PlannedStem], layout: Layout, found: dict[str, _Bars], away_from: int
) -> None:
    """Let stems enter, leave and rest."""
    names = _players_of(wish, stems)
    line = layout.line(wish.when or When(edge="start"), wish.where)
    if wish.what == "enter" and is_song_wide(wish) and names:
        line = layout.starts[1] if len(layout.names) > 1 else layout.end // 2  # "the bass comes in late"
    if wish.what == "enter" and line == layout.end:
        # They enter with the last section, or with the one before an outro or a coda.
        closes = section_kind(layout.names[-1]) in ("outro", "coda") and len(layout.names) > 1
        line = layout.starts[-3 if closes else -2]
    if line is None:
        return
    if wish.what == "rest" and not wish.where.stem:
        # All may rest at once for a few bars, or for a moment anywhere, halfway or in a section.
        is_anywhere = wish.when is None or _is_halfway(wish)
        names = tuple(found) if 0 < (wish.amount or is_anywhere) <= _LONGEST_SILENCE else ()
    rest = set(range(line, layout.bars_of(layout.visit_at(line)).stop))
    if wish.what == "enter" and not wish.where.stem:
        _all_come_in(line, rest, stems, found)
    if wish.what == "enter" and wish.where.stem and kit_lanes(wish.where.stem):
        _drum(rest, stems, found)  # claps come in on a kit that plays
    for name in names:
        if wish.what == "enter":
            found[name].silent |= set(range(away_from, line))
            found[name].playing |= rest if line else set()
            if line:
                found[name].staying |= set(range(line, layout.end))
                found[name].entries.add(line)
        elif wish.what == "leave":
            found[name].silent |= rest
            found[name].playing |= set(layout.bars_of(layout.visit_at(line - 1))) - rest if line else set()
        elif wish.what == "rest":
            found[name].silent |= set(_resting(wish, layout))
            if not wish.where.stem:
                found[name].playing -= set(_resting(wish, layout))


def _players_of(wish: Wish, stems: Sequence[PlannedStem]) -> tuple[str, ...]:
    """Return the stems of those who come or go: of an orchestra's section that itself, where there is one.

    The strings that drop out are not the violin that has the tune; before the brass comes in, no trumpet
    has played either.
    """
    whose = wish.where.stem
    called = stems_called(whose, stems) if whose else ()
    is_section = whose in SECTIONS and wish.what != "enter"
    own = tuple(name for name in called if is_section and name.startswith(whose or ""))
    return own or tuple(called)


def _take_turns(wish: Wish, stems: Sequence[PlannedStem], layout: Layout, found: dict[str, _Bars]) -> None:
    """Let one come and go: it plays in every other stretch of the place and is silent in the rest.

    In the whole song these are halves of its sections, and whole short ones; in a part of it, a few bars.
    """
    bars = layout.bars_for(wish)
    stretches: list[list[int]] = []
    for visit in range(len(layout.names)):
        own = [bar for bar in layout.bars_of(visit) if bar in bars]
        size = len(own) if len(own) < 2 * _TURN else -(-len(own) // 2)
        if not is_song_wide(wish):
            size = max(1, min(_TURN, len(bars)) // 2)
        stretches += [own[at : at + size] for at in range(0, len(own), size)] if own else []
    for name in _players_of(wish, stems):
        for n, stretch in enumerate(stretches):
            (found[name].silent if n % 2 else found[name].playing).update(stretch)


def _all_come_in(
    line: int, behind: set[int], stems: Sequence[PlannedStem], found: dict[str, _Bars]
) -> None:
    """Let all who do not play before a bar line play in the bars ``behind`` it.

    Where nobody is silent before it, all are but the first that has harmony.
    """
    harmony = [stem.plan.name for stem in stems if stem.plan.role in ("chords", "pad", "arpeggio")]
    first = (harmony or [stems[0].plan.name])[0]
    before = set(range(max(0, line - _BEFORE_ENTRY), line))
    away = [own for own in found.values() if before and before <= own.silent]
    for name, own in found.items() if not away else ():
        (own.playing if name == first else own.silent).update(before)
    for own in away:  # others play alone there: "only drums and bass, then all come back"
        own.playing |= behind


def _is_halfway(wish: Wish) -> bool:
    return wish.when is not None and wish.when.edge == "middle" and wish.when.relation == "at"


def _resting(wish: Wish, layout: Layout) -> list[int]:
    """Return the bars of a rest.

    It lasts as many bars of its place as the wish says. Before or after a place they are the bars next to
    it. Where no place is given, they are in the middle of the song; all rest for the bar in which the first
    half of a section ends.
    """
    bars = layout.bars_for(wish)
    if not wish.where.stem and wish.when is None and wish.where.section and not wish.amount:
        places = [layout.bars_of(visit) for visit in layout.visits(wish.where)]
        return [place[max(0, len(place) // 2 - 1)] for place in places]
    relation = wish.when.relation if wish.when is not None else None
    if relation == "before":
        return bars[-int(wish.amount or 1) :]
    if relation == "after" and wish.amount:
        return bars[: int(wish.amount)]
    if not is_song_wide(wish) and not (_is_halfway(wish) and not wish.where.stem):
        return bars[: int(wish.amount)] if wish.amount and wish.when is None else bars
    lasts = int(wish.amount or 1)
    start = bars[0] if _is_halfway(wish) and bars else layout.starts[len(layout.names) // 2]
    return list(range(start, min(start + lasts, layout.end)))


def with_attendance(
    visits: Sequence[VisitPlan], stems: Sequence[PlannedStem], asked: Attendance, layout: Layout
) -> list[VisitPlan]:
    """Return the visits with the stems that must play in them.

    Stems that must be silent in all bars of a visit are left out of it. Stems that the user lists for a
    visit, or keeps out of it, stay as they are.
    """
    found = []
    stays = find_stays(asked, visits, layout)
    for i, visit in enumerate(visits):
        bars = layout.bars_of(i)
        silent = asked.find_away(bars)
        playing = [
            stem
            for stem in stems
            if stem.plan.name not in visit.closed | silent
            and (stem in visit.stems or stem.plan.name in stays[i] or asked.must_play(stem.plan.name, bars))
        ]
        listed = [stem for stem in visit.stems if stem.plan.name in visit.closed]
        kept = [stem for stem in stems if stem in playing or stem in listed]
        if not kept:
            kept = [stem for stem in stems if stem.plan.name not in visit.closed | silent][:1]
        found.append(
            replace(visit, stems=tuple(kept), closed=visit.closed | silent, by_list=visit.by_list - silent)
            if kept
            else visit
        )
    return found


def with_loud_moments(
    visits: Sequence[VisitPlan], usual: Sequence[VisitPlan], wishes: Wishes, layout: Layout
) -> list[VisitPlan]:
    """Return the visits with those who play in them for some loud bars alone silent in all others.

    ``usual`` are the visits with those who would play in them without such bars.
    """
    found = list(visits)
    for i, loud in loud_moments(wishes, layout).items():
        guests = {stem.plan.name for stem in found[i].stems} - {stem.plan.name for stem in usual[i].stems}
        bars = layout.bars_of(i)
        events = [
            event
            for name in sorted(guests)
            for event in _events(name, [bar for bar in bars if bar not in loud], bars)
        ]
        found[i] = replace(found[i], events=(*found[i].events, *events))
    return found


def with_kit_rests(visits: Sequence[VisitPlan], asked: Attendance, layout: Layout) -> list[VisitPlan]:
    """Return the visits with the parts of the drum kit that are silent in some of their bars."""
    found = []
    for i, visit in enumerate(visits):
        own = layout.bars_of(i)
        rests = tuple(
            (KEYS[lane], tuple(bar - own.start for bar in own if bar in bars.silent))
            for lane, bars in sorted(asked.lanes.items())
            if bars.silent & set(own)
        )
        found.append(replace(visit, kit_rests=rests) if rests else visit)
    return found


def with_rests(visits: Sequence[VisitPlan], asked: Attendance, layout: Layout) -> list[VisitPlan]:
    """Return the visits with entries, exits and rests of those who must be silent in some of their bars."""
    found = []
    for i, visit in enumerate(visits):
        bars = layout.bars_of(i)
        events = [
            event
            for stem in visit.stems
            if stem.plan.name not in visit.closed
            for event in _events(stem.plan.name, asked.silent_bars(stem.plan.name, bars), bars)
        ]
        found.append(replace(visit, events=(*visit.events, *events)) if events else visit)
    return found


def _events(stem: str, silent: Sequence[int], bars: range) -> Iterator[Event]:
    """Yield the entries, exits and rests of a stem that is silent in some of a visit's bars."""
    for _, run in groupby(enumerate(sorted(silent)), key=lambda pair: pair[1] - pair[0]):
        inside = [bar for _, bar in run]
        first, last = inside[0], inside[-1]
        if first == bars.start and last == bars.stop - 1:
            continue
        if first == bars.start:
            yield Event(last + 2 - bars.start, "enter", stem)
        elif last == bars.stop - 1:
            yield Event(first + 1 - bars.start, "leave", stem)
        else:
            yield Event(first + 1 - bars.start, "rest", stem, bars=last + 1 - first)
