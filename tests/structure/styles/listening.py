"""What a listener who knows a style hears in a plan: strokes, chords, lines, sections."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from statistics import fmean

from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.presets.programs import guess_program

KICK, SNARE, HATS = (36,), (37, 38, 39), (42, 44, 46, 51, 54, 70)
REFRAINS = ("chorus", "drop", "hook", "head")

Bars = list[frozenset[int]]
"""For each bar where something is struck, in twelfths of a quarter."""


def place(onset: Fraction) -> int:
    """Return a place in a bar in twelfths of a quarter, which are thirds and sixteenths alike."""
    at = float(onset)
    return min((round(at * 4) * 3, round(at * 3) * 4), key=lambda p: abs(p / 12 - at))


@dataclass(frozen=True)
class Heard:
    """A planned song with what can be heard in it."""

    song: SongPlan

    @cached_property
    def roles(self) -> dict[str, str]:
        """Return the role of each stem."""
        return {stem.name: stem.role for stem in self.song.stems}

    @property
    def tempo(self) -> float:
        """Return the quarters a minute."""
        return float(self.song.grid.tempo_bpm * self.song.meter.beat_quarters)

    @property
    def bar(self) -> Fraction:
        """Return the quarters of a bar."""
        return Fraction(self.song.meter.bar_quarters)

    @property
    def seconds(self) -> float:
        """Return the length of the song without its last ring."""
        return self.song.grid.seconds_at(self.song.grid.quarters_at_bar(self.song.visits[-1].end_bar))

    def kind(self, visit: Visit) -> str:
        """Return the kind of a visit's section."""
        return next(node.kind for node in self.song.graph.sections if node.name == visit.place.name)

    def visits(self, kinds: Collection[str] = ()) -> list[Visit]:
        """Return the visits of some kinds, of all where none is given."""
        return [visit for visit in self.song.visits if not kinds or self.kind(visit) in kinds]

    def notes(self, visit: Visit, role: str) -> list[Note]:
        """Return the notes of all stems of a role in a visit."""
        parts = visit.music.score.parts
        return [note for name, part in parts.items() if part.role == role for note in part.notes]

    def bars_with(self, visit: Visit, role: str) -> set[int]:
        """Return the bars of a visit, from 0, in which a role sounds."""
        found: set[int] = set()
        for note in self.notes(visit, role):
            found |= set(range(int(note.onset // self.bar), int(-(-note.end // self.bar))))
        return found

    def strokes(
        self, role: str, pitches: Collection[int] = (), kinds: Collection[str] = (), *, fills: bool = True
    ) -> Bars:
        """Return where a role strikes in each of its bars; without ``fills`` not in the last of a visit."""
        found: Bars = []
        for visit in self.visits(kinds):
            end = visit.bars * self.bar if fills else (visit.bars - 1) * self.bar - Fraction(1, 24)
            struck = [note for note in self.notes(visit, role) if note.onset < end]
            found += self._bars_of(note for note in struck if not pitches or note.pitch in pitches)
        return found

    def strokes_of(self, programs: Collection[int]) -> Bars:
        """Return where the stems of some General MIDI programs strike in each bar in which they do."""
        found: Bars = []
        for visit in self.song.visits:
            for stem in self.song.stems:
                if stem.role != "drums" and guess_program(stem.prompt, stem.role) in programs:
                    part = visit.music.score.parts.get(stem.name)
                    found += self._bars_of(part.notes if part else ())
        return found

    def _bars_of(self, notes: Iterable[Note]) -> Bars:
        bars: dict[int, set[int]] = {}
        for note in notes:
            number = int((note.onset + Fraction(1, 24)) // self.bar)
            at = max(Fraction(0), note.onset - number * self.bar)
            bars.setdefault(number, set()).add(place(at))
        return [frozenset(own) for own in bars.values()]

    def plays(self, role: str, kinds: Collection[str]) -> float:
        """Return the share of the visits of some kinds in which a role plays."""
        visits = self.visits(kinds)
        return fmean(bool(self.notes(visit, role)) for visit in visits) if visits else 0.0

    def programs(self, role: str) -> set[int]:
        """Return the General MIDI programs of the stems of a role."""
        return {guess_program(stem.prompt, stem.role) for stem in self.song.stems if stem.role == role}

    def chords(self, kinds: Collection[str] = ()) -> list[str]:
        """Return the chords, each as often as it begins."""
        return [chord.symbol for visit in self.visits(kinds) for chord in visit.music.score.chords]

    def changes_a_bar(self, kinds: Collection[str] = ()) -> float:
        """Return how often the chord changes in a bar, on average."""
        changes = bars = 0
        for visit in self.visits(kinds):
            score = visit.music.score
            changes += sum(one.symbol != two.symbol for one, two in pairwise(score.chords))
            bars += score.bars
        return changes / bars

    def lengths(self, kinds: Collection[str] = ()) -> list[int]:
        """Return the bars of the visits of some kinds."""
        return [visit.music.score.bars for visit in self.visits(kinds)]

    def density(self, role: str, kinds: Collection[str] = ()) -> float:
        """Return the strokes a bar of a role, over the bars in which it plays."""
        bars = self.strokes(role, (), kinds)
        return fmean(map(len, bars)) if bars else 0.0


def share(bars: Iterable[frozenset[int]], test: Callable[[frozenset[int]], bool]) -> float:
    """Return the share of bars that pass a test; 0 where there are none."""
    marks = [test(bar) for bar in bars]
    return sum(marks) / len(marks) if marks else 0.0


def on(*beats: float) -> frozenset[int]:
    """Return beats, from 1, as places in a bar."""
    return frozenset(round((beat - 1) * 12) for beat in beats)


def has(bars: Bars, *beats: float, least: float = 0.8) -> bool:
    """Tell whether a share of the bars has strokes on all of some beats."""
    return share(bars, lambda bar: on(*beats) <= bar) >= least


def lacks(bars: Bars, *beats: float, least: float = 0.8) -> bool:
    """Tell whether a share of the bars has no stroke on some beats."""
    return bool(bars) and share(bars, lambda bar: not on(*beats) & bar) >= least


def rests_of(notes: Sequence[Note], bars: int, bar: Fraction) -> float:
    """Return the share of a section in which a line does not sound."""
    return 1 - float(sum((note.duration for note in notes), Fraction(0)) / (bars * bar))
