"""How lengths are written down: where a note is cut and tied so that a reader sees the beat.

Positions are quarters from the bar line, as Fractions. A beat is divided in two, four or eight, or, where
something begins or ends on a third of it, in three (a triplet); compound metres have their thirds already.
The rules are those of engraving (Gould, *Behind Bars*, 2011, "Grouping of rhythms"): a value may hide a
boundary of the metre only where it starts or ends on one at least as strong, or lies evenly about a beat;
rests are cut more often than notes, since a reader counts through them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from structure.arrange.figures import strong_positions
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.plans.score import Note

_FINEST = Fraction(1, 8)
"""Shortest value that is written, in quarters: a thirty-second."""

_SIXTEENTH = Fraction(1, 4)

_PLAIN = tuple(Fraction(4) / 2**n for n in range(7))
_VALUES = (*_PLAIN, *(value * 3 / 2 for value in _PLAIN))
"""Note values, plain and dotted, in quarters."""

_BAR, _GROUP, _BEAT = 4, 3, 2
"""How strongly a position of the metre is felt; halves of a beat weigh 1, all else less."""


@dataclass(frozen=True, slots=True)
class Triplet:
    """A stretch of a bar, in quarters, whose values are three in the time of two."""

    start: Fraction
    end: Fraction


def snap(position: Fraction, meter: Meter) -> Fraction:
    """Return the nearest position that is written: on sixteenths, or on thirds of a simple beat.

    What lies on thirty-seconds or on sixths of a beat already stays where it is.
    """
    if (position / _FINEST).denominator == 1:
        return position
    if meter.is_compound:
        return _nearest(position, _SIXTEENTH)
    third = meter.beat_quarters / 3
    if (2 * position / third).denominator == 1:
        return position
    return min(_nearest(position, _SIXTEENTH), _nearest(position, third), key=lambda p: abs(p - position))


def _nearest(position: Fraction, step: Fraction) -> Fraction:
    return round(position / step) * step


def as_written(notes: Iterable[Note], meter: Meter, length: Fraction) -> list[Note]:
    """Return the notes of a part as they are written down, on the grid.

    They are held so that neither touch nor breath is a rest of a sixteenth or less, nor a triplet where no
    note begins on a third. Positions count from the section's downbeat, ``length`` is that of the section.
    Notes keep pitch and velocity; of two that would begin as one, one is left.
    """
    beat = meter.beat_quarters
    begun = [(min(_place_on_grid(note.onset, meter), length - _FINEST), note) for note in notes]

    # Beats in which a note begins on a third are triplets; one on a sixth alone makes none. What begins
    # neither on a part of a beat's halves nor in a triplet moves to the sixteenths.
    in_thirds = {int(onset // beat) for onset, _ in begun if onset % beat in (beat / 3, 2 * beat / 3)}
    begun = sorted(
        (
            onset if int(onset // beat) in in_thirds or _is_binary(onset) else _nearest(onset, _SIXTEENTH),
            note,
        )
        for onset, note in begun
    )

    onsets = sorted({onset for onset, _ in begun})
    following = dict(pairwise(onsets))
    next_of_pitch: dict[int, Fraction] = {}
    written: list[Note] = []
    for onset, note in reversed(begun):
        end = _place_on_grid(note.end, meter)
        if end not in following and end // beat not in in_thirds:
            end = _nearest(note.end, _SIXTEENTH)
        later = following.get(onset)
        if later is not None and (end <= onset or 0 <= later - end <= _SIXTEENTH):
            end = later
        end = min(end if end > onset else onset + _SIXTEENTH, length, next_of_pitch.get(note.pitch, length))
        if end > onset:
            written.append(note.move_to(onset, end - onset))
            next_of_pitch[note.pitch] = onset
    return written[::-1]


def _place_on_grid(position: Fraction, meter: Meter) -> Fraction:
    """Move a position to the grid of the bar in which it lies."""
    bar, rest = divmod(position, meter.bar_quarters)
    return bar * meter.bar_quarters + snap(rest, meter)


def triplets(cuts: Iterable[Fraction], meter: Meter) -> tuple[Triplet, ...]:
    """Return the triplets of a bar whose events begin and end at ``cuts``.

    They are two beats long where only their thirds are used and no group of the metre begins inside, else
    one beat.
    """
    if meter.is_compound:
        return ()
    beat, inside = meter.beat_quarters, set(cuts)
    found = {int(cut // beat) for cut in inside if not _is_binary(cut)}
    spans: list[Triplet] = []
    for index in sorted(found):
        if spans and index * beat < spans[-1].end:
            continue
        wide = Triplet(index // 2 * 2 * beat, (index // 2 + 1) * 2 * beat)
        thirds = {wide.start + 2 * beat / 3, wide.start + 4 * beat / 3}
        within = {cut for cut in inside if wide.start < cut < wide.end}
        is_one_group = not any(wide.start < place < wide.end for place in strong_positions(meter))
        if within and within <= thirds and wide.end <= meter.bar_quarters and is_one_group:
            spans.append(wide)
        else:
            spans.append(Triplet(index * beat, (index + 1) * beat))
    return tuple(spans)


def _is_binary(value: Fraction) -> bool:
    return value.denominator & (value.denominator - 1) == 0


def find_cuts(
    start: Fraction, end: Fraction, meter: Meter, spans: Sequence[Triplet] = (), *, is_rest: bool = False
) -> list[Fraction]:
    """Return where a note or a rest from ``start`` to ``end`` is cut, both included.

    Each stretch between has a note value, plain or dotted, or two thirds of one inside a triplet.
    """
    edges = {edge for span in spans for edge in (span.start, span.end) if start < edge < end}
    cuts = [start, *sorted(edges), end]
    found = [start]
    for one, other in pairwise(cuts):
        span = next((span for span in spans if span.start <= one and other <= span.end), None)
        if span is None or (one, other) == (span.start, span.end):
            found += _plain_cuts(one, other, meter, is_rest)
            continue

        # Inside a triplet it is cut at the thirds, save that two of them may be one note.
        third = (span.end - span.start) / 3
        places = [span.start + third, span.start + 2 * third]
        if (one, other) in ((span.start, places[1]), (places[0], span.end)):
            found.append(other)
            continue
        inside = [one, *(place for place in places if one < place < other), other]

        # Where no note value reaches from a place between the thirds to the next of them, there are cuts at
        # halves, quarters and so on of a third.
        for halvings in range(1, 6):
            step = third / 2**halvings
            bad = [(a, b) for a, b in pairwise(inside) if (b - a) * 3 / 2 not in _VALUES]
            nexts = [(span.start + step * ((a - span.start) // step + 1), b) for a, b in bad]
            inside = sorted({*inside, *(place for place, b in nexts if place < b)})
        found += inside[1:]
    return found


def _plain_cuts(start: Fraction, end: Fraction, meter: Meter, is_rest: bool) -> list[Fraction]:
    """Return the cuts of a note or a rest outside of triplets, without its start."""
    if _may_stand(start, end, meter, is_rest):
        return [end]
    place = _strongest(start, end, meter)
    return _plain_cuts(start, place, meter, is_rest) + _plain_cuts(place, end, meter, is_rest)


def _may_stand(start: Fraction, end: Fraction, meter: Meter, is_rest: bool) -> bool:
    """Return whether one value may be written from ``start`` to ``end``."""
    length = end - start
    if length <= _FINEST or length not in _VALUES:
        return length <= _FINEST
    place = _strongest(start, end, meter)
    weight = _weight(place, meter)
    outer = max(_weight(start, meter), _weight(end, meter))
    inner = min(_weight(start, meter), _weight(end, meter))

    if is_rest and meter.is_compound and length == meter.beat_quarters:
        return start % length == 0
    if (
        is_rest
        and meter.denominator == 8
        and {start, end} <= {*strong_positions(meter), meter.bar_quarters}
    ):
        return True
    if is_rest:
        longest = 2 * meter.beat_quarters if meter.beats_per_bar == 4 else meter.beat_quarters
        return length in _PLAIN and start % length == 0 and length <= longest and outer >= weight

    # a tie may hide no beat that is made of eighths
    if weight >= _GROUP and (meter.denominator == 8 or meter.beats_per_bar != 4):
        return inner >= _GROUP
    is_even = place - start == end - place
    return outer >= weight or (is_even and (weight < _GROUP or length == 2 * meter.beat_quarters))


def _weight(place: Fraction, meter: Meter) -> int:
    """Return how strongly a position is felt, from that of a bar line down."""
    if place % meter.bar_quarters == 0:
        return _BAR
    on_beat_of_eighths = meter.denominator == 8 and meter.is_compound and place % meter.beat_quarters == 0
    if place in strong_positions(meter) or on_beat_of_eighths:
        return _GROUP
    unit = Fraction(1, 2) if meter.is_compound else meter.beat_quarters
    if place % unit == 0:
        return _BEAT
    level = 1
    while (place / unit * 2**level).denominator != 1 and level < 8:
        level += 1
    return 2 - level


def _strongest(start: Fraction, end: Fraction, meter: Meter) -> Fraction:
    """Return the strongest position between two others: the first such."""
    step = _FINEST
    first = (start // step + 1) * step
    places = [first + k * step for k in range(int((end - first) / step) + 1) if first + k * step < end]
    return max(places or [(start + end) / 2], key=lambda place: (_weight(place, meter), -place))
