"""Do drums, bass and comping live: grooves, bar rhythms, counter-melodies and timing.

Rhythms are onsets on the sixteenth grid of a bar. A groove is where kick and snare (rim and clap are its
stand-ins) strike in the first four bars of the first refrain; two differ where a quarter of their strokes
do. A bar has a counter-melody where a player that has neither the tune nor the bass has a line of single
notes, most of them steps. The tune rests in a bar where a beat and a half or more are silent or held.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev

from structure.base.types import Role
from structure.forms.section_lengths import section_kind
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.presets.styles import lineage
from tests.benchmarks.living.rows import Row, Songs

PLAYERS = ("pop", "rock", "soul", "ballad")
"""Styles for which the figures are those of pianists."""

REPEATS: Mapping[str, tuple[float, float]] = {
    "pop": (0.3, 0.3),
    "rock": (0.3, 0.3),
    "soul": (0.3, 0.3),
    "ballad": (0.3, 0.3),
    "jazz": (0.3, 0.5),
    "country": (0.45, 0.45),
    "folk": (0.45, 0.45),
    "blues": (0.45, 0.5),
    "funk": (0.5, 0.5),
    "hip-hop": (0.6, 0.6),
    "lo-fi": (0.5, 0.5),
    "waltz": (0.6, 0.6),
    "classical": (0.6, 0.6),
    "metal": (0.6, 0.65),
    "reggae": (0.9, 0.5),
    "ambient": (0.95, 0.9),
    "synthwave": (0.75, 0.85),
    "drum-and-bass": (0.85, 0.7),
    "house": (0.75, 0.85),
    "techno": (0.8, 0.95),
}
"""The most bars whose chords and whose bass may repeat the rhythm of the bar before: what is a loop in its
style stays one, and what a player plays by hand does not."""

MACHINES = (
    *("techno", "house", "drum-and-bass", "synthwave", "amapiano", "breakbeat", "chiptune", "dancehall"),
    *("drill", "dubstep", "edm", "electro-swing", "future-bass", "hardstyle", "jungle"),
    *("phonk", "reggaeton", "trance", "trap", "uk-garage"),
)
"""Styles in which nobody plays by hand."""

_USUAL_REPEATS = (0.5, 0.5)


def _asked_repeats(style: str) -> tuple[float, float]:
    """The most repeats of a style, else of the nearest style that it is like."""
    return next((REPEATS[name] for name in lineage(style) if name in REPEATS), _USUAL_REPEATS)


_KICK, _SNARE = (35, 36), (37, 38, 39, 40)
_REFRAINS = ("chorus", "drop", "hook", "head", "verse")
_BARS = 4
_FIFTH = 5
"""Players from which on an arrangement has one to spare for a counter-melody."""

Rhythm = frozenset[int]


def rows(songs: Songs, data: Path) -> list[Row]:
    """Return the measures of the grooves of songs beside ``pop_comping.json``."""
    counts = json.loads((data / "pop_comping.json").read_text())["figures"]
    found: list[Row] = []
    for style, plans in songs.items():
        found += _grooves(style, plans)
        found += _repeats(style, plans, counts)
        found += _counters(style, plans, counts)
        found += _timing(style, plans)
    return found


def _grooves(style: str, plans: Sequence[SongPlan]) -> Iterator[Row]:
    grooves = [groove for plan in plans if (groove := chorus_groove(plan))]
    if grooves:
        most = min(4, len(plans))
        kinds = different(grooves)
        yield Row("chorus grooves", style, kinds, None, f">= {most}", kinds >= most)


def chorus_groove(plan: SongPlan) -> frozenset[tuple[int, str]]:
    """Return the strokes of kick and snare in the first bars of the first refrain that has some."""
    for visit in sorted(
        plan.visits, key=lambda v: _REFRAINS.index(_kind(v)) if _kind(v) in _REFRAINS else 9
    ):
        hits = set()
        for note in _notes(visit, "drums"):
            drum = "kick" if note.pitch in _KICK else "snare" if note.pitch in _SNARE else ""
            place = _step(note.onset)
            if drum and place < _BARS * 4 * plan.meter.bar_quarters:
                hits.add((place, drum))
        if hits and _kind(visit) in _REFRAINS:
            return frozenset(hits)
    return frozenset()


def different(grooves: Sequence[frozenset[tuple[int, str]]]) -> int:
    """Return the size of the largest set of grooves found in which each two differ by a quarter."""
    best = 0
    for first in range(len(grooves)):
        kept: list[frozenset[tuple[int, str]]] = []
        for groove in [*grooves[first:], *grooves[:first]]:
            if all(len(groove ^ own) >= 0.25 * len(groove | own) for own in kept):
                kept.append(groove)
        best = max(best, len(kept))
    return best


def _repeats(
    style: str, plans: Sequence[SongPlan], counts: Mapping[str, Mapping[str, float]]
) -> Iterator[Row]:
    for index, (role, hand) in enumerate((("chords", "high"), ("bass", "low"))):
        marks = [mark for plan in plans for mark in bar_rhythms(plan, role)]
        if not marks:
            continue
        same, distinct = fmean(m[0] for m in marks), fmean(m[1] for m in marks)
        bound = _asked_repeats(style)[index]
        real = counts[f"{hand}_same_as_bar_before"]["mean"]
        yield Row(
            f"bars that repeat the one before: {role}", style, same, real, f"<= {bound}", same <= bound
        )
        real = counts[f"{hand}_distinct_rhythms"]["mean"]
        asked = style in PLAYERS
        yield Row(
            f"distinct bar rhythms: {role}",
            style,
            distinct,
            real,
            ">= 0.2" if asked else "",
            distinct >= 0.2 if asked else None,
        )


def bar_rhythms(plan: SongPlan, role: Role) -> Iterator[tuple[float, float]]:
    """Yield, for each stem of a role, the share of its bars that repeat the rhythm of the bar before, and
    its distinct rhythms as a share of its bars; bars without an onset count as rhythms while it plays."""
    for stem in plan.stems:
        if stem.role != role:
            continue
        bars: list[Rhythm | None] = []
        for visit in plan.visits:
            part = visit.music.score.parts.get(stem.name)
            bars += rhythms(part.notes, visit, plan) if part else [None] * visit.bars
        played = [bar for bar in bars if bar]
        pairs = [(one, two) for one, two in pairwise(bars) if one and two]
        if len(pairs) >= 8:
            yield sum(one == two for one, two in pairs) / len(pairs), len(set(played)) / len(played)


def rhythms(notes: Sequence[Note], visit: Visit, plan: SongPlan) -> list[Rhythm | None]:
    """Return the rhythm of each bar of a visit."""
    steps = round(4 * plan.meter.bar_quarters)
    found: list[set[int]] = [set() for _ in range(visit.bars)]
    for note in notes:
        bar, step = divmod(_step(note.onset), steps)
        if bar < len(found):
            found[bar].add(step)
    return [frozenset(own) if own else None for own in found]


def _counters(
    style: str, plans: Sequence[SongPlan], counts: Mapping[str, Mapping[str, float]]
) -> Iterator[Row]:
    bars = with_counter = at_rest = 0
    for plan in plans:
        for visit in plan.visits:
            pitched = [name for name, part in visit.music.score.parts.items() if part.role != "effects"]
            if len(pitched) >= _FIFTH and _notes(visit, "lead"):
                bars += visit.bars
                counter = counter_bars(plan, visit)
                with_counter += len(counter)
                at_rest += len(counter & resting_bars(plan, visit))
    if not bars:
        return
    asked = style in PLAYERS
    share = with_counter / bars
    resting = at_rest / with_counter if with_counter else 0.0
    real, rests = counts["bridge_bars"]["mean"], counts["bridge_where_melody_rests"]["mean"]
    yield Row(
        "bars with a counter-melody",
        style,
        share,
        real,
        ">= 0.25" if asked else "",
        share >= 0.25 if asked else None,
    )
    yield Row(
        "of these, where the tune rests", style, resting, rests, ">= 0.5" if asked else "",
        resting >= 0.5 if asked else None,
    )  # fmt: skip


def counter_bars(plan: SongPlan, visit: Visit) -> set[int]:
    """Return the bars in which a player beside tune and bass has a line in a rhythm of its own."""
    found: set[int] = set()
    sung = _by_bar(visit.music.score.parts[_tune(visit)].notes, plan)
    tune = {bar: {_step(note.onset) for note in notes} for bar, notes in sung.items()}
    for name in visit.music.score.parts:
        part = visit.music.score.parts[name]
        if part.role in ("chords", "pad", "arpeggio", "lead") and name != _tune(visit):
            found |= {
                bar
                for bar, notes in _by_bar(part.notes, plan).items()
                if is_line(notes) and not {_step(n.onset) for n in notes} <= tune.get(bar, set())
            }
    return {bar for bar in found if bar < visit.bars}


def is_line(notes: Sequence[Note]) -> bool:
    """Tell whether the notes of a bar have a melody in them: single notes most of which go by step, or
    three of them in a row."""
    by_onset: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        by_onset[_step(note.onset)].append(note.pitch)
    single = [pitches[0] for _, pitches in sorted(by_onset.items()) if len(pitches) == 1]
    steps = [0 < abs(one - two) <= 2 for one, two in pairwise(single)]
    return (bool(steps) and sum(steps) >= 0.5 * len(steps)) or any(
        one and two for one, two in pairwise(steps)
    )


def resting_bars(plan: SongPlan, visit: Visit) -> set[int]:
    """Return the bars in which the tune begins nothing for a beat and a half or more on end."""
    tune = visit.music.score.parts[_tune(visit)].notes
    bar, beat = plan.meter.bar_quarters, plan.meter.beat_quarters
    found = set()
    by_bar = _by_bar(tune, plan)
    for number in range(visit.bars):
        start, end = number * bar, (number + 1) * bar
        places = [start, *sorted(note.onset for note in by_bar.get(number, ())), end]
        silent = [two - one for one, two in pairwise(places)]
        if max(silent) >= Fraction(3, 2) * beat:
            found.add(number)
    return found


def _timing(style: str, plans: Sequence[SongPlan]) -> Iterator[Row]:
    by_role: dict[str, list[float]] = defaultdict(list)
    for plan in plans:
        ms = 60_000 / float(plan.grid.tempo_bpm)
        for visit in plan.visits:
            for part in visit.music.score.parts.values():
                if part.role != "effects":
                    by_role[part.role] += [float(note.offset) * ms for note in part.notes]
    for role, offsets in sorted(by_role.items()):
        spread = pstdev(offsets)
        machine = style in MACHINES
        holds = spread == 0 if machine else 6 <= spread <= 12
        yield Row(f"timing spread, ms: {role}", style, spread, None, "0" if machine else "6 to 12", holds)


def _tune(visit: Visit) -> str:
    """The lead with the most notes."""
    leads = {name: len(part.notes) for name, part in visit.music.score.parts.items() if part.role == "lead"}
    return max(leads, key=lambda name: leads[name], default="")


def _kind(visit: Visit) -> str:
    return section_kind(visit.place.name)


def _notes(visit: Visit, role: str) -> list[Note]:
    return [note for part in visit.music.score.parts.values() if part.role == role for note in part.notes]


def _by_bar(notes: Sequence[Note], plan: SongPlan) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = defaultdict(list)
    steps = round(4 * plan.meter.bar_quarters)
    for note in notes:
        found[_step(note.onset) // steps].append(note)
    return found


def _step(onset: Fraction) -> int:
    """The sixteenth nearest to an onset, a swung one its own."""
    return round(float(onset) * 4 + 1e-6)
