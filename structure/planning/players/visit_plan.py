"""One visit of a section before it has notes."""

from __future__ import annotations

from dataclasses import dataclass

from structure.harmony.keys import Key
from structure.planning.players.stems import PlannedStem
from structure.plans.events import Event
from structure.plans.given import Given
from structure.presets.moods import NEUTRAL, Feeling
from structure.specs.spec import InitSpec, RepaintSpec, TakeSpec
from structure.tempo.frames import Frame


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """One visit without notes; see :class:`structure.plans.plan.Visit`."""

    name: str
    label: str
    index: int
    energy: float
    variation: float
    lift: int
    stems: tuple[PlannedStem, ...]
    effects: tuple[PlannedStem, ...] = ()
    """Stems of effects that may sound; they are no players."""

    morph_to: str | None = None
    init: InitSpec | None = None
    repaint: RepaintSpec | None = None
    lyrics: str = ""
    events: tuple[Event, ...] = ()
    kit_rests: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Keys of the drum kit, and the bars, from 0, in which they are not struck."""

    force: float = 1.0
    """Share of the force of its section with which it is played."""

    keeps_energy: bool = False
    """Whether the user writes how strong it is, and otherwise than wishes say."""

    grooves: tuple[str, ...] = ()
    """Names of the grooves that it has instead of the style's, one over another."""

    harmonies: tuple[str, ...] = ()
    """Words for the harmony that it has instead of the style's, one over another."""

    feeling: Feeling = NEUTRAL
    """Which way the mood that is asked for in this visit alone moves it."""

    drones: tuple[str, ...] = ()
    """Names of the stems that hold one note."""

    bars: int | None = None
    """Its bars, where it is longer or shorter than its section."""

    takes: tuple[tuple[str, TakeSpec], ...] = ()
    """Names of stems that have other takes than the first, and which, in the order of the stems."""

    closed: frozenset[str] = frozenset()
    """Names of the stems that may not play here: the user lists others, or mutes them."""

    by_list: frozenset[str] = frozenset()
    """Those of them that nothing closes but a list of who plays: where the planner writes its own choices
    down, everybody might have played."""

    frame: Frame | None = None
    """Its metre and tempo; its section's where there is none."""

    key: Key | None = None
    """Its key, where it is not that of its section, nor that one moved up or down."""

    given: Given | None = None
    """The notes in it that the user gives; with some of its own it is written at its own length."""

    prepares_lift: bool = False
    """Whether it turns to the key of the next visit, which is lifted, at its end."""
