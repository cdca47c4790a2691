"""Solos and trades of a visit: who plays its own line when, and who rests meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean

from structure.arrange.context import Player, SectionContext
from structure.arrange.feel import humanise
from structure.arrange.figures import base_meters
from structure.arrange.melody.habits import habits_of as tune_habits
from structure.arrange.melody.instrument import instrument_of, with_breaths
from structure.arrange.solos.drumming import write_drum_solo
from structure.arrange.solos.habits import (
    TWO_HANDED,
    Habits,
    Soloist,
    family_of,
    habits_of,
    paces_of,
    prompt_of,
    pulse_of,
    soloist_of,
)
from structure.arrange.solos.line import write_line
from structure.arrange.swing import apply_swing
from structure.base.exact import Fraction
from structure.base.types import EARLY, Role
from structure.plans.events import Event
from structure.plans.score import Note, Part, in_order

Parts = dict[str, Part]
Span = tuple[Fraction, Fraction]

SOLOISTS: tuple[Role, ...] = ("lead", "arpeggio", "bass", "drums", "chords")
"""Roles that have solos."""

_TRADED = (4, 2)
"""Bars that each of those who trade has, where they come three times at least; else one."""


def with_solo(
    parts: Mapping[str, Part],
    event: Event,
    span: Span,
    ctx: SectionContext,
    players: Sequence[Player],
    seed: int,
) -> Parts:
    """Return the parts with a solo of the stem of an event, else of the first that has a melody.

    Who accompanies stays as it is. ``seed`` is that of what the visit has of its own.
    """
    named = {player.name: player for player in players}
    name = event.stem if event.stem in parts else _first(parts)
    if name is None or parts[name].role not in SOLOISTS or name not in named:
        return dict(parts)
    player, part = named[name], parts[name]
    line = _write_turns(player, part.role, [(span, (0.0, 1.0))], ctx, seed)

    # A player of chords strikes some under its own line with two hands, or where nobody else has any.
    backing = [own for other, own in parts.items() if other != name]
    is_backed = any(own.role in ("chords", "pad", "arpeggio") for own in backing)
    if (
        line
        and part.role == "chords"
        and (not is_backed or family_of(prompt_of(player, ctx), player.role) in TWO_HANDED)
    ):
        start, end = span
        lowest = min(note.pitch for note in line) - _BELOW
        chords = [note for note in part.notes if start <= note.onset + EARLY < end and note.pitch <= lowest]
        kept = set(sorted({note.onset for note in chords})[::2])
        under = [
            replace(note, velocity=max(1, round(_LEFT_HAND * note.velocity)))
            for note in chords
            if note.onset in kept
        ]
        line = sorted([*line, *under], key=in_order)
    return dict(parts) | {name: _replace_spans(part, [span], line)}


_BELOW = 3
"""Semitones that a left hand keeps from the line above it."""

_LEFT_HAND = 0.75
"""What is left of the force of chords under a line of the same player."""


def _tune_pace(ctx: SectionContext) -> float:
    """Return the notes a second that the tune of the song's verses has.

    It is that of the song's habits, and not of the tune that is silent here: whether that one was written
    first makes no other solo.
    """
    habits = tune_habits(ctx, base_meters(ctx.meter)[0])
    a_bar = habits.notes * (1.0 - habits.empty) * math.pow(habits.verse, ctx.style.tune.contrast)
    return a_bar / (float(ctx.meter.bar_quarters) * 60.0 / ctx.tempo_bpm)


_STRONGEST = 2.8
"""How many times the notes of the tune a solo has at least where it is strongest."""

_BOTH, _FLATTEST = 4.0, 0.72
"""The same of both ends together, and of its beginning against its strongest place at most."""


def _first(parts: Mapping[str, Part]) -> str | None:
    return next((name for name, part in parts.items() if part.role == "lead"), None)


def with_trade(
    parts: Mapping[str, Part],
    event: Event,
    span: Span,
    ctx: SectionContext,
    players: Sequence[Player],
    seed: int,
) -> Parts:
    """Return the parts with two players who trade solos in turn.

    The first is the first melody, the second the stem of the event. While somebody trades who has no melody
    all others rest; else other melodies do.
    """
    named = {player.name: player for player in players}
    caller = next((n for n, part in parts.items() if part.role == "lead" and n != event.stem), None)
    others = (n for n, part in parts.items() if part.role in ("lead", "arpeggio") and n != caller)
    replier = event.stem if event.stem in parts else next(others, None)
    if caller is None or replier is None or not {caller, replier} <= set(named):
        return dict(parts)

    # Each turn is a part of one whole solo, so that all grow together.
    turns, (start, end) = turns_of(span, ctx), span
    shares = [(float((a - start) / (end - start)), float((b - start) / (end - start))) for a, b in turns]
    mine, theirs = turns[::2], turns[1::2]
    found = dict(parts)
    for name, own, at in ((caller, mine, shares[::2]), (replier, theirs, shares[1::2])):
        if parts[name].role in SOLOISTS:
            own_turns = list(zip(own, at, strict=True))
            written = _write_turns(named[name], parts[name].role, own_turns, ctx, seed)
            found[name] = _replace_spans(parts[name], own, written)

    # Those who do not trade, or not now, rest.
    is_melodic = parts[replier].role in ("lead", "arpeggio")
    for name, part in found.items():
        silent: Sequence[Span] = ()
        if name == caller:
            silent = theirs
        elif name == replier:
            silent = mine if part.role != "drums" and is_melodic else ()
        elif part.role in ("lead", "arpeggio"):
            silent = [span] if is_melodic or part.role == "lead" else theirs
        elif not is_melodic:
            silent = theirs
        found[name] = _silence(part, silent)
    return found


def turns_of(span: Span, ctx: SectionContext) -> list[Span]:
    """Return the turns of those who trade."""
    start, end = span
    bar = ctx.meter.bar_quarters
    turn = bar * next((n for n in _TRADED if 3 * n <= (end - start) / bar), 1)
    places = [start]
    while places[-1] < end:
        places.append(min(places[-1] + turn, end))
    return list(pairwise(places))


def _write_turns(
    player: Player,
    role: Role,
    turns: Sequence[tuple[Span, tuple[float, float]]],
    ctx: SectionContext,
    seed: int,
) -> list[Note]:
    """Return the notes of a player's turns as they are played, denser than a verse's tune."""
    habits, tune = habits_of(ctx.style.name), _tune_pace(ctx)
    soloist = None if role == "drums" else soloist_of(player, ctx)
    if soloist is not None:
        # The pace leaves the tune behind, if the player can.
        slow, fast = habits.pace
        fast = max(fast, _STRONGEST * tune)
        densest = max(paces_of(pulse_of(ctx)).values()) * ctx.tempo_bpm / 60.0
        fast = most = min(fast, soloist.fastest, densest)
        slow = max(slow, min(_BOTH * tune - most, _FLATTEST * most))
        habits = replace(habits, pace=(slow, fast))

    notes: list[Note] = []
    if soloist is None:
        for index, ((start, end), forces) in enumerate(turns):
            rng = ctx.rng("solo", ctx.style.name, player.name, seed, index)
            notes += write_drum_solo(ctx, start, end, rng, forces)
    else:
        notes = _best_take(player, soloist, habits, turns, ctx, tune, seed)
    written = sorted(apply_swing(notes, ctx.style.swing, ctx.meter), key=in_order)
    return sorted(humanise(written, role, ctx, ctx.rng(player.name, "feel")), key=in_order)


def _best_take(
    player: Player,
    soloist: Soloist,
    habits: Habits,
    turns: Sequence[tuple[Span, tuple[float, float]]],
    ctx: SectionContext,
    tune: float,
    seed: int,
) -> list[Note]:
    """Return the turns of a pitched soloist in the first take that builds in every way.

    Where none does it is the one that builds in the most.
    """
    notes: list[Note] = []
    most = -1
    for take in range(_TAKES):
        line: list[Note] = []
        for index, ((start, end), forces) in enumerate(turns):
            rng = ctx.rng("solo", ctx.style.name, player.name, seed, index, *([take] if take else []))
            line += write_line(ctx, soloist, habits, start, end, rng, forces)
        line = with_breaths(sorted(line, key=in_order), instrument_of(player, ctx), ctx)
        built = _count_builds(line, (turns[0][0][0], turns[-1][0][1]), ctx, tune)
        if built > most:
            notes, most = line, built
        if most == _BUILDS:
            break
    return notes


_TAKES = 5
"""Takes of which a soloist keeps the first that builds in every way."""

_BUILDS = 3
"""The ways in which a solo builds."""

_DENSER = 1.4
"""How many times the strokes of a tune a solo has as a whole."""


def _count_builds(notes: Sequence[Note], span: Span, ctx: SectionContext, tune: float) -> int:
    """Return in how many ways a solo builds.

    These are a last third that is denser than the first, one that is higher, and more strokes than the tune
    has, of which there are ``tune`` a second.
    """
    start, end = span
    third = (end - start) / 3
    first = [note for note in notes if note.onset < start + third]
    last = [note for note in notes if note.onset >= end - third]
    if not first or not last:
        return 0
    strokes, before, after = ({note.onset for note in own} for own in (notes, first, last))
    is_higher = mean(note.pitch for note in last) > mean(note.pitch for note in first)
    wanted = _DENSER * tune * float(end - start) * 60.0 / ctx.tempo_bpm
    return (len(after) > len(before)) + is_higher + (len(strokes) >= wanted)


def _silence(part: Part, spans: Sequence[Span]) -> Part:
    """Return a part without what begins in some spans; what sounds into one ends where it begins."""
    if not spans:
        return part
    kept = []
    for note in part.notes:
        if any(start <= note.onset + EARLY < end for start, end in spans):
            continue
        cut = min((start for start, _ in spans if note.onset < start < note.end), default=note.end)
        kept.append(note if cut == note.end else replace(note, duration=cut - note.onset))
    return replace(part, notes=tuple(kept))


def _replace_spans(part: Part, spans: Sequence[Span], notes: Iterable[Note]) -> Part:
    """Return a part with other notes in some spans."""
    kept = _silence(part, spans).notes
    return replace(part, notes=tuple(sorted((*kept, *notes), key=in_order)))


Writer = Callable[[Mapping[str, Part], Event, Span, SectionContext, Sequence[Player], int], Parts]
"""How the solos of an event are written into the parts of a visit."""
