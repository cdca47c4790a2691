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


def fit_chords(
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

    Notes count in quarters from the first downbeat and are in order; ``bars`` is at least 1. ``closes``:
    the last bar comes home. Phrases of four bars begin in the bar ``phrase_from``, counted from 0.

    Chords fill the bars without gaps. They change at bar lines and half bars, or at beats where the style
    does so and the tune moves in beats. A chord that goes on over a bar line is a new event there.
    """
    # Chords may change at halves of bars: a bar of three beats is cut into two and one, one of a beat is
    # whole. They may change with each beat where the style does so and the tune moves in beats.
    beats, beat, bar = meter.beats_per_bar, meter.beat_quarters, meter.bar_quarters
    whole = sum(note.duration == beat for note in tune)
    in_beats = style.harmonic_rhythm.beats > 0.0 and whole >= _MOVES_IN_BEATS * len(tune)
    places = [index * beat for index in range(0, beats, 1 if in_beats else -(-beats // 2))]
    slots = [
        _Slot(index * bar + place, index * bar + end, index, opens=place == 0)
        for index in range(bars)
        for place, end in zip(places, [*places[1:], bar], strict=True)
    ]

    candidates = _candidates(key, style)
    weighed, below = _weigh_notes(slots, tune, meter), _weigh_notes(slots, bass, meter)
    fits = [
        [_fit(candidate, notes, low) for candidate in candidates]
        for notes, low in zip(weighed, below, strict=True)
    ]
    covers = [[all(note[0] in one.tones for note in notes) for one in candidates] for notes in weighed]
    chosen = _likeliest(
        slots, candidates, fits, covers, key, meter, style, closes=closes, phrase_from=phrase_from
    )

    # A chord that goes on inside a bar is one event; with the next bar a new one begins.
    found: list[ChordEvent] = []
    for slot, index in zip(slots, chosen, strict=True):
        chord = candidates[index].chord
        if found and not slot.opens and found[-1].symbol == chord.symbol:
            start = found.pop().onset
        else:
            start = slot.start
        found.append(chord_event(chord, start, slot.end))
    return tuple(found)


def lay_over(chords: Sequence[ChordEvent], known: Sequence[ChordEvent]) -> tuple[ChordEvent, ...]:
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


def _candidates(key: Key, style: Style) -> list[_Candidate]:
    """Return the chords of the key, the most common first.

    Each has the logarithm of how common it is in general and in the progressions of the style.
    """
    data: Mapping[str, Any] = read_data("harmonising.yaml")
    weights, goals = {}, {}
    for text, weight in data[key.family]["chords"].items():
        chord = parse_chord(text, key)
        weights[chord] = float(weight)
        if "/" in text:
            goals[chord] = (pitch_class(chord.root) + 5) % 12

    # Of the style's chords only those in root position count.
    lines = _style_lines(key, style)
    counts = Counter(chord for line in lines for chord in line if chord.bass == chord.root)
    in_style = max(1, sum(counts.values()))
    own = {chord: count / in_style for chord, count in counts.items()}
    total = sum(weights.values())
    shares = _add_sevenths({chord: weight / total for chord, weight in weights.items()}, own, key)
    for chord, share in own.items():
        shares[chord] = shares.get(chord, 0.0) + _STYLE * share
    order = sorted(shares, key=lambda chord: (-shares[chord], chord.symbol))
    return [
        _Candidate(
            chord, pitch_class(chord.root), chord.pitch_classes, math.log(shares[chord]), goals.get(chord)
        )
        for chord in order
    ]


def _add_sevenths(
    shares: Mapping[Chord, float], own: Mapping[Chord, float], key: Key
) -> dict[Chord, float]:
    """Return the chords and their shares, with sevenths to as many triads as have some in the style.

    The seventh is that of the key; the dominant of a minor key has a minor one.
    """
    rich = sum(share for chord, share in own.items() if len(chord.quality.intervals) > _TRIAD)
    if rich < _RICH:
        return dict(shares)
    found: dict[Chord, float] = {}
    for chord, share in shares.items():
        steps, root = chord.quality.intervals, pitch_class(chord.root)
        if len(steps) != _TRIAD or 7 not in steps:
            found[chord] = found.get(chord, 0.0) + share
            continue
        is_major = (root + 11) % 12 in key.scale and 4 in steps and (root - key.root) % 12 != 7
        symbol = "maj7" if is_major else "m7" if 3 in steps else "7"
        fuller = replace(chord, quality=qualities()[symbol])
        found[fuller] = found.get(fuller, 0.0) + share * rich
        found[chord] = found.get(chord, 0.0) + share * (1.0 - rich + _PLAIN)
    return found


@cache
def _progressions(key: Key, texts: tuple[str, ...]) -> tuple[tuple[Chord, ...], ...]:
    return tuple(tuple(chord for bar in parse_bars(text, key) for chord in bar) for text in texts)


def _style_lines(key: Key, style: Style) -> tuple[tuple[Chord, ...], ...]:
    """Return the chords of each of the style's progressions, read in a key."""
    home = key if key.mode in style.progressions else Key(key.tonic, key.family)
    table = style.progressions.get(key.mode) or style.progressions[key.family]
    return _progressions(home, tuple(text for texts in table.values() for text in texts))


def _weigh_notes(slots: Sequence[_Slot], notes: Sequence[Note], meter: Meter) -> list[list[_Weighed]]:
    """Return the notes of each slot, each as pitch class, kind and weight."""
    starts = [slot.start for slot in slots]
    found: list[list[_Weighed]] = [[] for _ in slots]
    beat = meter.beat_quarters
    for index, note in enumerate(notes):
        kind = "held" if note.duration >= beat else "plain"
        if kind == "plain" and 0 < index < len(notes) - 1:
            moves = note.pitch - notes[index - 1].pitch, notes[index + 1].pitch - note.pitch
            if all(0 < abs(move) <= 2 for move in moves):
                kind = "passing"

        first = max(0, bisect_right(starts, note.onset) - 1)
        last = bisect_left(starts, note.end, lo=first)
        for number in range(first, min(last, len(slots))):
            slot = slots[number]
            start, end = max(note.onset, slot.start), min(note.end, slot.end)
            if start >= end:
                continue
            if start == slot.start:
                stress = _STRONG if slot.opens else _HALF if slot.end - slot.start > beat else _ON_BEAT
            else:
                stress = _ON_BEAT if (start - slot.start) % beat == 0 else _OFF
            weight = float((end - start) / beat) ** 0.75 * stress
            found[number].append((note.pitch % 12, kind, weight))
    return found


def _fit(candidate: _Candidate, notes: Sequence[_Weighed], below: Sequence[_Weighed]) -> float:
    """Return how well a chord fits the notes of a slot, and those of the bass; more is better."""
    values = []
    for pitch, kind, weight in notes:
        if pitch in candidate.tones:
            value = _TONES[min(candidate.tones.index(pitch), len(_TONES) - 1)]
        elif kind == "passing":
            value = _PASSING
        else:
            is_near = any((pitch - tone) % 12 in (1, 11) for tone in candidate.tones)
            value = _CLASH if kind == "held" and is_near else _FOREIGN
        values.append(value * weight)

    basses = []
    for pitch, _, weight in below:
        is_root, is_tone = pitch == candidate.root, pitch in candidate.tones
        basses.append((_BASS_ROOT if is_root else 0.5 if is_tone else _BASS_OTHER) * weight)
    return _FIT * (sum(values) + sum(basses))


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
    # The logarithms of staying and of moving, at bar lines and inside bars, by the style's pace.
    paces = style.harmonic_rhythm.paces
    busy = (paces.get("half", 0.0) - paces.get("double", 0.0)) / sum(paces.values())
    inside = min(0.6, _INSIDE.get(meter.beats_per_bar, 0.3) * (0.8 + busy))
    if len(slots) > 2 * (slots[-1].bar + 1):
        inside = min(0.9, style.harmonic_rhythm.beats)
    stays = min(0.8, max(0.2, _STAYS - 0.3 * busy))
    at_bar = math.log(stays), math.log(1 - stays)
    in_bar = math.log(1 - inside), math.log(inside)

    moves = _moves(candidates, key, style)
    places = [
        _place(slots, number, candidates, key, closes=closes, phrase_from=phrase_from)
        for number in range(len(slots))
    ]
    best = [fit + place for fit, place in zip(fits[0], places[0], strict=True)]
    before: list[list[int]] = []
    size = range(len(candidates))
    for number in range(1, len(slots)):
        stay, move = at_bar if slots[number].opens else in_bar
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
    # The share of each root's moves that go to each other root in the style's progressions.
    pairs = Counter(
        (pitch_class(one.root), pitch_class(other.root))
        for line in _style_lines(key, style)
        for one, other in pairwise((*line, line[0]))
        if one.root != other.root
    )
    totals: Counter[int] = Counter()
    for (root, _), count in pairs.items():
        totals[root] += count
    own = {pair: count / totals[pair[0]] for pair, count in pairs.items()}

    general = {int(step): float(weight) for step, weight in read_data("harmonising.yaml")["moves"].items()}
    found = []
    for one in candidates:
        row = []
        for to in candidates:
            weight = general.get((to.root - one.root) % 12, 0.4)
            weight *= 1.0 + _STYLE * own.get((one.root, to.root), 0.0)
            goal = 0.0 if one.goal is None else _RESOLVES if to.root == one.goal else _STRAYS
            row.append(math.log(weight) + to.weight + goal)
        found.append(row)
    return found


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
