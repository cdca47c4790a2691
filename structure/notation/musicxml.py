"""A planned song as a MusicXML score, by music21.

Each stem is a part. Sections begin with a rehearsal mark and end with a double bar, the first pitched part
carries the chord symbols. Metres and tempi stand where they change. Swing is written straight under the
word "Swing", as musicians read it; drum hits last to the next hit, a beat at most. The file holds no date
and no random identifier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.base.files import write_atomically
from structure.base.types import PLAYERLESS
from structure.harmony.keys import parse_key
from structure.notation.bars import Bar, bar_at, bar_places, written_notes
from structure.notation.m21 import (
    chord_symbol,
    exported,
    full_rest,
    m21,
    m21_name,
    metadata,
    metronome,
    quarters,
    tie,
    time_signature,
    with_accidentals,
    with_beams,
    with_tuplet_brackets,
)
from structure.notation.rhythm import divided, triplets
from structure.notation.spelling import spell_pitch
from structure.notation.touches import Tied, Touches, bent_from_below
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import ChordEvent, Note
from structure.presets.programs import guess_program
from structure.presets.styles import Style


def write_musicxml(plan: SongPlan, path: Path) -> None:
    """Write the score as MusicXML. The same plan gives the same bytes."""
    style = plan.style
    score = m21("stream").Score()
    for index, stem in enumerate(written_stems(plan)):
        score.insert(0, _part(plan, stem, index, style))
    score.metadata = metadata(plan.title)
    write_atomically(Path(path), exported(score).encode())


def written_stems(plan: SongPlan) -> tuple[StemPlan, ...]:
    """Return the stems that are played from notes: all but effects and recordings."""
    return tuple(stem for stem in plan.stems if stem.role not in PLAYERLESS)


def _part(plan: SongPlan, stem: StemPlan, index: int, style: Style) -> Any:
    part = m21("stream").Part(id=stem.name)
    part.partName = stem.name
    stems = written_stems(plan)
    first_pitched = next((s.name for s in stems if s.role != "drums"), stems[0].name)
    first_signature = signature = time_signature(plan.meter)
    key, meter = "", plan.meter
    touches = Touches(part, stem)
    for visit in plan.visits:
        places = bar_places(plan.grid_of(visit), visit.bars)
        bars = _bars_of(places, visit, stem, style)
        for bar, place in enumerate(places):
            measure = m21("stream").Measure(number=visit.place.start_bar + bar + 1)
            if place.meter != meter:
                meter, signature = place.meter, time_signature(place.meter)
                measure.insert(0, signature)
            if visit.music.key != key and stem.role != "drums":
                measure.insert(0, m21("key").KeySignature(parse_key(visit.music.key).sharps))
                key = visit.music.key
            if index == 0 and bar == 0:
                _mark(measure, plan, visit, style)
            if index == 0:
                _write_tempi(measure, plan, visit, place)
            if stem.name == first_pitched:
                _write_chords(measure, visit, place)
            written = _write_notes(
                measure, bars.get(bar, ()), place, visit, stem.role == "drums", signature
            )
            touches.bar(measure, place.start, written)
            if bar == visit.bars - 1:
                is_last = visit.end_bar == plan.bars
                measure.rightBarline = m21("bar").Barline("final" if is_last else "double")
            part.append(measure)
        heard = visit.music.score.parts.get(stem.name)
        touches.end_of_visit(heard.controls if heard else ())
    first = part.getElementsByClass("Measure").first()
    first.insert(0, _player(stem, index))
    first.insert(0, _clef(stem))
    first.insert(0, first_signature)
    return part


def _player(stem: StemPlan, index: int) -> Any:
    """The part's instrument, by General MIDI."""
    player = m21("instrument").Instrument(stem.name)
    player.midiProgram = guess_program(stem.prompt, stem.role)
    player.midiChannel = 9 if stem.role == "drums" else (index if index < 9 else index + 1) % 16
    return player


def _clef(stem: StemPlan) -> Any:
    clefs = {"drums": m21("clef").PercussionClef, "bass": m21("clef").BassClef}
    return clefs.get(stem.role, m21("clef").TrebleClef)()


def _mark(measure: Any, plan: SongPlan, visit: Visit, style: Style) -> None:
    """Rehearsal mark of a section, and at the start of the song its tempo."""
    measure.insert(0, m21("expressions").RehearsalMark(visit.place.label))
    if visit.place.start_bar == 0:
        measure.insert(0, metronome(plan.grid.tempo_bpm, plan.meter))
    before = next((v for v in plan.visits if v.end_bar == visit.place.start_bar), None)
    swings = _swings(visit, style)
    if swings != (before is not None and _swings(before, style)):
        measure.insert(0, m21("expressions").TextExpression("Swing" if swings else "Straight"))


def _swings(visit: Visit, style: Style) -> bool:
    return (visit.music.swing or style.swing).first_share != Fraction(1, 2)


def _write_tempi(measure: Any, plan: SongPlan, visit: Visit, place: Bar) -> None:
    """Write the tempi that begin in a bar, other than the song's first."""
    downbeat = plan.position_quarters(visit)
    for before, span in pairwise(plan.grid.spans):
        at = span.start - downbeat
        if place.start <= at < place.end and span.quarters_per_minute != before.quarters_per_minute:
            measure.insert(quarters(at - place.start), metronome(span.tempo_bpm, span.meter))


def _write_chords(measure: Any, visit: Visit, place: Bar) -> None:
    for chord in visit.music.score.chords:
        if place.start <= chord.onset < place.end:
            measure.insert(quarters(chord.onset - place.start), chord_symbol(chord))


