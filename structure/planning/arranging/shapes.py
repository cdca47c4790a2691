"""How a section goes: who enters, rests or leaves after how many bars, by the habits of its style.

A shape is drawn for the style's own band, of which every stem of a song takes the line of its chair. So a
stem that is added, or another section that is edited, changes nobody else's line.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from structure.base.labels import REFRAINS
from structure.base.sampling import generator, pick, pick_weighted
from structure.planning.arranging.scene import Member, Passage
from structure.planning.arranging.sheets import Sheet, less, plain
from structure.presets.arrangements import Arrangement, Shape

STEADY = (*REFRAINS, "postchorus")
"""Kinds of section whose rhythm section plays throughout."""

_LINKS = ("intro", "breakdown", "interlude", "outro", "coda", "build")
"""Kinds of section that one player may begin, or end, alone."""

_SHORT, _LONG = 4, 16
"""Bars of a section up to which things happen once, and from which on they happen in both halves."""

_SWAPS = 0.3
"""How often neighbours change places in the order of entries, so that not all songs begin alike. Intros and
outros have the beat throughout in styles whose drums come first."""


_SEVERAL = 3
"""Players of an exact ensemble, beside those with the melody, of whom two may rest at once."""

_RESTS_HALF = 0.5
"""How often one of an exact ensemble rests for half a section, and not for a quarter of it."""

_TWICE = 0.75
"""How often something happens in the second half of a long section, too."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A passage for which a shape is drawn.

    It has those who accompany, in the order in which they would enter, and the number of bars between
    their entries.
    """

    passage: Passage
    habits: Arrangement
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
        harmony.sort(key=lambda member: (member.role != "chords", member.rank))
        rhythm = [member for member in self.players if member.role in ("drums", "bass") and not member.rank]
        return (*rhythm, *harmony[:1])

    @property
    def colours(self) -> tuple[Member, ...]:
        """Return those without whom the band is still a band, the first to enter first."""
        return tuple(member for member in self.players if member not in self.core)

    @property
    def resting(self) -> tuple[Member, ...]:
        """Return those who may rest: in refrains who adds colour, elsewhere all but who begins."""
        return self.colours if self.passage.kind in STEADY else self.players[1:]

    def rest(self, sheet: Sheet, member: Member, bars: Sequence[int]) -> Sheet:
        """Return a sheet on which one rests in some bars; drums, bass and chords may play less instead."""
        rests = member not in self.core or self.rng.random() >= self.habits.thins
        return sheet.write_states(member.name, bars, "out" if rests else less(member), self.bars)


def stage(passage: Passage, habits: Arrangement, rng: random.Random) -> Stage:
    """Return a passage with who enters after whom, and after how many bars."""
    order = list(habits.order)
    players = sorted(passage.lineup, key=lambda member: (order.index(member.role), member.rank))
    keeps_beat = passage.kind in ("intro", "outro") and order[0] == "drums"
    for i in range(len(players) - 1):
        if rng.random() < _SWAPS and not (keeps_beat and i == 0):
            players[i], players[i + 1] = players[i + 1], players[i]
    steps = {step: weight for step, weight in habits.steps.items() if 2 * step <= passage.bars}
    step = pick_weighted(rng, steps) if sum(steps.values()) else 1
    return Stage(passage, habits, tuple(players), step, rng)


def draw_sheet(passage: Passage, habits: Arrangement, rng: random.Random) -> Sheet:
    """Return the sheet of a passage for the style's own band, by the names of its stems."""
    weights = dict(habits.shapes_of(passage.kind))
    if passage.index > 1 and passage.kind not in _LINKS and len(weights) > 1:
        weights.pop("gather", None)  # what returns does not gather again
    shape = pick_weighted(rng, weights)
    own = stage(passage, habits, rng)
    if not own.players or passage.bars < 2:
        return Sheet()
    sheet = Sheet() if shape == "full" else _SHAPES[shape](own)
    is_whole = shape == "scatter" or (shape == "full" and passage.kind in STEADY)
    if passage.bars >= _LONG and not is_whole and rng.random() < _TWICE:
        sheet = _breath(own, sheet, passage.bars // 2)

    # Some of the rhythm section only play less in the first half; in refrains drums and bass do not.
    for member in own.core:
        is_light = rng.random() < habits.thins / 2
        if passage.kind in STEADY and member.role in ("drums", "bass"):
            continue
        if is_light and sheet.states(member.name) is None:
            sheet = sheet.write_states(member.name, range(own.bars // 2), less(member), own.bars)

    # Some pads have few voices in the first half of what they play, and then all.
    for member in own.players:
        if member.role != "pad" or rng.random() >= habits.opens:
            continue
        states = sheet.states(member.name) or plain(own.bars)
        start = next((bar for bar, state in enumerate(states) if state != "out"), own.bars)
        half = range(start, (start + own.bars) // 2)
        if states[-1] != "out" and all(states[bar] == "full" for bar in half):
            sheet = sheet.write_states(member.name, half, less(member), own.bars)
    return sheet


def draw_added_sheet(passage: Passage, member: Member, habits: Arrangement) -> Sheet:
    """Return the sheet of a player who has no chair in the style's own band.

    It enters in the middle, or plays throughout.
    """
    rng = generator(passage.seed, "added", *member.chair)
    if passage.bars < 2 or rng.random() < 0.5:
        return Sheet()
    return stage(passage, habits, rng).rest(Sheet(), member, range(passage.bars // 2))


def of_few(
    passage: Passage, members: Sequence[Member], rng: random.Random, *, is_again: bool = False
) -> Sheet:
    """Return the sheet of a passage of an exact ensemble.

    One plays less in its first half, or towards its end. Others enter after some bars, or rest before the
    end. Where it ``is_again`` what was there just before, somebody rests in its first half.
    """
    able = rng.sample(members, len(members))
    if not able or passage.bars < 2:
        return Sheet()
    is_late = rng.random() < 0.2 and not (passage.is_last or is_again)
    quarter = max(1, passage.bars // 4)
    lasts = 2 * quarter if rng.random() < 0.6 or passage.bars < _SHORT else quarter
    rests = 2 * quarter if is_again or rng.random() < _RESTS_HALF else quarter
    first, last = range(rests), range(lasts)
    if is_late:
        first = range(passage.bars - rests, passage.bars)
        last = range(passage.bars - lasts, passage.bars)

    if len(able) < _SEVERAL:
        sheet = Sheet().write_states(able[0].name, last, less(able[0]), passage.bars)
        resting = able[1:] if is_again or rng.random() < 0.75 else []
    else:
        is_voice = able[-1].role == "pad"  # an inner voice, of which nothing can be left out
        sheet = Sheet().write_states(
            able[-1].name, last, "out" if is_voice else less(able[-1]), passage.bars
        )
        resting = able[: 1 if is_voice else rng.choice((1, 2))]
    for member in resting:
        sheet = sheet.write_states(member.name, first, "out", passage.bars)
    return sheet


def _gather(own: Stage) -> Sheet:
    """Let some begin, and the others enter one after another, all of them before the last quarter."""
    alone = own.passage.kind in _LINKS and own.rng.random() < 0.5
    founders = 1 if alone or len(own.players) < 3 else 2
    sheet, latest = Sheet(), max(1, own.bars * 3 // 4)
    for number, member in enumerate(own.players[founders:], start=1):
        at = min(number * own.step, latest // own.step * own.step or 1)
        sheet = own.rest(sheet, member, range(at))
    return sheet


def _late(own: Stage) -> Sheet:
    """Let one enter in the middle, or after one step, and perhaps a second one at the other place."""
    places = [own.bars // 2, own.step] if own.rng.random() < 0.6 else [own.step, own.bars // 2]
    sheet, able = Sheet(), own.resting
    count = 2 if len(able) > 1 and own.rng.random() < 0.5 else 1
    for at, member in zip(places, own.rng.sample(able, min(count, len(able))), strict=False):
        sheet = own.rest(sheet, member, range(at))
    return sheet


def _relay(own: Stage) -> Sheet:
    """Let one player take over from another in the second half.

    Drums and bass do not leave for it. A player who has nobody to relieve enters in the second half.
    """
    leaving = [member for member in own.resting if member.role not in ("drums", "bass")]
    if len(own.resting) == 1:
        return own.rest(Sheet(), own.resting[0], range(own.bars // 2))
    if len(own.resting) < 2 or not leaving:
        return _late(own)
    first = pick(own.rng, leaving)
    second = pick(own.rng, [member for member in own.resting if member != first])
    half = own.bars // 2
    sheet = own.rest(Sheet(), second, range(half))
    return own.rest(sheet, first, range(half, own.bars))


def _breath(own: Stage, sheet: Sheet | None = None, start: int = 0) -> Sheet:
    """Let one rest for a while in the middle.

    In a half, which begins at ``start``, it is from its first bar on, or up to its last quarter.
    """
    sheet = sheet or Sheet()
    able = []
    for member in own.resting:
        # Two rests are not next to each other.
        states = sheet.states(member.name) or ()
        if all(state == "full" for state in states[max(0, start - 2) :]):
            able.append(member)
    if not able:
        return sheet
    member, bars = pick(own.rng, able), own.bars - start
    lasts = 1 if bars <= _SHORT else max(2, bars // 2 if own.rng.random() < 0.4 else bars // 4)
    first = start if own.rng.random() < 0.5 and start else start + bars * 3 // 4 - lasts
    return own.rest(sheet, member, range(max(start, first), first + lasts))


def _without(own: Stage) -> Sheet:
    """Let one who adds colour play only at the end."""
    if not own.colours or own.passage.kind in STEADY:
        return _late(own)
    member = pick(own.rng, own.colours)
    return own.rest(Sheet(), member, range(max(own.bars // 2, own.bars - own.step)))


def _scatter(own: Stage) -> Sheet:
    """Let players leave one after another, the last to enter first; two of them stay, or one of two."""
    sheet = Sheet()
    leaving = own.players[2:][::-1] or own.players[1:]
    for number, member in enumerate(leaving):
        at = max(own.bars // 4, own.bars - (len(leaving) - number) * own.step)
        sheet = own.rest(sheet, member, range(at, own.bars))
    return sheet


_SHAPES: Mapping[Shape, Callable[[Stage], Sheet]] = {
    "gather": _gather,
    "late": _late,
    "relay": _relay,
    "breath": _breath,
    "without": _without,
    "scatter": _scatter,
}
