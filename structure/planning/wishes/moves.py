"""What moves in a song's mix without being written down: by its events, by wishes, and by its mix's habits.

A move belongs to a section, so that it returns with it. Events of the arrangement come first, then wishes;
the habits of a preset do what neither says, a little of it each, and nothing in a song whose spec has moves
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from structure.base.labels import REFRAINS, kind_of
from structure.base.types import Role
from structure.forms.places import Layout
from structure.plans.plan import SongPlan, Visit
from structure.presets.mixes import USUAL_AMOUNTS, MixSpec, Move, MoveKind, load_habits
from structure.specs.moves import find_move
from structure.specs.wishes import When, Where, Wish

_TUNES: tuple[Role, ...] = ("lead", "vocals")
_BED: tuple[Role, ...] = ("pad", "chords", "arpeggio")
_MOVED: dict[MoveKind, tuple[Role, ...]] = {
    "sweep": _BED,
    "throw": _TUNES,
    "wash": (*_TUNES, *_BED),
    "widen": _BED,
    "narrow": _BED,
    "lift": _TUNES,
}
"""Who moves, where nobody is named; of a tape stop, and of other kinds, the whole band."""

_APART = ("bridge", "breakdown", "interlude")
"""Kinds of section in which the reverb opens."""

_GROWS = 0.1
"""Energy by which a refrain is at least stronger than the section that opens into it."""

_LONG, _SHORT = 4, 2
"""Bars of a sweep and of throws at a section's end, and in sections of less than eight."""

_WIDEST = 0.64
"""No strip becomes wider than this: a listener in mono loses 1.5 dB of it."""

_LEAST_WIDER = 0.1

Called = Callable[[str], Collection[str]]
"""Gives the names of the stems that some words mean."""


@dataclass(frozen=True, slots=True)
class _Song:
    plan: SongPlan
    layout: Layout

    def section_of(self, visits: Collection[int], visit: int) -> str:
        """Return what names a visit: its section, where all visits of that are among ``visits``."""
        place = self.plan.visits[visit].place
        mine = {i for i, name in enumerate(self.layout.names) if name == place.name}
        return place.name if mine <= set(visits) else place.label

    def playing(self, visit: Visit, roles: Collection[Role]) -> list[str]:
        """Return the stems of some roles that play in a visit."""
        parts = visit.music.score.parts
        return [stem.name for stem in self.plan.stems if stem.role in roles and stem.name in parts]


def with_moves(
    plan: SongPlan, spec: MixSpec, wishes: Sequence[Wish], layout: Layout, called: Called
) -> SongPlan:
    """Return a plan whose mix moves as its events, its wishes and its preset's habits have it.

    ``spec`` says what the user wrote of the mix: habits do nothing where moves are among it.
    """
    song = _Song(plan, layout)
    found = list(plan.mix.moves)
    refused = {"sweep" for wish in wishes if wish.what == "sweep" and wish.polarity in ("avoid", "less")}
    refused |= {find_move(wish) or "" for wish in wishes if wish.polarity in ("avoid", "less")}
    sources = [_of_wishes(song, wishes, called)]
    if spec.moves is None:
        habits = {kind: far for kind, far in load_habits(plan.mix.preset).items() if kind not in refused}
        sources = [_of_events(song), *sources, _of_habits(song, habits)]
    for source in sources:
        for move in source:
            if not any(_is_same_place(move, other) for other in found):
                found.append(move)
    return replace(plan, mix=plan.mix.model_copy(update={"moves": tuple(found)}))


def _is_same_place(one: Move, other: Move) -> bool:
    """Return whether two moves move the same of a stem in a section."""
    width = ("widen", "narrow")
    is_alike = one.do == other.do or (one.do in width and other.do in width)
    return is_alike and one.section == other.section and one.stem == other.stem


