"""What changes in the mix over time, as curves: from the moves of the mix, placed in the song.

A curve belongs to the mix alone: no clip is made anew for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from structure.base.errors import PlanError, did_you_mean
from structure.base.types import Role
from structure.plans.plan import SongPlan, Visit
from structure.presets.mixes import Move

Parameter = Literal[
    "gain_db", "low_pass_hz", "high_pass_hz", "width", "reverb", "delay", "tape", "presence_db"
]

OPEN_HZ = 18_000.0
"""A low-pass filter here lets everything through."""

SHUT_HZ = 20.0
"""So does a high-pass filter here."""

FADED_DB = -60.0
"""Where a fade begins or ends; beyond it there is silence."""

_UNHEARD_DB = -12.0
"""Notes that fade by more than this may be too soft to be told."""

_LOWEST_HZ = 200.0
_HIGHEST_HZ = 800.0
_HEARD_THROUGH: tuple[Role, ...] = ("lead", "vocals")
_GIVE_WAY_RAMP = Fraction(1, 8)
_LINE_REST = Fraction(1)
"""A line ends where a stem rests for as many quarters."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How a parameter of a stem moves.

    ``points`` are (quarters from bar 1, value), with straight lines in between, in octaves for filters.
    Before the first and after the last, the parameter is as without the curve. Gains are in dB, and widths
    are factors of the side. Sends are levels from 0 to 1, and so is the tape's speed.
    """

    stem: str
    parameter: Parameter
    points: tuple[tuple[Fraction, float], ...]

    @property
    def is_lift(self) -> bool:
        """Return whether it is a level that is as far from the usual one throughout."""
        return self.parameter == "gain_db" and self.points[0][1] == self.points[-1][1]


def song_curves(plan: SongPlan) -> tuple[Curve, ...]:
    """Return all curves of a song's mix: what gives way to the tune, then its moves in their order."""
    return (*_giving_way(plan, plan.visits), *_moves(plan, plan.visits))


def unheard_bars(plan: SongPlan, stem: str) -> set[int]:
    """Return the bars, from 0, in which moves of the mix let a stem's notes fade or slow.

    There, they need not be heard as planned.
    """
    found: set[int] = set()
    for curve in _moves(plan, plan.visits):
        lowest = min(value for _, value in curve.points)
        if curve.stem == stem and (
            curve.parameter == "tape" or (curve.parameter == "gain_db" and lowest < _UNHEARD_DB)
        ):
            first, last = curve.points[0][0], curve.points[-1][0]
            bars = range(plan.bars)
            found |= {
                bar
                for bar in bars
                if plan.grid.quarters_at_bar(bar) < last and plan.grid.quarters_at_bar(bar + 1) > first
            }
    return found


def moves_in(plan: SongPlan, stem: str, visit: Visit) -> list[tuple[Parameter, tuple[object, ...]]]:
    """Return how the mix moves a stem in a visit, in quarters from its start.

    The results are equal where it moves alike.
    """
    start, end = plan.position_quarters(visit), plan.grid.quarters_at_bar(visit.end_bar)
    return [
        (curve.parameter, tuple((min(place, end) - start, value) for place, value in curve.points))
        for curve in (*_giving_way(plan, [visit]), *_moves(plan, [visit]))
        if curve.stem == stem
    ]


def _moves(plan: SongPlan, visits: Sequence[Visit]) -> Iterator[Curve]:
    return (
        curve
        for move in plan.mix.moves
        for visit in visits
        if _is_in(move, visit)
        for name in _stems(plan, move)
        for curve in _curves(plan, move, visit, name)
    )


def _giving_way(plan: SongPlan, visits: Sequence[Visit]) -> Iterator[Curve]:
    """Yield how each stem that accompanies gives way, from 1 to 4 kHz, while somebody has the tune."""
    shares = {
        stem.name: plan.mix.strips[stem.role].gives_way
        for stem in plan.stems
        if stem.role in plan.mix.strips
    }
    depths = {name: plan.mix.give_way_db * share for name, share in shares.items() if share}
    if plan.mix.give_way_db <= 0.0 or not depths:
        return

    for visit in visits:
        # when somebody has the tune, over short rests, in quarters from the visit's start
        parts = [part for part in visit.music.score.parts.values() if part.role in _HEARD_THROUGH]
        spans: list[tuple[Fraction, Fraction]] = []
        for note in sorted((note for part in parts for note in part.notes), key=lambda note: note.onset):
            first, last = max(Fraction(0), note.onset), note.onset + note.duration
            if spans and first - spans[-1][1] <= _LINE_REST:
                spans[-1] = (spans[-1][0], max(spans[-1][1], last))
            else:
                spans.append((first, last))

        start, end = plan.position_quarters(visit), plan.grid.quarters_at_bar(visit.end_bar)
        points = [
            (min(end, max(start, place)), level)
            for first, last in spans
            for place, level in (
                (start + first - _GIVE_WAY_RAMP, 0.0),
                (start + first, -1.0),
                (start + last, -1.0),
                (start + last + _GIVE_WAY_RAMP, 0.0),
            )
        ]
        if points:
            # a curve for each visit, from its first sample on: a section that returns gives way as it did
            whole = ((start, 0.0), *points, (end, 0.0))
            for name, depth in depths.items():
                if depth and name in visit.music.score.parts:
                    yield Curve(
                        name, "presence_db", tuple((place, depth * share) for place, share in whole)
                    )


