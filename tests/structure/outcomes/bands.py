"""Songs by hand for the checks of wishes: sections in order, and players who play a bar at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from structure.base.grid import Grid, Meter
from structure.base.types import Role
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.specs.wishes import Outcome, When, Where, Wish, Wishes
from tests.builders import make_plan, make_visit

Stroke = tuple[float, float, int, int]
"""Quarters from the downbeat, duration, pitch, velocity."""

Bar = Callable[[str, int], Sequence[Stroke]]
"""What somebody plays in a bar of the song (from 0), given its section's label such as ``chorus 2``."""

SCALE = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Player:
    """A stem and what it plays."""

    name: str
    role: Role
    prompt: str
    bar: Bar


def rock_beat(label: str, bar: int) -> Sequence[Stroke]:
    """Kick on 1 and 3, snare on 2 and 4, closed hi-hat in eighths."""
    hats = [(i / 2, 0.25, 42, 70) for i in range(8)]
    return [(0, 0.25, 36, 100), (2, 0.25, 36, 100), (1, 0.25, 38, 100), (3, 0.25, 38, 100), *hats]


def tune(label: str, bar: int) -> Sequence[Stroke]:
    """A line of quarters up and down the C major scale."""
    return [(beat, 0.9, 60 + SCALE["major"][(bar + 2 * beat) % 7], 90) for beat in range(4)]


def long_chord(label: str, bar: int) -> Sequence[Stroke]:
    """The triad of the bar, held: C, F, G and C in turn."""
    root = (0, 5, 7, 0)[bar % 4]
    return [(0, 4, 48 + root + step, 80) for step in (0, 4, 7)]


def roots(label: str, bar: int) -> Sequence[Stroke]:
    """The root of the bar, in halves."""
    return [(half, 1.9, 36 + (0, 5, 7, 0)[bar % 4], 90) for half in (0, 2)]


def only(*labels: str) -> Callable[[Bar], Bar]:
    """What is played in some sections alone, by their labels or kinds."""

    def limit(bar: Bar) -> Bar:
        return lambda label, number: bar(label, number) if {label, label.split()[0]} & set(labels) else ()

    return limit


def but(*labels: str) -> Callable[[Bar], Bar]:
    """What is not played in some sections."""

    def limit(bar: Bar) -> Bar:
        return lambda label, number: () if {label, label.split()[0]} & set(labels) else bar(label, number)

    return limit


def bars(first: int, last: int) -> Callable[[Bar], Bar]:
    """What is played from one bar to another alone, both counted from 1."""

    def limit(bar: Bar) -> Bar:
        return lambda label, number: bar(label, number) if first <= number + 1 <= last else ()

    return limit


DRUMS = Player("drums", "drums", "rock drum kit", rock_beat)
BASS = Player("bass", "bass", "electric bass", roots)
PIANO = Player("piano", "chords", "grand piano", long_chord)
GUITAR = Player("guitar", "lead", "electric guitar", tune)
STRINGS = Player("strings", "pad", "lush strings", long_chord)
BAND = (DRUMS, BASS, PIANO, GUITAR)
WALK = ("intro 4", "verse 8", "chorus 8", "verse 8", "chorus 8", "bridge 8", "chorus 8", "outro 4")


def where(player: Player, limit: Callable[[Bar], Bar]) -> Player:
    """The same player, who plays in some places alone."""
    return Player(player.name, player.role, player.prompt, limit(player.bar))


Chords = Callable[[str, int], tuple[str, int, tuple[int, ...]]]
"""Symbol, root, and pitch classes of a bar."""


def three_chords(label: str, bar: int) -> tuple[str, int, tuple[int, ...]]:
    """C, F, G, C."""
    root = (0, 5, 7, 0)[bar % 4]
    return "CFGC"[bar % 4], root, (root, (root + 4) % 12, (root + 7) % 12)


def song(
    walk: Sequence[str] = WALK,
    players: Sequence[Player] = BAND,
    *,
    chords: Chords = three_chords,
    grid: Grid | None = None,
    **other: Any,
) -> SongPlan:
    """A song of a walk such as ``verse 8, chorus 8`` and its players; 4/4 at 120 unless said."""
    grid = grid or Grid.steady(120, Meter(4, 4))
    visits, start, counts = [], 0, dict.fromkeys((entry.split()[0] for entry in walk), 0)
    for entry in walk:
        name, length = entry.split()[0], int(entry.split()[1])
        counts[name] += 1
        score = _score(f"{name} {counts[name]}", start, length, players, chords, grid)
        visits.append(make_visit(name, score, index=counts[name], start_bar=start))
        start += length
    heard = {name for visit in visits for name in visit.music.score.parts}
    stems = [StemPlan(p.name, p.role, p.prompt, "", 0.0, 0.0, 0.1) for p in players if p.name in heard]
    return make_plan(visits, stems, grid, **other)


def _score(
    label: str, start: int, length: int, players: Sequence[Player], chords: Chords, grid: Grid
) -> SectionScore:
    base = grid.quarters_at_bar(start)
    parts: dict[str, Part] = {}
    for player in players:
        notes = [
            Note(
                _exact(grid, start + bar, base, onset),
                Fraction(duration).limit_denominator(96),
                pitch,
                velocity,
            )
            for bar in range(length)
            for onset, duration, pitch, velocity in player.bar(label, start + bar)
        ]
        if notes:
            ordered = sorted(notes, key=lambda note: (note.onset, note.pitch))
            parts[player.name] = Part(player.role, tuple(ordered))
    events = []
    for bar in range(length):
        symbol, root, pitch_classes = chords(label, start + bar)
        onset = grid.quarters_at_bar(start + bar) - base
        end = grid.quarters_at_bar(start + bar + 1) - base
        events.append(ChordEvent(symbol, onset, end - onset, root, root, pitch_classes))
    return SectionScore(length, tuple(events), parts)


def _exact(grid: Grid, bar: int, base: Fraction, onset: float) -> Fraction:
    return grid.quarters_at_bar(bar) - base + Fraction(onset).limit_denominator(96)


def place(text: str) -> Where:
    """``chorus``, ``chorus 2``, ``chorus last``."""
    name, _, visit = text.partition(" ")
    return Where(section=name, visit=None if not visit else -1 if visit == "last" else int(visit))


def asked(
    plan: SongPlan,
    kind: str,
    what: str,
    *,
    within: str = "",
    stem: str | None = None,
    beside: Sequence[Wish] = (),
    **other: Any,
) -> Outcome:
    """The outcome of one wish, said beside others."""
    spot = place(within) if within else Where()
    spot = Where(section=spot.section, visit=spot.visit, stem=stem)
    wish = Wish(kind=kind, what=what, where=spot, **other)
    return check_wishes(plan, Wishes("", (wish, *beside)))[0]


def obeys(plan: SongPlan, kind: str, what: str, **other: Any) -> bool:
    """Whether a song does what a wish asks."""
    return asked(plan, kind, what, **other).result == "obeyed"


def at(text: str) -> When:
    """The time ``text``: see :func:`when`."""
    return when("at", text)


def when(relation: str, text: str) -> When:
    """A time: a place, ``bar 9``, ``60 s``, ``start`` or ``end``."""
    if text in ("start", "end"):
        return When(relation=relation, edge=text)
    if text.startswith("bar "):
        return When(relation=relation, bar=int(text.split()[1]))
    if text.endswith(" s"):
        return When(relation=relation, seconds=float(text.split(maxsplit=1)[0]))
    return When(relation=relation, place=place(text))
