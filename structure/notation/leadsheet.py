"""What stands on a lead sheet: the melody, bar by bar, with chords, marks, repeats and lines.

The melody is that of the first sounding lead of each visit; where nobody leads, a bar has chords alone.
Passages that come twice in a row are written once under repeat signs, if need be with two endings, so that
playing the sheet as written gives the whole song again. Bars keep the numbers that they have in the song.
Rhythms are straight under a word for the swing, and on the grid of :mod:`structure.notation.rhythm`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise

from structure.base.errors import SpecError
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter
from structure.base.labels import display_style
from structure.base.types import MELODIC
from structure.notation.bars import Bar, bar_at, bar_places, notate
from structure.notation.rhythm import snap
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import ChordEvent, Note, Syllable
from structure.presets.styles import Swing

_BARS_A_LINE = 4
_CROWDED = 40
"""Notes and rests beyond which a line is hard to read."""

_SHORT = 2
"""Bars of a passage that shares a line with its neighbour."""

_WORTH_FOLDING = 4
"""Bars that a repeat sign must save inside a section."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A note, or several at once, in a bar, in quarters from the bar line.

    ``tied_from`` and ``tied_on`` say whether it is tied over the bar line before or behind it. ``sung`` is
    what is sung on it, where it begins.
    """

    start: Fraction
    end: Fraction
    pitches: tuple[int, ...]
    tied_from: bool = False
    tied_on: bool = False
    sung: Syllable | None = None


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord that begins ``onset`` quarters after the bar line."""

    onset: Fraction
    chord: ChordEvent


@dataclass(frozen=True, slots=True)
class TempoMark:
    """A tempo that begins ``onset`` quarters after the bar line: beats a minute, or words: rit."""

    onset: Fraction
    tempo_bpm: Fraction
    words: str = ""


@dataclass(frozen=True, slots=True)
class LeadBar:
    """A bar as it is printed.

    ``number`` is its number in the song when it is first played, from 1; ``chord`` is what sounds when it
    begins. ``times`` counts how often the passage that ends here is played, where it begins with
    ``opens_repeat``; ``ending`` is 1 or 2 under such a bracket. ``label`` and ``player`` are set where a
    section begins and where the melody changes hands. ``tempi`` are the marks that the song's tempo needs
    here.
    """

    number: int
    key: str
    meter: Meter
    tones: tuple[Tone, ...]
    chords: tuple[PlacedChord, ...]
    chord: ChordEvent | None = None
    label: str = ""
    player: str = ""
    starts_line: bool = False
    ends_section: bool = False
    opens_repeat: bool = False
    times: int = 1
    ending: int = 0
    tempi: tuple[TempoMark, ...] = ()

    @property
    def music(self) -> object:
        """Return what a player hears of it, to compare bars by."""
        return (
            self.key,
            self.meter,
            self.tempi,
            self.tones,
            tuple((c.onset, c.chord.symbol) for c in self.chords),
            self.chord,
        )


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """A lead sheet.

    ``feel`` says the style and how it swings; ``players`` are those of the melody. ``tempo_bpm`` and
    ``meter`` are those at the start.
    """

    title: str
    feel: str
    swing: Swing
    tempo_bpm: Fraction
    meter: Meter
    players: tuple[str, ...]
    bars: tuple[LeadBar, ...]


@dataclass(frozen=True, slots=True)
class _Passage:
    """Bars that are read from left to right, perhaps several times, perhaps with two endings."""

    bars: tuple[LeadBar, ...]
    times: int = 1
    endings: tuple[tuple[LeadBar, ...], ...] = ()


def lead_sheet(plan: SongPlan) -> LeadSheet:
    """Return the lead sheet of a planned song."""
    swing = _swing(plan, plan.visits[0])
    feel = plan.genre[:1].upper() + plan.genre[1:]
    if swing.first_share != Fraction(1, 2):
        feel += f", swing {'8ths' if swing.unit == 'eighth' else '16ths'}"

    sections = [_section_bars(plan, visit, _swing(plan, visit)) for visit in plan.visits]
    bars = [bar for line in _lines(list(_fold_sections(plan, sections))) for bar in line]

    # Where several players have the melody, each bar where that changes says who plays.
    by_bar = {visit.place.start_bar + 1: melody_stem(plan, visit) for visit in plan.visits}
    players = tuple(dict.fromkeys(name for name in by_bar.values() if name))
    now = ""
    for index, bar in enumerate(bars if len(players) > 1 else ()):
        name = (bar.label and by_bar.get(bar.number)) or now
        if name != now:
            bars[index] = replace(bar, player=name)
        now = name
    return LeadSheet(
        title=plan.title,
        feel=feel,
        swing=swing,
        tempo_bpm=plan.grid.tempo_bpm,
        meter=plan.meter,
        players=players,
        bars=tuple(bars),
    )


