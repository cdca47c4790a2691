"""Chords for notes that are given: a tune, a riff or a bass line that somebody wrote.

Of all ways to set chords of the key under the notes, the likeliest is taken: tones where it counts belong
to the chord, roots move as they do in the style, phrases begin at home and end on what leads on or comes
home. The way is found by a dynamic programme over half bars. Chords and moves are data
(``data/harmonising.yaml``, and the style's progressions).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.harmony.bars import chord_event, parse_bars, parse_chord
from structure.harmony.chords import Chord, qualities
from structure.harmony.keys import Key
from structure.harmony.pitch import pitch_class
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import Style

_TONES = (1.0, 1.0, 0.85, 0.6, 0.4)
"""What a note counts that is the root, the third, the fifth or a further tone of its chord."""

_FOREIGN, _PASSING, _CLASH = -0.7, -0.4, -1.7
"""What one counts that is foreign to it: as it is, as a short step between its neighbours, and where it is
held a semitone from a tone of the chord."""

_STRONG, _HALF, _ON_BEAT, _OFF = 2.15, 1.7, 1.0, 0.8
"""How much notes weigh that begin on the first beat of a bar, on that of its second half, on another beat,
and between beats."""

_BASS_ROOT, _BASS_OTHER = 2.0, -0.8
"""What a bass note adds that is the root of its chord, and one that is no tone of it."""

_FIT = 1.55
"""How much the notes of a beat weigh against the usual way of chords."""

_STYLE = 1.4
"""How much likelier a chord, or a move, is than elsewhere where the style has it all the time."""

_HOME, _PHRASE_HOME, _LEADS, _ENDS_HOME = 1.6, 0.35, 0.4, 2.5
"""What the tonic gains at the start and at the start of a phrase, a dominant at a phrase's end, and the
tonic at the end of what comes home."""

_TRIAD = 3
_RICH, _PLAIN = 0.3, 0.1
"""Share of a style's chords with more than three tones from which on others have sevenths too, and what is
left of a triad there, for places where a seventh would clash."""

_RESOLVES, _STRAYS = 1.2, -2.0
"""What an applied dominant gains that goes on to its chord, and loses where it does not."""

_NEEDLESS = -1.5
"""What a change inside a bar loses where the chord before it has all notes that follow in the bar."""

_MOVES_IN_BEATS = 0.5
"""Share of a tune's notes that last a beat from which on it moves in beats."""

_PHRASE = 4
_INSIDE = {2: 0.34, 3: 0.12, 4: 0.24}
"""How likely chords change inside a bar, by its beats, in a style that is neither calm nor busy."""

_STAYS = 0.67
"""How likely a chord is the one of the bar before."""


_Weighed = tuple[int, str, float]
"""A note under a chord: its pitch class, what kind of note it is, and its weight in beats."""


@dataclass(frozen=True)
class _Slot:
    """A stretch under which one chord lies, in quarters; ``opens`` says that it begins a bar."""

    start: Fraction
    end: Fraction
    bar: int
    opens: bool


@dataclass(frozen=True)
class _Candidate:
    """A chord that may lie under the notes, and the logarithm of its weight."""

    chord: Chord
    root: int
    tones: tuple[int, ...]
    weight: float
    goal: int | None


def fitted_chords(
    tune: Sequence[Note],
    bass: Sequence[Note],
    bars: int,
    key: Key,
    meter: Meter,
    style: Style,
    *,
    closes: bool,
    phrase_from: int = 0,
) -> tuple[ChordEvent, ...]:
    """Return chords for ``bars`` bars that fit a tune, or other pitched notes, and a bass line.

    Notes count in quarters from the first downbeat and are in order. ``closes``: the last bar comes home.
    Phrases of four bars begin in the bar ``phrase_from``.
    """
    slots = _slots(bars, meter, in_beats=_goes_in_beats(tune, meter, style))
    candidates = _candidates(key, style)
    weighed = _weighed(slots, tune, meter)
    fits = _fits(candidates, weighed, _weighed(slots, bass, meter))
    covers = [[all(note[0] in one.tones for note in notes) for one in candidates] for notes in weighed]
    chosen = _likeliest(
        slots, candidates, fits, covers, key, meter, style, closes=closes, phrase_from=phrase_from
    )
    return tuple(_events(slots, [candidates[index].chord for index in chosen]))


