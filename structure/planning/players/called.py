"""Which stems of a song a name calls: an instrument, a family of them, or a role."""

from __future__ import annotations

from collections.abc import Sequence

from structure.planning.players.stems import PlannedStem
from structure.presets.players import (
    find_instrument,
    is_of_family,
    is_same_or_relative,
    kit_lanes,
    role_named,
)
from structure.presets.programs import guess_program

_FAMILY = 8
"""General MIDI programs of one family."""

SECTIONS = ("strings", "brass", "woodwinds", "orchestra")
"""Sections of players that may go by that very name."""

_BASSES = 4
"""The family of basses."""


def stems_called(name: str, stems: Sequence[PlannedStem]) -> tuple[str, ...]:
    """Return the names of all stems that a name calls; none for a part of a drum kit and for nobody.

    A role calls its stems, an instrument those that are it; where none is, those of its family.
    """
    if kit_lanes(name):
        return ()
    role = role_named(name)
    if role is not None:
        return tuple(stem.plan.name for stem in stems if stem.plan.role == role)
    instrument, plans = find_instrument(name), [stem.plan for stem in stems]
    if name in SECTIONS and any(plan.name.startswith(name) for plan in plans):
        # The strings that join the cello of a small group are the others.
        plans = [s.plan for s in stems if s.plan.name.startswith(name) or not s.always]
    spellings = (name.replace(" ", "-"), name.replace("-", " "))
    same = [
        plan
        for plan in plans
        if plan.name in spellings
        or plan.prompt.startswith(instrument.prompt)
        or is_same_or_relative(name, plan.role, plan.name, plan.prompt)
    ]
    guests = [stem.plan for stem in stems if stem.is_guest]
    own = [plan for plan in guests if plan.name.rstrip("-0123456789") in spellings]
    if own:
        # The trumpet that comes in late, and not the horn of the band; of a family all of them.
        same = [plan for plan in same if plan in own or is_of_family(name, plan.role, plan.prompt)]
    if instrument.role != "bass":
        # An acoustic bass guitar is no acoustic guitar.
        others = [
            plan
            for plan in same
            if plan.role != "bass" or guess_program(plan.prompt, plan.role) // _FAMILY != _BASSES
        ]
        same = others or same
    else:
        # The 808 that is a bass is not the drum machine of that name.
        same = [plan for plan in same if plan.role == "bass"] or same
    if not same:
        same = [
            plan
            for plan in plans
            if plan.role != "drums"
            and guess_program(instrument.prompt, plan.role) // _FAMILY
            == guess_program(plan.prompt, plan.role) // _FAMILY
        ]
    return tuple(plan.name for plan in same)
