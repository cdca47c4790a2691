"""Are solos solos? Their density and build, who plays them, how long they are, and what is in them.

Beside the songs that it is given it plans some of the styles that have solos, with a guitar solo that is
asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from structure.arrange.figures import strong_positions
from structure.arrange.solos.habits import can_solo
from structure.base.grid import Meter
from structure.forms.section_lengths import section_kind
from structure.harmony.bars import chord_at
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.specs.spec import SongSpec
from tests.benchmarks.living.rows import Row, Songs

STYLES = ("rock", "jazz", "blues", "metal", "soul", "funk", "country")
"""Styles whose songs are planned with a solo that is asked for."""

_SENTENCES = {style: f"a {style} song with a guitar solo after the second chorus" for style in STYLES}
_SENTENCES["prog"] = "a progressive rock song with a guitar solo after the second chorus"
_LENGTHS = (8, 12, 16, 24, 32)
_EARLY = Fraction(1, 40)
_DENSER, _LOWEST_REAL, _MOST = 1.3, 1.5, 0.9


@dataclass(frozen=True, slots=True)
class Solo:
    """A solo: its visit and metre, who plays it, who else than who has the tune in verses could, its notes
    in order, how dense verses are, and whether the user asks for it."""

    visit: Visit
    meter: Meter
    stem: str
    role: str
    others: frozenset[str]
    notes: tuple[Note, ...]
    verse: float
    is_asked: bool

    @property
    def density(self) -> float:
        """Return how many strokes a bar has."""
        return len({note.onset for note in self.notes}) / self.visit.bars


def rows(songs: Songs, data: Path) -> list[Row]:
    """Return what solos are like, by style and in all."""
    found = {style: [solo for plan in plans for solo in solos_of(plan)] for style, plans in songs.items()}
    for name, sentence in _SENTENCES.items():
        if "rock" if name == "prog" else name in songs:
            planned = [plan_song(SongSpec(description=sentence, seed=seed)) for seed in range(3)]
            found[name] = [
                *found.get(name, ()),
                *(solo for plan in planned for solo in solos_of(plan, is_asked=True)),
            ]
    table = [row for style, own in found.items() if own for row in _density(style, own)]
    every = [solo for own in found.values() for solo in own]
    return [*table, *_all_rows(every)] if every else table


def solos_of(plan: SongPlan, *, is_asked: bool = False) -> Iterator[Solo]:
    """Yield the solos of pitched players of a song."""
    roles = {stem.name: stem.role for stem in plan.stems}
    verses = [_tune_density(visit, roles) for visit in plan.visits if _is_verse(visit)]
    verse = mean(verses) if any(verses) else 0.0
    singers = {name for v in plan.visits if _is_verse(v) for name in _tune(v, roles)}
    harmony = sum(s.role in ("chords", "pad", "arpeggio") for s in plan.stems)
    able = {
        s.name
        for s in plan.stems
        if s.role == "lead" or can_solo(s.prompt, s.role, plan.genre, is_backed=harmony > 1)
    }
    for visit in plan.visits:
        stem = _soloist(visit, roles)
        part = visit.music.score.parts.get(stem) if stem else None
        others = frozenset(able - singers) & set(visit.music.score.parts)
        if stem and part and part.role != "drums":
            notes = _right_hand(part.notes) if part.role == "chords" else part.notes
            yield Solo(visit, plan.grid_of(visit).meter, stem, part.role, others, notes, verse, is_asked)


def _right_hand(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The line of a player who strikes chords under it: the notes above the lowest gap of three semitones
    or more above which most strokes are single notes."""
    heights = sorted({note.pitch for note in notes})
    for low, high in pairwise((-_HANDS_APART, *heights)):
        above = [note for note in notes if note.pitch >= high]
        if high - low >= _HANDS_APART and len({note.onset for note in above}) >= _SINGLE * len(above):
            return tuple(above)
    return tuple(notes)


_HANDS_APART, _SINGLE = 3, 0.8


def _is_verse(visit: Visit) -> bool:
    return section_kind(visit.place.name) in ("verse", "head")


def _tune_density(visit: Visit, roles: dict[str, str]) -> float:
    """How many strokes a bar the first melody of a visit has."""
    notes = [note for name in _tune(visit, roles) for note in visit.music.score.parts[name].notes]
    return len({note.onset for note in notes}) / visit.bars


def _tune(visit: Visit, roles: dict[str, str]) -> list[str]:
    """The first melody of a visit, if any."""
    return [name for name in visit.music.score.parts if roles.get(name) == "lead"][:1]


def _soloist(visit: Visit, roles: dict[str, str]) -> str | None:
    """Who has the solo of a visit: whom an event names, else its first melody."""
    named = [event.stem for event in visit.music.events if event.do == "solo"]
    if named:
        return named[0]
    if section_kind(visit.place.name) != "solo":
        return None
    return next(iter(_tune(visit, roles)), None)


def _density(style: str, solos: Sequence[Solo]) -> list[Row]:
    ratios = [solo.density / solo.verse for solo in solos if solo.verse]
    if not ratios:
        return []
    ours = median(ratios)
    return [Row("density of solos against verses", style, ours, _LOWEST_REAL, ">= 1.3", ours >= _DENSER)]


