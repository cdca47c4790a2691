"""Where in each visit the notes lie that the user gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from structure.base.errors import PlanError, did_you_mean
from structure.base.grid import Meter
from structure.forms.places import Layout
from structure.planning.given.pieces import Piece, piece_of
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.given import Given, GivenPart, Stretch
from structure.plans.score import ChordEvent, Note, in_order
from structure.specs.spec import SectionSpec, SongSpec


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece that a stem plays in a visit; ``at`` is the bar of the piece in which the visit begins."""

    stem: PlannedStem
    piece: Piece
    at: int = 0
    is_song: bool = False


def with_given(
    plans: Sequence[VisitPlan],
    plain: Sequence[VisitPlan],
    spec: SongSpec,
    stems: Sequence[PlannedStem],
    layout: Layout,
) -> list[VisitPlan]:
    """Return the visits with the parts that are given in them, and those who play these among the players.

    ``plain`` are the visits as they are asked for: a key to which only the arranger lifts them is not for
    notes that are kept. Raises PlanError for a stem that is not there, and for a part that does not fit
    into its section.
    """
    if not spec.has_parts:
        return list(plans)
    found = []
    for number, plan in enumerate(plans):
        parts = list(_parts(spec, plan, number, stems, layout))
        here = _with_parts(plan, parts, number, stems, layout)
        found.append(replace(here, lift=plain[number].lift) if here.given else here)
    return found


def _parts(
    spec: SongSpec, plan: VisitPlan, number: int, stems: Sequence[PlannedStem], layout: Layout
) -> Iterator[_Part]:
    """Yield the parts of a visit: for each stem its own, else its section's, else the song's.

    Stems that are kept out of the visit have none.
    """
    own = spec.form[number].parts if isinstance(spec.form, tuple) else {}
    section = spec.sections.get(plan.name, SectionSpec()).parts
    levels = [
        (spec.parts, "parts", layout.starts[number]),
        (section, f"sections.{plan.name}.parts", None),
        (own, f"form[{number + 1}].parts", None),
    ]
    chosen: dict[str, _Part] = {}
    for parts, field, start in levels:
        for name, part in parts.items():
            stem = _stem_called(name, stems, f"{field}.{name}")
            piece = piece_of(spec, part, f"{field}.{name}")
            chosen[stem.plan.name] = _Part(stem, piece, start or 0, is_song=start is not None)
    for name, found in chosen.items():
        ends = found.is_song and found.at >= found.piece.bars
        if name not in plan.closed and not ends:
            yield found


def _stem_called(name: str, stems: Sequence[PlannedStem], field: str) -> PlannedStem:
    """Return the stem of a name, or the first that has a role of that name.

    Raises PlanError where there is none.
    """
    same = [stem for stem in stems if stem.plan.name == name]
    same += [stem for stem in stems if stem.plan.role == name]
    if same:
        return same[0]
    known = [stem.plan.name for stem in stems]
    raise PlanError(f"{field}: the song has no stem {name!r}", field=field, hint=did_you_mean(name, known))


def _with_parts(
    plan: VisitPlan, parts: Sequence[_Part], number: int, stems: Sequence[PlannedStem], layout: Layout
) -> VisitPlan:
    if not parts:
        return plan
    lasts, usual = len(layout.bars_of(number)), layout.sections[plan.name]
    is_own = any(part.is_song or part.piece.field.startswith("form[") for part in parts)
    bars = lasts if is_own else usual
    meter = layout.meter_at(layout.starts[number])
    given = tuple(_laid(part, bars, usual, meter, plan.name) for part in parts)
    names = {part.stem.plan.name for part in parts} | {stem.plan.name for stem in plan.stems}
    first = parts[0].piece
    return replace(
        plan,
        given=Given(
            bars,
            given,
            tuple(_chords(parts, bars)),
            phrase_from=int(first.music.lead_in and first.spec.from_bar == 1 and not parts[0].at),
        ),
        stems=tuple(
            next((own for own in plan.stems if own.plan.name == stem.plan.name), stem)
            for stem in stems
            if stem.plan.name in names
        ),
        bars=None if is_own else plan.bars,
    )


def _laid(part: _Part, bars: int, usual: int, meter: Meter, section: str) -> GivenPart:
    """Return a part laid on the bars of a section: once, or as often as it fits whole.

    Players of figures begin it again in what is left.

    Raises PlanError where its metre is not the section's.
    """
    piece, role = part.piece, part.stem.plan.role
    if piece.meter != meter:
        raise PlanError(
            f"{piece.field}: {piece.spec.file} is in {piece.meter}, and the section {section!r} in {meter}",
            field=piece.field,
            hint=f"write `meter: {piece.meter}`, or leave the metre to the file",
        )
    track = piece.track(part.stem.plan.name, role)
    notes: list[Note] = []
    for start, stop, at in _times(part, bars, usual, section):
        notes += piece.notes(track, start, stop, at)
    use = piece.spec.use
    return GivenPart(
        part.stem.plan.name,
        role,
        tuple(sorted(notes, key=in_order)),
        _stretches(part, bars, usual, section),
        0.0 if isinstance(use, str) else use,
        is_replaced=use == "replace",
    )


def _times(part: _Part, bars: int, usual: int, section: str) -> list[tuple[int, int, int]]:
    """Return for each time the bars of a piece from and to, and the bar of the section where they begin.

    Raises PlanError where the piece has more bars than the section.
    """
    lasts = part.piece.bars
    if part.is_song:
        return [(part.at, min(lasts, part.at + bars), 0)]
    if lasts > max(bars, usual):
        raise PlanError(
            f"{part.piece.field}: {part.piece.spec.file} has {lasts} bars, and the section {section!r} "
            f"has {max(bars, usual)}",
            field=part.piece.field,
            hint=f"take some of them: `bars: {max(bars, usual)}`; or leave the section's bars to the file",
        )
    if lasts > bars:
        return [(0, bars, 0)]
    whole, rest = divmod(bars, lasts)
    times = [(0, lasts, index * lasts) for index in range(whole)]
    goes_on = part.stem.plan.role == "lead"
    return times if goes_on or not rest else [*times, (0, rest, whole * lasts)]


def _stretches(part: _Part, bars: int, usual: int, section: str) -> tuple[Stretch, ...]:
    """Return the bars of the section that a part fills, as one stretch."""
    times = _times(part, bars, usual, section)
    return ((0, max(at + stop - start for start, stop, at in times)),)


def _chords(parts: Sequence[_Part], bars: int) -> Iterator[ChordEvent]:
    """Yield the chords of the first file that has some."""
    part = next((one for one in parts if one.piece.music.chords), None)
    if part is not None:
        for start, stop, at in _times(part, bars, bars, ""):
            yield from part.piece.chords(start, stop, at)
