"""What music21 cannot write into a MusicXML file, put there afterwards.

Degrees of chords do not print, since the text of their kind says them already. Drums are instruments of
their own, each with its General MIDI key, and every hit names its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from structure.notation.drum_places import DrumPlace, drum_mark

DrumNames = dict[str, Mapping[int, DrumPlace]]
"""By the names of parts of drums, how each of their keys is written."""

_DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_BEFORE_INSTRUMENT = frozenset(("grace", "cue", "chord", "pitch", "rest", "unpitched", "duration", "tie"))


def finished(text: str, drums: DrumNames | None = None) -> str:
    """Return a score with what players and programs need besides; ``drums`` are its parts of drums."""
    root = ET.fromstring(text)
    for harmony in root.iter("harmony"):
        _finish_harmony(harmony)
    for part in root.findall("part-list/score-part"):
        places = (drums or {}).get(part.findtext("part-name") or "")
        music = root.find(f"part[@id='{part.get('id')}']")
        if places and music is not None:
            _name_drums(part, music, places)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{body}\n'


def _finish_harmony(harmony: ET.Element) -> None:
    for degree in harmony.findall("degree"):
        degree.set("print-object", "no")
    inversion = harmony.find("inversion")
    if inversion is not None:  # the bass says it
        harmony.remove(inversion)


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
