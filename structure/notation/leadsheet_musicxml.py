"""A lead sheet as MusicXML, by music21.

Bars without melody hold a whole rest and are marked to be shown with slashes, for whoever accompanies. For
engraving they hold the slashes themselves, one a beat, so that chords stand over their beats in any metre.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from itertools import groupby, pairwise
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from structure.arrange.figures import strong_positions
from structure.base.exact import Fraction
from structure.base.labels import display_name
from structure.harmony.keys import parse_key
from structure.notation.leadsheet import LeadBar, LeadSheet
from structure.notation.m21 import (
    add_syllable,
    chord_symbol,
    export_score,
    finish_score,
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
from structure.notation.rhythm import find_cuts, triplets
from structure.notation.spelling import spell_pitch

_LOWEST_MEDIAN, _HIGHEST_MEDIAN = 52, 84
"""MIDI pitches; melodies that mostly lie beyond take the bass clef, or the treble clef an octave up."""

_LOW, _HIGH, _SEVERAL = 57, 76, 0.1
"""Below and above these pitches a note has ledger lines under the treble clef, or under that an octave
down, and from which share on there are several."""


def lead_sheet_musicxml(sheet: LeadSheet, *, for_engraving: bool = False) -> str:
    """Write a lead sheet as MusicXML; the same sheet gives the same text.

    What is for engraving has slashes for whole rests, and neither title nor tempo, which stand above the
    music there.
    """
    part = m21("stream").Part(id="lead")
    who = display_name(sheet.players[0]) if len(sheet.players) == 1 else "Melody"
    part.partName = "" if for_engraving else who
    signatures = {bar.meter: time_signature(bar.meter) for bar in sheet.bars}
    before: LeadBar | None = None
    measures = []
    for bar in sheet.bars:
        measure = _measure(bar, before, signatures[bar.meter])
        for mark in bar.tempi:
            written = _words(mark.words) if mark.words else metronome(mark.tempo_bpm, bar.meter)
            measure.insert(quarters(mark.onset), written)
        if for_engraving and not bar.tones:
            _fill_with_slashes(measure, bar, sheet)
        part.append(measure)
        measures.append(measure)
        before = bar

    measures[0].insert(0, _clef(sheet))
    measures[0].insert(0, signatures[sheet.bars[0].meter])
    if not for_engraving:
        measures[0].insert(0, metronome(sheet.tempo_bpm, sheet.meter))
    times = sheet.bars[-1].times
    last = m21("bar").Repeat("end", times=times) if times > 1 else m21("bar").Barline("final")
    measures[-1].rightBarline = last

    # brackets over first and second endings
    pairs = zip(sheet.bars, measures, strict=True)
    for ending, run in groupby(pairs, key=lambda pair: pair[0].ending):
        if ending:
            part.insert(0, m21("spanner").RepeatBracket([measure for _, measure in run], number=ending))

    score = m21("stream").Score()
    score.insert(0, part)
    score.metadata = metadata(sheet.title)
    text = export_score(score)
    return _DEGREES.sub("", text) if for_engraving else finish_score(_with_words(text, sheet))


_DEGREES = re.compile(r"\s*<degree\b.*?</degree>", re.DOTALL)
"""What a chord symbol alters; verovio would print it after a text that says it already."""


def _clef(sheet: LeadSheet) -> Any:
    pitches = [pitch for bar in sheet.bars for tone in bar.tones for pitch in tone.pitches]
    middle = median(pitches) if pitches else 70
    if middle < _LOWEST_MEDIAN:
        return m21("clef").BassClef()
    if middle > _HIGHEST_MEDIAN:
        return m21("clef").Treble8vaClef()
    low, high = (sum(pitch < _LOW for pitch in pitches), sum(pitch > _HIGH for pitch in pitches))
    is_low = low > _SEVERAL * len(pitches) and low > high
    return m21("clef").Treble8vbClef() if is_low else m21("clef").TrebleClef()


def _measure(bar: LeadBar, before: LeadBar | None, signature: Any) -> Any:
    measure = m21("stream").Measure(number=bar.number)
    if before is None or before.key != bar.key:
        measure.insert(0, key_signature(parse_key(bar.key)))
    if bar.starts_line and before is not None:
        measure.insert(0, m21("layout").SystemLayout(isNew=True))
    if before is not None and before.meter != bar.meter:
        measure.insert(0, copy(signature))

    # the section's name in a box, who plays, and how often a repeat is played if not twice
    if bar.label:
        measure.insert(0, rehearsal_mark(bar.label))
    if bar.player:
        measure.insert(0, _words(bar.player))
    if bar.times > 2:
        measure.insert(0, _words(f"{bar.times}×"))

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


def _words(text: str) -> Any:
    words = m21("expressions").TextExpression(text)
    words.style.fontStyle = "italic"
    words.placement = "above"
    return words


def _write_tones(measure: Any, bar: LeadBar, signature: Any) -> None:
    """Write the bar's notes, chords and rests, with ties, beams, accidentals and triplets."""
    length, key = bar.meter.bar_quarters, parse_key(bar.key)
    edges = sorted({Fraction(0), length, *(t.start for t in bar.tones), *(t.end for t in bar.tones)})
    spans = triplets(edges, bar.meter)
    starts = {tone.start: tone for tone in bar.tones}
    written = []
    for start, end in pairwise(edges):
        tone = starts.get(start)
        for one, other in pairwise(find_cuts(start, end, bar.meter, spans, is_rest=tone is None)):
            element = m21("note").Rest()
            if tone is not None:
                # spelled by the chord that sounds, and by the tone after it
                sounding = [placed.chord for placed in bar.chords if placed.onset <= one]
                chord = sounding[-1] if sounding else bar.chord
                later = next((after.pitches[-1] for after in bar.tones if after.start >= tone.end), None)
                names = [spell_pitch(pitch, key, chord, later) for pitch in tone.pitches]
                pitches = [m21("pitch").Pitch(m21_name(name), octave=octave) for name, octave in names]
                notes = [m21("note").Note(pitch) for pitch in pitches]
                element = notes[0] if len(notes) == 1 else m21("chord").Chord(notes)
                for tied in (*notes, element):
                    tied.tie = tie(tone.tied_from or one > tone.start, tone.tied_on or other < tone.end)
                if tone.sung is not None and one == tone.start:
                    add_syllable(element, tone.sung)
            element.quarterLength = quarters(other - one)
            measure.insert(quarters(one), element)
            written.append((one, other - one, element))
    with_beams([element for _, _, element in written], signature)
    with_tuplet_brackets(written, spans)
    with_accidentals((element for _, _, element in written if not element.isRest), key.sharps)


