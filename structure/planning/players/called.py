"""Which stems of a song a name calls: an instrument, a family of them, or a role."""

from __future__ import annotations

from collections.abc import Sequence

from structure.planning.players.stems import PlannedStem
from structure.presets.players import find_instrument, is_same_or_relative, kit_lanes, role_named
from structure.presets.programs import guess_program

_FAMILY = 8
"""General MIDI programs of one family."""

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
    prompt = find_instrument(name).prompt
    same = [stem for stem in stems if _is_same(name, prompt, stem)]
    if find_instrument(name).role != "bass":
        # An acoustic bass guitar is no acoustic guitar.
        same = [stem for stem in same if not _is_bass(stem)] or same
    return tuple(stem.plan.name for stem in same or [s for s in stems if _is_of_family(prompt, s)])


def _is_same(name: str, prompt: str, stem: PlannedStem) -> bool:
    plan = stem.plan
    named = (name.replace(" ", "-"), name.replace("-", " "))
    return (
        plan.name in named
        or plan.prompt.startswith(prompt)
        or is_same_or_relative(name, plan.role, plan.name, plan.prompt)
    )


def _is_bass(stem: PlannedStem) -> bool:
    role = stem.plan.role
    return role == "bass" and guess_program(stem.plan.prompt, role) // _FAMILY == _BASSES


def _is_of_family(prompt: str, stem: PlannedStem) -> bool:
    role = stem.plan.role
    if role == "drums":
        return False
    return guess_program(prompt, role) // _FAMILY == guess_program(stem.plan.prompt, role) // _FAMILY
