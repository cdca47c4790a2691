"""The visits of a song before they have notes: energy, variation, lift, who plays, and labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.base.errors import PlanError, did_you_mean
from structure.base.labels import REFRAINS, display_name, kind_of
from structure.base.plain_text import clean_text
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.effects import check_has_player
from structure.planning.players.called import stems_called
from structure.planning.players.comps import takes_of
from structure.planning.players.stems import PlannedStem, distance, playing
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.attendance import (
    Attendance,
    with_attendance,
    with_kit_rests,
    with_loud_moments,
    with_rests,
)
from structure.planning.wishes.changes import lifts, plan_written_events
from structure.planning.wishes.dynamics import (
    energy_of_kind,
    energy_of_visit,
    is_quiet_by_wish,
    starts_quietly,
    swells,
    with_swells,
)
from structure.planning.wishes.happenings import with_happenings
from structure.planning.wishes.presence import with_asked_shares, with_kit_in_places, with_less
from structure.plans.events import WHOLE_BAND, Event
from structure.presets.styles import Style
from structure.specs.spec import FormEntry, SectionSpec, SongSpec
from structure.specs.wishes import Wishes

_LATER_VARIATION = {"verse": 0.25, "solo": 0.25, "prechorus": 0.15}
_OTHER_VARIATION = 0.2
_FIRST_VERSE_LESS = 0.06
_QUIET_INTRO = 0.18
_QUIET_START_LESS = 0.15
_UNKNOWN_ENERGY = 0.6


def identity_energy(name: str, section: SectionSpec, style: Style, wishes: Wishes) -> float:
    """Return the energy of a section, by which its notes are written."""
    if section.energy is not None:
        return section.energy
    kind = kind_of(name)
    energy = style.energy[kind] if kind else _UNKNOWN_ENERGY
    energy = min(energy, _QUIET_INTRO) if starts_quietly(wishes) and kind == "intro" else energy
    return energy_of_kind(energy, name, wishes)


def plan_visits(
    spec: SongSpec,
    walk: Sequence[str],
    style: Style,
    wishes: Wishes,
    stems: Sequence[PlannedStem],
    layout: Layout,
    effects: Sequence[PlannedStem],
    asked: Attendance,
    *,
    is_own_form: bool,
) -> tuple[VisitPlan, ...]:
    """Return the visits of a walk, which lie as ``layout`` has it.

    ``effects`` are stems that are no players, ``asked`` is who must be silent or play when.
    ``is_own_form``: the user writes the visits. Raises PlanError where stems are unknown or none is left to
    play.
    """
    given = spec.form if isinstance(spec.form, tuple) else ()
    entries = given or tuple(FormEntry(section=name) for name in walk)
    labels = visit_labels(walk)
    last_refrain = max(
        (i for i, name in enumerate(walk) if section_kind(name) in REFRAINS), default=len(walk)
    )
    # A form that the user writes says itself where its key changes.
    lifted = lifts(Wishes() if is_own_form else wishes, layout, last_refrain)
    seen: Counter[str] = Counter()
    visits = []
    for position, (entry, name) in enumerate(zip(entries, walk, strict=True)):
        seen[name] += 1
        visits.append(
            _plan_visit(
                entry,
                spec.sections.get(name, SectionSpec()),
                position,
                labels[position],
                seen[name],
                lifted[position],
                style,
                wishes,
                stems,
                effects,
                layout,
                is_peak=position == last_refrain and lifted[position] != 0,
            )
        )
    visits = _as_wished(visits, wishes, stems, layout, entries, spec, effects, asked)

    # Lifts are prepared where that changes nothing that the user wrote, unless the next entry says so.
    found = list(visits)
    for i, (visit, after) in enumerate(pairwise(visits)):
        section = spec.sections.get(visit.name, SectionSpec())
        has_chords = entries[i].chords is not None or section.chords is not None
        prepares = entries[i + 1].prepared
        if prepares is None:
            is_free = not has_chords and entries[i].variation != 0
            prepares = is_free and after.lift not in (0, visit.lift)
        found[i] = replace(visit, prepares_lift=prepares)
    return tuple(found)


def _plan_visit(
    entry: FormEntry,
    section: SectionSpec,
    position: int,
    label: str,
    index: int,
    lift: int,
    style: Style,
    wishes: Wishes,
    stems: Sequence[PlannedStem],
    effects: Sequence[PlannedStem],
    layout: Layout,
    *,
    is_peak: bool,
) -> VisitPlan:
    """Return a visit as the user, its section and its energy have it, before wishes for places.

    ``is_peak``: it has all energy, unless the user says how strong it is.
    """
    name, muted = layout.names[position], {*entry.mute, *section.mute}
    usual, lasts = layout.sections[name], len(layout.bars_of(position))
    energy, force = _energy(entry, section, style, wishes, position, index, layout)
    takes, comps = takes_of(entry, section, stems, (usual, lasts), position + 1)
    wanted = energy_of_visit(identity_energy(name, section, style, wishes), position, wishes, layout)
    is_given = is_given_energy(entry, section)
    energy = 1.0 if is_peak and not is_given else energy

    # Where the user lists who plays, that is settled for all of them, elsewhere only for who is muted.
    listed = entry.stems if entry.stems is not None else section.stems
    names = {stem.plan.name for stem in stems}
    closed = frozenset(names & muted if listed is None else names)
    words = entry.lyrics if entry.lyrics is not None else section.lyrics
    return VisitPlan(
        name=name,
        label=label,
        index=index,
        energy=energy,
        variation=_variation(entry, section, name, index),
        lift=entry.lift or lift,
        stems=_with_tune(_playing(entry, section, energy, stems, effects), stems, closed)
        if is_quiet_by_wish(name, position, wishes, layout) and section_kind(name) in _TUNEFUL
        else _playing(entry, section, energy, stems, effects),
        effects=tuple(
            stem
            for stem in effects
            if stem.plan.name not in muted and (listed is None or stem.plan.name in listed)
        ),
        closed=closed,
        by_list=closed - muted,
        morph_to=section.morph_to if entry.morph_to is None else entry.morph_to,
        init=entry.init or section.init,
        repaint=entry.repaint or section.repaint,
        backend=entry.backend if section.backend is None else section.backend.around(entry.backend),
        lyrics="\n".join(line.strip() for line in clean_text(words or "").strip().splitlines()),
        events=_events(entry, section, stems, effects, usual, lasts),
        bars=None if lasts == usual else lasts,
        chords=entry.chords,
        seed=entry.seed,
        genre=section.genre if entry.genre is None else entry.genre,
        prompt=section.prompt if entry.prompt is None else entry.prompt,
        takes=takes,
        comps=comps,
        force=force,
        keeps_energy=is_given and energy != wanted[0],
    )


_TUNEFUL = ("verse", "chorus", "hook", "head", "bridge")
"""Kinds of section that keep their tune where they are asked to be quiet."""


def _with_tune(
    heard: Sequence[PlannedStem], stems: Sequence[PlannedStem], closed: Collection[str]
) -> tuple[PlannedStem, ...]:
    """Return who plays in a quiet visit, and the first melody where nobody would have one."""
    leads = [stem for stem in stems if stem.plan.role == "lead" and stem.plan.name not in closed]
    if any(stem.plan.role == "lead" for stem in heard) or not leads:
        return tuple(heard)
    return tuple(stem for stem in stems if stem in heard or stem is leads[0])


def _as_wished(
    visits: Sequence[VisitPlan],
    wishes: Wishes,
    stems: Sequence[PlannedStem],
    layout: Layout,
    entries: Sequence[FormEntry],
    spec: SongSpec,
    effects: Sequence[PlannedStem],
    asked: Attendance,
) -> list[VisitPlan]:
    """Return the visits with who plays in them, and what happens, as wishes say of places and times."""
    stretches = swells(wishes, layout)
    visits = [replace(v, keeps_energy=v.keeps_energy and not stretches) for v in visits]
    found = [
        replace(visit, energy=old.energy)
        if is_given_energy(entry, spec.sections.get(visit.name, SectionSpec()))
        else visit
        for visit, old, entry in zip(with_swells(visits, stretches, layout), visits, entries, strict=True)
    ]
    for i, (visit, old, entry) in enumerate(zip(found, visits, entries, strict=True)):
        if visit.energy != old.energy:
            section = spec.sections.get(visit.name, SectionSpec())
            found[i] = replace(visit, stems=_playing(entry, section, visit.energy, stems, effects))
    found = with_loud_moments(with_attendance(found, stems, asked, layout), found, wishes, layout)

    # Whom the user asks for, and no visit's energy calls for, plays in those that are nearest to it.
    for stem in stems:
        if not stem.is_named or any(stem in visit.stems for visit in found):
            continue
        distances = {
            i: distance(stem, section_kind(visit.name), visit.energy)
            for i, visit in enumerate(found)
            if stem.plan.name not in visit.closed
        }
        for i in (i for i, far in distances.items() if far == min(distances.values())):
            playing_too = {*found[i].stems, stem}
            found[i] = replace(found[i], stems=tuple(one for one in stems if one in playing_too))

    bars = [len(layout.bars_of(i)) for i in range(len(found))]
    found = with_less(found, wishes, layout, lambda name: stems_called(name, stems))
    found = with_asked_shares(found, stems, bars)
    found = with_happenings(found, wishes, stems, layout, stretches)
    found = with_kit_in_places(with_kit_rests(found, asked, layout), wishes, layout)
    found = with_rests(found, asked, layout)
    # What the description asks for may be written down as well.
    return [replace(visit, events=tuple(dict.fromkeys(visit.events))) for visit in found]


def is_given_energy(entry: FormEntry, section: SectionSpec) -> bool:
    """Return whether the user says how strong a visit is."""
    return entry.energy is not None or section.energy is not None


def _energy(
    entry: FormEntry,
    section: SectionSpec,
    style: Style,
    wishes: Wishes,
    position: int,
    index: int,
    layout: Layout,
) -> tuple[float, float]:
    """Return the energy of a visit, and its force; a song grows from its first verse to its last chorus."""
    name, walk = entry.section, layout.names
    energy = identity_energy(name, section, style, wishes)
    asked = energy_of_visit(energy, position, wishes, layout)
    if is_given_energy(entry, section):
        given = energy if entry.energy is None else entry.energy
        # Where the description is written down, it also says how hard the visit is played.
        return given, asked[1] if given == asked[0] else 1.0
    if asked != (energy, 1.0):
        return asked
    if starts_quietly(wishes) and position == int(section_kind(walk[0]) == "intro"):
        return round(max(0.0, energy - _QUIET_START_LESS), 3), 1.0
    is_first_of_several = index == 1 and walk.count(name) > 1
    if section_kind(name) == "verse" and is_first_of_several:
        return round(max(0.0, energy - _FIRST_VERSE_LESS), 3), 1.0
    return energy, 1.0


def _variation(entry: FormEntry, section: SectionSpec, name: str, index: int) -> float:
    """Return how far a visit moves from the section's first (0…1); refrains return as they were."""
    if entry.variation is not None:
        return entry.variation
    if index == 1:
        return 0.0
    if section.variation is not None:
        return section.variation
    kind = section_kind(name)
    return 0.0 if kind in REFRAINS else _LATER_VARIATION.get(kind, _OTHER_VARIATION)


