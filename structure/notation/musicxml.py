"""A planned song as a MusicXML score, by music21.

Each stem is a part, under the clefs that its players expect: keyboards on two staves where they need them,
transposing instruments as they read. Sections begin with a rehearsal mark and end with a double bar, the
first pitched part carries the chord symbols. Metres and tempi stand where they change, dynamics where a
section is louder or softer than the one before. Swing is written straight under the word "Swing", as
musicians read it; drum hits last to the next hit, a beat at most. The file holds no date and no random
identifier.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

from structure.base.exact import Fraction
from structure.base.files import write_atomically
from structure.base.labels import display_style
from structure.base.types import PLAYERLESS
from structure.engraving.drum_places import drum_places
from structure.engraving.players import Player, player_of, transposition
from structure.notation.bars import Bar, bar_places
from structure.notation.m21 import (
    DrumNames,
    chord_symbol,
    export_score,
    finish_score,
    key_signature,
    m21,
    metadata,
    metronome,
    quarters,
    rehearsal_mark,
    time_signature,
)
from structure.notation.score_notes import Staff, bars_of, write_notes
from structure.notation.touches import Touches
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.presets.styles import Style

_DYNAMICS = ((25, "pp"), (41, "p"), (57, "mp"), (73, "mf"), (89, "f"), (128, "ff"))
"""Marks by the mean velocity below which they stand, as MIDI players take them, less one: plans play p
where a pianist would read pp."""


_CLEFS = {
    "treble": "TrebleClef",
    "treble-8va": "Treble8vaClef",
    "treble-8vb": "Treble8vbClef",
    "alto": "AltoClef",
    "bass": "BassClef",
    "bass-8vb": "Bass8vbClef",
    "percussion": "PercussionClef",
}


def write_musicxml(plan: SongPlan, path: Path) -> None:
    """Write the score as MusicXML. The same plan gives the same bytes."""
    style = plan.style
    score = m21("stream").Score()
    drums: DrumNames = {}
    for index, stem in enumerate(list_written_stems(plan)):
        parts = [visit.music.score.parts.get(stem.name) for visit in plan.visits]
        notes = [note for part in parts if part for note in part.notes]
        player, places = player_of(stem, notes), drum_places(notes) if stem.role == "drums" else {}
        staves = [
            _part(plan, stem, index, style, Staff(player, number, places))
            for number in range(len(player.clefs))
        ]
        for staff in staves:
            score.insert(0, staff)
        if len(staves) > 1:
            score.insert(0, m21("layout").StaffGroup(staves, name=stem.name, symbol="brace"))
        if places:
            drums[stem.name] = places
    score.metadata = metadata(plan.title)
    write_atomically(Path(path), finish_score(export_score(score), drums).encode())


def list_written_stems(plan: SongPlan) -> tuple[StemPlan, ...]:
    """Return the stems that are played from notes: all but effects and recordings."""
    return tuple(stem for stem in plan.stems if stem.role not in PLAYERLESS)


def _part(plan: SongPlan, stem: StemPlan, index: int, style: Style, staff: Staff) -> Any:
    """Make one staff of a stem. What is said once stands on the upper one."""
    player, is_first = staff.player, index == 0 and staff.index == 0
    has_staves = len(player.clefs) > 1
    kind = "PartStaff" if has_staves else "Part"
    part = getattr(m21("stream"), kind)(id=f"{stem.name}-{staff.index}" if has_staves else stem.name)
    part.partName = stem.name
    stems = list_written_stems(plan)
    first_pitched = next((s.name for s in stems if s.role != "drums"), stems[0].name)
    has_chords = stem.name == first_pitched and staff.index == 0
    first_signature = signature = time_signature(plan.meter)
    key, meter, loudness = "", plan.meter, ""
    touches = Touches(part, stem)
    for visit in plan.visits:
        places = bar_places(plan.grid_of(visit), visit.bars)
        bars = bars_of(places, visit, stem, style, staff)
        for bar, place in enumerate(places):
            measure = m21("stream").Measure(number=visit.place.start_bar + bar + 1)
            if place.meter != meter:
                meter, signature = place.meter, time_signature(place.meter)
                measure.insert(0, signature)
            if visit.music.key != key and stem.role != "drums":
                measure.insert(0, key_signature(player.key(visit.music.key)))
                key = visit.music.key
            if is_first:
                _write_signs(measure, plan, visit, place, style)
            for chord in visit.music.score.chords if has_chords else ():
                if place.start <= chord.onset < place.end:
                    symbol = chord_symbol(player.chord(chord, visit.music.key))
                    measure.insert(quarters(chord.onset - place.start), symbol)
            if bar == 0 and staff.index == 0:
                loudness = _write_dynamics(measure, visit, stem, loudness)
            written = write_notes(measure, bars.get(bar, ()), place, visit, staff, signature)
            touches.bar(measure, place.start, written)
            if bar == visit.bars - 1:
                is_last = visit.end_bar == plan.bars
                measure.rightBarline = m21("bar").Barline("final" if is_last else "double")
            part.append(measure)
        heard = visit.music.score.parts.get(stem.name)
        is_lowest = staff.index == len(player.clefs) - 1
        touches.end_of_visit(heard.controls if heard and is_lowest else ())
    first = part.getElementsByClass("Measure").first()
    first.insert(0, _instrument(stem, index, player))
    first.insert(0, getattr(m21("clef"), _CLEFS[player.clefs[staff.index]])())
    first.insert(0, first_signature)
    return part


def _instrument(stem: StemPlan, index: int, player: Player) -> Any:
    """Make the part's instrument, by General MIDI."""
    made = m21("instrument").Instrument(stem.name)
    made.midiProgram = player.program
    made.midiChannel = 9 if stem.role == "drums" else (index if index < 9 else index + 1) % 16
    interval = transposition(player)
    if interval is not None:
        kinds = m21("interval")
        made.transposition = kinds.intervalFromGenericAndChromatic(
            kinds.GenericInterval(interval[0]), kinds.ChromaticInterval(interval[1])
        )
    return made


