"""A lead sheet as MusicXML, by music21.

Bars without melody hold a whole rest and are marked to be shown with slashes, for whoever accompanies. For
engraving they hold the slashes themselves, one a beat, so that chords stand over their beats in any metre.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from structure.arrange.figures import strong_positions
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.labels import display_name
from structure.harmony.keys import parse_key
from structure.notation.leadsheet import LeadBar, LeadSheet, Tone
from structure.notation.m21 import (
    add_syllable,
    chord_symbol,
    exported,
    finished,
    full_rest,
    key_signature,
    m21,
    m21_name,
    metadata,
    metronome,
    quarters,
    rehearsal_mark,
    tie,
    time_signature,
    with_accidentals,
    with_beams,
    with_tuplet_brackets,
)
from structure.notation.rhythm import divided, triplets
from structure.notation.spelling import spell_pitch
from structure.plans.score import ChordEvent

_LOWEST_MEDIAN_IN_TREBLE = 57
_HIGHEST_MEDIAN_IN_TREBLE = 84
"""MIDI pitches; melodies that mostly lie beyond take the bass clef, or the treble clef an octave up."""


def lead_sheet_musicxml(sheet: LeadSheet, *, for_engraving: bool = False) -> str:
    """Write a lead sheet as MusicXML; the same sheet gives the same text.

    What is for engraving has slashes for whole rests, and neither title nor tempo, which stand above the
    music there.
    """
    part = m21("stream").Part(id="lead")
    part.partName = "" if for_engraving else _part_name(sheet)
    signatures = {bar.meter: time_signature(bar.meter) for bar in sheet.bars}
    before: LeadBar | None = None
    measures = []
    for bar in sheet.bars:
        measure = _measure(bar, before, signatures[bar.meter])
        _write_tempi(measure, bar)
        if for_engraving and not bar.tones:
            _fill_with_slashes(measure, bar, sheet)
        part.append(measure)
        measures.append(measure)
        before = bar
    measures[0].insert(0, _clef(sheet))
    measures[0].insert(0, signatures[sheet.bars[0].meter])
    if not for_engraving:
        measures[0].insert(0, metronome(sheet.tempo_bpm, sheet.meter))
    measures[-1].rightBarline = _last_barline(sheet)
    for bracket in _endings(sheet, measures):
        part.insert(0, bracket)
    score = m21("stream").Score()
    score.insert(0, part)
    score.metadata = metadata(sheet.title)
    text = exported(score)
    if for_engraving:
        return _DEGREES.sub("", text)
    return finished(_with_feel(_with_slashes(text, sheet), sheet))


_DEGREES = re.compile(r"\s*<degree\b.*?</degree>", re.DOTALL)
"""What a chord symbol alters; verovio would print it after a text that says it already."""


def _part_name(sheet: LeadSheet) -> str:
    """Return who plays the melody where it is one player, else ``Melody``."""
    return display_name(sheet.players[0]) if len(sheet.players) == 1 else "Melody"


def _clef(sheet: LeadSheet) -> Any:
    pitches = [pitch for bar in sheet.bars for tone in bar.tones for pitch in tone.pitches]
    middle = median(pitches) if pitches else 70
    if middle < _LOWEST_MEDIAN_IN_TREBLE:
        return m21("clef").BassClef()
    return m21("clef").Treble8vaClef() if middle > _HIGHEST_MEDIAN_IN_TREBLE else m21("clef").TrebleClef()


def _last_barline(sheet: LeadSheet) -> Any:
    last = sheet.bars[-1]
    return m21("bar").Repeat("end", times=last.times) if last.times > 1 else m21("bar").Barline("final")


def _measure(bar: LeadBar, before: LeadBar | None, signature: Any) -> Any:
    measure = m21("stream").Measure(number=bar.number)
    if before is None or before.key != bar.key:
        measure.insert(0, key_signature(parse_key(bar.key)))
    if bar.starts_line and before is not None:
        measure.insert(0, m21("layout").SystemLayout(isNew=True))
    if before is not None and before.meter != bar.meter:
        measure.insert(0, copy(signature))
    _mark(measure, bar)
    for placed in bar.chords:
        measure.insert(quarters(placed.onset), chord_symbol(placed.chord))
    if bar.tones:
        _write_tones(measure, bar, signature)
    else:
        measure.insert(0, full_rest(bar.meter))
    if bar.opens_repeat:
        measure.leftBarline = m21("bar").Repeat("start")
    if bar.times > 1:
        measure.rightBarline = m21("bar").Repeat("end", times=bar.times)
    elif bar.ends_section:
        measure.rightBarline = m21("bar").Barline("double")
    return measure


def _mark(measure: Any, bar: LeadBar) -> None:
    """Write the section's name in a box, who plays, and how often a repeat is played if not twice."""
    if bar.label:
        measure.insert(0, rehearsal_mark(bar.label))
    if bar.player:
        measure.insert(0, _words(bar.player))
    if bar.times > 2:
        measure.insert(0, _words(f"{bar.times}×"))


def _write_tempi(measure: Any, bar: LeadBar) -> None:
    for mark in bar.tempi:
        written = _words(mark.words) if mark.words else metronome(mark.tempo_bpm, bar.meter)
        measure.insert(quarters(mark.onset), written)


def _words(text: str) -> Any:
    words = m21("expressions").TextExpression(text)
    words.style.fontStyle = "italic"
    words.placement = "above"
    return words


