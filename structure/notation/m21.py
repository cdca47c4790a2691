"""music21's elements as our scores need them, and their export without dates or random names.

music21 is slow to import and typed in part only: nothing else in this package imports it at module level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any
from xml.etree import ElementTree as ET

from structure.arrange.figures import beat_groups
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.plain_text import clean_line
from structure.engraving.drum_places import DrumPlace, drum_mark
from structure.harmony.chord_kinds import chord_kind
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import Key
from structure.notation.rhythm import Triplet
from structure.plans.score import ChordEvent, Syllable

_M21_KINDS = {
    "dominant": "dominant-seventh",
    "major-minor": "minor-major-seventh",
    "half-diminished": "half-diminished-seventh",
}
"""Kinds of MusicXML for which music21 has another name; it writes MusicXML's."""

_LONG_TEMPO = re.compile(r"(<per-minute>)(\d+\.\d{5,})")
"""A tempo mark with more digits than a reader needs; what a player does is in ``<sound tempo>``."""

_ALTERED = re.compile(r"([b#])(?=\d)")


def m21(module: str) -> Any:
    """Import a module of music21."""
    return import_module(f"music21.{module}")


def quarters(value: Fraction) -> Any:
    """Return a position as music21 likes it: a float where that is exact."""
    return float(value) if value.denominator & (value.denominator - 1) == 0 else value


def m21_name(pitch: str) -> str:
    """Return a pitch name with music21's flat: ``Bb`` is ``B-``."""
    return pitch.replace("b", "-")


def chord_symbol(chord: ChordEvent) -> Any:
    """Make a chord symbol that prints as ours does, with the signs that musicians read: ``m7♭5``.

    What it alters is said in degrees as well, for programs; :func:`export_score` keeps those from printing.
    """
    ours = parse_symbol(chord.symbol)
    kind = chord_kind(ours.quality.intervals)
    harmony = m21("harmony")
    symbol = harmony.ChordSymbol(
        root=m21_name(ours.root), bass=m21_name(ours.bass), kind=_M21_KINDS.get(kind.name, kind.name)
    )
    for degree in kind.degrees:
        change = harmony.ChordStepModification(degree.type, degree.value, degree.alter)
        symbol.addChordStepModification(change, updatePitches=False)
    symbol.chordKindStr = _ALTERED.sub(lambda m: {"b": "♭", "#": "♯"}[m[1]], ours.quality.symbol)
    return symbol


def time_signature(meter: Meter) -> Any:
    """Make a time signature that beams by the metre's beats; eighths go in groups (7/8: 2 + 2 + 3)."""
    signature = m21("meter").TimeSignature(str(meter))
    groups = []
    if meter.denominator == 8 and not meter.is_compound:
        groups = [f"{beats}/8" for _, beats in beat_groups(meter)]
    elif meter.denominator == 4 and meter.numerator > 4:
        groups = ["1/4"] * meter.numerator
    if groups:
        signature.beamSequence = m21("meter").MeterSequence("+".join(groups))
    return signature


def key_signature(key: Key) -> Any:
    """Make a key signature that says its mode: D dorian is not A minor."""
    signature = m21("key").KeySignature(key.sharps)
    signature.mode = key.mode
    return signature


def rehearsal_mark(label: str) -> Any:
    """Make a mark with the name of a section, above the staff."""
    mark = m21("expressions").RehearsalMark(label)
    mark.placement = "above"
    return mark


def metronome(tempo_bpm: Fraction, meter: Meter) -> Any:
    """Make a tempo mark in the metre's beats."""
    referent: Any = "quarter" if meter.beat_quarters == 1 else float(meter.beat_quarters)
    return m21("tempo").MetronomeMark(number=float(tempo_bpm), referent=referent)


def metadata(title: str) -> Any:
    """Make the metadata of a score: its title and its maker."""
    name = clean_line(title)
    return m21("metadata").Metadata(title=name, movementName=name, composer="Ritornello")


def full_rest(meter: Meter) -> Any:
    """Make the rest of a bar in which nothing sounds."""
    rest = m21("note").Rest(quarterLength=quarters(meter.bar_quarters))
    rest.fullMeasure = True
    return rest


def tie(from_before: bool, goes_on: bool) -> Any:
    """Make the tie of a note that is a part of a longer one; None for a whole one."""
    if not (from_before or goes_on):
        return None
    return m21("tie").Tie("continue" if from_before and goes_on else "stop" if from_before else "start")


def with_beams(elements: Sequence[Any], signature: Any) -> None:
    """Beam the notes and rests of a full bar by its time signature."""
    for element, beams in zip(elements, signature.getBeams(elements), strict=True):
        if beams is not None and not element.isRest:
            element.beams = beams