Piece = tuple[Fraction, Fraction, Tied]
"""Onset in the bar, length, and the notes that sound, each with whether it is tied from before and on."""


def _bars_of(
    places: Sequence[Bar], visit: Visit, stem: StemPlan, style: Style
) -> Mapping[int, list[Piece]]:
    """Return the notes per bar, cut wherever one begins or ends, so that one voice can write them."""
    part = visit.music.score.parts.get(stem.name)
    notes = written_notes(places, part.notes if part else (), visit.music.swing or style.swing)
    if notes and stem.role == "drums":
        notes = _lengthened(notes, places)
    edges = {place.start for place in places} | {places[-1].end}
    cuts = sorted(edges | {note.onset for note in notes} | {note.end for note in notes})
    cuts = _notatable(cuts, notes, places)
    sounding: dict[Fraction, list[Note]] = defaultdict(list)
    order = {cut: i for i, cut in enumerate(cuts)}
    for note in notes:
        for cut in cuts[order[note.onset] : order[note.end]]:
            sounding[cut].append(note)
    bars: dict[int, list[Piece]] = defaultdict(list)
    for start, end in pairwise(cuts):
        tied = tuple((note, note.onset < start, note.end > end) for note in sounding[start])
        bar = bar_at(places, start)
        bars[bar].append((start - places[bar].start, end - start, tied))
    return bars


def _notatable(cuts: Sequence[Fraction], notes: Sequence[Note], places: Sequence[Bar]) -> list[Fraction]:
    """Return the cuts, and more where one value cannot be written, or would hide the beat."""
    by_bar: dict[int, list[Fraction]] = defaultdict(list)
    for start, end in pairwise(cuts):
        bar = bar_at(places, start)
        by_bar[bar] += [start - places[bar].start, end - places[bar].start]
    spans = {bar: triplets(edges, places[bar].meter) for bar, edges in by_bar.items()}
    found = [cuts[0]]
    for start, end in pairwise(cuts):
        bar = bar_at(places, start)
        downbeat, meter = places[bar].start, places[bar].meter
        is_rest = not any(note.onset <= start < note.end for note in notes)
        inside = divided(start - downbeat, end - downbeat, meter, spans[bar], is_rest=is_rest)
        found += [downbeat + place for place in inside[1:]]
    return found


def _lengthened(notes: Sequence[Note], places: Sequence[Bar]) -> list[Note]:
    """Return drum hits that last to the next hit or the next beat."""
    onsets = sorted({note.onset for note in notes})
    ends = {}
    for onset, following in zip(onsets, [*onsets[1:], places[-1].end], strict=True):
        place = places[bar_at(places, onset)]
        beat = place.meter.beat_quarters
        ends[onset] = min(following, place.start + ((onset - place.start) // beat + 1) * beat)
    return [replace(note, duration=ends[note.onset] - note.onset) for note in notes]


def _write_notes(
    measure: Any, pieces: Sequence[Piece], place: Bar, visit: Visit, percussive: bool, signature: Any
) -> list[tuple[Any, Tied]]:
    """A bar's notes and rests, with beams, accidentals and triplets; the elements and what they are of."""
    start, key = place.start, parse_key(visit.music.key)
    if not any(tied for _, _, tied in pieces):
        measure.insert(0, full_rest(place.meter))
        return []
    written = []
    for onset, duration, tied in pieces:
        chord = next((c for c in visit.music.score.chords if c.onset <= start + onset < c.end), None)
        element = _element(duration, tied, visit.music.key, chord, percussive)
        measure.insert(quarters(onset), element)
        written.append((onset, duration, element))
    with_beams([element for _, _, element in written], signature)
    edges = [edge for onset, duration, _ in written for edge in (onset, onset + duration)]
    with_tuplet_brackets(written, triplets(edges, place.meter))
    if not percussive:
        with_accidentals((element for *_, element in written if not element.isRest), key.sharps)
    return [(element, tied) for (*_, element), (_, _, tied) in zip(written, pieces, strict=True)]


def _element(
    length: Fraction,
    tied: Sequence[tuple[Note, bool, bool]],
    key: str,
    chord: ChordEvent | None,
    percussive: bool,
) -> Any:
    """A rest, a note or a chord of a length in quarters."""
    if not tied:
        return m21("note").Rest(quarterLength=quarters(length))
    made = [
        _hit(one) if percussive else _pitched(one, key, chord, starts_tied, goes_on)
        for one, starts_tied, goes_on in tied
    ]
    if len(made) > 1:
        made = [m21("percussion").PercussionChord(made) if percussive else m21("chord").Chord(made)]
    made[0].quarterLength = quarters(length)
    return made[0]


def _pitched(one: Note, key: str, chord: ChordEvent | None, starts_tied: bool, goes_on: bool) -> Any:
    name, octave = spell_pitch(one.pitch - bent_from_below(one), parse_key(key), chord)
    made = m21("note").Note(m21("pitch").Pitch(m21_name(name), octave=octave))
    made.volume.velocity = one.velocity
    made.tie = tie(starts_tied, goes_on)
    return made


def _hit(one: Note) -> Any:
    """A drum hit as an unpitched note without a length yet."""

    display, head = drum_notation(one.pitch)
    made = m21("note").Unpitched(displayName=display)
    made.notehead = head
    made.volume.velocity = one.velocity
    return made


def drum_notation(key: int) -> tuple[str, str]:
    """Display pitch and note head of a General MIDI percussion key."""
    display, head = _percussion().get(key, ("C6", "diamond"))
    return display, head


@cache
def _percussion() -> dict[int, list[str]]:
    data: dict[int, list[str]] = read_data("percussion.yaml")
    return data
