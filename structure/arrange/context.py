"""What the writers of all roles need to know of a section."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from statistics import fmean
from typing import Literal

from structure.arrange.figures import (
    HOLD,
    REST,
    Event,
    Figure,
    FigureSet,
    base_meters,
    load_figures,
    strong_positions,
)
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.sampling import generator
from structure.base.seeds import derive_seed
from structure.base.types import Role
from structure.harmony.keys import Key
from structure.plans.given import Given, Manner
from structure.plans.score import ChordEvent
from structure.presets.moods import NEUTRAL, Feeling
from structure.presets.styles import FigureTable, Level, Style, Voicing

MID_FROM = 0.4
HIGH_FROM = 0.7
"""Energies from which figures of the middle and the high level are played."""

_BUSIER = 0.3
"""Energy to which a mood that is denser, or less, is equal in the choice of figures."""

_HIGHER = 5
"""Semitones by which a mood moves the middle of each part."""

REGISTERS: dict[Role, tuple[int, int]] = {
    "bass": (28, 55),
    "chords": (48, 76),
    "pad": (48, 79),
    "arpeggio": (55, 88),
    "lead": (52, 84),
}
"""Lowest and highest MIDI pitch of each pitched role."""

_onset = attrgetter("onset")


def level_of(energy: float) -> Level:
    """Return how busy a section of this energy (0…1) is."""
    return "low" if energy < MID_FROM else "mid" if energy < HIGH_FROM else "high"


Texture = Literal["full", "left_hand", "hand", "thumb", "voice", "family", "riff"]
"""How much of its role a player has: all of it; bass and chords of one hand; chords of one hand; bass and
broken chords under a tune on the same guitar; one of the inner voices of a setting in four parts; what a
family of an orchestra doubles and answers; or the riff of the guitar, for the bass of a trio that rocks."""


@dataclass(frozen=True)
class Player:
    """A stem as its writer sees it.

    ``rank`` counts the song's stems of one role from 0. ``prompt`` tells what instrument it is, where the
    style's own stem of that name does not. A further lead that ``follows`` goes with the melody in all
    sections, and not in refrains alone. ``voice`` counts the inner voices from the lowest, from 0. ``span``
    is its lowest and highest MIDI pitch, None where its instrument tells. ``without`` are the lanes of a
    groove that it does not play, ``adds`` those that it always plays. One that ``counters`` has a line of
    its own where the tune rests. ``take`` counts the ways in which it may play a section, from 1.
    """

    name: str
    role: Role
    rank: int = 0
    voicing: Voicing = "close"
    prompt: str = ""
    follows: bool = False
    texture: Texture = "full"
    voice: int = 0
    span: tuple[int, int] | None = None
    without: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    counters: bool = False
    take: int = 1


@dataclass(frozen=True)
class SectionContext:
    """A section identity before it has notes.

    ``seed`` belongs to the identity. ``ends_song`` says that nothing follows it and that it is heard only
    once. ``feeling`` is which way the mood moves its notes. ``song_seed`` is the song's, from which come
    the habits that all its sections have; None where the section stands alone. ``rests`` is where its tune
    rests or holds, for drums that answer it: spans in quarters. ``take`` counts the ways in which one
    player may play it, from 1. ``band`` is the section as all other players have it, where this is another
    take than the first. ``given`` are notes of the user's own in it, ``manner`` how the tunes go that the
    user gives anywhere in the song.
    """

    name: str
    kind: str
    bars: int
    meter: Meter
    tempo_bpm: float
    key: Key
    chords: tuple[ChordEvent, ...]
    energy: float
    seed: int
    style: Style
    ends_song: bool = False
    feeling: Feeling = NEUTRAL
    song_seed: int | None = None
    rests: tuple[tuple[Fraction, Fraction], ...] = ()
    band: SectionContext | None = None
    take: int = 1
    given: Given | None = None
    manner: Manner | None = None

    @cached_property
    def length(self) -> Fraction:
        """Return the length in quarters."""
        return self.bars * self.meter.bar_quarters

    @property
    def level(self) -> Level:
        """Return how busy the section is; a mood may thin it out or fill it."""
        return level_of(self.energy + _BUSIER * self.feeling.density)

    @property
    def shift(self) -> int:
        """Return the semitones by which a mood moves the pitched parts up or down."""
        return round(_HIGHER * self.feeling.register)

    @cached_property
    def final_onset(self) -> Fraction:
        """Return where the last chord of the song is struck and held, in a section that ends it."""
        last = self.chords[-1]
        final_bar = self.length - self.meter.bar_quarters
        if last.onset > final_bar:
            return last.onset
        same_before = len(self.chords) > 1 and self.chords[-2].symbol == last.symbol
        return self.chords[-2].onset if same_before and self.bars >= 4 else max(last.onset, final_bar)

    @property
    def figures_end(self) -> Fraction:
        """Return where figures and lines end: at the last chord of the song, else at the section's end."""
        return self.final_onset if self.ends_song else self.length

    def for_take(self, player: Player) -> SectionContext:
        """Return the section for a take of a player: itself for the first one, else with another seed.

        A lead keeps the habits of the song's tunes; other players may take up other figures.
        """
        if player.take == 1:
            return self
        take = ("take", player.name, player.take)
        habits = self.song_seed
        if habits is not None and player.role != "lead":
            habits = derive_seed(habits, *take)
        return replace(
            self, seed=derive_seed(self.seed, *take), song_seed=habits, band=self, take=player.take
        )

    def of_band(self) -> SectionContext:
        """Return the section as the other players see it, whichever take this one is."""
        return self if self.band is None else self.band

    def rng(self, *parts: int | str) -> random.Random:
        """Return a random generator that belongs to this section and the names in ``parts``."""
        return generator(self.seed, *parts)

    def habit(self, *parts: int | str) -> random.Random:
        """Return a random generator for the song and the names in ``parts``: the same in all sections."""
        return generator(self.seed if self.song_seed is None else self.song_seed, *parts)

    def velocity(self, base: float) -> int:
        """Return a MIDI velocity, scaled by the section's energy."""
        return max(1, min(127, round(base * (0.74 + 0.34 * self.energy))))

    @cached_property
    def _strong(self) -> tuple[Fraction, ...]:
        return strong_positions(self.meter)

    def is_accented(self, onset: Fraction) -> bool:
        """Return whether an onset is on a strong beat of a bar."""
        return onset % self.meter.bar_quarters in self._strong

    def is_downbeat(self, onset: Fraction) -> bool:
        """Return whether an onset is on the first beat of a bar."""
        # In integers, since every note asks.
        bar = self.meter.bar_quarters
        return onset.numerator * bar.denominator % (onset.denominator * bar.numerator) == 0

    def is_refrain(self) -> bool:
        """Return whether the section is a chorus or takes the place of one (a drop or a hook)."""
        return self.kind in ("chorus", "drop", "hook")