def melody_stem(plan: SongPlan, visit: Visit) -> str | None:
    """Return the stem that has the melody of a visit: the voice, or the first sounding lead, or None."""
    roles = {stem.name: stem.role for stem in plan.stems}
    parts = visit.music.score.parts
    return next((name for role in MELODIC for name in parts if roles.get(name) == role), None)


def _swing(plan: SongPlan, visit: Visit) -> Swing:
    """Return how a visit swings; straight if its style is not known or the metre has no pairs to swing."""
    if plan.grid.span_at(plan.position_quarters(visit)).meter.denominator == 8:
        return Swing()
    try:
        return visit.music.swing or plan.style.swing
    except SpecError:
        return Swing()


def melody(
    plan: SongPlan, visit: Visit, swing: Swing | None = None
) -> list[tuple[Fraction, Fraction, tuple[int, ...], Syllable | None]]:
    """Return what the melody of a visit has, as it is written: straight, on the grid, one thing at a time.

    Each entry has its start and its end (quarters from the visit's downbeat), its pitches, and what is sung
    on it. Empty where the visit has no melody.
    """
    name = melody_stem(plan, visit)
    if name is None:
        return []
    places = bar_places(plan.grid_of(visit), visit.bars)
    length = places[-1].end
    notes = notate(places, visit.music.score.parts[name].notes, swing or _swing(plan, visit))
    starts: dict[Fraction, list[Note]] = {}
    for note in notes:
        starts.setdefault(note.onset, []).append(note)
    onsets = list(starts)
    written = []
    for onset, following in zip(onsets, [*onsets[1:], length], strict=True):
        end = min(_round_end(onset, max(note.end for note in starts[onset]), places), following)
        if following < length and following - end == _SIXTEENTH <= end - onset:
            end = following  # nobody writes a sixteenth of breath
        sung = next((note.syllable for note in starts[onset] if note.syllable), None)
        written.append((onset, end, tuple(sorted({note.pitch for note in starts[onset]})), sung))
    return written


_EIGHTH, _SIXTEENTH = Fraction(1, 2), Fraction(1, 4)


def _round_end(onset: Fraction, end: Fraction, places: Sequence[Bar]) -> Fraction:
    """Return where a note ends as players write it.

    One that begins on an eighth ends on one, not a sixteenth before it, and none is tied over a bar line
    for a sixteenth.
    """
    line = places[min(bar_at(places, end), len(places) - 1)].start
    if onset + 1 <= line < end <= line + _SIXTEENTH:
        return line
    is_on_eighth = (onset / _EIGHTH).denominator == 1 and (end / _SIXTEENTH).denominator == 1
    return math.ceil(end / _EIGHTH) * _EIGHTH if is_on_eighth else end


def _section_bars(plan: SongPlan, visit: Visit, swing: Swing) -> tuple[LeadBar, ...]:
    """Return the bars of a visit without marks."""
    places = bar_places(plan.grid_of(visit), visit.bars)
    tones: dict[int, list[Tone]] = {}
    for start, end, pitches, sung in melody(plan, visit, swing):
        for bar in range(bar_at(places, start), len(places)):
            from_bar, to_bar = places[bar].start, places[bar].end
            if from_bar >= end:
                break
            piece = Tone(
                max(start, from_bar) - from_bar,
                min(end, to_bar) - from_bar,
                pitches,
                start < from_bar,
                end > to_bar,
                sung if start >= from_bar else None,
            )
            tones.setdefault(bar, []).append(piece)

    bars = []
    for bar, place in enumerate(places):
        begin, played = place.start, visit.music.score.chords
        chords = [chord for chord in played if begin <= chord.onset < place.end]
        sounding = next((chord for chord in played if chord.onset <= begin < chord.end), None)
        # Bars compare by their music: where a chord stands in its section is no part of it.
        plain = None if sounding is None else replace(sounding, onset=Fraction(0), duration=Fraction(1))
        downbeat = plan.position_quarters(visit) + begin
        until = downbeat + place.end - begin
        tempi = [mark for mark in _marks(plan.grid) if downbeat <= mark.onset < until]
        bars.append(
            LeadBar(
                visit.place.start_bar + bar + 1,
                visit.music.key,
                place.meter,
                tuple(tones.get(bar, ())),
                tuple(PlacedChord(snap(chord.onset - begin, place.meter), chord) for chord in chords),
                plain,
                tempi=tuple(replace(mark, onset=mark.onset - downbeat) for mark in tempi),
            )
        )
    return tuple(bars)


