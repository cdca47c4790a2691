"""Reads lines of ABC music into bars: notes, chords, rests, tuplets, ties, bar lines and repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from structure.base.exact import Fraction
from structure.imports.shaping import chord_of
from structure.imports.written import WrittenBar, WrittenNote

_TOKEN = re.compile(
    r"""(?P<field>\[[A-Za-z]:[^\]]*\])
    |(?P<text>"[^"]*")
    |(?P<mark>![^!\n]*!|\+[a-z]+\+)
    |(?P<grace>\{[^}]*\})
    |(?P<bar>:*\|[|\]:]*|:{2,}|\[\|:*|\|\]|\])(?:\[?(?P<ending>\d+(?:[,\-.]\d+)*))?
    |\[(?P<numbered>\d+(?:[,\-.]\d+)*)
    |\((?P<tuplet>\d)(?P<ratio>(?::\d*){0,2})
    |(?P<chord>\[)
    |(?P<note>(?P<sharps>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*)(?P<length>\d*/*\d*)(?P<tie>-?))
    |(?P<rest>[zx])(?P<lasts>\d*/*\d*)
    |[ZX](?P<bars>\d*)
    |(?P<broken><+|>+)
    |(?P<overlay>&)
    |(?P<nothing>(?:[\s)`$*\\.~HLMOPSTuvyJRk-]|\((?!\d))+)
    |(?P<unknown>.)""",
    re.VERBOSE,
)
_IN_CHORD = re.compile(r"(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']*)(\d*/*\d*)(-?)")
_CHORD_END = re.compile(r"\](\d*/*\d*)(-?)")
_STEPS = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_ALTERED = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_MARKS = {"pppp": 10, "ppp": 23, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126}
_LONGEST = 4096
"""No note of a sane file is longer than this many units."""

Complain = Callable[[int, str], None]
"""Told the bar, from 1, and what was passed over in it."""


def length_of(text: str) -> Fraction:
    """Return an ABC length: ``3/2``, ``/``, ``//`` or nothing, which is 1."""
    number, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    above = int(number[:5] or 1)
    divisor = int(below[:5] or 0) if below else 2 ** min(len(slashes), 10)
    if above > _LONGEST or divisor == 0 or above == 0:
        raise ValueError(f"the length {text!r}")
    return Fraction(above, divisor)


@dataclass(slots=True)
class VoiceReader:
    """Reads one voice of a tune, line by line, into the bars of the whole tune.

    ``unit`` is the length of a note without one, in quarters. ``signature`` has the semitones by which the
    key alters each letter. ``on_field`` is told of fields within the music, such as ``[K:G]``.
    """

    number: int
    bars: list[WrittenBar]
    complain: Complain
    on_field: Callable[[str, str], None]
    unit: Fraction = Fraction(1, 2)
    is_compound: bool = False
    signature: dict[str, int] = field(default_factory=dict)
    transpose: int = 0
    bar: int = 0
    at: Fraction = Fraction(0)
    graces: int = 0
    line_notes: list[tuple[int, Fraction]] = field(default_factory=list)
    _altered: dict[tuple[str, int], int] = field(default_factory=dict)
    _tied: dict[tuple[str, int], int] = field(default_factory=dict)
    _last: list[WrittenNote] = field(default_factory=list)
    _last_length: Fraction = Fraction(0)
    _next_factor: Fraction = Fraction(1)
    _tuplet: tuple[int, Fraction] = (0, Fraction(1))
    _velocity: int = 80
    _ending: tuple[int, ...] = ()

    def read_line(self, text: str) -> None:
        """Read a line of music, without its comment."""
        self.line_notes = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                break
            at = match.end()
            try:
                at = self._take(match, text, at)
            except ValueError as exc:
                self.complain(self.bar + 1, f"{exc} in {match[0]!r} cannot be read; it was passed over")

    def current(self) -> WrittenBar:
        """Return the bar that is being read."""
        while len(self.bars) <= self.bar:
            self.bars.append(WrittenBar())
        bar = self.bars[self.bar]
        bar.endings = bar.endings or self._ending
        return bar

    def _take(self, match: re.Match[str], text: str, at: int) -> int:
        """Take one sign, and return the place after it."""
        if match["chord"]:
            return self._take_chord(text, at)
        if match["bar"]:
            self._take_bar(match["bar"])
            self._begin_ending(match["ending"])
        elif match["numbered"]:
            self._begin_ending(match["numbered"])
        elif match["letter"] or match["rest"] or match["tuplet"] or match["broken"]:
            self._take_rhythm(match)
        else:
            self._take_other(match)
        return at

    def _take_rhythm(self, match: re.Match[str]) -> None:
        """Take a note, a rest, or a sign that changes how long they last."""
        if match["letter"]:
            note = self._find_pitch(match["sharps"], match["letter"], match["octave"])
            self._add_notes([note], length_of(match["length"]), tie=bool(match["tie"]))
        elif match["rest"]:
            self._move(length_of(match["lasts"]) * self.unit, [])
        elif match["tuplet"]:
            self._begin_tuplet(int(match["tuplet"]), match["ratio"] or "")
        else:
            self._break(match["broken"])

    def _take_other(self, match: re.Match[str]) -> None:
        """Take what is neither a note nor a bar line."""
        if match["text"]:
            self._take_text(match["text"].strip('"'))
        elif match["mark"]:
            self._take_mark(match["mark"].strip("!+"))
        elif match["field"]:
            self.on_field(match["field"][1], match["field"][3:-1].strip())
        elif match["overlay"]:
            self.at = Fraction(0)
        elif match["grace"]:
            self.graces += 1
        elif match["unknown"]:
            self.complain(self.bar + 1, f"{match['unknown']!r} is no sign of ABC; it was passed over")
        elif match["bars"] is not None:
            self._rest_bars(int(match["bars"][:4] or 1))

    def _find_pitch(self, sharps: str | None, letter: str, octave: str) -> tuple[tuple[str, int], int]:
        """Return a written note as its letter and octave, and its MIDI pitch."""
        up = (1 if letter.islower() else 0) + octave.count("'") - octave.count(",")
        place = (letter.upper(), up)
        if sharps:
            self._altered[place] = _ALTERED[sharps]
        elif place in self._tied:
            return place, self._tied[place]
        altered = self._altered.get(place, self.signature.get(place[0], 0))
        pitch = _STEPS[place[0]] + 12 * up + altered + self.transpose
        if not 0 <= pitch <= 127:
            raise ValueError(f"the octave {octave!r}")
        return place, pitch

    def _add_notes(self, notes: list[tuple[tuple[str, int], int]], units: Fraction, *, tie: bool) -> None:
        length = units * self.unit
        bar = self.current()
        written = [
            WrittenNote(self.at, length, pitch, self._velocity, self._tied.get(place) == pitch)
            for place, pitch in notes
        ]
        self.line_notes.append((self.bar, self.at))
        bar.notes[self.number] += written
        self._tied = dict(notes) if tie else {}
        self._move(length, written)

    def _take_chord(self, text: str, at: int) -> int:
        """Take ``[CEG]2``; its length is that of its first note."""
        notes, inner, tie = [], Fraction(1), False
        while match := _IN_CHORD.match(text, at):
            notes.append(self._find_pitch(match[1], match[2], match[3]))
            inner = length_of(match[4]) if len(notes) == 1 else inner
            tie |= bool(match[5])
            at = match.end()
        end = _CHORD_END.match(text, at)
        if end is None or not notes:
            close = text.find("]", at)
            stop = close + 1 if close >= 0 else len(text)
            self.complain(self.bar + 1, f"{text[at - 1 : stop][:40]!r} is no chord; it was passed over")
            return stop
        self._add_notes(notes, inner * length_of(end[1]), tie=tie or bool(end[2]))
        return end.end()

    def _move(self, length: Fraction, notes: list[WrittenNote]) -> None:
        """Go on by a note or rest, as tuplets and broken rhythms stretch it."""
        factor, self._next_factor = self._next_factor, Fraction(1)
        left, ratio = self._tuplet
        if left:
            factor *= ratio
            self._tuplet = (left - 1, ratio)
        for note in notes:
            note.length *= factor
        self._last, self._last_length = notes, length * factor
        self.at += self._last_length
        bar = self.current()
        bar.length = max(bar.length, self.at)

    def _begin_tuplet(self, count: int, ratio: str) -> None:
        given = [int(part[:2]) if part else 0 for part in ratio.split(":")[1:]] + [0, 0]
        usual = _TUPLETS.get(count, 3 if self.is_compound else 2)
        if count > 0:
            self._tuplet = (given[1] or count, Fraction(given[0] or usual, count))

    def _break(self, signs: str) -> None:
        """Lengthen the note before by what the next one loses, or the other way round."""
        short = Fraction(1, 2 ** min(len(signs), 4))
        mine, other = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        bar = self.current()
        if self.at == bar.length:
            bar.length += self._last_length * (mine - 1)
        self.at += self._last_length * (mine - 1)
        for note in self._last:
            note.length *= mine
        self._last_length *= mine
        self._next_factor = other

    def _take_bar(self, sign: str) -> None:
        bar = self.current()
        if self.at > 0 or any(self.number in b.notes for b in self.bars[self.bar : self.bar + 1]):
            if sign.startswith(":"):
                bar.times = max(bar.times, 2, len(sign) - len(sign.lstrip(":")) + 1 if "|" in sign else 2)
            self._next_bar()
        elif sign.startswith(":") and self.bar > 0:
            self.bars[self.bar - 1].times = max(2, self.bars[self.bar - 1].times)
        if len(sign) > 1 or sign == "]":
            self._ending = ()
        if sign.endswith(":") and len(sign) > 1:
            self.current().begins_repeat = True
        self._altered = {}

    def _next_bar(self) -> None:
        self.bar, self.at = self.bar + 1, Fraction(0)

    def _begin_ending(self, text: str | None) -> None:
        if text:
            ends = [int(number[:2]) for number in re.findall(r"\d+", text)]
            span = range(ends[0], ends[-1] + 1) if "-" in text else ends
            self._ending = tuple(span)[:16]
            bar = self.current()
            bar.endings = self._ending

    def _rest_bars(self, count: int) -> None:
        for _ in range(min(count, 999)):
            self.current()
            self._next_bar()
        self.bar -= 1
        self.at = self.current().length or Fraction(1, 1024)

    def _take_text(self, text: str) -> None:
        """Take a chord symbol; what begins with a sign of place is a remark."""
        words = re.sub(r"(?<=\w)=?\+(?=$|/)", "#", text)
        if text[:1] in "^_<>@" or not text.strip():
            return
        bass = re.search(r"/[a-g](?=[#b]?$)", text)  # written small, as in ``G/b``
        raised = text if bass is None else text[: bass.start()] + bass[0].upper() + text[bass.end() :]
        for candidate in (text, words, text.split(";", maxsplit=1)[0], raised):
            found = chord_of(candidate.lstrip("="))
            if found is not None and self.number == 0:
                self.current().chords.append((self.at, found[0]))
            if found is not None:
                return

    def _take_mark(self, mark: str) -> None:
        bar, name = self.current(), mark.lower().replace(".", "")
        if name in _MARKS:
            self._velocity = _MARKS[name]
        elif name in ("segno", "coda", "fine"):
            setattr(bar, name, True)
        elif name in ("dacapo", "dc", "dcalfine", "dcalcoda"):
            bar.jump = "dc"
        elif name in ("ds", "dsalfine", "dsalcoda"):
            bar.jump = "ds"
        elif name == "dacoda":
            bar.to_coda = True


def syllables(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a line of words says to each note: a syllable with its hyphen, and its kind.

    The kind is ``word``, ``skip`` or ``bar`` (go on in the next bar).
    """
    for match in re.finditer(r"(?P<skip>[*_])|(?P<bar>\|)|(?P<word>[^\s*_|-]+)(?P<hyphen>\s*-)?|-", text):
        if match["word"]:
            yield (
                match["word"].replace("~", " ").replace("\\", "") + ("-" if match["hyphen"] else ""),
                "word",
            )
        else:
            yield "", "bar" if match["bar"] else "skip"
