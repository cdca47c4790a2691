"""What a tune that is given does, counted as :mod:`structure.data.tunes` counts the tunes of real songs."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from structure.arrange.figures import base_meters
from structure.arrange.melody.counts import BAR_SIXTEENTHS, Word, beat_sixteenths
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.harmony.keys import Key
from structure.plans.given import Manner
from structure.plans.score import Note

_LONGEST = 8
_LENGTHS = (1, 2, 3, 4, 6, 8)
_WIDEST = 12
_REST = 2
"""Sixteenths between notes from which on there is a rest."""

Tune = tuple[Sequence[Note], int]
"""Notes from the downbeat of their first bar, and how many bars they fill."""


def manner_of_tunes(tunes: Sequence[Tune], meter: Meter, key: Key) -> Manner | None:
    """Return how some tunes go; None where they have no notes, or their metre is put together of others."""
    bases = base_meters(meter)
    if len(bases) != 1 or not any(notes for notes, _ in tunes):
        return None
    base = bases[0]
    step = meter.beat_quarters / beat_sixteenths(base)
    size = int(meter.bar_quarters / step)
    if size != BAR_SIXTEENTHS[base]:
        return None

    # The rhythm and the pitches of each bar, the highest note where several begin together.
    bars: list[list[tuple[Word, tuple[int, ...]]]] = []
    for notes, count in tunes:
        found: list[dict[int, int]] = [{} for _ in range(count)]
        for note in notes:
            bar, place = divmod(round(note.onset / step), size)
            if 0 <= bar < count:
                found[bar][place] = max(note.pitch, found[bar].get(place, 0))
        bars.append([(tuple(sorted(own)), tuple(own[place] for place in sorted(own))) for own in found])

    words = Counter(word for tune in bars for word, _ in tune if word)
    ladder = [pitch for pitch in range(128) if pitch % 12 in key.scale]
    shapes: dict[Word, list[tuple[int, ...]]] = {}
    for tune in bars:
        for word, line in tune:
            degrees = [bisect_left(ladder, pitch) for pitch in line]
            moves = tuple(after - before for before, after in pairwise(degrees))
            if word and moves not in shapes.setdefault(word, []):
                shapes[word].append(moves)

    pitches = [note.pitch for notes, _ in tunes for note in notes]
    span = float(max(pitches) - min(pitches))
    figures = _figures([notes for notes, _ in tunes], bars, base, step)
    figures["range_semitones"] = span
    return Manner(
        base,
        tuple(figures.items()),
        tuple(sorted(words.items())),
        tuple((word, tuple(lines)) for word, lines in sorted(shapes.items())),
        span,
    )


def _figures(
    tunes: Sequence[Sequence[Note]],
    bars: Sequence[Sequence[tuple[Word, tuple[int, ...]]]],
    base: str,
    step: Fraction,
) -> dict[str, float]:
    """Return the figures of a song, by their names in the data."""
    words = [word for tune in bars for word, _ in tune]
    sung = [word for word in words if word]
    notes = max(1, sum(len(word) for word in sung))
    places = Counter(place for word in sung for place in word)
    lengths: Counter[int] = Counter()
    steps: Counter[int] = Counter()
    rests = 0
    for tune in tunes:
        lengths.update(min(_LONGEST, max(1, round(note.duration / step))) for note in tune)
        for one, other in pairwise(tune):
            steps[max(-_WIDEST, min(_WIDEST, other.pitch - one.pitch))] += 1
            rests += (other.onset - one.end) / step >= _REST
    count, moves = sum(lengths.values()), max(1, sum(steps.values()))
    distinct = len(set(sung)) / max(1, len(words))
    return {
        **{f"place_{place}": places[place] / notes for place in range(BAR_SIXTEENTHS[base])},
        **{f"duration_{length}": lengths[length] / count for length in _LENGTHS},
        **{f"interval_{move}": steps[move] / moves for move in range(-_WIDEST, _WIDEST + 1)},
        "notes_a_bar": notes / max(1, len(words)),
        "empty_bars": 1.0 - len(sung) / max(1, len(words)),
        "distinct_bar_rhythms": min(0.6, distinct),
        "rests_of_2_or_more_a_bar": rests / max(1, len(words)),
        "bars_heard_before": 1.0 - distinct,
    }
