"""How a section goes: who enters, rests or leaves after how many bars, by the habits of its style."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from structure.base.sampling import pick, pick_weighted
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.planning.arranging.sheets import Sheet, State, free_bars
from structure.presets.arrangements import Shape

REFRAINS = ("chorus", "hook", "drop", "postchorus")
"""Kinds of section whose rhythm section plays throughout."""

_LINKS = ("intro", "breakdown", "interlude", "outro", "coda", "build")
"""Kinds of section that one player may begin, or end, alone."""

_FEW = 4
"""Stems of a song up to which players rather play less than rest."""

_SHORT, _LONG = 4, 16
"""Bars of a section up to which things happen once, and from which on they happen in both halves."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A passage for which a shape is drawn: those who accompany in the order in which they would enter,
    and how many bars lie between them."""

    scene: Scene
    passage: Passage
    players: tuple[Member, ...]
    step: int
    rng: random.Random

    @property
    def bars(self) -> int:
        """Return the length of the passage."""
        return self.passage.bars

    @property
    def core(self) -> tuple[Member, ...]:
        """Return drums, bass and the first who has harmony."""
        harmony = [member for member in self.players if member.role in ("chords", "pad", "arpeggio")]
        rhythm = [member for member in self.players if member.role in ("drums", "bass") and not member.rank]
        return (*rhythm, *harmony[:1])

    @property
    def colours(self) -> tuple[Member, ...]:
        """Return those without whom the band is still a band."""
        return tuple(member for member in self.players if member not in self.core)

    def rest(self, sheet: Sheet, member: Member, bars: Sequence[int]) -> Sheet:
        """Return a sheet on which one rests in some bars, or plays less, as far as it is free to."""
        if not free_bars(self.passage, member).issuperset(bars):
            return sheet
        return sheet.written(member.name, bars, self._less(member), self.bars)

    def _less(self, member: Member) -> State:
        """Rest, or less of what one plays, as is usual for the style; of few players mostly the latter."""
        few = len(self.scene.members) <= _FEW
        share = max(self.scene.style.arrangement.thins, 0.6) if few else self.scene.style.arrangement.thins
        if self.rng.random() >= share or (member.role == "pad" and not few):
            return "out"
        return "hold" if member.role in ("bass", "chords") and self.rng.random() < 0.5 else "thin"


def stage(scene: Scene, passage: Passage, rng: random.Random) -> Stage:
    """Return a passage with who enters after whom, and after how many bars."""
    order = list(scene.style.arrangement.order)
    players = sorted(
        scene.accompanying(passage), key=lambda member: (order.index(member.role), member.rank)
    )
    # Neighbours change places now and then, so that not all songs of a style begin alike.
    for i in range(len(players) - 1):
        if rng.random() < 0.3:
            players[i], players[i + 1] = players[i + 1], players[i]
    steps = {step: w for step, w in scene.style.arrangement.steps.items() if 2 * step <= passage.bars}
    step = pick_weighted(rng, steps) if steps and sum(steps.values()) else 1
    return Stage(scene, passage, tuple(players), step, rng)


def drawn_shape(scene: Scene, passage: Passage, rng: random.Random) -> Shape:
    """Return the shape of a passage by the habits of its style. What returns does not gather again."""
    weights = dict(scene.style.arrangement.shapes_of(passage.kind))
    if passage.index > 1 and passage.kind not in _LINKS and len(weights) > 1:
        weights.pop("gather", None)
    return pick_weighted(rng, weights)


def shaped(scene: Scene, passage: Passage, rng: random.Random) -> Sheet:
    """Return the sheet of a passage."""
    shape = drawn_shape(scene, passage, rng)
    own = stage(scene, passage, rng)
    sheet = _SHAPES[shape](own) if own.players and passage.bars > 1 else Sheet()
    if passage.bars >= _LONG and shape in ("late", "gather", "full") and rng.random() < 0.6:
        sheet = _breath_in(own, sheet, passage.bars // 2, passage.bars)
    return sheet


def _full(own: Stage) -> Sheet:
    return Sheet()


def _gather(own: Stage) -> Sheet:
    """Some begin; the others enter one after another, all of them before the last quarter."""
    alone = own.passage.kind in _LINKS and own.rng.random() < 0.5
    founders = 1 if alone or len(own.players) < 3 else 2
    sheet, latest = Sheet(), max(1, own.bars * 3 // 4)
    for number, member in enumerate(own.players[founders:], start=1):
        at = min(number * own.step, latest // own.step * own.step or 1)
        sheet = own.rest(sheet, member, range(at))
    return sheet


def _late(own: Stage) -> Sheet:
    """One or two enter in the middle, or after one step; in refrains those who add colour."""
    able = own.colours or (() if own.passage.kind in REFRAINS else own.players[1:])
    if not able:
        return _thinned(own)
    at = own.step if own.rng.random() < 0.4 else own.bars // 2
    sheet = Sheet()
    count = 2 if len(able) > 2 and own.rng.random() < 0.5 else 1
    for member in able[::-1][:count]:
        sheet = own.rest(sheet, member, range(at))
    return sheet


def _thinned(own: Stage) -> Sheet:
    """Those whom the band cannot spare play less in the first half."""
    able = [member for member in own.core if member.role in ("chords", "arpeggio", "bass")]
    if not able:
        return Sheet()
    member = pick(own.rng, able)
    state: State = "hold" if member.role != "arpeggio" and own.rng.random() < 0.5 else "thin"
    half = range(own.bars // 2)
    if not free_bars(own.passage, member).issuperset(half):
        return Sheet()
    return Sheet().written(member.name, half, state, own.bars)


def _relay(own: Stage) -> Sheet:
    """In the second half one who adds colour takes over from another."""
    able = own.colours if own.passage.kind in REFRAINS else own.players[1:]
    if len(able) < 2:
        return _late(own)
    first, second = own.rng.sample(able, 2)
    half = own.bars // 2
    sheet = own.rest(Sheet(), second, range(half))
    return own.rest(sheet, first, range(half, own.bars))


def _breath(own: Stage) -> Sheet:
    """One rests for a while in the middle."""
    return _breath_in(own, Sheet(), 0, own.bars)


def _breath_in(own: Stage, sheet: Sheet, start: int, end: int) -> Sheet:
    """One rests, up to the middle of some bars or their last quarter."""
    able = own.colours if own.passage.kind in REFRAINS else own.players[1:]
    able = tuple(member for member in able if sheet.states(member.name) is None)
    if not able:
        return sheet if sheet.lines else _thinned(own)
    member, bars = pick(own.rng, able), end - start
    until = start + (bars // 2 if own.rng.random() < 0.5 or bars <= _SHORT else bars * 3 // 4)
    lasts = 1 if bars <= _SHORT else max(2, own.step // 2) if own.rng.random() < 0.5 else bars // 4
    return own.rest(sheet, member, range(max(start, until - lasts), until))


def _without(own: Stage) -> Sheet:
    """One who adds colour is not there but for the end."""
    if not own.colours or own.passage.kind in REFRAINS:
        return _late(own)
    member = pick(own.rng, own.colours)
    return own.rest(Sheet(), member, range(max(own.bars // 2, own.bars - own.step)))


def _scatter(own: Stage) -> Sheet:
    """They leave one after another, who came last first; two of them stay."""
    sheet = Sheet()
    leaving = own.players[2:][::-1] or own.players[1:]
    for number, member in enumerate(leaving):
        at = max(own.bars // 4, own.bars - (len(leaving) - number) * own.step)
        end = min(
            [own.bars, *(bar for bar in range(at, own.bars) if bar not in free_bars(own.passage, member))]
        )
        sheet = sheet if at >= end else own.rest(sheet, member, range(at, end))
    return sheet


_SHAPES: Mapping[Shape, Callable[[Stage], Sheet]] = {
    "full": _full,
    "gather": _gather,
    "late": _late,
    "relay": _relay,
    "breath": _breath,
    "without": _without,
    "scatter": _scatter,
}
