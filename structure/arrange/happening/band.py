"""What a whole band does together: shots, pushed chords, hits, pickups, a last line that comes again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.scales import nearest, step
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note, Part, SectionScore, in_order

_HIT = Fraction(1, 8)
_LOUDEST = 127
_ACCENT, _IMPACT = 1.12, 1.3
"""Force of a shot, and of a hit of all, as shares of what is written."""

_LOWEST = REGISTERS["bass"][0]
_LINE = 2
"""Bars of the last line that comes again, where there is room."""

_PICKUP_FORCE = 88


def with_shot(part: Part, at: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part that strikes shortly at a time, and is then silent up to ``end``.

    It strikes what sounds there, else what it played last, on the notes of the chord.
    """
    if part.role == "drums":
        length, sounding = _HIT, [(KEYS["kick"], 112), (KEYS["snare"], 112), (KEYS["crash"], 108)]
        keys = Counter(note.pitch for note in part.notes)
        if keys and not any(key in keys for key, _ in sounding):  # timpani or hand drums strike their own
            sounding = [(keys.most_common(1)[0][0], 112)]
    else:
        here = [n for n in part.notes if n.onset - EARLY <= at < n.end - EARLY]
        if not here:
            onset = max((n.onset for n in part.notes if n.onset <= at), default=part.notes[0].onset)
            here = [n for n in part.notes if n.onset == onset]
        tones = chord_at(ctx.chords, at).pitch_classes
        forces = {nearest(n.pitch, tones, n.pitch - 6, n.pitch + 6): n.velocity for n in here}
        length, sounding = ctx.meter.beat_quarters / 2, sorted(forces.items())

    kept = [_until(note, at) for note in part.notes if note.onset + EARLY < at]
    later = [note for note in part.notes if note.onset + EARLY >= end]
    struck = [Note(at, length, pitch, min(_LOUDEST, round(force * _ACCENT))) for pitch, force in sounding]
    return _of(part, [*kept, *struck, *later])


def _until(note: Note, end: Fraction) -> Note:
    return note if note.end <= end else replace(note, duration=max(end - note.onset, Fraction(1, 960)))


