"""The visits of a song with what the arranger lets happen in them, beside what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.arranging.arrangement import arrange
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.planning.players.stems import PlannedStem, plan_stems, playing
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.asked import is_key_open
from structure.planning.wishes.attendance import Attendance
from structure.presets.mixes import load_mix
from structure.presets.styles import Style
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import Wish, Wishes

_ENDINGS = (
    "hold",
    "fermata",
    "ritardando",
    "accelerando",
    "stop",
    "shot",
    "impact",
    "tag",
    "fade",
    "leave",
)
"""Kinds of events that say how a song ends, where no other place is said."""


def with_arrangement(
    visits: Sequence[VisitPlan],
    stems: Sequence[PlannedStem],
    spec: SongSpec,
    wishes: Wishes,
    asked: Attendance,
    layout: Layout,
    style: Style,
    seed: int,
    seed_of: Callable[[str], int],
) -> list[VisitPlan]:
    """Return the visits with more events.

    ``asked`` is who must be silent or play when, ``seed`` draws the style's own band, ``seed_of`` tells the
    seed of a section. Visits whose events the user writes, be it that there are none, stay as they are.
    """
    usual = plan_stems(SongSpec(description="a song"), style, Wishes(), load_mix(style.mix), seed)
    passages = [
        replace(
            _passage(visit, i, asked, spec, layout, seed_of),
            lineup=_lineup(usual, section_kind(visit.name), visit.energy, style),
            guests=_guests(visit, stems, asked),
        )
        for i, visit in enumerate(visits)
    ]
    scene = Scene(
        members=_members(stems, style),
        passages=tuple(passages),
        style=style,
        seed=seed,
        refused=frozenset(
            wish.what for wish in wishes.wishes if wish.kind == "event" and wish.polarity == "avoid"
        ),
        is_ending_asked=any(_is_ending(wish) for wish in wishes.wishes),
        is_key_free=is_key_open(spec, wishes),
    )
    arranged = [
        _arranged(visit, passage, stems)
        for visit, passage in zip(visits, arrange(scene).passages, strict=True)
    ]
    return _prepared(arranged, spec) if scene.is_key_free else arranged


def _members(stems: Sequence[PlannedStem], style: Style) -> tuple[Member, ...]:
    holds = style.arrangement.holds_chords
    return tuple(
        Member(
            stem.plan.name,
            stem.plan.role,
            stem.player.rank,
            stem.share,
            stem.always,
            is_short=stem.plan.role == "chords" and not holds,
        )
        for stem in stems
    )


def _lineup(usual: Sequence[PlannedStem], kind: str, energy: float, style: Style) -> tuple[Member, ...]:
    """Return who accompanies in a section of this kind and energy in the style's own band."""
    return tuple(
        member for member in _members(playing(usual, kind, energy), style) if member.role != "lead"
    )


def _guests(visit: VisitPlan, stems: Sequence[PlannedStem], asked: Attendance) -> frozenset[str]:
    """Return the names of those who rest in a visit only because of its energy.

    Empty where anything else decides who plays in it.
    """
    here = {stem.plan.name for stem in visit.stems}
    if here != {stem.plan.name for stem in playing(stems, section_kind(visit.name), visit.energy)}:
        return frozenset()
    spoken_of = {name for name, own in asked.bars.items() if own.silent or own.playing}
    names = {stem.plan.name for stem in stems if not (stem.is_named or stem.share or stem.always)}
    return frozenset(names - here - spoken_of - visit.closed)


def _passage(
    visit: VisitPlan,
    position: int,
    asked: Attendance,
    spec: SongSpec,
    layout: Layout,
    seed_of: Callable[[str], int],
) -> Passage:
    bars = layout.bars_of(position)
    return Passage(
        name=visit.name,
        kind=section_kind(visit.name),
        index=visit.index,
        bars=len(bars),
        beats=min(layout.meter_at(bar).beats_per_bar for bar in bars),
        energy=visit.energy,
        variation=visit.variation,
        lift=visit.lift,
        seed=seed_of(visit.name),
        members=tuple(stem.plan.name for stem in visit.stems),
        asked=visit.events,
        kept={
            name: frozenset(bar - bars.start for bar in own.playing & set(bars))
            for name, own in asked.bars.items()
            if own.playing & set(bars)
        },
        closed=visit.closed,
        is_open=not _writes_events(spec, visit.name, position),
        is_last=position == len(layout.names) - 1,
        repeats=_repeats(spec, visit.name, position),
    )


def _writes_events(spec: SongSpec, name: str, position: int) -> bool:
    """Return whether the user writes what happens in a visit."""
    if isinstance(spec.form, tuple) and spec.form[position].events is not None:
        return True
    return name in spec.sections and "events" in spec.sections[name].model_fields_set


def _prepared(visits: Sequence[VisitPlan], spec: SongSpec) -> list[VisitPlan]:
    """Return the visits, with a turn to the next one's key where the arranger lifts that.

    Visits whose chords the user writes have no such turn.
    """
    found = list(visits)
    for i, (here, after) in enumerate(pairwise(visits)):
        is_written = here.chords or spec.sections.get(here.name, SectionSpec()).chords
        if after.lift > here.lift and is_written is None:
            found[i] = replace(here, prepares_lift=True)
    return found


def _is_ending(wish: Wish) -> bool:
    """Return whether a wish says how the song ends."""
    if wish.kind != "event" or wish.what not in _ENDINGS or wish.where.section is not None:
        return False
    return wish.when is None or wish.when.edge == "end"


def _repeats(spec: SongSpec, name: str, position: int) -> bool:
    """Return whether the user wants a visit exactly as its section was before."""
    if isinstance(spec.form, tuple) and spec.form[position].variation is not None:
        return spec.form[position].variation == 0
    return name in spec.sections and spec.sections[name].variation == 0


def _arranged(visit: VisitPlan, passage: Passage, stems: Sequence[PlannedStem]) -> VisitPlan:
    """Return the visit with the events, the stems and the lift of its passage."""
    members = tuple(
        next((own for own in visit.stems if own.plan.name == stem.plan.name), stem)
        for stem in stems
        if stem.plan.name in passage.members
    )
    events = tuple(dict.fromkeys((*visit.events, *passage.events)))
    return replace(visit, stems=members, events=events, lift=passage.lift)