def choose_names(table: FigureTable, ctx: SectionContext, *what: str) -> dict[str, str]:
    """Return the name of one figure of the section's level for each base metre that its metre needs.

    It is drawn at random for the section and the names in ``what``. Later takes have the figures after that
    one in turn.
    """
    point = ctx.of_band().rng(*what).random()
    chosen: dict[str, str] = {}
    for base in base_meters(ctx.meter):
        names = table[base].get(ctx.level) or table[base]["mid"]
        chosen[base] = names[(int(point * len(names)) + ctx.take - 1) % len(names)]
    return chosen


_AS_BUSY = 0.9
"""Share of the strokes that quiet figures have on average that a loud one has at least."""


def choose_figure(
    role: Role, table: FigureTable, ctx: SectionContext, *what: str, kicks: float = 0.0
) -> dict[str, str]:
    """Return the names of figures of a pitched role, chosen by :func:`choose_names`.

    A loud section takes another figure of its level where the chosen one has fewer strokes than quiet
    sections have on average: what grows louder does not become emptier. ``kicks`` are the strokes a bar of
    figures that have the kick drum's rhythm.
    """
    chosen = choose_names(table, ctx, *what)
    if ctx.level != "high":
        return chosen
    known = load_figures(role)

    def strokes(name: str) -> float:
        pattern = str(known[name]["pattern"])
        if pattern == "kick":
            return kicks
        return sum(sign not in (REST, HOLD, "|") for sign in pattern) / (pattern.count("|") + 1)

    for base, name in chosen.items():
        names, quiet = table[base].get("high") or table[base]["mid"], table[base].get("low")
        least = _AS_BUSY * fmean(map(strokes, quiet)) if quiet else 0.0
        at = names.index(name)
        in_turn = (*names[at:], *names[:at])
        chosen[base] = next((one for one in in_turn if strokes(one) >= least), name)
    return chosen


def own_table(player: Player, table: FigureTable, ctx: SectionContext) -> FigureTable:
    """Return the style's table for a role, with a stem's own figures in the metres that it has some for."""
    own = next((stem.figures for stem in ctx.style.stems if stem.name == player.name), ())
    known = load_figures(player.role) if own else {}
    found = dict(table)
    for base in {known[name]["meter"] for name in own}:
        names = tuple(name for name in own if known[name]["meter"] == base)
        found[base] = {"low": names, "mid": names, "high": names}
    return found


def choose_figures(role: Role, table: FigureTable, ctx: SectionContext, *what: str) -> FigureSet:
    """Return the figures of a role, chosen by :func:`choose_figure`."""
    return {
        base: Figure.of(base, load_figures(role)[name]["pattern"])
        for base, name in choose_figure(role, table, ctx, *what).items()
    }


def split_at_chords(event: Event, chords: tuple[ChordEvent, ...]) -> list[tuple[Event, ChordEvent]]:
    """Return an event cut where the chord changes under it, each piece with its chord."""
    end = event.onset + event.duration
    pieces = []
    first = max(0, bisect_right(chords, event.onset, key=_onset) - 1)
    if first < len(chords) and (first + 1 == len(chords) or chords[first + 1].onset >= end):
        chord = chords[first]  # most events lie under one
        if chord.onset <= event.onset and end <= chord.end:
            return [(event, chord)]
    for chord in chords[first:]:
        if chord.onset >= end:
            break
        start, stop = max(event.onset, chord.onset), min(end, chord.end)
        if start < stop:
            pieces.append((Event(start, stop - start, event.sign), chord))
    return pieces