def _all_rows(solos: Sequence[Solo]) -> list[Row]:
    choices = [solo for solo in solos if solo.others and not solo.is_asked]
    shares = {
        "solos at least 1.3 times as dense": [s.density >= _DENSER * s.verse for s in solos if s.verse],
        "solos of another player, where one is": [solo.stem in solo.others for solo in choices],
        "solos of 8, 12, 16, 24 or 32 bars": [solo.visit.bars in _LENGTHS for solo in solos],
        "solos denser in their last third": [_grows(solo, _strokes) for solo in solos],
        "solos higher in their last third": [_grows(solo, _height) for solo in solos],
        "solos with three idioms or more": [len(idioms(solo)) >= 3 for solo in solos],
        "chord tones on strong beats": [tone for solo in solos for tone in _strong_tones(solo)],
        "intervals up to an octave": [small for solo in solos for small in _intervals(solo)],
        "solos that breathe every four bars": [_breathes(solo) for solo in solos],
    }
    asked = {"chord tones on strong beats": 0.75, "intervals up to an octave": 0.98}
    found = []
    for what, values in shares.items():
        if values:
            ours, bound = sum(values) / len(values), asked.get(what, _MOST)
            found.append(Row(what, "all", ours, None, f">= {bound:g}", ours >= bound))
    for idiom in ("run", "arpeggio", "approach", "bend", "double stop", "riff"):
        ours = mean(idiom in idioms(solo) for solo in solos)
        found.append(Row(f"solos with a {idiom}", "all", ours))
    return found


def _thirds(solo: Solo) -> tuple[list[Note], list[Note]]:
    third = solo.visit.bars * solo.meter.bar_quarters / 3
    first = [note for note in solo.notes if note.onset < third]
    last = [note for note in solo.notes if note.onset >= 2 * third]
    return first, last


def _grows(solo: Solo, measure: object) -> bool:
    first, last = _thirds(solo)
    assert callable(measure)
    return bool(first and last and measure(last) > measure(first))


def _strokes(notes: Iterable[Note]) -> float:
    return len({note.onset for note in notes})


def _height(notes: Iterable[Note]) -> float:
    return mean(note.pitch for note in notes)


def line_of(notes: Sequence[Note]) -> list[Note]:
    """Return the highest note of each stroke, in order."""
    top: dict[Fraction, Note] = {}
    for note in sorted(notes, key=lambda own: (own.onset, own.pitch)):
        top[note.onset] = note
    return list(top.values())


def idioms(solo: Solo) -> set[str]:
    """Return what a player would know by name: runs, arpeggios, approaches, bends, double stops, riffs."""
    line = line_of(solo.notes)
    found = set()
    if len(line) < len(solo.notes):
        found.add("double stop")
    if any(note.bend for note in line):
        found.add("bend")
    moves = [b.pitch - a.pitch for a, b in pairwise(line)]
    quick = [b.onset - a.onset <= solo.meter.beat_quarters * Fraction(3, 5) for a, b in pairwise(line)]
    for index in range(len(moves) - 3):
        own = moves[index : index + 4]
        if all(quick[index : index + 4]) and (
            all(0 < m <= 3 for m in own) or all(-3 <= m < 0 for m in own)
        ):
            found.add("run")
    for index in range(len(moves) - 1):
        own = moves[index : index + 2]
        if all(3 <= m <= 5 for m in own) or all(-5 <= m <= -3 for m in own):
            found.add("arpeggio")
    for a, b in pairwise(line):
        chord = chord_at(solo.visit.music.score.chords, b.onset + _EARLY)
        before = chord_at(solo.visit.music.score.chords, a.onset + _EARLY)
        tones = b.pitch % 12 in chord.pitch_classes, a.pitch % 12 in before.pitch_classes
        if abs(a.pitch - b.pitch) == 1 and tones == (True, False):
            found.add("approach")
    shapes = [(note.pitch, round((b.onset - note.onset) * 12)) for note, b in pairwise(line)]
    for size in (2, 3, 4, 6):
        for index in range(len(shapes) - 2 * size + 1):
            cell = shapes[index : index + size]
            if len(set(cell)) > 1 and cell == shapes[index + size : index + 2 * size]:
                found.add("riff")
    return found


def _strong_tones(solo: Solo) -> Iterator[bool]:
    """Whether what is struck on strong beats belongs to its chord."""
    strong = strong_positions(solo.meter)
    for note in line_of(solo.notes):
        place = (note.onset + _EARLY) % solo.meter.bar_quarters
        if any(abs(place - _EARLY - at) <= _EARLY for at in strong):
            yield (
                note.pitch % 12
                in chord_at(solo.visit.music.score.chords, note.onset + _EARLY).pitch_classes
            )


def _intervals(solo: Solo) -> Iterator[bool]:
    for a, b in pairwise(line_of(solo.notes)):
        yield abs(a.pitch - b.pitch) <= 12


def _breathes(solo: Solo) -> bool:
    """Whether no stretch without a rest of half a beat is longer than four bars and a half."""
    began = None
    end = Fraction(0)
    for note in line_of(solo.notes):
        if began is None or note.onset - end >= solo.meter.beat_quarters * Fraction(2, 5):
            began = note.onset
        if note.onset - began > solo.meter.bar_quarters * Fraction(9, 2):
            return False
        end = max(end, note.end)
    return True
