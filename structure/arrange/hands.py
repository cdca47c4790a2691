"""Accompaniments of one hand and of one voice: a pianist's left hand, and the inner voices of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from structure.arrange.context import Player, SectionContext, choose_figure, split_at_chords
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import Event, strong_positions
from structure.arrange.pad import join_chords
from structure.arrange.variants import vary_events
from structure.arrange.voicing import Pitches, lead_voices
from structure.base.exact import Fraction
from structure.harmony.pitch import fold_into_range
from structure.plans.score import ChordEvent, Note

_LOWEST = 36
"""The lowest bass note of a left hand (C2)."""

_ABOVE_BASS = 12
"""Semitones from a left hand's lowest note to the lowest of its chords."""

_ROOM, _MIDDLE = 28, 6
"""Semitones in which its chords lie, and how far up their middle is."""

_LOW_STRING = 40
_MIDDLE_STRINGS = (50, 64)
"""The open low string of a guitar (E2), and the pitches of the strings in its middle."""

HAND_SPAN = 16
"""The widest chord that one hand strikes at once, in semitones: a tenth."""

_VOICES = (48, 76)
_PULSES_FROM = 0.75
"""Energy from which an inner voice strikes every beat, not only where the accents are."""


def write_left_hand(ctx: SectionContext, player: Player) -> list[Note]:
    """Return what one hand plays: a bass note where each chord begins, and the chord above it.

    The chord comes on the other strikes of a figure.
    """
    low = max(_LOWEST, player.span[0] if player.span else 0) + min(0, ctx.shift // 2)
    chord_low = low + _ABOVE_BASS
    voicings = lead_voices(
        ctx.chords, chord_low, chord_low + _ROOM, chord_low + _MIDDLE + ctx.shift / 2, "strict"
    )
    # Notes out of reach of the lowest one are played an octave lower.
    voicings = [
        tuple(sorted({pitch if pitch <= voicing[0] + HAND_SPAN else pitch - 12 for pitch in voicing}))
        for voicing in voicings
    ]

    names = choose_figure("chords", ctx.style.chords, ctx, player.name, "figure")
    pieces = [
        piece
        for event in vary_events("chords", names, ctx, player.name)
        for piece in split_at_chords(event, ctx.chords)
    ]
    beat = ctx.meter.beat_quarters
    notes: list[Note] = []
    for chord, voicing in zip(ctx.chords, voicings, strict=True):
        bass = _bass_of(chord, low)
        later = [event for event, own in pieces if own == chord and event.onset > chord.onset]
        if not later and chord.duration >= 2 * beat:
            # A chord that is struck once is struck a beat after its bass.
            later = [Event(chord.onset + beat, chord.duration - beat, "x")]

        length = (later[0].onset if later else chord.end) - chord.onset
        notes.append(Note(chord.onset, length, bass, ctx.velocity(92)))
        if not later:
            above = _in_reach(bass, voicing)
            notes += [Note(chord.onset, length, pitch, ctx.velocity(80)) for pitch in above]
        for event in later:
            velocity = ctx.velocity(84 if ctx.is_accented(event.onset) else 78)
            notes += [Note(event.onset, event.duration, pitch, velocity) for pitch in voicing]

    last = _bass_of(ctx.chords[-1], low)
    return with_held_ending(notes, ctx, [last, *_in_reach(last, voicings[-1])])


def write_thumb(ctx: SectionContext, player: Player) -> list[Note]:
    """Return what thumb and fingers of a guitarist play under a tune.

    The bass comes where each chord begins and on accents, with its fifth in turn. Between them come notes
    of the chord on the strings in the middle.
    """
    low = player.span[0] if player.span else _LOW_STRING
    beat = ctx.meter.beat_quarters
    step = beat / (3 if beat.numerator == 3 else 2)
    notes: list[Note] = []
    for chord in ctx.chords:
        root = _bass_of(chord, low)
        fifth = next(
            (low + (pc - low) % 12 for pc in chord.pitch_classes if (pc - chord.root) % 12 == 7), root
        )
        middle = [pitch for pitch in range(*_MIDDLE_STRINGS) if pitch % 12 in chord.pitch_classes]
        places = [beat * k for k in range(int(chord.onset / beat), int(chord.end / beat) + 1)]
        beats = [at for at in places if chord.onset < at < chord.end]

        for turn, at in enumerate([chord.onset, *beats]):
            is_bass = not turn or ctx.is_accented(at)
            end = min(at + (2 * beat if is_bass and ctx.level == "low" else beat), chord.end)
            if is_bass:
                notes.append(Note(at, end - at, root if turn % 4 == 0 else fifth, ctx.velocity(90)))
            elif middle:
                notes.append(Note(at, end - at, middle[turn % len(middle)], ctx.velocity(74)))
            off = at + step
            if ctx.level != "low" and off < end and middle:
                notes.append(Note(off, end - off, middle[(turn + 1) % len(middle)], ctx.velocity(70)))

    last = ctx.chords[-1]
    inner = [pitch for pitch in range(*_MIDDLE_STRINGS) if pitch % 12 in last.pitch_classes][:2]
    return with_held_ending(notes, ctx, [_bass_of(last, low), *inner])


def _bass_of(chord: ChordEvent, low: int) -> int:
    return low + (chord.bass - low) % 12


def _in_reach(bass: int, voicing: Pitches) -> list[int]:
    return [pitch for pitch in voicing if bass < pitch <= bass + HAND_SPAN]


def write_voice(ctx: SectionContext, player: Player) -> list[Note]:
    """Return one inner voice of a setting in four parts: ``player.voice`` 0 is the lower, 1 the upper.

    It is held in quiet sections, and struck again on accents and beats in louder ones.
    """
    chords = join_chords(ctx)
    low, high = player.span or _VOICES
    middle = min(max((low + high) / 2, 57.0), 66.0) + ctx.shift
    voicings = lead_voices(chords, *_VOICES, middle, "strict")

    bar, beat = ctx.meter.bar_quarters, ctx.meter.beat_quarters
    if ctx.level == "low":
        in_bar: Sequence[Fraction] = ()
    elif ctx.energy >= _PULSES_FROM:
        in_bar = [beat * k for k in range(ctx.meter.beats_per_bar)]
    else:
        in_bar = strong_positions(ctx.meter)
    places = [index * bar + place for index in range(ctx.bars) for place in in_bar]

    notes: list[Note] = []
    for chord, voicing in zip(chords, voicings, strict=True):
        pitch = fold_into_range(voicing[min(player.voice, len(voicing) - 1)], low, high)
        onsets = [chord.onset, *(place for place in places if chord.onset < place < chord.end)]
        for onset, end in pairwise([*onsets, chord.end]):
            notes.append(Note(onset, end - onset, pitch, ctx.velocity(82)))
    return with_held_ending(notes, ctx, [notes[-1].pitch])