def _write_tones(measure: Any, bar: LeadBar, signature: Any) -> None:
    """Write the bar's notes and rests, with beams, accidentals and triplets."""
    length = bar.meter.bar_quarters
    edges = sorted({Fraction(0), length, *(t.start for t in bar.tones), *(t.end for t in bar.tones)})
    spans = triplets(edges, bar.meter)
    starts = {tone.start: tone for tone in bar.tones}
    written = []
    for start, end in pairwise(edges):
        tone = starts.get(start)
        for one, other in pairwise(divided(start, end, bar.meter, spans, is_rest=tone is None)):
            element = _element(tone, one, other, bar) if tone else m21("note").Rest()
            if tone and tone.sung is not None and one == tone.start:
                add_syllable(element, tone.sung)
            element.quarterLength = quarters(other - one)
            measure.insert(quarters(one), element)
            written.append((one, other - one, element))
    with_beams([element for _, _, element in written], signature)
    with_tuplet_brackets(written, spans)
    with_accidentals(
        (element for _, _, element in written if not element.isRest), parse_key(bar.key).sharps
    )


def _fill_with_slashes(measure: Any, bar: LeadBar, sheet: LeadSheet) -> None:
    """Put slashes in place of a bar's whole rest: one a beat, or a group where the beat is an eighth."""
    measure.removeByClass("Rest")
    middle = {"BassClef": "D3", "Treble8vaClef": "B5"}.get(type(_clef(sheet)).__name__, "B4")
    for start, end in pairwise(_beats(bar.meter)):
        slash = m21("note").Note(middle, quarterLength=quarters(end - start))
        slash.notehead, slash.stemDirection = "slash", "noStem"
        measure.insert(quarters(start), slash)


def _beats(meter: Meter) -> list[Fraction]:
    bar = meter.bar_quarters
    if meter.denominator == 8 and not meter.is_compound:
        return [*strong_positions(meter), bar]
    return [k * meter.beat_quarters for k in range(meter.beats_per_bar)] + [bar]


def _element(tone: Tone, start: Fraction, end: Fraction, bar: LeadBar) -> Any:
    """Make a note or a chord, tied to what it is a part of."""
    chord = _chord_at(bar, start)
    later = next((other for other in bar.tones if other.start >= tone.end), None)
    following = later.pitches[-1] if later else None
    names = [spell_pitch(pitch, parse_key(bar.key), chord, following) for pitch in tone.pitches]
    notes = [m21("note").Note(m21("pitch").Pitch(m21_name(name), octave=octave)) for name, octave in names]
    made = notes[0] if len(notes) == 1 else m21("chord").Chord(notes)
    from_before, goes_on = tone.tied_from or start > tone.start, tone.tied_on or end < tone.end
    for element in (*notes, made):
        element.tie = tie(from_before, goes_on)
    return made


def _chord_at(bar: LeadBar, position: Fraction) -> ChordEvent | None:
    before = [placed.chord for placed in bar.chords if placed.onset <= position]
    return before[-1] if before else bar.chord


def _endings(sheet: LeadSheet, measures: Sequence[Any]) -> list[Any]:
    """Return the brackets over first and second endings."""
    brackets: list[Any] = []
    run: list[Any] = []
    for index, (bar, measure) in enumerate(zip(sheet.bars, measures, strict=True)):
        if bar.ending:
            run.append(measure)
        following = sheet.bars[index + 1].ending if index + 1 < len(sheet.bars) else 0
        if run and following != bar.ending:
            brackets.append(m21("spanner").RepeatBracket(run, number=bar.ending))
            run = []
    return brackets


def _with_slashes(text: str, sheet: LeadSheet) -> str:
    """Mark the bars without melody to be shown with slashes."""
    empty = [not bar.tones for bar in sheet.bars]
    signs: dict[int, str] = {}
    for index, bar in enumerate(sheet.bars):
        if empty[index] != (index > 0 and empty[index - 1]):
            kind = '<slash type="start" use-stems="no"/>' if empty[index] else '<slash type="stop"/>'
            signs[bar.number] = f"<measure-style>{kind}</measure-style>"

    def marked(match: re.Match[str]) -> str:
        sign = signs.get(int(match["number"]))
        if sign is None:
            return match[0]
        whole = match[0]
        if "</attributes>" in whole:
            return whole.replace("</attributes>", f"{sign}</attributes>", 1)
        print_end = re.search(r"<print\b[^>]*?/>|<print\b.*?</print>", whole, re.DOTALL)
        at = print_end.end() if print_end else whole.index(">") + 1
        return f"{whole[:at]}<attributes>{sign}</attributes>{whole[at:]}"

    return re.sub(r'<measure\b[^>]*?number="(?P<number>\d+)".*?</measure>', marked, text, flags=re.DOTALL)


def _with_feel(text: str, sheet: LeadSheet) -> str:
    """Put the words for style and swing before the tempo, above the staff.

    MusicXML has an element for swing from 4.0 on only, and MuseScore 3 calls files that hold it invalid.
    """
    words = f'<words font-weight="bold">{escape(sheet.feel)}</words>'
    return re.sub(
        r"<direction\b[^>]*>(\s*<direction-type>)(?=\s*<metronome)",
        rf'<direction placement="above">\1{words}</direction-type>\1',
        text,
        count=1,
    )
