"""The visits of a song with what the arranger lets happen in them, beside what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.arranging.arrangement import arrange
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.planning.players.stems import PlannedStem, plan_stems, playing
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.asked import is_key_open
from structure.planning.wishes.attendance import Attendance, find_stays
from structure.planning.wishes.presence import is_kit_asked
from structure.presets.grooves import groove_called, roles_with_figures
from structure.presets.mixes import load_mix
from structure.presets.styles import Style
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import Wishes, is_loop, song_wide

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
    slows_over: int,
) -> list[VisitPlan]:
    """Return the visits with more events.

    ``asked`` is who must be silent or play when, ``seed`` draws the style's own band, ``seed_of`` tells the
    seed of a section, and the song may slow down over ``slows_over`` bars at its end. Visits whose
    events the user writes, be it that there are none, stay as they are.
    """
    kept = _roles_with_grooves(wishes)
    usual = plan_stems(SongSpec(description="a song"), style, Wishes(), load_mix(style.mix), seed)
    stays = find_stays(asked, visits, layout)
    passages = [
        replace(
            _passage(visit, i, stems, asked, spec, layout, seed_of),
            lineup=tuple(
                member
                for member in _members(playing(usual, section_kind(visit.name), visit.energy), style, kept)
                if member.role != "lead"
            ),
            stays=stays[i],
        )
        for i, visit in enumerate(visits)
    ]
    scene = Scene(
        members=_members(stems, style, kept),
        passages=tuple(passages),
        style=style,
        seed=seed,
        refused=frozenset(w.what for w in wishes.wishes if w.kind == "event" and w.polarity == "avoid"),
        is_ending_asked=is_loop(wishes)
        or any(
            wish.kind == "event"
            and wish.what in _ENDINGS
            and wish.where.section is None
            and (wish.when is None or wish.when.edge == "end")
            for wish in wishes.wishes
        ),
        is_key_free=is_key_open(spec, wishes) and not is_loop(wishes),
        slows_over=slows_over,
    )

    # Who asks for a groove of the drums, or for a part of the kit, hears it wherever the drums play.
    drums = {stem.plan.name for stem in stems if stem.plan.role == "drums"}
    whole = drums if is_kit_asked(wishes) else set()
    arranged: list[VisitPlan] = []
    for visit, passage in zip(visits, arrange(scene).passages, strict=True):
        own = {stem.plan.name: stem for stem in visit.stems}
        members = tuple(
            own.get(stem.plan.name, stem) for stem in stems if stem.plan.name in passage.members
        )
        added = (event for event in passage.events if event.do != "thin" or event.stem not in whole)
        events = tuple(dict.fromkeys((*visit.events, *added)))
        arranged.append(replace(visit, stems=members, events=events, lift=passage.lift))

    # A visit turns to the next one's key where the arranger lifts that, unless its chords are written.
    if scene.is_key_free:
        for i, (here, after) in enumerate(pairwise(tuple(arranged))):
            is_written = here.chords or spec.sections.get(here.name, SectionSpec()).chords
            if after.lift > here.lift and is_written is None:
                arranged[i] = replace(here, prepares_lift=True)
    return arranged


def _roles_with_grooves(wishes: Wishes) -> frozenset[str]:
    """Return the roles of which a figure in the whole song is asked for: montuno, octaves.

    A groove that is the drums' as well is the whole band's, and leaves it free.
    """
    names = [groove_called(wish.what) for wish in song_wide(wishes, "groove")]
    roles = [roles_with_figures(name) for name in names if name is not None]
    return frozenset().union(*(own for own in roles if "drums" not in own))


def _members(stems: Sequence[PlannedStem], style: Style, kept: Collection[str]) -> tuple[Member, ...]:
    holds = style.arrangement.holds_chords
    return tuple(
        Member(
            stem.plan.name,
            stem.plan.role,
            stem.player.rank,
            stem.share,
            stem.always,
            is_short=stem.plan.role == "chords" and not holds,
            keeps_on=stem.plan.role in kept,
        )
        for stem in stems
    )


def _passage(
    visit: VisitPlan,
    position: int,
    stems: Sequence[PlannedStem],
    asked: Attendance,
    spec: SongSpec,
    layout: Layout,
    seed_of: Callable[[str], int],
) -> Passage:
    """Return a visit as the arranger sees it, without the style's own band."""
    bars, kind = layout.bars_of(position), section_kind(visit.name)

    # Guests rest only because of the visit's energy: there are none where anything else decides who plays.
    guests: set[str] = set()
    here = {stem.plan.name for stem in visit.stems}
    if here == {stem.plan.name for stem in playing(stems, kind, visit.energy)}:
        spoken_of = {name for name, own in asked.bars.items() if own.silent or own.playing}
        names = {stem.plan.name for stem in stems if not (stem.is_named or stem.share or stem.always)}
        guests = names - here - spoken_of - visit.closed

    # What the form says of this visit counts more than what its section says of all visits.
    section = spec.sections.get(visit.name)
    entry = spec.form[position] if isinstance(spec.form, tuple) else None
    writes_events = section is not None and "events" in section.model_fields_set
    if entry is not None and entry.events is not None:
        writes_events = True
    variation = None if section is None else section.variation
    if entry is not None and entry.variation is not None:
        variation = entry.variation

    return Passage(
        name=visit.name,
        kind=kind,
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
        guests=frozenset(guests),
        is_open=not writes_events,
        is_last=position == len(layout.names) - 1,
        repeats=variation == 0,  # exactly as its section was before
    )
