"""What the chords do: progressions by their steps, and words for a kind of harmony."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from structure.base.datafiles import read_data
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import MODES, USUAL_TONICS, Key
from structure.harmony.pitch import pitch_class
from structure.harmony.roman import parse_numeral
from structure.outcomes.instruments import players
from structure.outcomes.keys import chords_in, is_in_mode, key_of
from structure.outcomes.listening import Harmony, Song, UnmetError, describe_bars
from structure.outcomes.places import bars_for
from structure.specs.wishes import Wish, Wishes
from structure.symbols.typed import chords_of_line

_RICH = (
    *("jazzy", "jazz", "rich", "complex", "lush", "extended", "seventh", "7th", "maj7", "major seventh"),
    *("gospel", "sophisticated", "colourful", "colorful"),
)
"""Words for chords of four notes and more."""


@cache
def _progressions() -> Mapping[str, Any]:
    """Return the progressions that have names: steps, or several ways to write them."""
    found: dict[str, Any] = read_data("outcomes.yaml")["progressions"]
    return found


def check_harmony(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return where a progression, or a kind of harmony, is. Raises UnmetError where it is not."""
    bars = bars_for(song, wish)
    chords = chords_in(song, bars)
    what = wish.what.strip()
    named = _progressions().get(what.lower(), what)
    every = [str(steps) for steps in (named if isinstance(named, list) else [named])]

    if wish.where.stem is not None and what.lower() == "drone":
        # A player is mostly on one pitch class.
        times = [0.0] * 12
        for sound in song.in_bars(bars, players(song, wish.where.stem)):
            times[sound.pitch % 12] += sound.duration
        is_right = sum(times) > 0 and max(times) >= 0.7 * sum(times)
    elif all(_is_steps(steps) for steps in every):
        is_right = any(_has_steps(song, steps, chords, bars) for steps in every)
    else:
        is_right = _is_like(song, what.lower(), chords, bars)

    if is_right == (wish.polarity == "avoid"):
        symbols = " ".join(dict.fromkeys(chord.symbol for chord in chords[:8]))
        raise UnmetError(f"the chords are {symbols} …")
    return f"planned, {describe_bars(bars)}"


def _is_steps(text: str) -> bool:
    """Return whether a text is roman numerals or chord symbols in a row."""
    try:
        return all(parse_numeral(part, Key("C", "major")) for part in chords_of_line(text))
    except ValueError:
        return _roots(text) is not None


def _has_steps(song: Song, text: str, chords: Sequence[Harmony], bars: Sequence[int]) -> bool:
    """Return whether the roots follow the steps above the tonic in a row, at least once."""
    if (roots := _roots(text)) is not None:
        return _in_a_row(roots, chords)
    numerals = chords_of_line(text)
    # A place is heard in the key of the song, too; and the same chords may be heard as those of a key or of
    # its relative.
    found = dict.fromkeys((key_of(song, bars), key_of(song, range(song.bars))))
    tonics = [t for root, family in found for t in (root, (root + (3 if family == "minor" else 9)) % 12)]
    if re.fullmatch(r"[Ii](?![IiVv]).*", numerals[0]):
        # Steps that begin at home say themselves where that is: on the first chord of the place.
        tonics += [chord.root for chord in chords[:1]]
    for tonic, mode in ((tonic, mode) for tonic in tonics for mode in ("major", "minor")):
        key = Key(USUAL_TONICS[mode][tonic], mode)
        try:
            wanted = [pitch_class(parse_numeral(numeral, key).root) for numeral in numerals]
        except ValueError:
            continue
        if _in_a_row(wanted, chords):
            return True
    # A loop that comes home on its last chord alone is heard in another key; its thirds tell.
    return any(_has_chords(numerals, Key(tonic, "major"), chords) for tonic in USUAL_TONICS["major"])


def _has_chords(numerals: Sequence[str], key: Key, chords: Sequence[Harmony]) -> bool:
    """Return whether chords have the steps of a key one after another, with their thirds."""
    try:
        wanted = [parse_numeral(numeral, key) for numeral in numerals]
    except ValueError:
        return False
    roots = [(pitch_class(chord.root), chord.pitch_classes) for chord in wanted]
    asked = [(root, (root + 3) % 12 in pitches) for root, pitches in roots]
    has = [(chord.root, (chord.root + 3) % 12 in chord.pitch_classes) for chord in chords]
    has = [one for i, one in enumerate(has) if i == 0 or has[i - 1] != one]
    return any(has[i : i + len(asked)] == asked for i in range(len(has) - len(asked) + 1))


