"""Melodies: motifs in phrases of question and answer, on the section's chords.

Notes on strong beats, and every note under which a chord begins, belong to the chord, save suspensions,
which are prepared and resolve down by step. Between them the line moves mostly by step; other notes that
are foreign to the chord go on by step. After a leap it turns back. What the plan repeats over the same
chords is repeated to the note. One note of the section is its highest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from structure.arrange.context import REGISTERS, Player, SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.feel import articulated
from structure.arrange.figures import Event
from structure.arrange.melody.climax import with_one_climax
from structure.arrange.melody.counter import counter_melody, second_voice
from structure.arrange.melody.dissonance import resolved, with_suspensions, without_clashes
from structure.arrange.melody.instrument import in_range, instrument_of, style_shift, with_breaths
from structure.arrange.melody.motif import heights, make_material, tessitura
from structure.arrange.melody.phrasing import PHRASE_BARS, PlannedBar, plan_bars
from structure.arrange.scales import chord_scale, nearest, step
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note

LOW, HIGH = REGISTERS["lead"]
_BELOW, _ABOVE = 7, 9
"""Semitones that a melody may lie below and above the middle of its section."""

_LEAP = 5
"""Semitones from which on an interval is a leap and is answered by a step back."""

_WIDEST = 9
_PICKUP = 0.45
"""How often a section's phrases begin with a pickup."""


@dataclass
class _Line:
    """The melody as far as it is written."""

    low: int
    high: int
    centre: int
    pitch: int | None = None
    interval: int = 0

    def move_to(self, pitch: int) -> None:
        self.interval = 0 if self.pitch is None else pitch - self.pitch
        self.pitch = pitch


def write_lead(
    ctx: SectionContext, player: Player, rank: int, melody: Sequence[Note] | None = None
) -> list[Note]:
    """A lead part: the section's melody for the first lead that plays. A further lead is a second voice to
    it in refrains, or everywhere if the player follows, and elsewhere a counter-melody that speaks while
    the melody holds.

    The melody belongs to the section: it is the same whichever stem plays it, in the octave that suits it.
    """
    notes = write_melody(ctx) if melody is None else list(melody)
    if rank:
        goes_along = player.follows or ctx.is_refrain()
        notes = second_voice(notes, ctx) if goes_along else counter_melody(notes, ctx)
    instrument = instrument_of(player, ctx)
    notes = articulated(in_range(notes, instrument, ctx), "lead", ctx)
    return with_breaths(notes, instrument, ctx)


def write_melody(ctx: SectionContext) -> list[Note]:
    """The melody of a section, for any instrument."""
    rng = ctx.rng("melody", ctx.style.name)
    bars = plan_bars(ctx, make_material(ctx, rng), rng)
    line = _line(ctx)
    written: list[list[Note]] = []
    for bar in bars:
        again = _repeated(bar, len(written), written, ctx)
        written.append(_write_bar(bar, ctx, line) if again is None else again)
        for note in again or ():
            line.move_to(note.pitch)
    notes = resolved([note for bar in written for note in bar], ctx)
    top = next((i for i, bar in enumerate(bars) if bar.is_climax), None)
    if top is not None:
        notes = resolved(with_one_climax(notes, ctx, top, line.high), ctx, keep_highest=True)
    notes = with_suspensions(notes, ctx)
    if rng.random() < _PICKUP:
        notes = _with_pickups(notes, ctx)
    final = nearest(notes[-1].pitch if notes else line.centre, (ctx.chords[-1].root,), LOW, HIGH)
    return with_held_ending(without_clashes(notes, ctx), ctx, [final])


def _line(ctx: SectionContext) -> _Line:
    centre = tessitura(ctx) + style_shift(ctx) + ctx.shift
    low, high = max(LOW, round(centre) - _BELOW), min(HIGH, round(centre) + _ABOVE)
    return _Line(low, high, nearest(centre, ctx.key.scale, low, high))


def _repeated(
    bar: PlannedBar, index: int, written: Sequence[Sequence[Note]], ctx: SectionContext
) -> list[Note] | None:
    """The notes of the bar that this one repeats, where its chords are the same; else None."""
    if bar.like is None:
        return None
    shift = (index - bar.like) * ctx.meter.bar_quarters
    if _harmony(ctx, index) != _harmony(ctx, bar.like):
        return None
    return [replace(note, onset=note.onset + shift) for note in written[bar.like]]


def _harmony(ctx: SectionContext, bar: int) -> list[tuple[Fraction, tuple[int, ...]]]:
    """Chords of a bar and where in it each begins."""
    start, end = bar * ctx.meter.bar_quarters, (bar + 1) * ctx.meter.bar_quarters
    sounding = [chord for chord in ctx.chords if chord.onset < end and chord.end > start]
    return [(max(chord.onset - start, Fraction(0)), chord.pitch_classes) for chord in sounding]


