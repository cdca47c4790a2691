"""Where in each visit the notes lie that the user gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.base.errors import PlanError, did_you_mean
from structure.base.grid import Meter
from structure.forms.places import Layout
from structure.planning.given.pieces import Piece, piece_of
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.given import Given, GivenPart
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
    found = list(plans)
    for number, plan in enumerate(plans):
        parts = _parts(spec, plan, number, stems, layout)
        if not parts:
            continue
        lasts, usual = len(layout.bars_of(number)), layout.sections[plan.name]
        is_own = any(part.is_song or part.piece.field.startswith("form[") for part in parts)
        bars = lasts if is_own else usual
        meter = layout.meter_at(layout.starts[number])
        laid = tuple(_lay(part, bars, usual, meter, plan.name) for part in parts)

        # The chords are those of the first file that has some.
        chords: list[ChordEvent] = []
        with_chords = next((part for part in parts if part.piece.music.chords), None)
        if with_chords is not None:
            for start, stop, at in _times(with_chords, bars, bars, ""):
                chords += with_chords.piece.chords(start, stop, at)

        first = parts[0].piece
        has_lead_in = first.music.lead_in and first.spec.from_bar == 1 and not parts[0].at
        own = {stem.plan.name: stem for stem in plan.stems}
        names = {part.stem.plan.name for part in parts} | set(own)
        found[number] = replace(
            plan,
            given=Given(bars, laid, tuple(chords), phrase_from=int(has_lead_in)),
            stems=tuple(own.get(stem.plan.name, stem) for stem in stems if stem.plan.name in names),
            bars=None if is_own else plan.bars,
            lift=plain[number].lift,
        )
    return found


def _parts(
    spec: SongSpec, plan: VisitPlan, number: int, stems: Sequence[PlannedStem], layout: Layout
) -> list[_Part]:
    """Return the parts of a visit: for each stem its own, else its section's, else the song's.

    A part for a role is that of the first stem which has it. Stems that are kept out of the visit have
    none. Raises PlanError for a stem that is not there.
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
            place = f"{field}.{name}"
            same = [stem for stem in stems if stem.plan.name == name]
            same += [stem for stem in stems if stem.plan.role == name]
            if not same:
                raise PlanError(
                    f"{place}: the song has no stem {name!r}",
                    field=place,
                    hint=did_you_mean(name, [stem.plan.name for stem in stems]),
                )
            piece = piece_of(spec, part, place)
            chosen[same[0].plan.name] = _Part(same[0], piece, start or 0, is_song=start is not None)
    return [
        found
        for name, found in chosen.items()
        if name not in plan.closed and not (found.is_song and found.at >= found.piece.bars)
    ]


def _lay(part: _Part, bars: int, usual: int, meter: Meter, section: str) -> GivenPart:
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
    times = _times(part, bars, usual, section)
    for start, stop, at in times:
        notes += piece.notes(track, start, stop, at)
    use = piece.spec.use
    return GivenPart(
        part.stem.plan.name,
        role,
        tuple(sorted(notes, key=in_order)),
        ((0, max(at + stop - start for start, stop, at in times)),),
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
