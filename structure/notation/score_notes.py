"""The notes of a part as a score has them: cut at beats and bar lines, tied, beamed and spelled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from structure.base.exact import Fraction
from structure.engraving.drum_places import DrumPlace, drum_mark
from structure.engraving.players import Player
from structure.harmony.keys import Key
from structure.notation.bars import Bar, bar_at, notate
from structure.notation.m21 import (
    add_syllable,
    full_rest,
    m21,
    m21_name,
    quarters,
    tie,
    with_accidentals,
    with_beams,
    with_tuplet_brackets,
)
from structure.notation.rhythm import find_cuts, triplets
from structure.notation.spelling import spell_pitch
from structure.notation.touches import Tied, bent_from_below
from structure.plans.plan import StemPlan, Visit
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import Style

Piece = tuple[Fraction, Fraction, Tied]
"""Onset in the bar, length, and the notes that sound, each with whether it is tied from before and on."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One staff of a part: whose it is, which of its staves (0 the upper), and where its drums lie."""

    player: Player
    index: int
    drums: Mapping[int, DrumPlace]


def bars_of(
    places: Sequence[Bar], visit: Visit, stem: StemPlan, style: Style, staff: Staff
) -> Mapping[int, list[Piece]]:
    """Return a staff's notes per bar, cut wherever one begins or ends, so that one voice can write them."""
    part = visit.music.score.parts.get(stem.name)
    notes = notate(places, part.notes if part else (), visit.music.swing or style.swing)
    if notes and stem.role == "drums":
        # hits last to the next hit or the next beat
        onsets = sorted({note.onset for note in notes})
        ends = {}
        for onset, following in zip(onsets, [*onsets[1:], places[-1].end], strict=True):
            place = places[bar_at(places, onset)]
            beat = place.meter.beat_quarters
            ends[onset] = min(following, place.start + ((onset - place.start) // beat + 1) * beat)
        notes = [replace(note, duration=ends[note.onset] - note.onset) for note in notes]

    chords: dict[Fraction, list[int]] = defaultdict(list)
    for note in notes:
        chords[note.onset].append(note.pitch)
    notes = [note for note in notes if staff.player.staff_of(note.pitch, chords[note.onset]) == staff.index]

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
        inside = find_cuts(start - downbeat, end - downbeat, meter, spans[bar], is_rest=is_rest)
        found += [downbeat + place for place in inside[1:]]
    return found


def write_notes(
    measure: Any, pieces: Sequence[Piece], place: Bar, visit: Visit, staff: Staff, signature: Any
) -> list[tuple[Any, Tied]]:
    """Write a bar's notes and rests, with beams, accidentals and triplets.

    Return the elements, each with the notes that it writes; empty where nothing sounds.
    """
    start, key = place.start, staff.player.key(visit.music.key)
    if not any(tied for _, _, tied in pieces):
        measure.insert(0, full_rest(place.meter))
        return []
    written = []
    for onset, duration, tied in pieces:
        chord = next((c for c in visit.music.score.chords if c.onset <= start + onset < c.end), None)
        chord = None if chord is None else staff.player.chord(chord, visit.music.key)
        element = _element(duration, tied, key, chord, staff)
        sung = next(
            (note.syllable for note, from_before, _ in tied if note.syllable and not from_before), None
        )
        if sung is not None:
            add_syllable(element, sung)
        measure.insert(quarters(onset), element)
        written.append((onset, duration, element))
    with_beams([element for _, _, element in written], signature)
    edges = [edge for onset, duration, _ in written for edge in (onset, onset + duration)]
    with_tuplet_brackets(written, triplets(edges, place.meter))
    if not staff.drums:
        with_accidentals((element for *_, element in written if not element.isRest), key.sharps)
    return [(element, tied) for (*_, element), (_, _, tied) in zip(written, pieces, strict=True)]


def _element(length: Fraction, tied: Tied, key: Key, chord: ChordEvent | None, staff: Staff) -> Any:
    """Make a rest, a note or a chord of a length in quarters; of drums, hits without pitch."""
    if not tied:
        return m21("note").Rest(quarterLength=quarters(length))
    notes = []
    for one, from_before, goes_on in tied:
        if staff.drums:
            place = staff.drums[one.pitch]
            made = m21("note").Unpitched(displayName=place.display)
            made.notehead = place.head
            made.id = drum_mark(one.pitch)
        else:
            name, octave = spell_pitch(one.pitch - bent_from_below(one) + staff.player.up, key, chord)
            made = m21("note").Note(m21("pitch").Pitch(m21_name(name), octave=octave))
            made.tie = tie(from_before, goes_on)
        made.volume.velocity = one.velocity
        notes.append(made)

    element = notes[0]
    if len(notes) > 1:
        element = m21("percussion").PercussionChord(notes) if staff.drums else m21("chord").Chord(notes)
    element.quarterLength = quarters(length)
    return element