_MIDDLES = {"BassClef": "D3", "Treble8vaClef": "B5", "Treble8vbClef": "B3"}
"""What stands on the middle line under other clefs than the treble clef."""


def _fill_with_slashes(measure: Any, bar: LeadBar, sheet: LeadSheet) -> None:
    """Put slashes in place of a bar's whole rest: one a beat, or a group where the beat is an eighth."""
    measure.removeByClass("Rest")
    middle = _MIDDLES.get(type(_clef(sheet)).__name__, "B4")
    beats: Sequence[Fraction] = [k * bar.meter.beat_quarters for k in range(bar.meter.beats_per_bar)]
    if bar.meter.denominator == 8 and not bar.meter.is_compound:
        beats = strong_positions(bar.meter)
    for start, end in pairwise([*beats, bar.meter.bar_quarters]):
        slash = m21("note").Note(middle, quarterLength=quarters(end - start))
        slash.notehead, slash.stemDirection = "slash", "noStem"
        measure.insert(quarters(start), slash)


def _with_words(text: str, sheet: LeadSheet) -> str:
    """Mark the bars without melody to be shown with slashes, and say how the song goes.

    The words for style and swing stand before the tempo, above the staff. MusicXML has an element for swing
    from 4.0 on only, and MuseScore 3 calls files that hold it invalid.
    """
    empty = [not bar.tones for bar in sheet.bars]
    signs: dict[int, str] = {}
    for index, bar in enumerate(sheet.bars):
        if empty[index] != (index > 0 and empty[index - 1]):
            kind = '<slash type="start" use-stems="no"/>' if empty[index] else '<slash type="stop"/>'
            signs[bar.number] = f"<measure-style>{kind}</measure-style>"

    def mark_measure(match: re.Match[str]) -> str:
        sign = signs.get(int(match["number"]))
        if sign is None:
            return match[0]
        whole = match[0]
        if "</attributes>" in whole:
            return whole.replace("</attributes>", f"{sign}</attributes>", 1)
        print_end = re.search(r"<print\b[^>]*?/>|<print\b.*?</print>", whole, re.DOTALL)
        at = print_end.end() if print_end else whole.index(">") + 1
        return f"{whole[:at]}<attributes>{sign}</attributes>{whole[at:]}"

    measure = r'<measure\b[^>]*?number="(?P<number>\d+)".*?</measure>'
    words = f'<words font-weight="bold">{escape(sheet.feel)}</words>'
    return re.sub(
        r"<direction\b[^>]*>(\s*<direction-type>)(?=\s*<metronome)",
        rf'<direction placement="above">\1{words}</direction-type>\1',
        re.sub(measure, mark_measure, text, flags=re.DOTALL),
        count=1,
    )