def _roots(text: str) -> list[int] | None:
    """Return the roots of chord symbols in a row, None for what is no such row."""
    try:
        roots = [pitch_class(parse_symbol(part).root) for part in chords_of_line(text)]
    except ValueError:
        return None
    return roots if len(roots) > 1 else None


def _in_a_row(wanted: Sequence[int], chords: Sequence[Harmony]) -> bool:
    """Return whether chords have some roots one after another, each once or more."""
    has = [a.root for i, a in enumerate(chords) if i == 0 or chords[i - 1].root != a.root]
    merged = [pitch for i, pitch in enumerate(wanted) if i == 0 or wanted[i - 1] != pitch]
    return any(has[i : i + len(merged)] == merged for i in range(len(has) - len(merged) + 1))


def _share(chords: Sequence[Harmony], test: Callable[[Harmony], bool]) -> float:
    whole = sum(chord.duration for chord in chords)
    return sum(chord.duration for chord in chords if test(chord)) / whole if whole else 0.0


def _is_rich(chord: Harmony) -> bool:
    return len(set(chord.pitch_classes)) >= 4


def _outside(song: Song, chords: Sequence[Harmony], bars: Sequence[int]) -> float:
    root, family = key_of(song, bars)
    scale = set(Key(USUAL_TONICS[family][root], family).scale) | (
        {(root + 11) % 12} if family == "minor" else set()
    )
    return _share(chords, lambda chord: not set(chord.pitch_classes) <= scale)


def _is_like(song: Song, words: str, chords: Sequence[Harmony], bars: Sequence[int]) -> bool:
    """Return whether a word for harmony fits. Raises UnmetError for a word that nothing measures."""
    text = words.replace(" chords", "").replace(" harmony", "").replace(" harmonies", "").strip()
    changes = sum(a.root != b.root for a, b in pairwise(chords)) / max(1, len(bars))
    tests: dict[Collection[str], Callable[[], bool]] = {
        _RICH: lambda: _share(chords, _is_rich) >= 0.5,
        ("simple", "basic", "plain", "three", "triads", "diatonic"): lambda: (
            _share(chords, _is_rich) <= 0.25 and _outside(song, chords, bars) <= 0.1
        ),
        ("drone", "one chord", "static", "pedal point", "pedal", "modal"): lambda: changes <= 0.25,
        ("chromatic", "dissonant", "tense", "borrowed", "atonal"): lambda: (
            _outside(song, chords, bars) >= 0.15
        ),
        ("vamp", "two chord vamp", "two", "two chord"): lambda: len({chord.root for chord in chords}) <= 2,
        ("descending bass", "descending", "descending bassline", "descending bass line"): lambda: _descends(
            song, bars
        ),
        ("diminished", "passing diminished"): lambda: _share(chords, _is_diminished) >= 0.1,
        ("minor",): lambda: _share(chords, lambda c: (c.root + 3) % 12 in c.pitch_classes) >= 0.5,
        ("major",): lambda: _share(chords, lambda c: (c.root + 4) % 12 in c.pitch_classes) >= 0.5,
        ("suspended", "sus"): lambda: _share(chords, _is_open) >= 0.2,
        ("power",): lambda: _share(chords, _is_open) >= 0.5 or _plays_power_chords(song, bars),
    }

    if text in MODES and text not in ("major", "minor"):
        return is_in_mode(song, bars, text)
    if text in _ENDINGS:
        return _ends(song, text, chords, bars)
    if text in _STEPS:
        return _keeps_to_steps(song, text, bars)
    if text in ("minor iv", "minor four", "minor subdominant"):
        # A minor chord is on the fourth step above home, of the place or of the song.
        homes = {key_of(song, bars)[0], key_of(song, range(song.bars))[0]}
        fourths = [chord for chord in chords for home in homes if (chord.root - home) % 12 == 5]
        return any((chord.root + 3) % 12 in chord.pitch_classes for chord in fourths)
    for names, test in tests.items():
        if text in names:
            return test()
    raise UnmetError(f"no rule makes harmony that is {words}")


_CADENCES: Mapping[str, Collection[tuple[int, int]]] = {
    "perfect cadence": ((7, 0),),
    "authentic cadence": ((7, 0),),
    "deceptive cadence": ((7, 9), (7, 8)),
}
"""The roots of the two chords that say a cadence, in semitones above home."""

_ENDINGS = (
    *("unresolved", "open", "resolved", "picardy third", "plagal cadence", "minor plagal cadence"),
    *("half cadence", *_CADENCES),
)