def with_checked_moves(plan: SongPlan) -> SongPlan:
    """Check the moves of a plan's mix and return the plan.

    Raises PlanError, with a suggestion, for a move whose section or stem the song does not have.
    """
    sections = {visit.place.name: None for visit in plan.visits} | {
        visit.place.label: None for visit in plan.visits
    }
    stems = [stem.name for stem in plan.stems]
    for number, move in enumerate(plan.mix.moves):
        field = f"mix.moves[{number}]"
        if not any(_is_in(move, visit) for visit in plan.visits):
            raise PlanError(
                f"{field}.section: the song has no section {move.section!r}",
                field=f"{field}.section",
                hint=did_you_mean(move.section or "", sections),
            )
        if not _stems(plan, move):
            raise PlanError(
                f"{field}.stem: the song has no stem {move.stem!r}",
                field=f"{field}.stem",
                hint=did_you_mean(move.stem, stems),
            )
    return plan


def _is_in(move: Move, visit: Visit) -> bool:
    wanted = move.section
    return wanted is None or wanted.casefold() in (
        visit.place.name.casefold(),
        visit.place.label.casefold(),
    )


def _stems(plan: SongPlan, move: Move) -> list[str]:
    """Return whose move it is: a stem's, those of a role, or all."""
    return [stem.name for stem in plan.stems if move.stem in ("all", stem.name, stem.role)]


def _curves(plan: SongPlan, move: Move, visit: Visit, stem: str) -> Iterator[Curve]:
    start, end = plan.position_quarters(visit), plan.grid.quarters_at_bar(visit.end_bar)
    bars = min(visit.bars, move.bars or (1 if move.do == "tape_stop" else visit.bars))
    late = plan.grid.quarters_at_bar(visit.end_bar - bars)
    far = move.far

    def from_to(parameter: Parameter, first: float, last: float) -> Iterator[Curve]:
        # what rings after the song's end stays as the curve ends
        held = (
            ((plan.grid.quarters_at_sample(plan.total_samples), last),)
            if visit.end_bar == plan.bars
            else ()
        )
        yield Curve(stem, parameter, ((late, first), (end, last), *held))

    match move.do:
        case "sweep":
            yield from from_to("low_pass_hz", OPEN_HZ * (_LOWEST_HZ / OPEN_HZ) ** far, OPEN_HZ)
        case "rise":
            yield from from_to("high_pass_hz", SHUT_HZ, SHUT_HZ * (_HIGHEST_HZ / SHUT_HZ) ** far)
        case "wash":
            sent = next(float(one.reverb) for one in plan.stems if one.name == stem)
            yield from from_to("reverb", sent, far)
        case "widen":
            yield from from_to("width", 1.0 + far, 1.0 + far)
        case "narrow":
            yield from from_to("width", 1.0 - far, 1.0 - far)
        case "lift":
            yield from from_to("gain_db", far, far)
        case "fade_out":
            yield from from_to("gain_db", 0.0, far * FADED_DB)
        case "fade_in":
            after = plan.grid.quarters_at_bar(visit.place.start_bar + bars)
            yield Curve(stem, "gain_db", ((start, far * FADED_DB), (after, 0.0)))
        case "tape_stop":
            yield from from_to("tape", 1.0, 0.0)
        case "throw":
            # the last note of each line, from its start to its end
            part = visit.music.score.parts.get(stem)
            notes = sorted(part.notes, key=lambda note: note.onset) if part else []
            for note, following in zip(notes, [*notes[1:], None], strict=False):  # none where all rest
                begin = start + max(Fraction(0), note.onset)
                stop = start + note.onset + note.duration
                is_last = following is None or start + following.onset - stop >= _LINE_REST
                if is_last and begin >= late:
                    yield Curve(stem, "delay", ((begin, far), (min(stop, end), far)))
