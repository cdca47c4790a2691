"""The stems of a song: the user's, or the style's as changed by what the description asks for; and which
of them play in a section of a given energy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from structure.arrange.context import Player
from structure.base.types import Role
from structure.description.reading import Reading, WantedInstrument
from structure.plans.plan import StemPlan
from structure.presets.mixes import Mix
from structure.presets.styles import Style, StyleStem, Voicing
from structure.specs.spec import SongSpec, StemSpec

_PLAYS_FROM: dict[Role, float] = {
    "drums": 0.38,
    "bass": 0.28,
    "chords": 0.0,
    "pad": 0.0,
    "arpeggio": 0.4,
    "lead": 0.32,
}
"""Energy from which a role plays, where neither the style nor the user says."""

_SECOND_FROM = 0.7
"""Energy by which further stems of one role have joined in."""

_MELODIC = (
    "verse",
    "prechorus",
    "chorus",
    "postchorus",
    "hook",
    "bridge",
    "solo",
    "instrumental",
    "drop",
    "head",
)
"""Kinds of section that have a melody of their own accord."""

_LINK_MELODY_FROM = 0.5
"""Energy from which other kinds (intros, interludes, outros) have one too."""

_POWER = re.compile(
    r"\b(?:distort\w*|overdriven?|crunch\w*|metal|power chords?|palm[- ]muted)\b.*\bguitar"
    r"|\bguitar.*distort",
    re.I,
)
_CENTRED: tuple[Role, ...] = ("drums", "bass")
_REVERB: dict[Role, float] = {
    "drums": 0.1,
    "bass": 0.0,
    "chords": 0.18,
    "pad": 0.35,
    "arpeggio": 0.25,
    "lead": 0.25,
}
_PANS: dict[Role, tuple[float, ...]] = {
    "chords": (-0.2, 0.35, -0.5),
    "pad": (0.1, -0.25, 0.3),
    "arpeggio": (0.35, -0.4, 0.5),
    "lead": (0.1, -0.2, 0.25),
}
_FALLBACK_ORDER: tuple[Role, ...] = ("chords", "pad", "arpeggio", "lead", "bass", "drums")
"""Who plays in a section where nobody would."""


@dataclass(frozen=True, slots=True)
class PlannedStem:
    """A stem, its player, and the energies (0…1) between which it plays. ``is_named``: the user asks for
    it, in the spec's stems or in the description."""

    plan: StemPlan
    player: Player
    plays_from: float
    until: float
    is_named: bool = False


def plan_stems(spec: SongSpec, style: Style, reading: Reading, mix: Mix) -> tuple[PlannedStem, ...]:
    """The stems of a song, in its order, as ``mix`` treats their roles."""
    sources = (
        [_from_spec(stem, style) for stem in spec.stems] if spec.stems else _from_style(style, reading)
    )
    wanted = Counter(stem.role for stem, _ in sources)
    usual = Counter(own.role for own in style.stems)
    ranks: Counter[Role] = Counter()
    planned: list[PlannedStem] = []
    for stem, origin in sources:
        # One of a pair that the style has to the left and the right stands in the middle when alone.
        alone = wanted[stem.role] == 1 < usual[stem.role]
        place = origin.model_copy(update={"pan": 0.0}) if origin and alone else origin
        is_named = bool(spec.stems) or stem.prompt is not None
        planned.append(_planned(stem, place, ranks[stem.role], mix, is_named=is_named))
        ranks[stem.role] += 1
    return tuple(planned)


def _from_spec(stem: StemSpec, style: Style) -> tuple[StemSpec, StyleStem | None]:
    """A user's stem with the style's stem of the same name, or else of the same role, for what is open."""
    same = [own for own in style.stems if own.role == stem.role]
    return stem, next((own for own in same if own.name == stem.name), same[0] if same else None)


def _from_style(style: Style, reading: Reading) -> list[tuple[StemSpec, StyleStem | None]]:
    """The style's stems without the unwanted; wanted instruments take the place of their role."""
    wanted: dict[Role, list[WantedInstrument]] = {}
    for instrument in reading.instruments:
        wanted.setdefault(instrument.role, []).append(instrument)
    names = {_name_of(instrument) for instrument in reading.instruments}
    kept = [own for own in style.stems if own.role in wanted or not _is_unwanted(own, reading.unwanted)]
    found: list[tuple[StemSpec, StyleStem | None]] = []
    placed: set[Role] = set()
    for own in kept or list(style.stems[:1]):
        if own.role not in wanted:
            if own.name not in names:
                found.append((StemSpec(name=own.name, role=own.role), own))
        elif own.role not in placed:
            placed.add(own.role)
            # The first takes over the place of the style's stem in the room and in the arrangement.
            origins = (own, *[None] * (len(wanted[own.role]) - 1))
            found += zip(map(_wanted_stem, wanted[own.role]), origins, strict=True)
    for role, instruments in wanted.items():
        if role not in placed:
            found += [(_wanted_stem(instrument), None) for instrument in instruments]
    return _with_own_names(found)


def _wanted_stem(instrument: WantedInstrument) -> StemSpec:
    return StemSpec(name=_name_of(instrument), role=instrument.role, prompt=instrument.prompt)