def _ends(song: Song, text: str, chords: Sequence[Harmony], bars: Sequence[int]) -> bool:
    """Return whether chords end as one of :data:`_ENDINGS` says."""
    # The end may be in another key than the song as a whole.
    whole = key_of(song, range(song.bars))[0]
    visits = [visit for visit in song.plan.visits if visit.place.start_bar <= bars[-1]]
    end = key_of(song, range(visits[-1].place.start_bar, visits[-1].end_bar))[0]
    last = chords[-1]
    return any(_ends_in(text, chords, last, root) for root in dict.fromkeys((whole, end)))


def _ends_in(text: str, chords: Sequence[Harmony], last: Harmony, root: int) -> bool:
    """Return whether chords end as one of :data:`_ENDINGS` says in a key with a tonic."""
    if text in ("unresolved", "open", "resolved"):
        return (last.root == root and not _is_open(last)) == (text == "resolved")
    if text == "picardy third":
        return last.root == root and (root + 4) % 12 in last.pitch_classes
    if text.endswith("plagal cadence"):
        # The last chord of another root is on the fourth step above the last one.
        before = next((chord for chord in reversed(chords) if chord.root != last.root), last)
        has_minor_third = (before.root + 3) % 12 in before.pitch_classes
        return (before.root - last.root) % 12 == 5 and (has_minor_third or not text.startswith("minor"))

    # The last two chords of different roots, above home; a deceptive one is not the end.
    steps = [(chord.root - root) % 12 for chord in chords]
    steps = [step for i, step in enumerate(steps) if i == 0 or steps[i - 1] != step]
    if text == "half cadence":
        return steps[-1:] == [7]
    pairs = list(pairwise(steps))
    return any(
        pair in _CADENCES[text] for pair in (pairs[-4:] if text == "deceptive cadence" else pairs[-1:])
    )


_STEPS: Mapping[str, Collection[tuple[int, ...]]] = {
    "pentatonic": ((0, 2, 4, 7, 9),),
    "blues scale": ((0, 3, 5, 6, 7, 10), (0, 2, 3, 4, 7, 9)),
    "whole tone": ((0, 2, 4, 6, 8, 10),),
    "harmonic minor": ((0, 2, 3, 5, 7, 8, 11),),
    "melodic minor": ((0, 2, 3, 5, 7, 9, 11),),
    "phrygian dominant": ((0, 1, 4, 5, 7, 8, 10),),
}
"""Scales that a tune may keep to, in semitones above some note."""

_KEPT = 0.95
"""The share of a tune's sound in the steps of a scale from which it keeps to it."""


def _keeps_to_steps(song: Song, text: str, bars: Sequence[int]) -> bool:
    """Return whether the tune of some bars, or all that has pitch where there is none, keeps to a scale."""
    weights = [0.0] * 12
    for sound in song.in_bars(bars, song.with_role("lead") or song.stems_with_pitch):
        weights[sound.pitch % 12] += sound.duration
    shares = (sum(weights[(r + step) % 12] for step in steps) for r in range(12) for steps in _STEPS[text])
    return sum(weights) > 0 and max(shares) >= _KEPT * sum(weights)


def _is_diminished(chord: Harmony) -> bool:
    return {(chord.root + 3) % 12, (chord.root + 6) % 12} <= set(chord.pitch_classes) and (
        (chord.root + 7) % 12 not in chord.pitch_classes
    )


def _descends(song: Song, bars: Sequence[int]) -> bool:
    """Return whether a low line of the bars goes down by step three times in a row.

    The line is that of the lowest notes of the bars, of those on their first beats, or of either in a bass.
    A bass may leap inside a bar to another note of the chord.
    """
    for stems in (song.stems_with_pitch, *({name} for name in sorted(song.with_role("bass")))):
        lows, firsts = [], []
        for bar in bars:
            sounds = song.in_bars([bar], stems)
            lows.append(min((s.pitch for s in sounds), default=0))
            firsts.append(min((s.pitch for s in sounds if s.beat < song.beat_at(bar) / 2), default=0))
        for line in (lows, firsts):
            steps = [(a - b) % 12 in (1, 2) for a, b in pairwise(line)]
            if any(all(steps[i : i + 3]) for i in range(len(steps) - 2)):
                return True
    return False


def _is_open(chord: Harmony) -> bool:
    return not {(chord.root + 3) % 12, (chord.root + 4) % 12} & set(chord.pitch_classes)


def _plays_power_chords(song: Song, bars: Collection[int]) -> bool:
    """Return whether a chord player strikes no more than two pitch classes at once, mostly."""
    strokes: dict[tuple[str, int], set[int]] = {}
    for sound in song.in_bars(bars, song.with_role("chords")):
        strokes.setdefault((sound.stem, round(sound.start * 24)), set()).add(sound.pitch % 12)
    return bool(strokes) and sum(len(pitches) == 2 for pitches in strokes.values()) >= 0.5 * len(strokes)