def laid_over(chords: Sequence[ChordEvent], known: Sequence[ChordEvent]) -> tuple[ChordEvent, ...]:
    """Return chords with those that are known in their places; both are in order."""
    found: list[ChordEvent] = []
    for chord in chords:
        pieces = [(chord.onset, chord.end)]
        for own in known:
            pieces = [
                (start, end)
                for first, last in pieces
                for start, end in ((first, min(last, own.onset)), (max(first, own.end), last))
                if start < end
            ]
        found += [replace(chord, onset=start, duration=end - start) for start, end in pieces]
    return tuple(sorted((*found, *known), key=lambda one: one.onset))


def _goes_in_beats(tune: Sequence[Note], meter: Meter, style: Style) -> bool:
    """Return whether chords may change with each beat: the style does so, and the tune moves in beats."""
    whole = sum(note.duration == meter.beat_quarters for note in tune)
    return style.harmonic_rhythm.beats > 0.0 and whole >= _MOVES_IN_BEATS * len(tune)


def _slots(bars: int, meter: Meter, *, in_beats: bool) -> list[_Slot]:
    """Return the places for chords: halves of bars, or beats.

    A bar of three beats is cut into two and one; a bar of one beat is whole.
    """
    beats, bar = meter.beats_per_bar, meter.bar_quarters
    cut = -(-beats // 2) * meter.beat_quarters if beats > 1 else bar
    places = [Fraction(0)] if cut == bar else [Fraction(0), cut]
    if in_beats:
        places = [index * meter.beat_quarters for index in range(beats)]
    found = []
    for index in range(bars):
        for place, end in zip(places, [*places[1:], bar], strict=True):
            found.append(_Slot(index * bar + place, index * bar + end, index, opens=place == 0))
    return found


def _candidates(key: Key, style: Style) -> list[_Candidate]:
    """Return the chords of the key, the most common first.

    Each has the logarithm of how common it is in general and in the progressions of the style.
    """
    table = _table(key)
    weights = {parse_chord(text, key): float(weight) for text, weight in table["chords"].items()}
    goals = {
        chord: (pitch_class(chord.root) + 5) % 12
        for text in table["chords"]
        if "/" in text
        for chord in (parse_chord(text, key),)
    }
    total, own = sum(weights.values()), _style_chords(key, style)
    shares = _coloured({chord: weight / total for chord, weight in weights.items()}, own, key)
    for chord, share in own.items():
        shares[chord] = shares.get(chord, 0.0) + _STYLE * share
    order = sorted(shares, key=lambda chord: (-shares[chord], chord.symbol))
    return [
        _Candidate(
            chord, pitch_class(chord.root), chord.pitch_classes, math.log(shares[chord]), goals.get(chord)
        )
        for chord in order
    ]


def _coloured(shares: Mapping[Chord, float], own: Mapping[Chord, float], key: Key) -> dict[Chord, float]:
    """Return the chords and their shares, with sevenths to as many as have some in the style."""
    rich = sum(share for chord, share in own.items() if len(chord.quality.intervals) > _TRIAD)
    if rich < _RICH:
        return dict(shares)
    found: dict[Chord, float] = {}
    for chord, share in shares.items():
        fuller = _with_seventh(chord, key)
        found[fuller] = found.get(fuller, 0.0) + share * (rich if fuller != chord else 1.0)
        if fuller != chord:
            found[chord] = found.get(chord, 0.0) + share * (1.0 - rich + _PLAIN)
    return found


def _with_seventh(chord: Chord, key: Key) -> Chord:
    """Add the seventh of the key to a triad; the dominant of a minor key has a minor seventh.

    Other chords stay as they are.
    """
    steps, root = chord.quality.intervals, pitch_class(chord.root)
    if len(steps) != _TRIAD or 7 not in steps:
        return chord
    is_major = (root + 11) % 12 in key.scale and 4 in steps and (root - key.root) % 12 != 7
    symbol = "maj7" if is_major else "m7" if 3 in steps else "7"
    return replace(chord, quality=qualities()[symbol])


def _table(key: Key) -> Mapping[str, Any]:
    data: Mapping[str, Any] = read_data("harmonising.yaml")
    found: Mapping[str, Any] = data[key.family]
    return found


@cache
def _progressions(key: Key, style: str, texts: tuple[str, ...]) -> tuple[tuple[Chord, ...], ...]:
    return tuple(tuple(chord for bar in parse_bars(text, key) for chord in bar) for text in texts)


def _style_texts(key: Key, style: Style) -> tuple[str, ...]:
    table = style.progressions.get(key.mode) or style.progressions[key.family]
    return tuple(text for texts in table.values() for text in texts)


def _style_chords(key: Key, style: Style) -> dict[Chord, float]:
    """Return the share of each chord in the style's progressions; only chords in root position count."""
    home = key if key.mode in style.progressions else Key(key.tonic, key.family)
    lines = _progressions(home, style.name, _style_texts(key, style))
    counts = Counter(chord for line in lines for chord in line if chord.bass == chord.root)
    total = max(1, sum(counts.values()))
    return {chord: count / total for chord, count in counts.items()}


def _style_moves(key: Key, style: Style) -> dict[tuple[int, int], float]:
    """Return the share of each root's moves that go to each other root in the style's progressions."""
    home = key if key.mode in style.progressions else Key(key.tonic, key.family)
    lines = _progressions(home, style.name, _style_texts(key, style))
    pairs = Counter(
        (pitch_class(one.root), pitch_class(other.root))
        for line in lines
        for one, other in pairwise((*line, line[0]))
        if one.root != other.root
    )
    totals: Counter[int] = Counter()
    for (one, _), count in pairs.items():
        totals[one] += count
    return {pair: count / totals[pair[0]] for pair, count in pairs.items()}


def _fits(
    candidates: Sequence[_Candidate],
    weighed: Sequence[Sequence[_Weighed]],
    below: Sequence[Sequence[_Weighed]],
) -> list[list[float]]:
    """Return how well each chord fits the notes of each slot, and those of the bass."""
    return [
        [
            _FIT
            * (
                sum(_value(pitch, kind, candidate) * weight for pitch, kind, weight in notes)
                + sum(_bass_value(pitch, candidate) * weight for pitch, _, weight in low)
            )
            for candidate in candidates
        ]
        for notes, low in zip(weighed, below, strict=True)
    ]


def _weighed(slots: Sequence[_Slot], notes: Sequence[Note], meter: Meter) -> list[list[_Weighed]]:
    """Return the notes of each slot, each as pitch class, kind and weight."""
    starts = [slot.start for slot in slots]
    found: list[list[_Weighed]] = [[] for _ in slots]
    beat = meter.beat_quarters
    for index, note in enumerate(notes):
        kind = _kind(notes, index, beat)
        first = max(0, bisect_right(starts, note.onset) - 1)
        last = bisect_left(starts, note.end, lo=first)
        for number in range(first, min(last, len(slots))):
            slot = slots[number]
            start, end = max(note.onset, slot.start), min(note.end, slot.end)
            if start >= end:
                continue
            weight = float((end - start) / beat) ** 0.75 * _stress(start, slot, beat)
            found[number].append((note.pitch % 12, kind, weight))
    return found


def _stress(start: Fraction, slot: _Slot, beat: Fraction) -> float:
    if start == slot.start:
        return _STRONG if slot.opens else _HALF if slot.end - slot.start > beat else _ON_BEAT
    return _ON_BEAT if (start - slot.start) % beat == 0 else _OFF


def _kind(notes: Sequence[Note], index: int, beat: Fraction) -> str:
    """Return ``held`` for a note of a beat or more, ``passing`` for one between steps, else ``plain``."""
    note = notes[index]
    if note.duration >= beat:
        return "held"
    if 0 < index < len(notes) - 1:
        before, after = notes[index - 1].pitch, notes[index + 1].pitch
        if 0 < abs(note.pitch - before) <= 2 and 0 < abs(after - note.pitch) <= 2:
            return "passing"
    return "plain"


def _value(pitch: int, kind: str, candidate: _Candidate) -> float:
    if pitch in candidate.tones:
        return _TONES[min(candidate.tones.index(pitch), len(_TONES) - 1)]
    if kind == "passing":
        return _PASSING
    near = any((pitch - tone) % 12 in (1, 11) for tone in candidate.tones)
    return _CLASH if kind == "held" and near else _FOREIGN


def _bass_value(pitch: int, candidate: _Candidate) -> float:
    if pitch == candidate.root:
        return _BASS_ROOT
    return 0.5 if pitch in candidate.tones else _BASS_OTHER


def _likeliest(
    slots: Sequence[_Slot],
    candidates: Sequence[_Candidate],
    fits: Sequence[Sequence[float]],
    covers: Sequence[Sequence[bool]],
    key: Key,
    meter: Meter,
    style: Style,
    *,
    closes: bool,
    phrase_from: int,
) -> list[int]:
    """Return the chord of each slot, an index of ``candidates``, on the likeliest way through them."""
    moves = _moves(candidates, key, style)
    in_beats = len(slots) > 2 * (slots[-1].bar + 1)
    change = _changes(meter, style, in_beats=in_beats)
    places = [
        _place(slots, number, candidates, key, closes=closes, phrase_from=phrase_from)
        for number in range(len(slots))
    ]
    best = [fit + place for fit, place in zip(fits[0], places[0], strict=True)]
    before: list[list[int]] = []
    size = range(len(candidates))
    for number in range(1, len(slots)):
        stay, move = change["bar" if slots[number].opens else "inside"]
        leaves = [
            move + (_NEEDLESS if not slots[number].opens and covers[number][one] else 0.0) for one in size
        ]
        links, scores = [], []
        for to in size:
            options = [best[one] + (stay if one == to else leaves[one] + moves[one][to]) for one in size]
            top = max(options)
            links.append(options.index(top))
            scores.append(top + fits[number][to] + places[number][to])
        before.append(links)
        best = scores
    chosen = [best.index(max(best))]
    for links in reversed(before):
        chosen.append(links[chosen[-1]])
    return chosen[::-1]


def _moves(candidates: Sequence[_Candidate], key: Key, style: Style) -> list[list[float]]:
    """Return the logarithm of how likely each chord goes to each other one."""
    general = {int(step): float(weight) for step, weight in read_data("harmonising.yaml")["moves"].items()}
    own = _style_moves(key, style)
    found = []
    for one in candidates:
        row = []
        for to in candidates:
            step = (to.root - one.root) % 12
            weight = general.get(step, 0.4)
            weight *= 1.0 + _STYLE * own.get((one.root, to.root), 0.0)
            goal = 0.0 if one.goal is None else _RESOLVES if to.root == one.goal else _STRAYS
            row.append(math.log(weight) + to.weight + goal)
        found.append(row)
    return found


def _changes(meter: Meter, style: Style, *, in_beats: bool) -> Mapping[str, tuple[float, float]]:
    """Return the logarithms of staying and of moving, at bar lines and inside bars, by the style's pace."""
    paces = style.harmonic_rhythm.paces
    total = sum(paces.values())
    busy = (paces.get("half", 0.0) - paces.get("double", 0.0)) / total
    inside = min(0.6, _INSIDE.get(meter.beats_per_bar, 0.3) * (0.8 + busy))
    inside = min(0.9, style.harmonic_rhythm.beats) if in_beats else inside
    stays = min(0.8, max(0.2, _STAYS - 0.3 * busy))
    return {
        "bar": (math.log(stays), math.log(1 - stays)),
        "inside": (math.log(1 - inside), math.log(inside)),
    }


def _place(
    slots: Sequence[_Slot],
    number: int,
    candidates: Sequence[_Candidate],
    key: Key,
    *,
    closes: bool,
    phrase_from: int,
) -> list[float]:
    """Return what each chord gains at a place.

    The tonic gains at the start of phrases and at the end, the dominant at the ends of phrases.
    """
    slot, last = slots[number], slots[-1].bar
    in_phrase = (slot.bar - phrase_from) % _PHRASE
    found = []
    for candidate in candidates:
        is_home = candidate.root == key.root and candidate.goal is None
        leads = (candidate.root - key.root) % 12 == 7
        gain = candidate.weight if number == 0 else 0.0
        if slot.opens and in_phrase == 0 and is_home:
            gain += _HOME if slot.bar == phrase_from else _PHRASE_HOME
        if in_phrase == _PHRASE - 1 and slot.bar != last and leads:
            gain += _LEADS
        if number == len(slots) - 1 and is_home:
            gain += _ENDS_HOME if closes else _PHRASE_HOME
        found.append(gain)
    return found


def _events(slots: Sequence[_Slot], chords: Sequence[Chord]) -> list[ChordEvent]:
    """Return the chords on the grid.

    A chord that goes on inside a bar is one event; with the next bar a new one begins.
    """
    found: list[ChordEvent] = []
    for slot, chord in zip(slots, chords, strict=True):
        if found and not slot.opens and found[-1].symbol == chord.symbol:
            start = found.pop().onset
        else:
            start = slot.start
        found.append(chord_event(chord, start, slot.end))
    return found
