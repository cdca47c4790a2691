"""Bass lines: roots where chords begin, figures between them, and approach notes into the next root."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from structure.arrange.context import (
    REGISTERS,
    Player,
    SectionContext,
    choose_figure,
    split_at_chords,
)
from structure.arrange.drums import kick_onsets
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import Event, load_figures
from structure.arrange.scales import chord_scale
from structure.arrange.variants import vary_events
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note, Part
from structure.presets.families import family_of

LOW, HIGH = REGISTERS["bass"]
_HOME = 38
"""Pitch around which lines lie (D2)."""

_FOLLOWS = 0.6
"""How far the line goes along where a mood moves the parts up or down."""


_ROCKS = "Rock and metal"
"""The family of styles in which the bass of a trio has the guitar's riff."""


def write_bass(ctx: SectionContext, player: Player) -> list[Note]:
    """Return all bass notes of a section: those of its figure, and one where each chord begins."""
    kicks = len(kick_onsets(ctx)) / ctx.bars
    names = choose_figure("bass", ctx.style.bass, ctx, player.name, "figure", kicks=kicks)
    if any(load_figures("bass")[name]["pattern"] == "kick" for name in names.values()):
        # The bass has the kick drum's own rhythm, and the first beat of each bar.
        starts = sorted({*kick_onsets(ctx), *(bar * ctx.meter.bar_quarters for bar in range(ctx.bars))})
        figure = [
            Event(start, min(end - start, ctx.meter.beat_quarters), "R")
            for start, end in zip(starts, [*starts[1:], ctx.length], strict=True)
        ]
    else:
        # Changes of the figure look for the kick drum.
        figure = vary_events("bass", names, ctx, player.name, frozenset(kick_onsets(ctx)))

    pieces = [piece for event in figure for piece in split_at_chords(event, ctx.chords)]
    onsets = {event.onset for event, _ in pieces}
    for chord in ctx.chords:
        if chord.onset not in onsets:
            following = min((o for o in onsets if o > chord.onset), default=ctx.length)
            length = min(following, chord.end) - chord.onset
            pieces.append((Event(chord.onset, min(length, ctx.meter.beat_quarters), "R"), chord))

    rng = ctx.rng(player.name, "line")
    notes: list[Note] = []
    previous = _home(ctx)
    for event, chord in sorted(pieces, key=lambda piece: piece[0].onset):
        starts_chord = event.onset == chord.onset
        sign = "R" if starts_chord else event.sign
        pitch = _pitch(sign, event, chord, previous, ctx, rng)
        accent = 104 if ctx.is_downbeat(event.onset) else 98 if starts_chord else 90
        notes.append(Note(event.onset, event.duration, pitch, ctx.velocity(accent)))
        previous = pitch

    last = ctx.chords[-1].bass
    options = [pitch for pitch in range(LOW, HIGH + 1) if pitch % 12 == last]
    final = min(options, key=lambda pitch: (abs(pitch - previous), pitch))
    return with_held_ending(notes, ctx, [final])


