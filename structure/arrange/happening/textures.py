"""Parts that are played with less: fewer strokes, or chords that are held instead of struck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.hands import HAND_SPAN
from structure.arrange.scales import nearest
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note, Part, in_order

_TOP = 2
"""Highest notes of a chord that a thin pad keeps."""

_PULSE = frozenset(
    KEYS[lane]
    for lane in ("kick", "hat", "pedal", "ride", "shaker", "tambourine", "cabasa", "timpani", "conga_low")
)
"""What a thin kit keeps: its pulse, without backbeats, toms and crashes."""

_LONGEST_BARS = 2
"""A chord that is held longer is struck again."""


def thinned(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes of a part that plays less from ``start`` to ``end``.

    Drums play their pulse, pads the top of their chords, basses what begins a chord or a bar. Others play
    what they strike on beats.
    """
    kept = [note for note in part.notes if not _is_inside(note, start, end)]
    inside = [note for note in part.notes if _is_inside(note, start, end)]
    bar = ctx.meter.bar_quarters
    for number in range(int(start // bar), int(-(-end // bar))):
        own = [note for note in inside if (note.onset + EARLY) // bar == number]
        kept += _thin_bar(own, part, ctx)
    return sorted(kept, key=in_order)


def _thin_bar(notes: Sequence[Note], part: Part, ctx: SectionContext) -> Sequence[Note]:
    """Return what is left of a bar; all of it where nothing would be."""
    if part.role == "pad":
        return _top(notes)
    if part.role == "drums":
        few = [note for note in notes if note.pitch in _PULSE and _is_quiet(note, ctx)]
    elif part.role == "bass":
        few = [note for note in notes if _begins_something(note, ctx)]
    elif part.role == "chords":
        few = _with_whole_chords(notes, ctx) if _has_beats(notes, ctx) else _every_second(notes)
    else:
        few = [note for note in notes if _is_on(note, ctx.meter.beat_quarters)]
    return few or notes


def _has_beats(notes: Sequence[Note], ctx: SectionContext) -> bool:
    return any(_is_on(note, ctx.meter.beat_quarters) for note in notes)


def _every_second(notes: Sequence[Note]) -> list[Note]:
    """Return every second stroke, of chords that are struck between the beats alone, as a skank is."""
    onsets = sorted({round((note.onset + EARLY) * 8) for note in notes})
    kept = set(onsets[1::2] or onsets)
    return [note for note in notes if round((note.onset + EARLY) * 8) in kept]


def _with_whole_chords(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the strokes on beats, and of each other tone of a chord the first.

    So no harmony is lost.
    """
    found: list[Note] = []
    heard: set[tuple[Fraction, int]] = set()
    for note in sorted(notes, key=lambda own: (not _is_on(own, ctx.meter.beat_quarters), in_order(own))):
        tone = chord_at(ctx.chords, note.onset + EARLY).onset, note.pitch % 12
        if _is_on(note, ctx.meter.beat_quarters) or tone not in heard:
            found.append(note)
        heard.add(tone)
    return found


def _is_quiet(note: Note, ctx: SectionContext) -> bool:
    """Return whether a hit of the pulse stays in a thin bar.

    Kicks stay on the first beat. Other strokes do not stay on sixteenths between the eighths.
    """
    if note.pitch == KEYS["kick"]:
        return _is_on(note, ctx.meter.bar_quarters)
    return _is_on(note, ctx.meter.beat_quarters / 2) or not _is_on(note, ctx.meter.beat_quarters / 4)


def _top(notes: Sequence[Note]) -> list[Note]:
    together: dict[Fraction, list[Note]] = {}
    for note in notes:
        together.setdefault(round((note.onset + EARLY) * 8) / Fraction(8), []).append(note)
    return [note for own in together.values() for note in sorted(own, key=lambda n: n.pitch)[-_TOP:]]


def _begins_something(note: Note, ctx: SectionContext) -> bool:
    return _is_on(note, ctx.meter.bar_quarters) or any(
        abs(note.onset - chord.onset) <= EARLY for chord in ctx.chords
    )


def held(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes of a part that holds its chords from ``start`` to ``end``.

    Each of their pitches is struck once and lasts until the next chord, for two bars at most. A part that
    plays chords or riffs strikes all tones of a chord at once that a hand can reach. Basses hold the first
    note of each chord. Melodies hold long notes. Drums, which cannot hold, play less.
    """
    if part.role == "drums":
        return thinned(part, start, end, ctx)
    if part.role == "lead":
        return _long_notes(part, start, end, ctx)
    found = [note for note in part.notes if not _is_inside(note, start, end)]
    for chord in _chords(ctx, start, end):
        struck = [
            note
            for note in part.notes
            if chord.onset <= note.onset + EARLY < chord.end and start <= note.onset + EARLY < end
        ]
        if not struck:
            continue
        if part.role == "pad":
            # A line over a held chord is no part of it.
            struck = [note for note in struck if note.onset <= struck[0].onset + EARLY]
        pitches = {note.pitch: note for note in struck[::-1]}
        first = [struck[0]] if part.role == "bass" else list(pitches.values())
        if part.role == "chords":
            # The steps of a riff between two chords are no part of either.
            tones = [note for note in first if note.pitch % 12 in chord.pitch_classes] or first
            if max(note.pitch for note in tones) - min(note.pitch for note in tones) <= HAND_SPAN:
                first = [replace(note, onset=min(own.onset for own in tones)) for note in tones]
        found += [replace(note, duration=min(chord.end, end) - note.onset) for note in first]
    return sorted(found, key=in_order)


def _long_notes(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return a melody in notes of two bars, each on a tone that its chords share.

    Where they share none, the note lasts one bar.
    """
    found = [note for note in part.notes if not _is_inside(note, start, end)]
    bar, at = ctx.meter.bar_quarters, start
    while at < end:
        stop = min(at + _LONGEST_BARS * bar, end)
        shared = _shared_tones(ctx, at, stop)
        if not shared:
            stop = min(at + bar, end)
            shared = _shared_tones(ctx, at, stop)
        first = next((note for note in part.notes if at <= note.onset + EARLY < stop), None)
        if first is not None:
            pitch = (
                nearest(first.pitch, shared, first.pitch - 6, first.pitch + 6) if shared else first.pitch
            )
            found.append(replace(first, pitch=pitch, duration=stop - first.onset))
        at = stop
    return sorted(found, key=in_order)


def _shared_tones(ctx: SectionContext, start: Fraction, end: Fraction) -> tuple[int, ...]:
    """Return the pitch classes that all chords of a time have."""
    chords = [chord for chord in ctx.chords if chord.onset < end and chord.end > start]
    tones = set(range(12)) if chords else set()
    for chord in chords:
        tones &= set(chord.pitch_classes)
    return tuple(sorted(tones))


def _chords(ctx: SectionContext, start: Fraction, end: Fraction) -> list[ChordEvent]:
    """Return the chords from ``start`` to ``end``, each once, and again after two bars."""
    longest = _LONGEST_BARS * ctx.meter.bar_quarters
    found: list[ChordEvent] = []
    for chord in ctx.chords:
        if chord.end <= start or chord.onset >= end:
            continue
        last = found[-1] if found else None
        if last is not None and last.symbol == chord.symbol and chord.end - last.onset <= longest:
            found[-1] = replace(last, duration=chord.end - last.onset)
        else:
            found.append(chord)
    return found


def _is_inside(note: Note, start: Fraction, end: Fraction) -> bool:
    return start <= note.onset + EARLY < end


def _is_on(note: Note, step: Fraction) -> bool:
    return (note.onset + EARLY) % step < 2 * EARLY
