"""A song as the arranger sees it before it has notes: who there is, and the passages that they play in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from structure.base.types import Role
from structure.plans.events import WHOLE_BAND, Event
from structure.presets.styles import Style


@dataclass(frozen=True, slots=True)
class Member:
    """One stem of the song.

    ``rank`` counts those of its role from 0. ``share`` is the least share of the bars open to it in which
    it is to be heard, 0 for one whom nobody asks for; one that plays ``always`` is one of an exact
    ensemble. One that ``is_short`` never holds its chords, and one that ``keeps_on`` has a figure that
    somebody asked for, and plays all of it.
    """

    name: str
    role: Role
    rank: int = 0
    share: float = 0.0
    always: bool = False
    is_short: bool = False
    keeps_on: bool = False

    @property
    def chair(self) -> tuple[Role, int]:
        """Return its place in a band, whatever it is called."""
        return self.role, self.rank


@dataclass(frozen=True, slots=True)
class Passage:
    """One visit of a section. Bars count from 0, from its downbeat; its shortest bar has ``beats``.

    ``members`` are the names of the stems that play in it, in the song's order; ``closed`` those that may
    not, ``guests`` those that are not there of themselves, and that nobody speaks of. ``lineup`` are those
    who accompany in it in the style's own band. ``seed`` belongs to the section, so that a step which draws
    from it alone lets a return be the same. ``asked`` are the events that the user and the wishes decide,
    ``events`` those that the arranger adds. ``kept`` maps stems to the bars in which a wish wants to hear
    them, and ``stays`` are those who entered before by a wish and rest no more. One that is not ``is_open``
    has only the events that the user writes. ``is_last`` says that the song ends with it, ``repeats`` that
    the user wants it exactly as its section was before, ``is_largest`` that it is the refrain in which all
    who are there play.
    """

    name: str
    kind: str
    index: int
    bars: int
    beats: int
    energy: float
    variation: float
    lift: int
    seed: int
    members: tuple[str, ...]
    asked: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()
    kept: Mapping[str, frozenset[int]] = field(default_factory=dict)
    stays: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    guests: frozenset[str] = frozenset()
    lineup: tuple[Member, ...] = ()
    is_open: bool = True
    is_last: bool = False
    repeats: bool = False
    is_largest: bool = False

    def find_asked(self, name: str) -> list[Event]:
        """Return the events that are asked for of a stem, the whole band's among them."""
        return [event for event in self.asked if event.stem in (name, WHOLE_BAND)]

    def varies(self) -> bool:
        """Return whether it is not the same as the first visit of its section."""
        return self.variation > 0.0

    def with_events(self, events: Iterable[Event]) -> Passage:
        """Return the passage with further events of the arranger, as far as they lie in it.

        A visit that is cut short has only the first of its section's events.
        """
        inside = (event for event in events if event.bar <= self.bars)
        return replace(self, events=tuple(dict.fromkeys((*self.events, *inside))))


@dataclass(frozen=True, slots=True)
class Scene:
    """A song before it has notes. ``passages`` follow each other from the first bar of the song.

    ``seed`` is the song's. ``refused`` are the kinds of events that somebody does not want;
    ``is_ending_asked`` says that somebody says how the song ends; the key may rise where ``is_key_free``.
    Where it slows down at its end, it does so over ``slows_over`` bars.
    """

    members: tuple[Member, ...]
    passages: tuple[Passage, ...]
    style: Style
    seed: int = 0
    refused: frozenset[str] = frozenset()
    is_ending_asked: bool = False
    is_key_free: bool = False
    slows_over: int = 2

    def member(self, name: str) -> Member:
        """Return the stem of a name."""
        return next(member for member in self.members if member.name == name)

    def playing(self, passage: Passage) -> list[Member]:
        """Return the stems that play in a passage, in the song's order."""
        return [member for member in self.members if member.name in passage.members]

    def accompanying(self, passage: Passage) -> list[Member]:
        """Return those of them that do not have a melody."""
        return [member for member in self.playing(passage) if member.role != "lead"]


Step = Callable[[Scene], Scene]
"""One job of the arranger: it returns the scene with more events."""