def with_shared_riff(
    parts: Mapping[str, Part], players: Sequence[Player], ctx: SectionContext
) -> dict[str, Part]:
    """Return the parts with the bass on the guitar's riff, where a trio rocks.

    The bass strikes when the guitar does, on the root of what the guitar strikes. It keeps its own notes in
    bars in which the guitar has no chords, and rests in bars in which it had no notes.
    """
    found = dict(parts)
    guitar = next((p.name for p in players if p.texture == "hand" and p.name in parts), None)
    bar, home = ctx.meter.bar_quarters, _home(ctx)
    for player in players:
        is_given = ctx.given is not None and ctx.given.part(player.name) is not None
        if player.texture != "riff" or guitar is None or player.name not in parts or is_given:
            continue
        if family_of(ctx.style.name) != _ROCKS:
            continue

        own = parts[player.name].notes
        plays = {n for note in own for n in range(int(note.onset // bar), int(-(-note.end // bar)))}
        strokes: dict[Fraction, list[Note]] = {}
        for note in parts[guitar].notes:
            if int(note.onset // bar) in plays:
                strokes.setdefault(note.onset, []).append(note)
        taken = {onset // bar for onset in strokes}
        notes = [note for note in own if note.onset // bar not in taken]

        onsets, previous = sorted(strokes), home
        for onset, following in zip(onsets, [*onsets[1:], ctx.length], strict=True):
            struck = strokes[onset]
            root = chord_at(ctx.chords, onset).bass
            classes = [note.pitch % 12 for note in sorted(struck, key=lambda note: note.pitch)]
            pitch = _root_pitch(root if root in classes else classes[0], previous, home)
            length = min(max(note.duration for note in struck), following - onset)
            loudest = max(note.velocity for note in struck)
            notes.append(Note(onset, length, pitch, loudest, struck[0].offset))
            previous = pitch
        notes.sort(key=lambda note: note.onset)
        found[player.name] = replace(parts[player.name], notes=tuple(notes))
    return found


def _pitch(
    sign: str, event: Event, chord: ChordEvent, previous: int, ctx: SectionContext, rng: random.Random
) -> int:
    """Return the pitch that a sign of a figure means in its chord, after the pitch ``previous``."""
    home = _home(ctx)
    root = _root_pitch(chord.bass, previous, home)
    if sign == "R":
        return root
    if sign == "8":
        return root + 12 if root + 12 <= HIGH else root

    if sign == "a":
        # An approach to the next root from a step above or below it, in the scale or a semitone away.
        after = event.onset + event.duration
        following = next((c for c in ctx.chords if c.onset >= after), ctx.chords[0])
        if following.bass == chord.bass:
            return _chord_tone("5", chord, root)
        target = _root_pitch(following.bass, previous, home)
        scale = chord_scale(ctx.key, chord)
        below = 1 if (target - 1) % 12 in scale or rng.random() < 0.3 else 2
        above = 1 if (target + 1) % 12 in scale else 2
        comes_from_below = previous < target if previous != target else rng.random() < 0.6
        first, second = (target - below, target + above)[:: 1 if comes_from_below else -1]
        return min(max(second if first == previous else first, LOW), HIGH)

    if sign == "w":
        # A walking step: usually a tone of the scale beside the last note, sometimes another chord tone.
        scale = chord_scale(ctx.key, chord)
        near = [p for p in range(previous - 5, previous + 6) if LOW <= p <= HIGH and p != previous]
        steps = [p for p in near if p % 12 in scale and abs(p - previous) <= 2]
        tones = [p for p in near if p % 12 in chord.pitch_classes]
        options = tones if tones and rng.random() < 0.55 else steps or tones or near
        # The line drifts back to its home register, so that it does not run off.
        return min(options, key=lambda p: abs(p - home) * 0.4 + 4 * rng.random())

    return _chord_tone(sign, chord, root)


def _home(ctx: SectionContext) -> int:
    return _HOME + round(_FOLLOWS * ctx.shift)


def _root_pitch(pitch_class: int, previous: int, home: int) -> int:
    """Return the root in the octave that is closest to the line and to the home register."""
    options = [pitch for pitch in range(LOW, HIGH - 6) if pitch % 12 == pitch_class]
    return min(options, key=lambda pitch: (abs(pitch - previous) + 1.2 * abs(pitch - home), pitch))


def _chord_tone(sign: str, chord: ChordEvent, root: int) -> int:
    """Return the third, fifth or seventh above the root, an octave lower where that is too high."""
    above = {(pitch - chord.root) % 12: pitch for pitch in chord.pitch_classes}
    steps = {"3": (4, 3, 5, 2), "5": (7, 6, 8), "7": (10, 11, 9, 7)}[sign]
    step = next((s for s in steps if s in above), 7 if sign != "3" else 12)
    pitch = root + (chord.root + step - root) % 12
    return pitch if pitch <= HIGH else pitch - 12
