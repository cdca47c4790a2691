"""Room for a melody: chords leave out the notes that would cover it, or are softer."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from operator import attrgetter

from structure.base.exact import Fraction
from structure.plans.score import Note

LEAST = 2
"""Notes that a strike has at least, even where they cover the melody."""

LOWEST = 48
"""The lowest pitch to which a note of a chord goes for a melody; below, chords are muddy."""

SOFTER = 0.8
"""How loud a strike is that covers the melody, as a share of its velocity."""

_onset = attrgetter("onset")


def lowest_over(spans: Sequence[tuple[Fraction, Fraction]], line: Sequence[Note]) -> list[int | None]:
    """Return the lowest pitch of a line that sounds in each of some spans, None where the line rests.

    Spans are start and end in quarters. The notes of the line are in order.
    """
    # Equal fractions are equal as floats, which are compared much faster.
    onsets = [float(note.onset) for note in line]
    ends = [float(note.end) for note in line]
    latest = list(accumulate(ends, max))
    found: list[int | None] = []
    for start, end in spans:
        begins = float(start)
        first = bisect_right(latest, begins)
        last = bisect_left(onsets, float(end), lo=first)
        sounding = (line[index].pitch for index in range(first, last) if ends[index] > begins)
        found.append(min(sounding, default=None))
    return found


def uncovering(pitches: tuple[int, ...], low: int, *, moves: bool = True) -> tuple[int, ...]:
    """Return the pitches of a strike that lie under the lowest of the melody.

    At least two are left where it has as many: where it ``moves``, the highest of the others go an octave
    down, else the lowest are left. They are in ascending order.
    """
    under = {pitch for pitch in pitches if pitch < low}
    for pitch in sorted(pitches, reverse=True) if moves else ():
        if len(under) >= LEAST:
            break
        if pitch >= low > pitch - 12 >= LOWEST:
            under.add(pitch - 12)
    return tuple(sorted(under)) if len(under) >= min(LEAST, len(pitches)) else pitches[:LEAST]


def making_room(notes: Sequence[Note], line: Sequence[Note]) -> list[Note]:
    """Return the notes of a part that has chords, which are in order, as they leave a line free."""
    strikes = [sorted(group, key=attrgetter("pitch")) for _, group in groupby(notes, key=_onset)]
    spans = [(strike[0].onset, max(note.end for note in strike)) for strike in strikes]
    found: list[Note] = []
    for strike, low in zip(strikes, lowest_over(spans, line), strict=True):
        if low is None or strike[-1].pitch < low:
            found += strike
            continue
        kept = strike[: len(uncovering(tuple(note.pitch for note in strike), low, moves=False))]
        found += [note.scale_velocity(SOFTER) if kept[-1].pitch >= low else note for note in kept]
    return found