def with_pushes(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part whose notes on the bar lines after ``start`` and before ``end`` come early.

    They come half a beat early, or a third of one in compound metres, and are as much longer. Where eighths
    swing, they come early by the length of the second eighth.
    """
    meter, swing = ctx.meter, ctx.style.swing
    early = meter.beat_quarters / 3 if meter.is_compound else meter.beat_quarters / 2
    if swing.swings_eighths and not meter.is_compound:
        early = meter.beat_quarters * (1 - swing.first_share)
    notes = list(part.notes)
    line = start // meter.bar_quarters * meter.bar_quarters + meter.bar_quarters
    while line < end:
        moved = [n for n in notes if abs(n.onset - line) <= EARLY]
        if moved:
            kept = _clear(notes, line - early, line)
            notes = [
                *kept,
                *(replace(n, onset=n.onset - early, duration=n.duration + early) for n in moved),
            ]
        line += meter.bar_quarters
    return _of(part, notes)


def _clear(notes: Sequence[Note], start: Fraction, line: Fraction) -> list[Note]:
    """Return the notes without those that begin from ``start`` to the bar line.

    What sounds on at ``start`` ends there.
    """
    kept = []
    for note in notes:
        if note.onset + EARLY < start:
            kept.append(_until(note, start))
        elif note.onset > line + EARLY:
            kept.append(note)
    return kept


def with_impact(part: Part, at: Fraction) -> Part:
    """Return a part that strikes with all force at a time.

    Drums strike kick, low tom and crash. Basses, chords and pads strike an octave lower as well, where that
    is not too low.
    """
    notes = list(part.notes)
    if part.role == "drums":
        keys = [KEYS[lane] for lane in ("kick", "crash", "tom_low")]
        kept = [n for n in notes if abs(n.onset - at) > EARLY or n.pitch not in keys]
        return _of(part, [*kept, *(Note(at, _HIT, key, _LOUDEST) for key in keys)])
    struck = {n for n in notes if abs(n.onset - at) <= EARLY}
    louder = [replace(n, velocity=min(_LOUDEST, round(n.velocity * _IMPACT))) for n in struck]
    if louder and part.role in ("bass", "chords", "pad"):
        lowest = min(louder, key=lambda note: note.pitch)
        if lowest.pitch - 12 >= _LOWEST:
            louder.append(lowest.transpose_by(-12))
    return _of(part, [*(n for n in notes if n not in struck), *louder])


def with_pickup(part: Part, line: Fraction, ctx: SectionContext) -> Part:
    """Return a part whose last beat before a bar line leads up to it by steps of the scale."""
    beat = ctx.meter.beat_quarters
    count = 3 if ctx.meter.is_compound else 2
    return _lead_up(part, line - beat, line, count, ctx)


def with_run(part: Part, start: Fraction, line: Fraction, ctx: SectionContext) -> Part:
    """Return a part that runs up to a bar line by steps of the scale.

    The notes last half a beat, or a third of one in compound metres.
    """
    beat = ctx.meter.beat_quarters
    short = beat / 3 if ctx.meter.is_compound else beat / 2
    count = max(3, int((line - start) / short))
    return _lead_up(part, start, line, count, ctx)


def _lead_up(part: Part, start: Fraction, line: Fraction, count: int, ctx: SectionContext) -> Part:
    """Return a part that climbs to what it has at a bar line, in ``count`` notes of one length."""
    kept = _clear(part.notes, start, line - 2 * EARLY)
    after = [n for n in part.notes if line - EARLY <= n.onset]
    pitches = sorted(n.pitch for n in part.notes)
    aim = max((n.pitch for n in after if n.onset <= line + EARLY), default=pitches[len(pitches) // 2])
    aim = nearest(aim, ctx.key.scale, aim - 6, aim + 6)
    led = [
        Note(
            start + n * (line - start) / count,
            (line - start) / count,
            step(aim, n - count, ctx.key.scale),
            _PICKUP_FORCE,
        )
        for n in range(count)
    ]
    return _of(part, [*(n for n in kept if n not in after), *led, *after])


def with_tag(score: SectionScore, ctx: SectionContext, times: int) -> SectionScore:
    """Return a score of the same length that ends on one line ``times`` times in a row.

    A last chord that is held at the end of the song still comes after them. The line is the last one, with
    its cadence; what was written in the bars before it gives way to it. It has two bars, or one where the
    section is too short for that, and comes as often as there is room. A section without room for two stays
    as it is.
    """
    bar = ctx.meter.bar_quarters
    held = -(-(ctx.length - ctx.final_onset) // bar) if ctx.ends_song else 0
    room = ctx.bars - int(held)
    times = min(times, room)
    line = next((n for n in (_LINE, 1) if n * times <= room), 0)
    if line == 0 or times < 2:
        return score

    # The line from ``source`` to ``end`` comes from ``start`` on as well.
    start, source, end = ((room - line * n) * bar for n in (times, 1, 0))
    shifts = [number * line * bar for number in range(1, times)]
    parts = {}
    for name, part in score.parts.items():
        before = [_until(note, start) for note in part.notes if note.onset + EARLY < start]
        last = [note for note in part.notes if note.onset + EARLY >= source]
        copies = [
            replace(_until(note, end), onset=max(source, note.onset) - shift)
            for shift in shifts
            for note in last
            if note.onset + EARLY < end
        ]
        parts[name] = _of(part, [*before, *copies, *last])

    chords = [_chord_in(chord, Fraction(0), start) for chord in score.chords if chord.onset < start]
    lasting = [chord for chord in score.chords if chord.end > source]
    again = [_chord_in(chord, source, end) for chord in lasting if chord.onset < end]
    for shift in reversed(shifts):
        chords += [replace(chord, onset=chord.onset - shift) for chord in again]
    chords += [_chord_in(chord, source, chord.end) for chord in lasting]
    return SectionScore(score.bars, tuple(chords), parts)


def _chord_in(chord: ChordEvent, start: Fraction, end: Fraction) -> ChordEvent:
    onset = max(chord.onset, start)
    return replace(chord, onset=onset, duration=min(chord.end, end) - onset)


def _of(part: Part, notes: Sequence[Note]) -> Part:
    return replace(part, notes=tuple(sorted(notes, key=in_order)))
