"""Sheets as they are written, in bars with repeats, and the song that they are when they are played.

Readers of notation (MusicXML, ABC, humdrum) fill :class:`WrittenBar` after :class:`WrittenBar`;
:func:`play_sheet` follows repeats, endings and jumps, joins tied notes, and puts all on one line of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from structure.base.exact import Fraction
from structure.imports.guessing.roles import RoleHints, roles_of
from structure.imports.shaping import section_name, unique_names
from structure.imports.song import (
    ImportedChord,
    ImportedKey,
    ImportedLyric,
    ImportedMeter,
    ImportedNote,
    ImportedPart,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
    LeftOut,
)

MOST_BARS = 4096
"""Bars of a song once its repeats are played."""

T = TypeVar("T", ImportedTempo, ImportedKey)

_SHORTEST_BAR = Fraction(1)
"""Quarters; what is left of a shorter one belongs to the bar before."""

_MOST_TIMES = 16
"""How often a passage is repeated at most."""


@dataclass(slots=True)
class WrittenNote:
    """A note at an offset in its bar; a ``tied`` one goes on from the note before."""

    offset: Fraction
    length: Fraction
    pitch: int
    velocity: int = 80
    tied: bool = False


@dataclass(slots=True)
class WrittenVoice:
    """A part of the sheet: its name, General MIDI program, and whether it has drums."""

    name: str = ""
    program: int | None = None
    is_drums: bool = False


@dataclass(slots=True)
class WrittenBar:
    """One bar of all voices. ``length`` is what it holds, which may be less than its metre says.

    ``meter``, ``key`` and ``label`` are what changes at its beginning. ``times`` is how often the passage
    that ends here is played, 1 where nothing is repeated. ``endings`` are the times for which the bar is
    meant, empty for all. ``jump`` is at its end: ``dc`` or ``ds``; ``fine`` and ``to_coda`` count after
    it.
    """

    length: Fraction = Fraction(0)
    meter: tuple[int, int] | None = None
    key: str | None = None
    label: str = ""
    tempi: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    chords: list[tuple[Fraction, str]] = field(default_factory=list)
    lyrics: list[tuple[Fraction, str, bool]] = field(default_factory=list)
    notes: dict[int, list[WrittenNote]] = field(default_factory=lambda: defaultdict(list))
    begins_repeat: bool = False
    times: int = 1
    endings: tuple[int, ...] = ()
    jump: str = ""
    segno: bool = False
    coda: bool = False
    fine: bool = False
    to_coda: bool = False


def play_order(bars: Sequence[WrittenBar]) -> list[int]:
    """Return the indices of the bars in the order in which they are played."""
    order: list[int] = []
    at, begin, turn, jumped = 0, 0, 1, False
    while at < len(bars) and len(order) < MOST_BARS:
        bar = bars[at]
        if bar.begins_repeat and at != begin:
            begin, turn = at, 1
        if bar.endings and turn not in bar.endings:
            at += 1
            continue
        order.append(at)
        if jumped and bar.fine:
            break
        if jumped and bar.to_coda:
            coda = next((i for i in range(len(bars)) if bars[i].coda and i > at), None)
            if coda is not None:
                at, begin, turn = coda, coda, 1
                continue

        last_ending = not bar.endings or turn < max(_turns(bars, begin, at))
        if bar.times > 1 and last_ending and turn < min(bar.times, _MOST_TIMES) and not jumped:
            turn += 1
            at = begin
            continue
        if bar.times > 1 or (bar.endings and not (at + 1 < len(bars) and bars[at + 1].endings)):
            begin, turn = at + 1, 1

        if bar.jump and not jumped:
            jumped = True
            target = next((i for i, other in enumerate(bars) if other.segno), 0) if bar.jump == "ds" else 0
            at, begin = target, target
            # after a jump no repeat is made again: what is played is the last ending
            ending = next((i for i in range(target, len(bars)) if bars[i].endings), None)
            turn = 1 if ending is None else max(_turns(bars, ending, ending))
            continue
        at += 1
    return order


def _turns(bars: Sequence[WrittenBar], begin: int, at: int) -> list[int]:
    """Return the numbers of all endings of the passage that begins at ``begin``."""
    found = [0]
    for index in range(begin, len(bars)):
        if index > at and (bars[index].begins_repeat or not bars[index].endings):
            break
        found += bars[index].endings
    return found


def play_sheet(
    path: Path,
    kind: str,
    title: str,
    voices: Sequence[WrittenVoice],
    bars: Sequence[WrittenBar],
    left_out: Iterable[LeftOut] = (),
) -> ImportedSong:
    """Return the song of a sheet, with nothing guessed but the roles."""
    order = play_order(bars)
    lost = list(left_out)
    if len(order) >= MOST_BARS:
        lost.append(
            LeftOut(f"bar {order[-1] + 1}", f"its repeats make more than {MOST_BARS} bars; cut there")
        )
    starts, nominal, pickup = _place_bars(bars, order)
    end = starts[-1]
    where = list(zip(starts, order, strict=False))
    tempi = [ImportedTempo(at + offset, qpm) for at, i in where for offset, qpm in bars[i].tempi]

    # A key holds from its bar on in the order of the sheet, not in that of playing.
    key, valid = "", []
    for bar in bars:
        key = bar.key if bar.key is not None else key
        valid.append(key)
    keys = [ImportedKey(at, valid[i]) for at, i in where if valid[i]]
    return ImportedSong(
        path,
        kind,
        title=title,
        parts=_parts(voices, bars, where),
        tempi=_first_at_0(tempi),
        metres=tuple(nominal),
        keys=_first_at_0(keys),
        chords=tuple(
            ImportedChord(at + o, symbol) for at, i in where for o, symbol in sorted(bars[i].chords)
        ),
        sections=tuple(_sections(bars, where, end)),
        lyrics=tuple(
            ImportedLyric(at + o, text, ends) for at, i in where for o, text, ends in bars[i].lyrics
        ),
        pickup=pickup,
        end=end,
        left_out=tuple(lost),
    )


def _place_bars(
    bars: Sequence[WrittenBar], order: Sequence[int]
) -> tuple[list[Fraction], list[ImportedMeter], Fraction]:
    """Return where each played bar begins and the last ends, the metres, and the length of a pickup.

    Bars that are shorter than their metre make one with those beside them where they add up to it; what is
    left over goes with the bar before.
    """
    # what has no time signature before it is in the first one, or in 4/4
    meter = next((bar.meter for bar in bars if bar.meter), (4, 4))
    signature = []
    for bar in bars:
        meter = bar.meter or meter
        signature.append(meter)

    starts = [Fraction(0)]
    pickup, in_bar = Fraction(0), Fraction(0)
    groups: list[tuple[Fraction, tuple[int, int]]] = []
    for place, index in enumerate(order):
        meter, length = signature[index], bars[index].length
        whole = Fraction(4 * meter[0], meter[1])
        if place == 0 and 0 < length < whole and len(order) > 1:
            pickup, in_bar = length, whole - length
            starts[0] = in_bar
        elif in_bar > 0 and (in_bar + length > whole or signature[order[place - 1]] != meter):
            groups.append((in_bar, signature[order[place - 1]]))
            in_bar = Fraction(0)
        in_bar += length
        starts.append(starts[-1] + length)
        if in_bar >= whole:
            groups.append((in_bar, meter))
            in_bar = Fraction(0)
    if in_bar > 0:  # the last bar is counted whole
        groups.append((max(in_bar, Fraction(4 * meter[0], meter[1])), meter))
    return starts, _metres(groups), pickup


def _metres(groups: Sequence[tuple[Fraction, tuple[int, int]]]) -> list[ImportedMeter]:
    """Return the metres of stretches of music that begin with a bar line, each with length and metre."""
    joined: list[tuple[Fraction, tuple[int, int]]] = []
    for length, meter in groups:
        if joined and length < _SHORTEST_BAR:
            joined[-1] = (joined[-1][0] + length, joined[-1][1])
        else:
            joined.append((length, meter))
    metres: list[ImportedMeter] = []
    at = Fraction(0)
    for length, meter in joined:
        whole = Fraction(4 * meter[0], meter[1])
        full, rest = divmod(length, whole)
        if 0 < rest < _SHORTEST_BAR and full:
            full, rest = full - 1, rest + whole
        if full:
            _change(metres, at, meter)
        if rest:
            _change(metres, at + full * whole, _meter_of(rest, meter[1]))
        at += length
    return metres


def _change(metres: list[ImportedMeter], at: Fraction, meter: tuple[int, int]) -> None:
    """Add a metre where it is another than that before."""
    if not metres or (metres[-1].numerator, metres[-1].denominator) != meter:
        metres.append(ImportedMeter(at, *meter))


def _meter_of(length: Fraction, denominator: int) -> tuple[int, int]:
    """Return a time signature of a bar of a length, in units as long as can be, two at least."""
    unit = Fraction(4, denominator)
    while (length / unit).denominator != 1 or (length / unit < 2 and denominator < 8):
        denominator *= 2
        unit /= 2
        if denominator > 1024:
            return max(1, round(length * 16)), 64
    return (length / unit).numerator, denominator


def _first_at_0(things: list[T]) -> tuple[T, ...]:
    """Return the things without what says nothing new, the first of them at 0."""
    at_0: list[T] = [replace(thing, start=Fraction(0)) for thing in things]
    kept = at_0[:1]
    kept += [thing for i, thing in enumerate(things) if i and at_0[i] != at_0[i - 1]]
    return tuple(kept)


def _parts(
    voices: Sequence[WrittenVoice], bars: Sequence[WrittenBar], where: Sequence[tuple[Fraction, int]]
) -> tuple[ImportedPart, ...]:
    """Return the voices that have notes, with each note that goes on from another as one with it."""
    hints, heard, notes = [], [], []
    for number, voice in enumerate(voices):
        found: list[ImportedNote] = []
        ending: dict[tuple[Fraction, int], int] = {}
        for at, index in where:
            for note in sorted(bars[index].notes.get(number, ()), key=lambda note: note.offset):
                start = at + note.offset
                before = ending.pop((start, note.pitch), None) if note.tied else None
                if before is None:
                    found.append(ImportedNote(start, note.pitch, note.length, note.velocity))
                    before = len(found) - 1
                else:
                    found[before] = replace(found[before], length=start + note.length - found[before].start)
                ending[start + note.length, note.pitch] = before
        if found:
            heard.append(voice)
            notes.append(tuple(sorted(found)))
            sounding = tuple((note.start, note.end, note.pitch) for note in notes[-1])
            hints.append(RoleHints(voice.name, voice.is_drums, voice.program, sounding))

    roles = roles_of(hints)
    names = unique_names([voice.name or role for voice, role in zip(heard, roles, strict=True)])
    return tuple(
        ImportedPart(name, role, voice.program, played)
        for voice, role, name, played in zip(heard, roles, names, notes, strict=True)
    )


def _sections(
    bars: Sequence[WrittenBar], where: Sequence[tuple[Fraction, int]], end: Fraction
) -> Iterator[ImportedSection]:
    """Yield a section for each label, or for each passage between the signs of repeats.

    A passage has the letter of the written bar that it begins with.
    """
    starts: list[tuple[Fraction, str, str]] = []
    if any(bar.label for bar in bars):
        starts = [(at, section_name(bars[i].label), bars[i].label) for at, i in where if bars[i].label]
    else:
        letters: dict[int, str] = {}
        before, closed = -2, False
        for at, index in where:
            bar = bars[index]
            jumped = index != before + 1 and not bar.endings
            if jumped or closed or bar.begins_repeat or before < 0:
                turn, number = divmod(len(letters), 26)
                letter = chr(ord("a") + number) + (str(turn + 1) if turn else "")
                starts.append((at, letters.setdefault(index, f"part_{letter}"), ""))
            # the next bar may be another ending of the same passage
            goes_on = bar.endings and index + 1 < len(bars) and bars[index + 1].endings
            closed = bar.times > 1 and not goes_on
            before = index
        starts = starts if len(starts) > 1 else []

    if not starts:
        return
    if starts[0][0] > where[0][0]:
        starts.insert(0, (where[0][0], "intro", ""))
    for (start, name, label), (until, _, _) in pairwise([*starts, (end, "", "")]):
        yield ImportedSection(start, until, name, label)
