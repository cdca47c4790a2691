"""A planned song as a MusicXML score, by music21.

Each stem is a part. Sections begin with a rehearsal mark, the first pitched part carries the chord symbols.
Swing is written straight under the word "Swing", as musicians read it; drum hits last to the next hit, a
beat at most. The file holds no date and no random identifier.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib import import_module, resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from structure.arrange.swing import straightened
from structure.chords import parse_symbol
from structure.files import write_atomically
from structure.keys import Key, parse_key
from structure.plan import SongPlan, StemPlan, Visit
from structure.programs import guess_program
from structure.score import ChordEvent, Note
from structure.styles import Style, load_style

_PLAIN_FIGURES = {"69": "6", "m69": "m6", "mmaj7": "mM7", "7no5": "7", "7sus2": "sus2", "maj9": "M9",
                  "9sus4": "7sus4", "maj13": "M13", "11": "7sus4"}  # fmt: skip
"""Qualities for which music21 has another word, or whose closest one it is; they print as they are ours."""


def write_musicxml(plan: SongPlan, path: Path) -> None:
    """Write the score as MusicXML. The same plan gives the same bytes."""

    style = load_style(plan.genre)
    score = _m21("stream").Score()
    parts = [_part(plan, stem, index, style) for index, stem in enumerate(plan.stems)]
    for part in parts:
        score.insert(0, part)
    score.metadata = _metadata(plan)
    write_atomically(Path(path), _exported(score))


def _m21(module: str) -> Any:
    """A module of music21, which is slow to import and typed in part only."""
    return import_module(f"music21.{module}")


def _metadata(plan: SongPlan) -> Any:

    return _m21("metadata").Metadata(title=plan.title, movementName=plan.title, composer="Ritornello")


def _exported(score: Any) -> bytes:
    """The score as XML without the date of encoding, and with identifiers by order."""

    exporter = _m21("musicxml.m21ToXml").GeneralObjectExporter(score)
    exporter.makeNotation = False
    text = bytes(exporter.parse(score)).decode()
    text = re.sub(r"\s*<encoding-date>[^<]*</encoding-date>", "", text)
    found: dict[str, str] = {}
    for old in re.findall(r'<(?:score-part|score-instrument|midi-instrument) id="([^"]+)"', text):
        found.setdefault(old, f"P{len(found) + 1}")
    return re.sub(r'id="([^"]+)"', lambda m: f'id="{found.get(m[1], m[1])}"', text).encode()


def _part(plan: SongPlan, stem: StemPlan, index: int, style: Style) -> Any:

    part = _m21("stream").Part(id=stem.name)
    part.partName = stem.name
    player = _m21("instrument").Instrument(stem.name)
    player.midiProgram = guess_program(stem.prompt, stem.role)
    player.midiChannel = 9 if stem.role == "drums" else (index if index < 9 else index + 1) % 16
    first_pitched = next((s.name for s in plan.stems if s.role != "drums"), plan.stems[0].name)
    for visit in plan.visits:
        bars = _bars_of(plan, visit, stem, style)
        for bar in range(visit.bars):
            measure = _measure(plan, visit, bar, bars.get(bar, ()), stem.role == "drums")
            if index == 0 and bar == 0:
                _mark(measure, plan, visit, style)
            if stem.name == first_pitched:
                _write_chords(measure, plan, visit, bar)
            part.append(measure)
    part.getElementsByClass("Measure").first().insert(0, player)
    _begin(part, plan, stem)
    return part


def _begin(part: Any, plan: SongPlan, stem: StemPlan) -> None:
    """Clef and metre at the start."""

    first = part.getElementsByClass("Measure").first()
    clefs = {"drums": _m21("clef").PercussionClef, "bass": _m21("clef").BassClef}
    first.insert(0, clefs.get(stem.role, _m21("clef").TrebleClef)())
    first.insert(0, _m21("meter").TimeSignature(str(plan.meter)))


def _mark(measure: Any, plan: SongPlan, visit: Visit, style: Style) -> None:
    """Rehearsal mark of a section, and at the start of the song its tempo."""

    measure.insert(0, _m21("expressions").RehearsalMark(visit.label))
    if visit.start_bar == 0:
        unit = "quarter" if plan.meter.beat_quarters == 1 else None
        referent: Any = unit or float(plan.meter.beat_quarters)
        measure.insert(0, _m21("tempo").MetronomeMark(number=float(plan.grid.tempo_bpm), referent=referent))
        if style.swing.first_share != Fraction(1, 2):
            measure.insert(0, _m21("expressions").TextExpression("Swing"))


def _write_chords(measure: Any, plan: SongPlan, visit: Visit, bar: int) -> None:
    start = bar * plan.meter.bar_quarters
    for chord in visit.score.chords:
        if start <= chord.onset < start + plan.meter.bar_quarters:
            measure.insert(_quarters(chord.onset - start), _chord_symbol(chord))


def _chord_symbol(chord: ChordEvent) -> Any:
    """A chord symbol that prints as ours does."""

    ours = parse_symbol(chord.symbol)
    plain = _PLAIN_FIGURES.get(ours.quality.symbol, ours.quality.symbol)
    slash = f"/{_m21_name(ours.bass)}" if ours.bass != ours.root else ""
    symbol = _m21("harmony").ChordSymbol(f"{_m21_name(ours.root)}{plain}{slash}")
    symbol.chordKindStr = ours.quality.symbol
    return symbol


def _m21_name(pitch: str) -> str:
    return pitch.replace("b", "-")


def _quarters(value: Fraction) -> Any:
    """A position as music21 likes it: an int or float where that is exact."""
    return float(value) if value.denominator & (value.denominator - 1) == 0 else value


Piece = tuple[Fraction, Fraction, tuple[tuple[Note, bool, bool], ...]]
"""Onset in the bar, length, and the notes that sound, each with whether it is tied from before and on."""


def _bars_of(plan: SongPlan, visit: Visit, stem: StemPlan, style: Style) -> Mapping[int, list[Piece]]:
    """The stem's notes per bar, cut wherever one begins or ends, so that one voice can write them."""
    part = visit.score.parts.get(stem.name)
    notes = straightened(part.notes, style.swing, plan.meter) if part else []
    if notes and stem.role == "drums":
        notes = _lengthened(notes, plan, visit)
    bar_length = plan.meter.bar_quarters
    cuts = sorted(
        {note.onset for note in notes}
        | {note.end for note in notes}
        | {bar * bar_length for bar in range(visit.bars + 1)}
    )
    cuts = _notatable(cuts)
    sounding: dict[Fraction, list[Note]] = defaultdict(list)
    places = {cut: i for i, cut in enumerate(cuts)}
    for note in notes:
        for cut in cuts[places[note.onset] : places[note.end]]:
            sounding[cut].append(note)
    bars: dict[int, list[Piece]] = defaultdict(list)
    for start, end in pairwise(cuts):
        tied = tuple((note, note.onset < start, note.end > end) for note in sounding[start])
        bars[int(start // bar_length)].append((start % bar_length, end - start, tied))
    return bars


_NOTE_VALUES = tuple(Fraction(n, 16) for n in (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1))
"""Plain and dotted note values in quarters."""


def _notatable(cuts: Sequence[Fraction]) -> list[Fraction]:
    """The cuts, with more of them where a length has no note value, such as two and a half quarters."""
    found = [cuts[0]]
    for end in cuts[1:]:
        while found[-1] < end:
            left = end - found[-1]
            found.append(found[-1] + next((value for value in _NOTE_VALUES if value <= left), left))
    return found


def _lengthened(notes: Sequence[Note], plan: SongPlan, visit: Visit) -> list[Note]:
    """Drum hits that last to the next hit or the next beat."""
    beat = plan.meter.beat_quarters
    onsets = sorted({note.onset for note in notes})
    ends = {
        onset: min(following, (onset // beat + 1) * beat)
        for onset, following in zip(
            onsets, [*onsets[1:], visit.bars * plan.meter.bar_quarters], strict=True
        )
    }
    return [Note(note.onset, ends[note.onset] - note.onset, note.pitch, note.velocity) for note in notes]


def _measure(plan: SongPlan, visit: Visit, bar: int, pieces: Iterable[Piece], percussive: bool) -> Any:

    home = parse_key(visit.key)
    measure = _m21("stream").Measure(number=visit.start_bar + bar + 1)
    if bar == 0 and not percussive:
        measure.insert(0, _m21("key").KeySignature(home.sharps))
    elements = [(onset, _element(length, tied, home, percussive)) for onset, length, tied in pieces]
    if not elements:
        whole = _m21("note").Rest(quarterLength=_quarters(plan.meter.bar_quarters))
        whole.fullMeasure = True
        elements = [(Fraction(0), whole)]
    for onset, element in elements:
        measure.insert(_quarters(onset), element)
    return measure


def _element(length: Fraction, tied: Sequence[tuple[Note, bool, bool]], home: Key, percussive: bool) -> Any:
    """A rest, a note or a chord of a length in quarters."""

    quarters = _quarters(length)
    if not tied:
        return _m21("note").Rest(quarterLength=quarters)
    made = [
        _hit(one) if percussive else _pitched(one, home, starts_tied, goes_on)
        for one, starts_tied, goes_on in tied
    ]
    if len(made) > 1:
        made = [_m21("percussion").PercussionChord(made) if percussive else _m21("chord").Chord(made)]
    made[0].quarterLength = quarters
    return made[0]


def _pitched(one: Note, home: Key, starts_tied: bool, goes_on: bool) -> Any:

    name = home.spell(one.pitch % 12)
    octave = (one.pitch - name.count("#") + name.count("b")) // 12 - 1
    made = _m21("note").Note(f"{_m21_name(name)}{octave}")
    made.volume.velocity = one.velocity
    if starts_tied or goes_on:
        made.tie = _m21("tie").Tie(
            "continue" if starts_tied and goes_on else "stop" if starts_tied else "start"
        )
    return made


def _hit(one: Note) -> Any:
    """A drum hit as an unpitched note without a length yet."""

    display, head = drum_notation(one.pitch)
    made = _m21("note").Unpitched(displayName=display)
    made.notehead = head
    made.volume.velocity = one.velocity
    return made


def drum_notation(key: int) -> tuple[str, str]:
    """Display pitch and note head of a General MIDI percussion key."""
    display, head = _percussion().get(key, ("C6", "diamond"))
    return display, head


@cache
def _percussion() -> dict[int, list[str]]:
    path = resources.files("structure") / "data" / "percussion.yaml"
    data: dict[int, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data
