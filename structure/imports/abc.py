"""Reads ABC, the notation of folk music: one tune of a file, its voices, chords, repeats and words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.abc_music import VoiceReader, length_of, syllables
from structure.imports.musicxml import key_of_signature
from structure.imports.shaping import decode_any_text
from structure.imports.song import ImportedSong, LeftOut
from structure.imports.written import WrittenBar, WrittenVoice, play_sheet

_FIELD = re.compile(r"([A-Za-z+]):(.*)")
_KEY = re.compile(r"\s*(?P<tonic>[A-Ga-g])(?P<sign>[#b]?)\s*(?P<mode>[A-Za-z]*)(?P<rest>.*)")
_MODES = {
    "": "major", "maj": "major", "m": "minor", "min": "minor", "ion": "major", "aeo": "minor",
    "mix": "mixolydian", "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "loc": "locrian",
}  # fmt: skip
_SHIFT = {"major": 0, "minor": -3, "mixolydian": -1, "dorian": -2, "phrygian": -4, "lydian": 1,
          "locrian": -5}  # fmt: skip
_MOST_COMPLAINTS = 20


def read_abc(data: bytes, path: Path) -> ImportedSong:
    """Return the first tune of an ABC file. Raises MusicFileError where it has none."""
    lines = decode_any_text(data).splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("X:")]
    heads = [i for i, line in enumerate(lines) if line.startswith("K:")]
    if not heads:
        raise MusicFileError("this is no ABC: no line begins with K:; nothing could be taken")
    first = max((start for start in starts if start < heads[0]), default=0)
    after = [start for start in starts if start > first]
    reader = _TuneReader(path)
    reader.read(lines[first : after[0] if after else len(lines)], first)
    if after:
        what = f"{len(after)} more tunes of the file were left out; the first was taken"
        reader.left_out.append(LeftOut(f"line {after[0] + 1}", what))
    song = reader.song()
    if not song.parts and not song.chords:
        raise MusicFileError("the tune has neither notes nor chords; nothing could be taken")
    return song


@dataclass(slots=True)
class _TuneReader:
    """Reads the lines of one tune."""

    path: Path
    bars: list[WrittenBar] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    _voices: dict[str, VoiceReader] = field(default_factory=dict)
    _heads: list[WrittenVoice] = field(default_factory=list)
    _voice: str = ""
    _titles: list[str] = field(default_factory=list)
    _meter: tuple[int, int] | None = (4, 4)
    _unit: Fraction | None = None
    _tempo: str = ""
    _key: str = ""
    _signature: dict[str, int] = field(default_factory=dict)
    _transpose: int = 0
    _in_head: bool = True
    _line: int = 0
    _program: int | None = None
    _is_drums: bool = False
    _passed: int = 0

    def read(self, lines: list[str], first: int) -> None:
        """Read all lines; ``first`` is how many stand before them in the file."""
        for number, line in enumerate(lines, start=first + 1):
            self._line = number
            if line.startswith(("%%", "I:")):
                self._take_directive(line[2:].strip())
                continue
            plain = re.sub(r"(?<!\\)%.*", "", line).rstrip()
            found = _FIELD.match(plain)
            if found is not None and not plain.startswith(("|", "[")):
                self._take_field(found[1], found[2].strip())
            elif plain and not self._in_head:
                self._reader().read_line(plain)

    def song(self) -> ImportedSong:
        """Return what was read."""
        self._fill()
        graces = sum(voice.graces for voice in self._voices.values())
        if graces:
            what = f"{graces} grace notes were left out, since they have no length of their own"
            self.left_out.append(LeftOut("", what))
        if self._passed > _MOST_COMPLAINTS:
            more = f"{self._passed - _MOST_COMPLAINTS} more signs were passed over"
            self.left_out.append(LeftOut("", more))
        title = self._titles[0] if self._titles else ""
        return play_sheet(self.path, "ABC", title, self._heads, self.bars, self.left_out)

    def _fill(self) -> None:
        """Give bars of rest the length of their metre, and drop those at the end that hold nothing."""
        while self.bars and not self.bars[-1].length:
            dropped = self.bars.pop()
            if self.bars and dropped.times > 1:
                self.bars[-1].times = dropped.times
        meter = next((bar.meter for bar in self.bars if bar.meter), (4, 4))
        for bar in self.bars:
            meter = bar.meter or meter
            if bar.length <= Fraction(1, 1024):
                bar.length = Fraction(4 * meter[0], meter[1])

    def _reader(self) -> VoiceReader:
        """Return the reader of the voice that the next line belongs to."""
        if self._voice not in self._voices:
            voice = VoiceReader(len(self._heads), self.bars, self._complain, self._take_field)
            self._voices[self._voice] = voice
            self._heads.append(WrittenVoice("", self._program, self._is_drums))
            self._set_up(voice)
        return self._voices[self._voice]

    def _set_up(self, voice: VoiceReader) -> None:
        """Tell a voice the unit, the metre and the key; the first tells them to the bars."""
        meter = self._meter or (4, 4)
        usual = Fraction(1, 2) if Fraction(*meter) >= Fraction(3, 4) else Fraction(1, 4)
        voice.unit = self._unit or usual
        voice.is_compound = meter[1] == 8 and meter[0] % 3 == 0
        voice.signature = self._signature
        voice.transpose = self._transpose
        bar = voice.current()
        if voice.number == 0 and voice.at == 0:
            bar.meter, bar.key = self._meter, self._key or None
            tempo = self._quarters_per_minute(voice.unit)
            if tempo:
                bar.tempi = [(Fraction(0), tempo)]
            self._tempo = ""

    def _complain(self, bar: int, message: str) -> None:
        self._passed += 1
        if self._passed <= _MOST_COMPLAINTS:
            self.left_out.append(LeftOut(f"line {self._line}, bar {bar}", message))

    def _take_field(self, name: str, value: str) -> None:
        if name == "T" and value:
            self._titles.append(re.sub(r"\s+", " ", value)[:120])
        elif name == "V":
            self._take_voice(value)
        elif name == "w" and not self._in_head:
            self._take_words(value)
        elif name == "P" and not self._in_head:
            self._reader().current().label = value[:40]
        elif name in "KMLQ":
            self._take_setting(name, value)

    def _take_setting(self, name: str, value: str) -> None:
        """Take a key, metre, unit or tempo, for what follows."""
        try:
            if name == "K":
                self._take_key(value)
            elif name == "M":
                self._meter = _meter_of(value)
            elif name == "L":
                self._unit = 4 * length_of(value.replace(" ", ""))
            else:
                self._tempo = value
        except (ValueError, AttributeError, ZeroDivisionError):
            self.left_out.append(
                LeftOut(f"line {self._line}", f"{name}: {value[:40]!r} was not understood")
            )
        if name == "K" and self._in_head:
            self._in_head = False
            for voice in self._voices.values():
                self._set_up(voice)
        elif not self._in_head:
            for voice in self._voices.values() if name in "ML" else [self._reader()]:
                self._set_up(voice)

    def _take_key(self, value: str) -> None:
        octave = re.search(r"octave=(-?\d)", value)
        moved = re.search(r"transpose=(-?\d+)", value)
        self._transpose = 12 * int(octave[1]) if octave else int(moved[1]) if moved else self._transpose

        plain = re.sub(
            r"\b(?:clef|octave|transpose|middle|stafflines|staffscale|shift|score|sound)=\S+", "", value
        )
        plain = re.sub(r"\b(?:treble|bass|alto|tenor|perc|none)\S*|[+-]8(?:va)?", "", plain).strip()
        found = _KEY.fullmatch(plain)
        if plain in ("HP", "Hp"):
            self._key, self._signature = "A mixolydian", {"F": 1, "C": 1}
        elif found is not None:
            mode = _MODES.get(found["mode"].lower()[:3] if len(found["mode"]) > 1 else found["mode"])
            mode = "major" if found["mode"] == "M" or found["mode"].lower() == "exp" else mode
            if mode is None:
                raise ValueError(value)

            sharps = {"#": 7, "b": -7, "": 0}[found["sign"]]
            fifths = "FCGDAEB".index(found["tonic"].upper()) - 1 + sharps + _SHIFT[mode]
            order = "FCGDAEB" if fifths > 0 else "BEADGCF"
            self._key = key_of_signature(fifths, mode)
            self._signature = dict.fromkeys(order[: min(7, abs(fifths))], 1 if fifths > 0 else -1)
            if found["mode"].lower() == "exp":
                self._key, self._signature = "", {}

            for sign, letter in re.findall(r"(\^{1,2}|_{1,2}|=)([a-gA-G])", found["rest"]):
                amount = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}[sign]
                self._signature = self._signature | {letter.upper(): amount}
        elif plain:
            raise ValueError(value)
        elif "none" in value:
            self._key, self._signature = "", {}

    def _take_voice(self, value: str) -> None:
        words = value.split(None, 1)
        if not words:
            return
        self._voice = words[0]
        rest = words[1] if len(words) > 1 else ""
        voice = self._reader()
        head = self._heads[voice.number]
        name = re.search(r'\b(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', rest)
        if name:
            head.name = re.sub(r"\\n|\s+", " ", name[1] or name[2] or "").strip()[:60]
        elif not head.name and not words[0].isdigit():
            head.name = words[0][:60]
        octave = re.search(r"octave=(-?\d)", rest)
        voice.transpose = 12 * int(octave[1]) if octave else voice.transpose
        head.is_drums |= "perc" in rest

    def _take_directive(self, text: str) -> None:
        """Take what abc2midi is told of programs and drums."""
        words = text.split()
        numbers = [int(word) for word in words[2:] if word.isdigit()]
        if len(words) < 3 or words[0].upper() != "MIDI" or not numbers:
            return
        head = self._heads[self._reader().number] if not self._in_head else None
        if words[1] == "program" and 0 <= numbers[-1] <= 127:
            self._program = numbers[-1] if head is None else self._program
            if head is not None:
                head.program = numbers[-1]
        elif words[1] == "channel" and head is not None:
            head.is_drums = numbers[0] == 10

    def _take_words(self, text: str) -> None:
        """Put the syllables of a line on the notes of the line of music before."""
        voice = self._reader()
        notes = iter(voice.line_notes)
        bar, last = -1, None
        for words, kind in syllables(text):
            if kind == "bar":
                continue
            place = next(notes, None)
            if place is None:
                break
            bar, at = place
            if kind == "word":
                last = (bar, len(self.bars[bar].lyrics))
                self.bars[bar].lyrics.append((at, words[:80], False))
        if last is not None:
            at, words, _ = self.bars[last[0]].lyrics[last[1]]
            self.bars[last[0]].lyrics[last[1]] = (at, words, True)

    def _quarters_per_minute(self, unit: Fraction) -> Fraction | None:
        """Return the tempo that ``Q:`` says: ``1/4=120``, or ``120`` units a minute."""
        plain = re.sub(r'"[^"]*"', "", self._tempo).strip()
        found = re.fullmatch(r"(?P<beats>[\d/\s]*?)\s*=?\s*(?P<number>\d+(?:\.\d+)?)", plain)
        if found is None:
            return None
        beats = [Fraction(part) for part in re.findall(r"\d+/[1-9]\d*", found["beats"])]
        length = 4 * sum(beats, Fraction(0)) if beats else unit
        tempo = Fraction(found["number"]) * length
        return tempo if 5 <= tempo <= 1000 else None


def _meter_of(value: str) -> tuple[int, int] | None:
    """Return the metre of ``M:``, None where there is none."""
    plain = value.replace(" ", "").strip()
    if plain in ("none", ""):
        return None
    if plain in ("C", "c"):
        return 4, 4
    if plain in ("C|", "c|"):
        return 2, 2
    above, below = plain.replace("(", "").replace(")", "").split("/")
    meter = sum(int(number) for number in above.split("+")), int(below)
    if not 1 <= meter[0] <= 64 or meter[1] not in (1, 2, 4, 8, 16, 32):
        raise ValueError(value)
    return meter