@lru_cache(maxsize=4)
def _marks(grid: Grid) -> tuple[TempoMark, ...]:
    """Return the marks of a song's tempi from bar 1, save its first.

    Steps of a beat at most share a word, as musicians call them; one alone is a beat that is held.
    """
    firsts = groupby(grid.spans, key=lambda span: span.quarters_per_minute)
    spans = [next(run) for _, run in firsts]
    settled, index, marks = spans[0], 0, []
    while index < len(spans):
        span, steps = spans[index], 0
        for one, following in pairwise(spans[index:]):
            if following.start - one.start > one.meter.beat_quarters:
                break
            steps += 1
        else:
            # the song's last step counts like the one before
            steps += 1 if steps else 0

        if steps == 1:
            marks.append(TempoMark(span.start, span.tempo_bpm, "held"))
        elif steps:
            slows = spans[index + 1].quarters_per_minute < span.quarters_per_minute
            marks.append(TempoMark(span.start, span.tempo_bpm, "rit." if slows else "accel."))
        else:
            is_back = span.quarters_per_minute == settled.quarters_per_minute
            marks.append(TempoMark(span.start, span.tempo_bpm, "a tempo" if is_back else ""))
            settled = span
        index += max(1, steps)
    return tuple(mark for mark in marks if mark.onset or mark.words == "accel.")


def _fold_sections(plan: SongPlan, sections: Sequence[tuple[LeadBar, ...]]) -> Iterator[_Passage]:
    """Yield the passages of all sections, those that come again at once joined under repeat signs.

    Each section has its label at its start and a double bar at its end.
    """
    index = 0
    while index < len(sections):
        bars, same = sections[index], 1
        name = plan.visits[index].place.name
        while (
            index + same < len(sections)
            and plan.visits[index + same].place.name == name
            and plan.visits[index + same].music.genre == plan.visits[index].music.genre
            and _alike(bars, sections[index + same]) == len(bars)
        ):
            same += 1
        count, passages = same, list[_Passage]()
        if same == 1 and index + 1 < len(sections) and plan.visits[index + 1].place.name == name:
            other = sections[index + 1]
            shared = _alike(bars, other)
            if shared >= _WORTH_FOLDING and len(bars) - shared <= len(bars) // 4:
                count, passages = 2, [_Passage(bars[:shared], 2, (bars[shared:], other[shared:]))]
        passages = passages or _with_repeats(bars, same)

        # ``Chorus 3–4`` where the labels of the visits differ by number only
        label, end = plan.visits[index].place.label, plan.visits[index + count - 1].place.label
        if label != end:
            stem, _, number = label.rpartition(" ")
            other_stem, _, last_number = end.rpartition(" ")
            is_counted = stem and stem == other_stem and number.isdigit()
            label += f"–{last_number}" if is_counted else f", {end}"
        if (genre := plan.visits[index].music.genre) is not None:
            label += f" ({display_style(genre)})"

        first = passages[0]
        passages[0] = replace(first, bars=(replace(first.bars[0], label=label), *first.bars[1:]))
        last = passages[-1]
        if last.endings:
            closing = _close_section(last.endings[-1])
            passages[-1] = replace(last, endings=(*last.endings[:-1], closing))
        else:
            passages[-1] = replace(last, bars=_close_section(last.bars))
        yield from passages
        index += count


def _alike(one: Sequence[LeadBar], other: Sequence[LeadBar]) -> int:
    """Count the bars that two passages of one length share from the start, and may repeat.

    A note that is tied over the place where one would turn back ends the count before it. Passages of
    different lengths share none.
    """
    if len(one) != len(other):
        return 0
    shared = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a.music != b.music), len(one)
    )
    while shared and any(
        tone.tied_on for tone in (*one[shared - 1].tones[-1:], *other[shared - 1].tones[-1:])
    ):
        shared -= 1
    return shared