def _write_signs(measure: Any, plan: SongPlan, visit: Visit, place: Bar, style: Style) -> None:
    """Write what stands above the first staff.

    That is a section's rehearsal mark, the tempo at the song's start, where another style begins or ends,
    where swing begins or ends, and the tempi that begin in a bar.
    """
    if place.start == 0:
        measure.insert(0, rehearsal_mark(visit.place.label))
        if visit.place.start_bar == 0:
            measure.insert(0, metronome(plan.grid.tempo_bpm, plan.meter))
        before = next((v for v in plan.visits if v.end_bar == visit.place.start_bar), None)
        genre, had = visit.music.genre, None if before is None else before.music.genre
        if genre != had:
            words = m21("expressions").TextExpression(display_style(genre or plan.genre))
            words.placement = "above"
            measure.insert(0, words)
        swings = _swings(visit, style)
        if swings != (before is not None and _swings(before, style)):
            words = m21("expressions").TextExpression("Swing" if swings else "Straight")
            words.placement = "above"
            measure.insert(0, words)

    downbeat = plan.position_quarters(visit)
    for earlier, span in pairwise(plan.grid.spans):
        at = span.start - downbeat
        if place.start <= at < place.end and span.quarters_per_minute != earlier.quarters_per_minute:
            measure.insert(quarters(at - place.start), metronome(span.tempo_bpm, span.meter))


def _swings(visit: Visit, style: Style) -> bool:
    return (visit.music.swing or style.swing).first_share != Fraction(1, 2)


def _write_dynamics(measure: Any, visit: Visit, stem: StemPlan, before: str) -> str:
    """Write how loud a section is where that changes, and return it."""
    part = visit.music.score.parts.get(stem.name)
    if part is None or not part.notes:
        return before
    loudness = mean(note.velocity for note in part.notes)
    mark = next(name for limit, name in _DYNAMICS if loudness < limit)
    if mark != before:
        measure.insert(0, m21("dynamics").Dynamic(mark))
    return mark
