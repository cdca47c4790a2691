"""Reads MusicXML, as it is (``.musicxml``, ``.xml``) or zipped (``.mxl``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.shaping import chord_of
from structure.imports.song import ImportedSong, LeftOut
from structure.imports.written import WrittenBar, WrittenNote, WrittenVoice, play_sheet
from structure.imports.xml_files import LINE, xml_of

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MARKS = {"pppp": 10, "ppp": 23, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126}
"""Velocities of dynamic marks, as most notation programs play them."""

_FULL_VELOCITY = 90
"""Velocity of 100 % in MusicXML."""

_UNITS = {
    "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
}  # fmt: skip
_KINDS = {
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7",
    "major-seventh": "maj7", "minor-seventh": "m7", "diminished-seventh": "dim7",
    "augmented-seventh": "aug7", "half-diminished": "m7b5", "major-minor": "mmaj7", "major-sixth": "6",
    "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9", "minor-ninth": "m9",
    "dominant-11th": "11", "major-11th": "maj9", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4",
    "power": "5", "none": "N.C.",
}  # fmt: skip
"""MusicXML's kinds of chords as we write them."""

_TONICS = [
    "Fb",
    "Cb",
    "Gb",
    "Db",
    "Ab",
    "Eb",
    "Bb",
    "F",
    "C",
    "G",
    "D",
    "A",
    "E",
    "B",
    "F#",
    "C#",
    "G#",
    "D#",
    "A#",
    "E#",
    "B#",
]
_MODE_SHIFT = {"major": 0, "ionian": 0, "mixolydian": 1, "dorian": 2, "minor": 3, "aeolian": 3,
               "phrygian": 4, "locrian": 5, "lydian": -1}  # fmt: skip


def key_of_signature(fifths: int, mode: str) -> str:
    """Return the key of a signature: ``-3`` and ``minor`` are C minor.

    Where the mode is not known, ``fifths -3``, which stands for a key that is still to be found.
    """
    if mode not in _MODE_SHIFT or not -7 <= fifths <= 7:
        return f"fifths {max(-7, min(7, fifths))}"
    name = {"ionian": "major", "aeolian": "minor"}.get(mode, mode)
    return f"{_TONICS[8 + fifths + _MODE_SHIFT[mode]]} {name}"


def read_musicxml(data: bytes, path: Path) -> ImportedSong:
    """Return what a MusicXML file says. Raises MusicFileError where nothing can be taken."""
    root = xml_of(data)
    if root.tag not in ("score-partwise", "score-timewise"):
        raise MusicFileError(f"this XML is no MusicXML score: its root is <{root.tag[:40]}>")
    parts = list(_measures_of_parts(root))
    if not any(measures for _, measures in parts):
        raise MusicFileError("the score has no measures; nothing could be taken")

    bars = [WrittenBar() for _ in range(max(len(measures) for _, measures in parts))]
    voices, left_out = [], list[LeftOut]()
    for number, (name, measures) in enumerate(parts):
        listed = (one for one in root.iterfind("./part-list/score-part") if one.get("id") == name)
        reader = _PartReader(number, bars, next(listed, None))
        reader.read(measures)
        voices.append(reader.voice)
        left_out += reader.list_left_out()

    # bars that hold nothing have the length of their metre
    meter = (4, 4)
    for bar in bars:
        meter = bar.meter or meter
        if bar.length == 0:
            bar.length = Fraction(4 * meter[0], meter[1])

    title = root.findtext("./work/work-title") or root.findtext("movement-title") or ""
    title = re.sub(r"\s+", " ", title).strip()[:120]
    song = play_sheet(path, "MusicXML", title, voices, bars, left_out)
    if not song.parts and not song.chords:
        raise MusicFileError("the score has neither notes nor chords; nothing could be taken")
    return song


def _measures_of_parts(root: Element) -> Iterator[tuple[str, list[Element]]]:
    """Yield each part's id and its measures; scores by time are turned round."""
    if root.tag == "score-partwise":
        for part in root.findall("part"):
            yield part.get("id", ""), part.findall("measure")
        return
    measures = root.findall("measure")
    ids = [part.get("id", "") for measure in measures for part in measure.findall("part")]
    for name in dict.fromkeys(ids):
        mine = []
        for measure in measures:
            turned = Element("measure", measure.attrib)
            turned.extend(child for p in measure.findall("part") if p.get("id") == name for child in p)
            mine.append(turned)
        yield name, mine


