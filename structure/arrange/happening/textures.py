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


def thin_out(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes of a part that plays less from ``start`` to ``end``.

    Drums play their pulse, pads the top of their chords, basses what begins a chord or a bar. Others play
    what they strike on beats.
    """
    kept: list[Note] = []
    bar = ctx.meter.bar_quarters
    bars: dict[int, list[Note]] = {number: [] for number in range(int(start // bar), int(-(-end // bar)))}
    for note in part.notes:
        at = note.onset + EARLY
        if start <= at < end:
            bars[at // bar].append(note)
        else:
            kept.append(note)
    for own in bars.values():
        kept += _thin_bar(own, part, ctx)
    return sorted(kept, key=in_order)


def _thin_bar(notes: Sequence[Note], part: Part, ctx: SectionContext) -> Sequence[Note]:
    """Return what is left of a bar; all of it where nothing would be."""
    bar, beat = ctx.meter.bar_quarters, ctx.meter.beat_quarters
    if part.role == "pad":
        together: dict[int, list[Note]] = {}
        for note in notes:
            together.setdefault(round((note.onset + EARLY) * 8), []).append(note)
        return [note for own in together.values() for note in sorted(own, key=lambda n: n.pitch)[-_TOP:]]

    if part.role == "drums":
        # Kicks stay on the first beat, or on the others in a groove that drops the first. Other strokes do
        # not stay on sixteenths between the eighths.
        few = []
        has_first = any(note.pitch == KEYS["kick"] and _is_on(note, bar) for note in notes)
        for note in notes:
            is_kick, is_on_eighth = note.pitch == KEYS["kick"], _is_on(note, beat / 2)
            is_due = _is_on(note, bar if has_first else beat)
            stays = is_due if is_kick else is_on_eighth or not _is_on(note, beat / 4)
            if stays and note.pitch in _PULSE:
                few.append(note)
    elif part.role == "bass":
        starts = [chord.onset for chord in ctx.chords]
        few = [n for n in notes if _is_on(n, bar) or any(abs(n.onset - at) <= EARLY for at in starts)]
    elif part.role != "chords":
        few = [note for note in notes if _is_on(note, beat)]
    elif any(_is_on(note, beat) for note in notes):
        # Beside the strokes on beats stays the first of each other tone of a chord: no harmony is lost.
        few = []
        heard: set[tuple[Fraction, int]] = set()
        for note in sorted(notes, key=lambda own: (not _is_on(own, beat), in_order(own))):
            tone = chord_at(ctx.chords, note.onset + EARLY).onset, note.pitch % 12
            if _is_on(note, beat) or tone not in heard:
                few.append(note)
            heard.add(tone)
    else:
        # Chords that are struck between the beats alone, as a skank is, keep every second stroke.
        strokes = sorted({round((note.onset + EARLY) * 8) for note in notes})
        kept = set(strokes[1::2] or strokes)
        few = [note for note in notes if round((note.onset + EARLY) * 8) in kept]
    return few or notes


def hold_chords(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes of a part that holds its chords from ``start`` to ``end``.

    Each of their pitches is struck once and lasts until the next chord, for two bars at most. A part that
    plays chords or riffs strikes all tones of a chord at once that a hand can reach. Basses hold the first
    note of each chord. Melodies hold long notes. Drums, which cannot hold, play less.
    """
    if part.role == "drums":
        return thin_out(part, start, end, ctx)
    if part.role == "lead":
        return _long_notes(part, start, end, ctx)

    # Each chord is struck once, and again after two bars.
    longest = _LONGEST_BARS * ctx.meter.bar_quarters
    chords: list[ChordEvent] = []
    for chord in ctx.chords:
        if chord.end <= start or chord.onset >= end:
            continue
        last = chords[-1] if chords else None
        if last is not None and last.symbol == chord.symbol and chord.end - last.onset <= longest:
            chords[-1] = replace(last, duration=chord.end - last.onset)
        else:
            chords.append(chord)

    found = [note for note in part.notes if not _is_inside(note, start, end)]
    for chord in chords:
        first = max(chord.onset, start)
        struck = [note for note in part.notes if _is_inside(note, first, min(chord.end, end))]
        if not struck:
            continue
        if part.role == "pad":
            # A line over a held chord is no part of it.
            struck = [note for note in struck if note.onset <= struck[0].onset + EARLY]
        pitches = {note.pitch: note for note in struck[::-1]}
        kept = [struck[0]] if part.role == "bass" else list(pitches.values())
        if part.role == "chords":
            # The steps of a riff between two chords are no part of either.
            tones = [note for note in kept if note.pitch % 12 in chord.pitch_classes] or kept
            if max(note.pitch for note in tones) - min(note.pitch for note in tones) <= HAND_SPAN:
                kept = [replace(note, onset=min(own.onset for own in tones)) for note in tones]
        found += [replace(note, duration=min(chord.end, end) - note.onset) for note in kept]
    return sorted(found, key=in_order)


def halve_pace(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes of a part that goes half as fast from ``start`` to ``end``, as there are no drums.

    It is struck on every second beat, in an odd metre on the first one, and where a chord begins; what is
    struck lasts twice as long where there is room.
    """
    bar, meter = ctx.meter.bar_quarters, ctx.meter
    step = bar if meter.beats_per_bar % 2 else 2 * meter.beat_quarters
    inside = [note for note in part.notes if _is_inside(note, start, end)]
    begins = [chord.onset for chord in ctx.chords]
    kept = [n for n in inside if _is_on(n, step) or any(abs(n.onset - at) <= EARLY for at in begins)]
    struck = {(note.onset + EARLY) // bar for note in kept}
    for number in sorted({(note.onset + EARLY) // bar for note in inside} - struck):
        own = [note for note in inside if (note.onset + EARLY) // bar == number]
        kept += [note for note in own if note.onset <= own[0].onset + EARLY]

    onsets = sorted({note.onset for note in kept})
    found = [note for note in part.notes if not _is_inside(note, start, end)]
    for note in kept:
        room = min((at for at in onsets if at > note.onset + 2 * EARLY), default=end) - note.onset
        longer = max(note.duration, min(2 * note.duration, room))
        found.append(replace(note, duration=longer))
    return sorted(found, key=in_order)


def _long_notes(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return a melody in notes of two bars, each on a tone that its chords share.

    Where they share none, the note lasts one bar.
    """
    found = [note for note in part.notes if not _is_inside(note, start, end)]
    bar, at = ctx.meter.bar_quarters, start
    while at < end:
        stop = min(at + _LONGEST_BARS * bar, end)
        shared = _find_shared_tones(ctx, at, stop)
        if not shared:
            stop = min(at + bar, end)
            shared = _find_shared_tones(ctx, at, stop)
        first = next((note for note in part.notes if at <= note.onset + EARLY < stop), None)
        if first is not None:
            pitch = (
                nearest(first.pitch, shared, first.pitch - 6, first.pitch + 6) if shared else first.pitch
            )
            found.append(replace(first, pitch=pitch, duration=stop - first.onset))
        at = stop
    return sorted(found, key=in_order)


def _find_shared_tones(ctx: SectionContext, start: Fraction, end: Fraction) -> tuple[int, ...]:
    """Return the pitch classes that all chords of a time have."""
    chords = [chord for chord in ctx.chords if chord.onset < end and chord.end > start]
    tones = set(range(12)) if chords else set()
    for chord in chords:
        tones &= set(chord.pitch_classes)
    return tuple(sorted(tones))


def _is_inside(note: Note, start: Fraction, end: Fraction) -> bool:
    return start <= note.onset + EARLY < end


def _is_on(note: Note, step: Fraction) -> bool:
    return (note.onset + EARLY) % step < 2 * EARLY