def _events(
    entry: FormEntry,
    section: SectionSpec,
    stems: Sequence[PlannedStem],
    effects: Sequence[PlannedStem],
    bars: int,
    lasts: int,
) -> tuple[Event, ...]:
    """Return what the user lets happen in a visit of ``lasts`` bars.

    They are its own events, else those of its section. Raises PlanError where no stem plays one of them.
    """
    given = section.events if entry.events is None else entry.events
    known = [WHOLE_BAND, *(stem.plan.name for stem in (*stems, *effects))]
    for i, event in enumerate(given):
        if event.stem not in known:
            raise PlanError(
                f"section {entry.section!r}: an event is for the stem {event.stem!r}, which does not exist",
                field=f"sections.{entry.section}.events[{i + 1}].stem",
                hint=did_you_mean(event.stem, known),
            )
        check_has_player(event, i, entry.section, [stem.plan.name for stem in effects])
    return plan_written_events(entry, section, bars, lasts)


def _playing(
    entry: FormEntry,
    section: SectionSpec,
    energy: float,
    stems: Sequence[PlannedStem],
    effects: Sequence[PlannedStem],
) -> tuple[PlannedStem, ...]:
    """Return exactly the stems that the user names, else those that the energy calls for.

    Muted ones are left out. Raises PlanError for an unknown stem, and where none is left.
    """
    name = entry.section
    named = entry.stems if entry.stems is not None else section.stems
    muted = {*entry.mute, *section.mute}
    known = [stem.plan.name for stem in (*stems, *effects)]
    unknown = [stem for stem in dict.fromkeys((*(named or ()), *sorted(muted))) if stem not in known]
    if unknown:
        names, field = ", ".join(map(repr, unknown)), "mute" if unknown[0] in muted else "stems"
        place = f"sections.{name}" if unknown[0] in (*(section.stems or ()), *section.mute) else "form"
        raise PlanError(
            f"section {name!r}: no stem is called {names}",
            field=f"{place}.{field}" if place != "form" else place,
            hint=did_you_mean(unknown[0], known),
        )
    heard = [stem for stem in stems if stem.plan.name not in muted]
    if named is not None:
        heard = [stem for stem in heard if stem.plan.name in named]
    if not heard:
        raise PlanError(
            f"section {name!r} has no stem left to play",
            field=f"sections.{name}",
            hint=f"stems: {', '.join(known)}",
        )
    return tuple(heard) if named is not None else playing(heard, section_kind(name), energy)


def visit_labels(walk: Sequence[str]) -> list[str]:
    """Return what a musician calls each visit, numbered where the same name comes more than once."""
    bases = []
    for name in walk:
        # ``verse2`` is a verse among verses; ``verse_b`` keeps its letter.
        kind = kind_of(name)
        bases.append(display_name(kind if kind and re.fullmatch(rf"{kind}\d+", name) else name))
    totals: Mapping[str, int] = Counter(bases)
    seen: Counter[str] = Counter()
    labels = []
    for base in bases:
        seen[base] += 1
        labels.append(f"{base} {seen[base]}" if totals[base] > 1 else base)
    return labels
