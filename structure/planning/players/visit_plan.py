"""One visit of a section before it has notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from structure.base.types import Unwanted, Way
from structure.harmony.keys import Key
from structure.planning.players.stems import PlannedStem
from structure.plans.events import Event
from structure.plans.given import Given
from structure.presets.moods import NEUTRAL, Feeling
from structure.specs.backend import BackendSpec
from structure.specs.spec import InitSpec, RepaintSpec, TakeSpec
from structure.tempo.frames import Frame

CompRange = tuple[int, int, TakeSpec]
"""The first bar of a take, counted from 0, the bar after its last one, and the take."""


class OwnMusic(NamedTuple):
    """The chords, the seed and the style that a visit has of its own.

    With chords it also has a number of bars, where that is not its section's. In its own style it may keep
    the chords and the tune of its section.
    """

    chords: str | None = None
    seed: int | None = None
    bars: int | None = None
    genre: str | None = None
    keeps_theme: bool = False


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
    backend: BackendSpec | None = None
    """What plays it, save stems that have a backend of their own, where that is not the song's."""

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

    ways: tuple[tuple[str, Way | Unwanted], ...] = ()
    """Names of stems, and ways in which they are to be played or not."""

    bars: int | None = None
    """Its bars, where it is longer or shorter than its section."""

    chords: str | None = None
    """The chords that the user writes for it, instead of those of its section."""

    seed: int | None = None
    """The seed that the user gives it, instead of that of its section."""

    genre: str | None = None
    """The style whose music it plays, where that is not the song's."""

    keeps_theme: bool = False
    """Whether it has the chords and the tune of its section all the same."""

    prompt: str | None = None
    """Words that the sound of its stems has besides their own."""

    takes: tuple[tuple[str, TakeSpec], ...] = ()
    """Names of stems that have other takes than the first, and which, in the order of the stems."""

    comps: tuple[tuple[str, tuple[CompRange, ...]], ...] = ()
    """Names of stems that have their bars from several takes, and which, in the order of the stems."""

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

    figure: str = ""
    """What a variation makes of the notes of its theme, or who has it; see
    :class:`structure.presets.forms.FormVisit`."""

    turns: bool = False
    """Whether it goes to the other mode on its tonic."""

    @property
    def own_music(self) -> OwnMusic:
        """Return what its section is written anew for."""
        return OwnMusic(
            self.chords, self.seed, None if self.chords is None else self.bars, self.genre, self.keeps_theme
        )
