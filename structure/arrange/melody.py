"""Melodies: a motif, developed over phrases of question and answer, on the section's chords.

Notes on strong beats, and every note that a chord begins under, belong to the chord; between them the line
moves mostly by step. After a leap it turns back. All of it lies in a singable range.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from structure.arrange.context import REGISTERS, Player, SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import Event, strong_positions
from structure.arrange.motif import PlannedBar, make_motif, plan_bars, tessitura
from structure.arrange.scales import chord_scale, nearest, step
from structure.harmony import chord_at
from structure.score import ChordEvent, Note

LOW, HIGH = REGISTERS["lead"]
_SPAN = 8
"""Semitones that a melody may lie above or below the middle of its section."""

_LEAP = 5
"""Semitones from which on an interval is a leap and is answered by a step back."""


@dataclass
class _Line:
    """The melody as far as it is written."""

    pitch: int
    interval: int = 0
    repeats: int = 0

    def move_to(self, pitch: int) -> None:
        self.repeats = self.repeats + 1 if pitch == self.pitch else 0
        self.interval, self.pitch = pitch - self.pitch, pitch


def write_lead(ctx: SectionContext, player: Player, rank: int) -> list[Note]:
    """A lead part: the section's melody for the first lead that plays, else a second voice to it.

    The melody belongs to the section: it is the same whichever stem plays it.
    """
    melody = write_melody(ctx)
    return melody if rank == 0 else _second_voice(melody, ctx)


def write_melody(ctx: SectionContext) -> list[Note]:
    """The melody of a section."""
    rng = ctx.rng("melody")
    motif = make_motif(ctx, rng)
    centre = tessitura(ctx)
    low, high = max(LOW, round(centre) - _SPAN), min(HIGH, round(centre) + _SPAN)
    anchor = nearest(centre + rng.randint(-3, 2), ctx.chords[0].pitch_classes, low, high)
    line = _Line(anchor)
    notes: list[Note] = []
    for bar in plan_bars(ctx, motif, rng):
        if bar.starts_phrase:
            line = _Line(nearest(anchor, _chord(ctx, bar.events).pitch_classes, low, high))
        notes += _write_bar(bar, ctx, line, anchor, low, high)
    final = nearest(notes[-1].pitch if notes else centre, (ctx.chords[-1].root,), LOW, HIGH)
    return with_held_ending(_without_clashes(notes, ctx), ctx, [final])


def _chord(ctx: SectionContext, events: tuple[Event, ...]) -> ChordEvent:
    return chord_at(ctx.chords, events[0].onset) if events else ctx.chords[0]


def _write_bar(
    bar: PlannedBar, ctx: SectionContext, line: _Line, anchor: int, low: int, high: int
) -> list[Note]:
    notes: list[Note] = []
    strong = strong_positions(ctx.meter)
    for index, event in enumerate(bar.events):
        chord = chord_at(ctx.chords, event.onset)
        scale = chord_scale(ctx.key, chord)
        position = event.onset % ctx.meter.bar_quarters
        wanted = step(anchor, bar.shift, scale) if index == 0 and not bar.ends_phrase else None
        target = _next_pitch(line, bar.contour[index % len(bar.contour)], scale, wanted)
        is_strong = position in strong or event.onset == chord.onset
        if bar.ends_phrase and index == len(bar.events) - 1:
            target = _closing_pitch(target, chord, ctx, bar.is_answer, low, high)
        elif is_strong:
            target = nearest(target, chord.pitch_classes, low, high)
        else:
            target = nearest(target, scale, low, high)
        line.move_to(target)
        accent = 102 if position == 0 else 96 if is_strong else 86
        notes.append(Note(event.onset, event.duration, target, ctx.velocity(accent)))
    return notes


def _next_pitch(line: _Line, delta: int, scale: frozenset[int], wanted: int | None) -> int:
    """Where the contour leads: back by step after a leap, on after a third repetition."""
    if wanted is not None and abs(wanted - line.pitch) <= 9:
        return wanted
    if abs(line.interval) >= _LEAP:
        delta = -1 if line.interval > 0 else 1
    elif delta == 0 and line.repeats >= 2:
        delta = 1
    return step(line.pitch, delta, scale)


def _closing_pitch(
    target: int, chord: ChordEvent, ctx: SectionContext, is_answer: bool, low: int, high: int
) -> int:
    """The end of a phrase: an answer rests on the tonic or the root, a question on another chord tone."""
    tones = list(chord.pitch_classes)
    if is_answer:
        home = ctx.key.root if ctx.key.root in tones else chord.root
        return nearest(target, (home,), low, high)
    others = [tone for tone in tones if tone != ctx.key.root]
    return nearest(target, others or tones, low, high)


def _without_clashes(notes: list[Note], ctx: SectionContext) -> list[Note]:
    """Notes cut where a chord begins to which they do not belong."""
    cleared = []
    for note in notes:
        end = note.end
        for chord in ctx.chords:
            if note.onset < chord.onset < end and note.pitch % 12 not in chord.pitch_classes:
                end = chord.onset
        cleared.append(replace(note, duration=end - note.onset))
    return cleared


def _second_voice(melody: list[Note], ctx: SectionContext) -> list[Note]:
    """A voice in thirds below the melody, or sixths where a third would leave the register."""
    strong = strong_positions(ctx.meter)
    voice = []
    for note in melody:
        chord = chord_at(ctx.chords, note.onset)
        is_strong = note.onset % ctx.meter.bar_quarters in strong or note.onset == chord.onset
        allowed = chord.pitch_classes if is_strong else chord_scale(ctx.key, chord)
        below = step(note.pitch, -2, chord_scale(ctx.key, chord))
        options = [p for p in range(LOW, HIGH + 1) if p % 12 in allowed and p != note.pitch]
        pitch = min(options, key=lambda p: (abs(p - below) if p < note.pitch else 4 + p - note.pitch, p))
        voice.append(Note(note.onset, note.duration, pitch, max(1, note.velocity - 10)))
    return _without_clashes(voice, ctx)