@dataclass(slots=True)
class _PartReader:
    """Reads the measures of one part into the bars of the score."""

    number: int
    bars: list[WrittenBar]
    head: Element | None
    voice: WrittenVoice = field(default_factory=WrittenVoice)
    _drum_keys: dict[str, int] = field(default_factory=dict)
    _divisions: Fraction = Fraction(1)
    _transpose: int = 0
    _velocity: int = 80
    _graces: int = 0
    _bad: list[LeftOut] = field(default_factory=list)
    _open_ending: tuple[int, ...] = ()

    def read(self, measures: list[Element]) -> None:
        """Add all that the measures hold to the bars."""
        self._read_head()
        for bar, measure in zip(self.bars, measures, strict=False):
            try:
                self._read_measure(bar, measure)
            except (ValueError, ZeroDivisionError, KeyError, OverflowError) as exc:
                what = f"what follows a wrong value ({str(exc)[:60]}) in it was left out"
                self._bad.append(LeftOut(self._place(measure), what))

    def list_left_out(self) -> list[LeftOut]:
        """Return what was not taken."""
        where = self.voice.name or f"part {self.number + 1}"
        graces = f"{self._graces} grace notes were left out, since they have no length of their own"
        return [*self._bad, *([LeftOut(where, graces)] if self._graces else [])]

    def _place(self, measure: Element) -> str:
        return f"line {measure.get(LINE, '?')}, bar {measure.get('number', '?')[:10]}"

    def _read_head(self) -> None:
        if self.head is None:
            return
        self.voice.name = re.sub(r"\s+", " ", self.head.findtext("part-name") or "").strip()[:80]
        for instrument in self.head.findall("midi-instrument"):
            program = _whole(instrument.findtext("midi-program"))
            if program is not None and 1 <= program <= 128:
                self.voice.program = program - 1
            self.voice.is_drums |= _whole(instrument.findtext("midi-channel")) == 10
            key = _whole(instrument.findtext("midi-unpitched"))
            if key is not None and 1 <= key <= 128:
                self._drum_keys[instrument.get("id", "")] = key - 1

    def _read_measure(self, bar: WrittenBar, measure: Element) -> None:
        at = last = Fraction(0)
        for child in measure:
            if child.tag == "note":
                start = last if child.find("chord") is not None else at
                length = self._length(child) if child.find("grace") is None else Fraction(0)
                self._read_note(bar, child, start, length)
                at, last = max(at, start + length), start
            elif child.tag == "backup":
                at = max(Fraction(0), at - self._length(child))
            elif child.tag == "forward":
                at += self._length(child)
            elif child.tag == "attributes":
                self._read_attributes(bar, child)
            elif child.tag == "direction":
                self._read_direction(bar, child, at + self._offset(child))
            elif child.tag == "harmony":
                self._read_harmony(bar, child, at + self._offset(child), measure)
            elif child.tag == "barline":
                self._read_barline(bar, child)
            elif child.tag == "sound":
                self._read_sound(bar, child, at)
            bar.length = max(bar.length, at)
        if self._open_ending and not bar.endings:
            bar.endings = self._open_ending

    def _length(self, element: Element) -> Fraction:
        return Fraction((element.findtext("duration") or "0").strip()) / self._divisions

    def _offset(self, element: Element) -> Fraction:
        return Fraction((element.findtext("offset") or "0").strip()) / self._divisions

    def _read_attributes(self, bar: WrittenBar, element: Element) -> None:
        divisions = element.findtext("divisions")
        if divisions is not None:
            self._divisions = Fraction(divisions.strip())
            if self._divisions <= 0:
                raise ValueError(f"divisions {divisions}")
        beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
        if beats and unit:
            meter = sum(int(n) for n in beats.split("+")), int(unit)
            if 1 <= meter[0] <= 64 and meter[1] in (1, 2, 4, 8, 16, 32, 64):
                bar.meter = meter
        fifths, transposed = _whole(element.findtext("key/fifths")), element.find("transpose")
        if transposed is not None:
            octaves = _whole(transposed.findtext("octave-change")) or 0
            self._transpose = 12 * octaves + (_whole(transposed.findtext("chromatic")) or 0)
        if fifths is not None and bar.key is None and self._transpose % 12 == 0:
            bar.key = key_of_signature(fifths, (element.findtext("key/mode") or "").strip().lower())

    def _read_note(self, bar: WrittenBar, note: Element, start: Fraction, length: Fraction) -> None:
        if note.find("rest") is not None or note.find("cue") is not None:
            return
        if length <= 0:
            self._graces += 1
            return
        pitch = self._pitch(note)
        if pitch is None:
            return
        velocity, own = self._velocity, note.get("dynamics")
        if own:
            velocity = round(float(own) * _FULL_VELOCITY / 100)
        tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
        velocity = max(1, min(127, velocity))
        bar.notes[self.number].append(WrittenNote(start, length, pitch, velocity, tied))
        self._read_lyric(bar, note, start)

    def _pitch(self, note: Element) -> int | None:
        """Return the MIDI pitch of a note, or the key of a drum."""
        unpitched = note.find("unpitched")
        if unpitched is not None:
            self.voice.is_drums = True
            instrument = note.find("instrument")
            name = instrument.get("id", "") if instrument is not None else ""
            return self._drum_keys.get(name, 38)
        step, octave = note.findtext("pitch/step"), _whole(note.findtext("pitch/octave"))
        if step is None or octave is None:
            return None
        altered = float(note.findtext("pitch/alter") or 0)
        pitch = 12 * (octave + 1) + _STEPS[step.strip()] + round(altered) + self._transpose
        if not 0 <= pitch <= 127:
            raise ValueError(f"pitch {step}{octave}")
        return pitch

    def _read_lyric(self, bar: WrittenBar, note: Element, start: Fraction) -> None:
        """Take the words of the first verse."""
        for lyric in note.findall("lyric"):
            text = (lyric.findtext("text") or "").strip()
            if lyric.get("number", "1") in ("1", "") and text:
                hyphen = "-" if lyric.findtext("syllabic") in ("begin", "middle") else ""
                ends = lyric.find("end-line") is not None or lyric.find("end-paragraph") is not None
                bar.lyrics.append((start, text[:80] + hyphen, ends))

    def _read_direction(self, bar: WrittenBar, direction: Element, at: Fraction) -> None:
        for kind in direction.findall("direction-type"):
            for mark in kind.findall("rehearsal"):
                bar.label = bar.label or re.sub(r"\s+", " ", mark.text or "").strip()[:60]
            for dynamics in kind.findall("dynamics"):
                self._velocity = next((_MARKS[d.tag] for d in dynamics if d.tag in _MARKS), self._velocity)
            bar.segno |= kind.find("segno") is not None
            if kind.find("coda") is not None:
                bar.coda = True
            for metronome in kind.findall("metronome"):
                if direction.find("sound[@tempo]") is None:
                    self._read_metronome(bar, metronome, at)
        for sound in direction.findall("sound"):
            self._read_sound(bar, sound, at)

    def _read_metronome(self, bar: WrittenBar, metronome: Element, at: Fraction) -> None:
        unit, number = metronome.findtext("beat-unit"), metronome.findtext("per-minute")
        found = re.search(r"\d+(?:\.\d+)?", number or "")
        if self.number == 0 and unit in _UNITS and found:
            dots = len(metronome.findall("beat-unit-dot"))
            quarters = _UNITS[unit] * (2 - Fraction(1, 2**dots))
            bar.tempi.append((at, Fraction(found[0]) * quarters))

    def _read_sound(self, bar: WrittenBar, sound: Element, at: Fraction) -> None:
        tempo = sound.get("tempo")
        if tempo and Fraction(tempo) > 0 and not any(place == at for place, _ in bar.tempi):
            bar.tempi.append((at, Fraction(tempo)))
        if sound.get("dynamics"):
            self._velocity = round(float(sound.get("dynamics", "0")) * _FULL_VELOCITY / 100)
        if sound.get("dacapo") == "yes":
            bar.jump = "dc"
        if sound.get("dalsegno"):
            bar.jump = "ds"
        bar.fine |= bool(sound.get("fine"))
        bar.to_coda |= bool(sound.get("tocoda"))
        bar.segno |= bool(sound.get("segno"))
        bar.coda |= bool(sound.get("coda"))

    def _read_harmony(self, bar: WrittenBar, harmony: Element, at: Fraction, measure: Element) -> None:
        kind = harmony.find("kind")
        root = _note_name(harmony, "root")
        if kind is None or (not root and (kind.text or "").strip() != "none"):
            return
        written = (kind.text or "").strip()
        suffix = _KINDS.get(written, kind.get("text", ""))
        bass = _note_name(harmony, "bass")

        # what is added to the chord or altered in it, as our symbols have it: ``b9``, ``add9``
        degrees = ""
        for degree in harmony.findall("degree"):
            sign = {-1: "b", 1: "#"}.get(round(float(degree.findtext("degree-alter") or 0)), "add")
            if degree.findtext("degree-type") != "subtract":
                degrees += sign + (degree.findtext("degree-value") or "")

        text = "N.C." if written == "none" else f"{root}{suffix}{degrees}" + (f"/{bass}" if bass else "")
        found = chord_of(text) or chord_of(f"{root}{suffix}") or chord_of(root)
        if found is not None and all(place != at for place, _ in bar.chords):
            bar.chords.append((max(at, Fraction(0)), found[0]))
            if not found[1]:
                self._bad.append(LeftOut(self._place(measure), f"the chord {text} was read as {found[0]}"))

    def _read_barline(self, bar: WrittenBar, barline: Element) -> None:
        repeat, ending = barline.find("repeat"), barline.find("ending")
        if ending is not None:
            numbers = tuple(int(n) for n in re.findall(r"\d+", ending.get("number", ""))[:16])
            if ending.get("type") == "start":
                self._open_ending = numbers
                bar.endings = numbers
            else:
                bar.endings = bar.endings or self._open_ending or numbers
                self._open_ending = ()
        if repeat is not None and repeat.get("direction") == "forward":
            bar.begins_repeat = True
        elif repeat is not None:
            bar.times = max(2, min(16, _whole(repeat.get("times")) or 2))


def _note_name(harmony: Element, what: str) -> str:
    step = (harmony.findtext(f"{what}/{what}-step") or "").strip()
    altered = round(float(harmony.findtext(f"{what}/{what}-alter") or 0))
    return step + ("#" * altered if altered > 0 else "b" * -altered) if step else ""


def _whole(text: str | None) -> int | None:
    """Return a whole number, None where there is none."""
    try:
        return int(float(text)) if text is not None and text.strip() else None
    except (ValueError, OverflowError):
        return None