def _of_events(song: _Song) -> Iterator[Move]:
    """Yield the sweeps of a filter that go with sweeps that lead to the end of a section."""
    swept: dict[int, int] = {}
    for i, visit in enumerate(song.plan.visits):
        for event in visit.music.events:
            if event.do == "sweep" and event.bar - 1 + (event.bars or 1) >= visit.bars:
                swept[i] = max(swept.get(i, min(_SHORT, visit.bars)), visit.bars - event.bar + 1)
    for i, bars in swept.items():
        for stem in song.playing(song.plan.visits[i], _MOVED["sweep"]):
            yield Move(do="sweep", section=song.section_of(swept, i), stem=stem, bars=bars)


def _of_wishes(song: _Song, wishes: Sequence[Wish], called: Called) -> Iterator[Move]:
    """Yield what wishes ask for, in each visit of their places."""
    for wish in wishes:
        do = find_move(wish)
        if do is None or wish.polarity in ("avoid", "less"):
            continue
        visits = _places_of(song.layout, wish, do)
        for i in visits:
            section = song.section_of(visits, i)
            if do == "tape_stop":
                yield Move(do=do, section=section)
                continue
            visit = song.plan.visits[i]
            named = () if wish.where.stem is None else called(wish.where.stem)
            stems = [name for name in visit.music.score.parts if name in named]
            stems = stems or song.playing(visit, _MOVED[do]) or song.playing(visit, _TUNES)
            for stem in stems:
                yield Move(do=do, section=section, stem=stem, amount=USUAL_AMOUNTS[do])


def _places_of(layout: Layout, wish: Wish, do: MoveKind) -> list[int]:
    """Return the visits in which a wish is for something; a tape stops at the end of one of them."""
    if do != "tape_stop":
        return layout.visits(wish.where)
    line = layout.line(wish.when or When(edge="end"), wish.where)
    if line is None or (wish.when is None and wish.where == Where()):
        return [len(layout.names) - 1]
    return [layout.visit_at(max(0, line - 1))]


def _of_habits(song: _Song, habits: dict[MoveKind, float]) -> Iterator[Move]:
    """Yield what moves by itself, once for each section that it moves in."""
    visits = song.plan.visits
    for name in dict.fromkeys(song.layout.names):
        mine = [i for i, other in enumerate(song.layout.names) if other == name]
        first, kind = visits[mine[0]], kind_of(name) or name
        late = _LONG if first.bars >= 2 * _LONG else _SHORT
        after = [visits[i + 1] for i in mine if i + 1 < len(visits)]
        opens = len(after) == len(mine) and all(
            (kind_of(other.place.name) or other.place.name) in REFRAINS
            and other.music.energy >= first.music.energy + _GROWS
            for other in after
        )
        places: dict[MoveKind, bool] = {
            "sweep": opens and kind not in REFRAINS,
            "throw": mine[-1] + 1 < len(visits),
            "wash": kind in _APART,
            "widen": kind in REFRAINS,
            "narrow": kind == "verse",
            "lift": kind in REFRAINS,
        }
        for do, far in habits.items():
            if not places.get(do):
                continue
            stems = song.playing(first, _MOVED[do])
            if do == "wash":  # the tune's; where nobody has it, everybody's
                stems = song.playing(first, _TUNES) or stems
            for stem in stems:
                amount = _wider(song, stem, far) if do == "widen" else far
                bars = late if do in ("sweep", "throw") else None
                if amount:
                    yield Move(do=do, section=name, stem=stem, bars=bars, amount=amount)


def _wider(song: _Song, stem: str, far: float) -> float:
    """Return how far a stem may be widened for a listener in mono; 0 where it would not be heard."""
    mix = song.plan.mix
    role = next(one.role for one in song.plan.stems if one.name == stem)
    width = mix.strips[role].width
    room = round(min(far, _WIDEST / width - 1.0), 2) if width else 0.0
    return room if room >= _LEAST_WIDER else 0.0