def _name_of(instrument: WantedInstrument) -> str:
    """The instrument's last word as a stem name; drums and basses go by their role."""
    if instrument.role in _CENTRED:
        return instrument.role
    words = re.findall(r"[a-z][a-z0-9]*", instrument.prompt.lower())
    return words[-1][:32] if words else instrument.role


def _with_own_names(
    stems: Sequence[tuple[StemSpec, StyleStem | None]],
) -> list[tuple[StemSpec, StyleStem | None]]:
    """Stems whose names differ: a second ``guitar`` is ``guitar-2``."""
    taken: set[str] = set()
    named = []
    for stem, origin in stems:
        name, number = stem.name, 1
        while name in taken:
            number += 1
            name = f"{stem.name[:28]}-{number}"
        taken.add(name)
        named.append((stem.model_copy(update={"name": name}), origin))
    return named


def _is_unwanted(stem: StyleStem, unwanted: Sequence[str]) -> bool:
    """True where the role, or words of the sound, are not to be heard."""
    words = re.findall(r"[a-z0-9]+", f"{stem.role} {stem.name} {stem.prompt}".lower())
    text = f" {' '.join(words)} "
    return any(f" {phrase} " in text or f" {phrase.rstrip('s')} " in text for phrase in unwanted)


def _planned(
    stem: StemSpec, origin: StyleStem | None, rank: int, mix: Mix, *, is_named: bool
) -> PlannedStem:
    strip = mix.strips[stem.role]
    prompt = stem.prompt or (origin.prompt if origin else stem.role)
    return PlannedStem(
        plan=StemPlan(
            name=stem.name,
            role=stem.role,
            prompt=prompt,
            negative_prompt=stem.negative_prompt or "",
            gain_db=stem.gain_db,
            pan=_pan(stem, origin, rank),
            reverb=_reverb(stem, origin),
            delay=strip.delay if stem.delay is None else stem.delay,
            duck=round(mix.duck.amount * strip.duck, 4) if stem.duck is None else stem.duck,
        ),
        player=Player(stem.name, stem.role, rank, _voicing(stem, origin, prompt), prompt),
        plays_from=origin.plays_from
        if origin and origin.plays_from is not None
        else _PLAYS_FROM[stem.role],
        until=origin.until if origin is not None and stem.prompt is None else 1.0,
        is_named=is_named,
    )


def _pan(stem: StemSpec, origin: StyleStem | None, rank: int) -> float:
    """The user's, else the style's, else a free place; bass and drums stay in the centre."""
    if stem.pan is not None:
        return stem.pan
    if stem.role in _CENTRED:
        return 0.0
    if origin is not None and rank == 0:
        return origin.pan
    places = _PANS[stem.role]
    return places[rank % len(places)] if origin is None or stem.prompt else origin.pan


def _reverb(stem: StemSpec, origin: StyleStem | None) -> float:
    if stem.reverb is not None:
        return stem.reverb
    return _REVERB[stem.role] if origin is None else origin.reverb


def _voicing(stem: StemSpec, origin: StyleStem | None, prompt: str) -> Voicing:
    """Distorted guitars play power chords; otherwise the style's own way, if it is the style's sound."""
    if stem.role == "chords" and _POWER.search(prompt):
        return "power"
    return origin.voicing if origin is not None and stem.prompt is None else "close"


def playing(stems: Sequence[PlannedStem], kind: str, energy: float) -> tuple[PlannedStem, ...]:
    """Which of ``stems`` (those that are not muted) play in a section of this kind and energy; at least
    one of them does."""
    ranks: dict[Role, int] = {}
    found = []
    for stem in stems:
        rank = ranks.get(stem.plan.role, 0)
        ranks[stem.plan.role] = rank + 1
        if _plays(stem, rank, kind, energy):
            found.append(stem)
    return tuple(found) or (min(stems, key=lambda stem: _FALLBACK_ORDER.index(stem.plan.role)),)


def distance(stem: PlannedStem, kind: str, energy: float) -> tuple[bool, float]:
    """How far a section is from one in which ``stem`` plays; the least of several suits it best. Kinds of
    section that lack its role come last; then counts the energy that is missing, or too much."""
    join = _joins_at(stem, stem.player.rank)
    return not _suits(stem, kind, energy), max(join - energy, energy - stem.until, 0.0)


def _plays(stem: PlannedStem, rank: int, kind: str, energy: float) -> bool:
    return _joins_at(stem, rank) <= energy <= stem.until and _suits(stem, kind, energy)


def _joins_at(stem: PlannedStem, rank: int) -> float:
    """The energy from which a stem plays; further stems of one role join in later."""
    if rank == 0:
        return stem.plays_from
    return max(stem.plays_from, min(_SECOND_FROM, stem.plays_from + 0.3 * rank))


def _suits(stem: PlannedStem, kind: str, energy: float) -> bool:
    """Quiet links between sections have no melody, and quiet breakdowns no drums."""
    if stem.plan.role == "lead":
        return kind in _MELODIC or energy >= _LINK_MELODY_FROM
    return stem.plan.role != "drums" or kind != "breakdown" or energy >= 0.6