def with_accidentals(elements: Iterable[Any], sharps: int) -> None:
    """Show the accidentals that a bar needs under a key signature, in order of time.

    Each holds to the bar line on its own line or space. A note tied from before needs none.
    """
    in_force: dict[tuple[str, int], int] = {}
    signature = dict.fromkeys("FCGDAEB"[: max(0, sharps)], 1) | dict.fromkeys(
        "BEADGCF"[: max(0, -sharps)], -1
    )
    for element in elements:
        for pitch, tie in [(note.pitch, note.tie) for note in getattr(element, "notes", (element,))]:
            place, alter = (pitch.step, pitch.octave), int(pitch.alter)
            is_held = tie is not None and tie.type in ("stop", "continue")
            shown = alter != in_force.get(place, signature.get(pitch.step, 0)) and not is_held
            if shown and pitch.accidental is None:
                pitch.accidental = m21("pitch").Accidental("natural")
            if pitch.accidental is not None:
                pitch.accidental.displayStatus = shown
            if shown:
                in_force[place] = alter


def with_tuplet_brackets(
    elements: Sequence[tuple[Fraction, Fraction, Any]], spans: Sequence[Triplet]
) -> None:
    """Mark where the triplets of a bar begin and end; ``elements`` are onset, length and element."""
    for span in spans:
        inside = [
            element
            for onset, length, element in elements
            if span.start <= onset and onset + length <= span.end and element.duration.tuplets
        ]
        if inside:
            inside[0].duration.tuplets[0].type = "start"
            inside[-1].duration.tuplets[0].type = "startStop" if len(inside) == 1 else "stop"


def export_score(score: Any) -> str:
    """Write the score as MusicXML without the date of encoding, and with identifiers by order."""
    exporter = m21("musicxml.m21ToXml").GeneralObjectExporter(score)
    exporter.makeNotation = False
    text = bytes(exporter.parse(score)).decode()
    text = re.sub(r"\s*<encoding-date>[^<]*</encoding-date>", "", text)
    text = _LONG_TEMPO.sub(lambda m: f"{m[1]}{round(float(m[2]), 2):g}", text)
    found: dict[str, str] = {}
    for old in re.findall(r'<(?:score-part|score-instrument|midi-instrument) id="([^"]+)"', text):
        found.setdefault(old, f"P{len(found) + 1}")
    return re.sub(r'id="([^"]+)"', lambda m: f'id="{found.get(m[1], m[1])}"', text)


def add_syllable(element: Any, sung: Syllable) -> None:
    """Write what is sung under a note or a chord; a note that holds the syllable before has no letters."""
    if sung.kind != "hold":
        lyric = m21("note").Lyric(text=sung.text, applyRaw=True, syllabic=sung.kind)
        element.lyrics.append(lyric)


DrumNames = dict[str, Mapping[int, DrumPlace]]
"""By the names of parts of drums, how each of their keys is written."""

_DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_BEFORE_INSTRUMENT = frozenset(("grace", "cue", "chord", "pitch", "rest", "unpitched", "duration", "tie"))


def finish_score(text: str, drums: DrumNames | None = None) -> str:
    """Return a score with what music21 cannot write; ``drums`` are its parts of drums.

    Degrees of chords do not print, since the text of their kind says them already. Drums are instruments of
    their own, each with its General MIDI key, and every hit names its own.
    """
    root = ET.fromstring(text)  # noqa: S314  (music21 wrote it)
    for harmony in root.iter("harmony"):
        for degree in harmony.findall("degree"):
            degree.set("print-object", "no")
        inversion = harmony.find("inversion")
        if inversion is not None:  # the bass says it
            harmony.remove(inversion)

    for part in root.findall("part-list/score-part"):
        places = (drums or {}).get(part.findtext("part-name") or "")
        music = next((one for one in root.iterfind("part") if one.get("id") == part.get("id")), None)
        if places and music is not None:
            _name_drums(part, music, places)

    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{body}\n'


def _name_drums(part: ET.Element, music: ET.Element, places: Mapping[int, DrumPlace]) -> None:
    """Give each drum of a part an instrument, and each hit the drum that it is."""
    channel = part.findtext("midi-instrument/midi-channel") or "10"
    program = part.findtext("midi-instrument/midi-program") or "1"
    for name in ("score-instrument", "midi-instrument"):
        for old in part.findall(name):
            part.remove(old)
    ids = {key: f"{part.get('id')}-I{key + 1}" for key in sorted(places)}
    for key, name in ids.items():
        made = ET.SubElement(part, "score-instrument", id=name)
        ET.SubElement(made, "instrument-name").text = places[key].name
    for key, name in ids.items():
        made = ET.SubElement(part, "midi-instrument", id=name)
        for field, value in (("channel", channel), ("program", program), ("unpitched", str(key + 1))):
            ET.SubElement(made, f"midi-{field}").text = value

    by_mark = {drum_mark(key): name for key, name in ids.items()}
    for note in music.iter("note"):
        if note.find("unpitched") is not None:
            index = next(
                (i for i, child in enumerate(note) if child.tag not in _BEFORE_INSTRUMENT), len(note)
            )
            note.insert(index, ET.Element("instrument", id=by_mark[note.attrib.pop("id")]))