def _write_bar(bar: PlannedBar, ctx: SectionContext, line: _Line) -> list[Note]:
    notes: list[Note] = []
    rises = heights(bar.gesture, len(bar.events))
    anchor = line.centre
    for index, event in enumerate(bar.events):
        chord = chord_at(ctx.chords, event.onset)
        if index == 0:
            anchor = pitch = _anchor(bar, chord, ctx, line)
        else:
            target = _next_target(anchor, rises[index], chord, ctx, line)
            is_heavy = is_strong(event, chord, ctx) or event.duration >= 2 * ctx.meter.beat_quarters
            tones = chord.pitch_classes if is_heavy else chord_scale(ctx.key, chord)
            pitch = _turned_back(nearest(target, tones, line.low, line.high), tones, line)
        if bar.closes is not None and index == len(bar.events) - 1:
            pitch = _closing_pitch(pitch, chord, ctx, line, is_answer=bar.closes)
        line.move_to(pitch)
        notes.append(Note(event.onset, event.duration, pitch, _velocity(event, chord, ctx)))
    return notes


def _turned_back(pitch: int, tones: Collection[int], line: _Line) -> int:
    """``pitch``, or after a leap the closest of ``tones`` that turns back by a third at most."""
    if line.pitch is None or abs(line.interval) < _LEAP:
        return pitch
    back = range(line.pitch - 4, line.pitch + 1) if line.interval > 0 else range(line.pitch, line.pitch + 5)
    options = [p for p in back if p % 12 in tones and line.low <= p <= line.high]
    return min(options, key=lambda p: (abs(p - pitch), p == line.pitch)) if options else pitch


def is_strong(event: Event | Note, chord: ChordEvent, ctx: SectionContext) -> bool:
    """True on an accented beat, and where a chord begins."""
    return ctx.is_accented(event.onset) or event.onset == chord.onset


def _velocity(event: Event, chord: ChordEvent, ctx: SectionContext) -> int:
    is_downbeat = ctx.is_downbeat(event.onset)
    return ctx.velocity(102 if is_downbeat else 96 if is_strong(event, chord, ctx) else 86)


def _anchor(bar: PlannedBar, chord: ChordEvent, ctx: SectionContext, line: _Line) -> int:
    """The first note of a bar: a chord tone at the height planned, not too far from the note before."""
    target = step(line.centre, bar.height, ctx.key.scale)
    options = [p for p in range(line.low, line.high + 1) if p % 12 in chord.pitch_classes]

    def cost(pitch: int) -> tuple[float, int]:
        leap = 0 if line.pitch is None else abs(pitch - line.pitch)
        turns = line.interval * (pitch - (line.pitch or pitch)) <= 0
        unanswered = abs(line.interval) >= _LEAP and not (turns and leap <= 4)
        return abs(pitch - target) + max(0, leap - 4) * 1.1 + (6.0 if unanswered else 0.0), pitch

    return min(options, key=cost) if options else nearest(target, range(12), line.low, line.high)


def _next_target(anchor: int, height: int, chord: ChordEvent, ctx: SectionContext, line: _Line) -> int:
    """Where the gesture leads, or back by step after a leap."""
    scale = chord_scale(ctx.key, chord)
    start = anchor if anchor % 12 in scale else nearest(anchor, scale, line.low, line.high)
    target = step(start, height, scale)
    before = start if line.pitch is None else line.pitch
    if abs(line.interval) >= _LEAP and (target - before) * line.interval > 0:
        return step(nearest(before, scale, LOW - 12, HIGH + 12), -1 if line.interval > 0 else 1, scale)
    return max(min(target, before + _WIDEST), before - _WIDEST)


def _closing_pitch(
    target: int, chord: ChordEvent, ctx: SectionContext, line: _Line, *, is_answer: bool
) -> int:
    """The end of a phrase: an answer rests on the tonic or the root, a question on another chord tone."""
    tones = chord.pitch_classes
    home = ctx.key.root if ctx.key.root in tones else chord.root
    if is_answer:
        return nearest(target, (home,), line.low, line.high)
    return nearest(target, [tone for tone in tones if tone != home] or tones, line.low, line.high)


def _with_pickups(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """A short note before each phrase but the first, by step into it, where there is room to breathe."""
    length = ctx.meter.beat_quarters / (3 if ctx.meter.is_compound else 2)
    phrase = PHRASE_BARS * ctx.meter.bar_quarters
    found: list[Note] = []
    for note in notes:
        begins = note.onset % phrase == 0 and note.onset > 0
        if begins and found and found[-1].end <= note.onset - 2 * length:
            chord = chord_at(ctx.chords, note.onset - length)
            scale = chord_scale(ctx.key, chord)
            comes_from_below = found[-1].pitch < note.pitch
            pitch = (
                step(note.pitch, -1 if comes_from_below else 1, scale) if note.pitch % 12 in scale else None
            )
            if pitch is not None and LOW <= pitch < max(n.pitch for n in notes):
                found.append(Note(note.onset - length, length, pitch, ctx.velocity(82)))
        found.append(note)
    return found
