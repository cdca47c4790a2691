"""Melodies: ideas in phrases of question and answer, on the section's chords, with the habits of the song.

Notes on strong beats, and every note under which a chord begins, belong to the chord, save suspensions,
which are prepared and resolve down by step. Other notes that are foreign to the chord go on by step. After
a leap the line turns back. What the plan repeats over the same chords is repeated to the note. One note of
the section is its highest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import Player, SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.feel import articulate
from structure.arrange.figures import base_meters
from structure.arrange.melody.colours import colour_notes
from structure.arrange.melody.contour import with_one_climax, with_recovered_leaps
from structure.arrange.melody.counter import counter_melody, second_voice
from structure.arrange.melody.dissonance import resolve_dissonances, with_suspensions, without_clashes
from structure.arrange.melody.habits import habits_of
from structure.arrange.melody.instrument import in_range, instrument_of, style_shift, with_breaths
from structure.arrange.melody.lengths import with_lengths
from structure.arrange.melody.lines import HIGH, LOW, VERSE, Line
from structure.arrange.melody.phrasing import PlannedBar, is_same_harmony, plan_bars
from structure.arrange.scales import nearest
from structure.plans.score import Note

_ABOVE_VERSE = {"prechorus": 0.45, "solo": 1.2, "bridge": 0.55, "breakdown": 0.0}
"""Where other sections lie, as a share of the way up to the refrain."""


def write_lead(
    ctx: SectionContext, player: Player, rank: int, melody: Sequence[Note] | None = None
) -> list[Note]:
    """Return a lead part: the section's melody for the first lead that plays.

    A further lead is a second voice to it in refrains, or everywhere if the player follows. Elsewhere it is
    a counter-melody that speaks while the melody holds.

    The melody belongs to the section: it is the same whichever stem plays it, in the octave that suits it.
    """
    notes = write_melody(ctx) if melody is None else list(melody)
    if rank:
        notes = second_voice(notes, ctx) if goes_along(player, ctx) else counter_melody(notes, ctx)
    instrument = instrument_of(player, ctx)
    notes = articulate(in_range(notes, instrument, ctx), "lead", ctx)
    return with_breaths(notes, instrument, ctx)


def goes_along(player: Player, ctx: SectionContext) -> bool:
    """Return whether a further lead is a second voice to the melody, and not a line of its own."""
    return player.follows or ctx.is_refrain()


def write_melody(ctx: SectionContext) -> list[Note]:
    """Return the melody of a section, for any instrument."""
    rng = ctx.rng("melody", ctx.style.name)
    bars = plan_bars(ctx, rng)
    habits = habits_of(ctx, base_meters(ctx.meter)[0])
    # Refrains lie higher than verses.
    share = 1.0 if ctx.is_refrain() else 0.0 if ctx.kind == "verse" else _ABOVE_VERSE.get(ctx.kind, 0.4)
    middle = VERSE + share * habits.lift + style_shift(ctx) + ctx.shift
    line = Line(ctx, habits, middle, rng)

    beat = ctx.meter.beat_quarters
    written = (note for bar in line.write(bars) for note in bar)
    notes = resolve_dissonances(
        [note.move_to(note.onset, min(note.duration, beat)) for note in written], ctx
    )
    top = next((i for i, bar in enumerate(bars) if bar.is_climax), None)
    if top is not None:
        notes = resolve_dissonances(with_one_climax(notes, ctx, top, line.high), ctx, keep_highest=True)
    again = {bar.like for bar in bars}
    once = [i for i, bar in enumerate(bars) if bar.like is None and i not in again]
    notes = with_recovered_leaps(notes, ctx, once)

    # Notes last until the next begins, but no longer than two beats, before some of them are held back.
    ends = [*(note.onset for note in notes[1:]), ctx.length]
    notes = [
        note.move_to(note.onset, min(end - note.onset, 2 * beat))
        for note, end in zip(notes, ends, strict=False)
    ]
    notes = colour_notes(with_suspensions(notes, ctx), ctx)
    notes = _as_before(notes, bars, ctx)
    notes = with_lengths(notes, ctx, habits)
    final = nearest(notes[-1].pitch if notes else line.centre, (ctx.chords[-1].root,), LOW, HIGH)
    return with_held_ending(without_clashes(notes, ctx), ctx, [final])


def _as_before(notes: Sequence[Note], bars: Sequence[PlannedBar], ctx: SectionContext) -> list[Note]:
    """Return the notes with each bar that repeats another over the same chords as that one is now.

    Its last note, which leads on in its own way, stays.
    """
    length = ctx.meter.bar_quarters
    written: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        written[int(note.onset // length)].append(note)
    for index, bar in enumerate(bars):
        if bar.like is None or not written[index] or not is_same_harmony(ctx, index, bar.like):
            continue
        shift = (index - bar.like) * length
        again = [replace(note, onset=note.onset + shift) for note in written[bar.like]]
        own = written[index][-1]
        if again and again[-1].onset == own.onset:
            written[index] = [*again[:-1], own]
    return [note for bar in written for note in bar]
