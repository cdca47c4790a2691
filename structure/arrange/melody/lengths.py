"""How long the notes of a melody sound.

They are as long as real tunes hold them given the time to the next, and as the song's singer does, who
holds them or lets them go.
"""

from __future__ import annotations

from collections.abc import Sequence

from structure.arrange.context import SectionContext
from structure.arrange.melody.counts import tune_counts
from structure.arrange.melody.dissonance import leans
from structure.arrange.melody.habits import TuneHabits
from structure.arrange.scales import may_last
from structure.base.exact import Fraction
from structure.base.sampling import pick_weighted
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_SIXTEENTH = Fraction(1, 4)
_LONGEST = 32
"""Sixteenths to the next note of which counts tell."""

_OVER = 4.0
"""How much rather a note that may be is held over the bar line."""

_SMOOTH = 0.01
_RESTS_A_NOTE = 0.22
"""Rests that a song has for each note where it lets go of all that it can."""


def with_lengths(notes: Sequence[Note], ctx: SectionContext, habits: TuneHabits) -> list[Note]:
    """Return the notes as long as they are held.

    The same place, pitch and time to the next give the same length. Accented foreign notes are held until
    they resolve.
    """
    rng = ctx.rng("lengths", ctx.style.name)
    # How much likelier than usual a note is held until the next, by the rests that the song has.
    shares = []
    for figures in (habits.figures, habits.usual):
        rests = figures["rests_of_2_or_more_a_bar"]
        shares.append(1.0 - rests / max(0.3, _RESTS_A_NOTE * figures["notes_a_bar"]))
    own, usual = (min(0.97, max(0.05, share)) for share in shares)
    hold = ctx.style.tune.held * own / (1.0 - own) * (1.0 - usual) / usual

    drawn: dict[tuple[Fraction, int, int], int] = {}
    found = []
    for index, note in enumerate(notes):
        following = notes[index + 1].onset if index + 1 < len(notes) else ctx.length
        gap = following - note.onset
        sixteenths = int(gap / _SIXTEENTH)
        if sixteenths < 1 or leans(note, ctx):
            found.append(note.move_to(note.onset, min(note.duration, gap)))
            continue
        key = (note.onset % ctx.meter.bar_quarters, note.pitch, sixteenths)
        if key not in drawn:
            weights = _weights(min(sixteenths, _LONGEST), note, hold, habits, ctx)
            drawn[key] = pick_weighted(rng, weights) if weights else sixteenths
        whole = gap if drawn[key] == sixteenths else drawn[key] * _SIXTEENTH
        found.append(note.move_to(note.onset, whole))
    return found


def _weights(
    gap: int, note: Note, hold: float, habits: TuneHabits, ctx: SectionContext
) -> dict[int, float]:
    """Return how likely each length of a note is in ``gap`` sixteenths until the next.

    It is rather held over a bar line, and not held into a chord against which it rubs.
    """
    bar, chord = ctx.meter.bar_quarters, chord_at(ctx.chords, note.onset)
    to_line = (bar - note.onset % bar) / _SIXTEENTH
    to_change = (chord.end - note.onset) / _SIXTEENTH
    stays = chord.end >= ctx.length or may_last(note.pitch, ctx.key, chord_at(ctx.chords, chord.end))

    found = {}
    for length, count in tune_counts(ctx.style.tune.like).lengths.get(gap, {}).items():
        if not stays and length > to_change:
            continue
        own = habits.figures.get(f"duration_{length}")
        mean = habits.usual.get(f"duration_{length}", 0.0)
        tilt = 1.0 if own is None else ((own + _SMOOTH) / (mean + _SMOOTH)) ** 0.5
        weight = count * tilt * (hold if gap - length < 2 else 1.0)
        found[length] = weight * (_OVER if length > to_line else 1.0)
    return found