def _close_section(bars: tuple[LeadBar, ...]) -> tuple[LeadBar, ...]:
    return (*bars[:-1], replace(bars[-1], ends_section=True))


def _with_repeats(bars: tuple[LeadBar, ...], times: int) -> list[_Passage]:
    """Write what repeats inside a section once, for a section that is heard ``times`` times in a row.

    That is bars that come several times on end, or the section's half if its second half ends in another
    way.
    """
    whole = _find_repeat(bars, 0)
    if whole and len(whole.bars) * whole.times == len(bars):
        return [replace(whole, times=whole.times * times)]
    if times > 1:
        return [_Passage(bars, times)]
    half = len(bars) // 2
    shared = _alike(bars[:half], bars[half:]) if len(bars) % 2 == 0 and half else 0
    if shared >= _WORTH_FOLDING and shared >= half / 2:
        endings = (bars[shared:half], bars[half + shared :]) if shared < half else ()
        return [_Passage(bars[:shared], 2, endings)]
    passages: list[_Passage] = []
    plain, index = 0, 0
    while index < len(bars):
        found = _find_repeat(bars, index) if index % _BARS_A_LINE == 0 else None
        if found is None:
            index += 1
            continue
        passages += [_Passage(bars[plain:index])] if plain < index else []
        passages.append(found)
        plain = index = index + len(found.bars) * found.times
    return passages + ([_Passage(bars[plain:])] if plain < len(bars) else [])


def _find_repeat(bars: tuple[LeadBar, ...], start: int) -> _Passage | None:
    """Find the passage from ``start`` on that comes several times on end and saves most bars by that.

    None where there is none.
    """
    best = None
    for period in range(_WORTH_FOLDING, (len(bars) - start) // 2 + 1):
        part, times = bars[start : start + period], 1
        while _alike(part, bars[start + times * period : start + (times + 1) * period]) == period:
            times += 1
        saved = (times - 1) * period
        if saved >= _WORTH_FOLDING and (best is None or saved > (best.times - 1) * len(best.bars)):
            best = _Passage(part, times)
    return best


def _lines(passages: Sequence[_Passage]) -> list[list[LeadBar]]:
    """Cut passages into lines of four bars or so, each section on a new line.

    Short ones share a line, and so does a second ending. Repeat signs and endings stand at their bars.
    """
    lines: list[list[LeadBar]] = []
    joins = False
    for passage in passages:
        bars = list(passage.bars)
        if passage.times > 1:
            bars[0] = replace(bars[0], opens_repeat=True)
        if passage.times > 1 and not passage.endings:
            bars[-1] = replace(bars[-1], times=passage.times)
        again: list[LeadBar] = []
        for number, ending in enumerate(passage.endings, start=1):
            signed = [replace(bar, ending=number, times=1) for bar in ending]
            if number < len(passage.endings):
                signed[-1] = replace(signed[-1], times=passage.times)
            (bars if number == 1 else again).extend(signed)

        for part in (bars, again):
            if lines and (joins or len(part) <= _SHORT) and _fits([*lines[-1], *part]):
                lines[-1] += part
            elif part:
                lines += _cut(part)
        joins = len(lines[-1]) <= _SHORT and len(bars) + len(again) <= _SHORT
    return [[replace(line[0], starts_line=True), *line[1:]] for line in lines]


def _fits(bars: Sequence[LeadBar]) -> bool:
    return len(bars) <= _BARS_A_LINE + 2 and _crowd(bars) <= _CROWDED


def _crowd(bars: Sequence[LeadBar]) -> int:
    return sum(max(4, 2 * len(bar.tones) if len(bar.tones) < 4 else len(bar.tones)) for bar in bars)


def _cut(bars: Sequence[LeadBar]) -> list[list[LeadBar]]:
    """Cut bars into lines of four, or of fewer where they would be crowded or one would be left alone."""
    if len(bars) == _BARS_A_LINE + 1 and _fits(bars):
        return [list(bars)]
    lines: list[list[LeadBar]] = []
    rest = list(bars)
    while rest:
        take = min(_BARS_A_LINE, len(rest))
        if len(rest) in (_BARS_A_LINE + 1, _BARS_A_LINE + 2):
            take = 3
        while take > 1 and _crowd(rest[:take]) > _CROWDED:
            take -= 1
        lines.append(rest[:take])
        rest = rest[take:]
    return lines
