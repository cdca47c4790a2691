"""Kinds of harmony by name, and what each does to the chords of a section. Data in ``data/harmonies.yaml``.

A progression in roman numerals or in chord symbols is a kind of harmony too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.grid import Meter
from structure.base.sampling import generator, pick
from structure.base.seeds import derive_seed
from structure.harmony.bars import parse_bars, parse_chord, place_bars
from structure.harmony.chords import Chord, Quality, parse_symbol, qualities
from structure.harmony.keys import MODES, Key
from structure.harmony.pitch import pitch_class
from structure.plans.score import ChordEvent
from structure.presets.genres import plain_words
from structure.symbols.typed import chords_of_line

_PHRASE = 4
"""Bars to which a progression of three, or of five to seven, is filled up, or twice as many."""


@dataclass(frozen=True, slots=True)
class HarmonyKind:
    """A kind of harmony: progressions and last bars by family, what becomes of each chord, and the mode.

    What is empty or None leaves the song as it is. ``is_written``: somebody wrote the chords down.
    ``steps`` are the semitones above the tonic, by family, that tunes keep to.
    """

    progressions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chords: str | None = None
    is_written: bool = False
    mode: str | None = None
    ends: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def harmony_called(words: str) -> HarmonyKind | None:
    """Return the kind of harmony that words, numerals or chord symbols mean; None where they mean none."""
    return _load_kinds().get(plain_words(words)) or _read_progression(words)


def mode_of(words: str) -> str | None:
    """Return the mode that a kind of harmony needs, None where it goes with any."""
    kind = harmony_called(words)
    return kind.mode if kind is not None else None


def home_mode_of(words: str) -> str | None:
    """Return major or minor for steps whose first is at home in it, None for all other words."""
    kind = harmony_called(words)
    return kind.mode if kind is not None and kind.is_written else None


def home_of(words: str) -> Key | None:
    """Return the key of a progression in chord symbols, which is at home on its first; None for others."""
    names = chords_of_line(words)
    try:
        chords = [parse_symbol(name) for name in names]
    except ValueError:
        return None
    first = chords[0] if len(chords) > 1 else None
    return None if first is None else Key(first.root, "minor" if 3 in first.quality.intervals else "major")


def find_asked_progression(
    kind: HarmonyKind, name: str, key: Key, bars: int, meter: Meter, seed: int
) -> tuple[ChordEvent, ...] | None:
    """Return the chords that a section has by a kind of harmony; None where it leaves them to the style."""
    if kind.mode == key.family:
        # The steps of a plain minor are meant, also where the key is one of its modes.
        key = Key(key.tonic, key.family)
    texts = kind.progressions.get(key.family) or next(iter(kind.progressions.values()), ())
    if not texts:
        return None
    written = parse_bars(pick(generator(derive_seed(seed, name), "harmony"), texts), key)
    return place_bars([written[i % len(written)] for i in range(bars)], meter)


def recolour(chords: Sequence[ChordEvent], kind: HarmonyKind, key: Key) -> tuple[ChordEvent, ...]:
    """Return chords with the notes that a kind of harmony gives each."""
    if kind.chords is None:
        return tuple(chords)
    found = []
    for number, event in enumerate(chords):
        chord = parse_symbol(event.symbol)
        changed = replace(chord, quality=_quality(kind.chords, chord, key, number))
        if pitch_class(chord.bass) not in changed.pitch_classes:
            changed = replace(changed, bass=chord.root)
        found.append(
            replace(
                event,
                symbol=changed.symbol,
                bass=pitch_class(changed.bass),
                pitch_classes=changed.pitch_classes,
            )
        )
    return tuple(found)


def set_ending(
    chords: Sequence[ChordEvent], kind: HarmonyKind, key: Key, bars: int, meter: Meter
) -> tuple[ChordEvent, ...]:
    """Return chords with the last bars that a kind of harmony has; a section that is too short has none."""
    text = kind.ends.get(key.family)
    if text is None:
        return tuple(chords)
    last = parse_bars(text, key)
    start = (bars - len(last)) * meter.bar_quarters
    if start < 0:
        return tuple(chords)
    kept = [replace(c, duration=min(c.end, start) - c.onset) for c in chords if c.onset < start]
    return (*kept, *(replace(c, onset=c.onset + start) for c in place_bars(last, meter)))


def lead_back(chords: Sequence[ChordEvent], key: Key, meter: Meter, bars: int) -> tuple[ChordEvent, ...]:
    """Return the chords that lead from the end of a song to its start: none closes on the tonic.

    A last chord on it gives way to the dominant, where there are several chords.
    """
    last, half = chords[-1], harmony_called("half cadence")
    if last.root != key.root or len({chord.root for chord in chords}) < _FEW or half is None:
        return tuple(chords)
    return set_ending(chords, half, key, bars, meter)


_FEW = 3
"""Roots from which on chords are no mere vamp, which goes round anyway."""


def end_at_home(chords: Sequence[ChordEvent], key: Key, meter: Meter) -> tuple[ChordEvent, ...]:
    """Return the chords that close a song with the last one on the tonic; one chord alone stays."""
    last = chords[-1]
    if last.root == key.root or len({chord.root for chord in chords}) == 1:
        return tuple(chords)
    return *chords[:-1], tonic_for(last, key, meter)


def tonic_for(chord: ChordEvent, key: Key, meter: Meter) -> ChordEvent:
    """Return the chord on the tonic of a key that takes the place of another chord."""
    (tonic,) = place_bars(parse_bars("i" if key.is_minor else "I", key), meter)
    return replace(tonic, onset=chord.onset, duration=chord.duration)


def _quality(colour: str, chord: Chord, key: Key, number: int) -> Quality:
    """Return the quality that a kind of harmony gives the chord of a number, from 0."""
    steps, root, scale = chord.quality.intervals, pitch_class(chord.root), key.scale
    is_diminished, is_minor = 6 in steps and 7 not in steps, 3 in steps
    if colour == "fifths":
        name = "5"
    elif colour == "triads":
        name = "m" if is_minor and 4 not in steps else ""
        name = "dim" if name and is_diminished else name
    elif colour == "suspended":
        # Every second chord has the fourth, or else the second, in the place of its third.
        if number % 2 == 0:
            return chord.quality
        name = "sus4" if (root + 5) % 12 in scale else "sus2"
    elif colour != "extended":
        raise KeyError(colour)
    elif len(steps) > 3:
        return chord.quality
    elif is_diminished:
        name = "m7b5" if (root + 10) % 12 in scale else "dim7"
    elif not is_minor and 4 not in steps:
        name = "7sus4"
    else:
        # The chord gets its seventh, and its ninth where the scale has one.
        is_major = (root + 11) % 12 in scale and (root - key.root) % 12 != 7
        name = "m" if is_minor else "maj" if is_major else ""
        name += "9" if (root + 2) % 12 in scale else "7"
    return qualities()[name]


@cache
def _load_kinds() -> Mapping[str, HarmonyKind]:
    rows: Mapping[str, Mapping[str, Any]] = read_data("harmonies.yaml")
    found = {}
    for name, row in rows.items():
        kind = HarmonyKind(
            progressions={
                family: tuple(map(str, texts)) for family, texts in row.get("progressions", {}).items()
            },
            chords=row.get("chords"),
            mode=row.get("mode"),
            ends=row.get("ends", {}),
            steps={family: tuple(steps) for family, steps in row.get("steps", {}).items()},
        )
        found.update({plain_words(words): kind for words in (name, *row.get("also", ()))})
    return found


@cache
def _read_progression(words: str) -> HarmonyKind | None:
    """Read a progression as it is written, a bar for each chord; the last is held to the end of the phrase.

    None where the words are fewer than two chords or one of them cannot be read.
    """
    names = chords_of_line(words)
    if len(names) < 2:
        return None
    try:
        for name in names:
            parse_chord(name, Key("C", "major"))
    except ValueError:
        return None
    bars = [*names, *(["%"] * (-len(names) % _PHRASE if len(names) > 2 else 0))]
    text = " | ".join(bars)
    tonics = [name for name in names if re.fullmatch(r"[Ii](?![IiVv]).*", name)]
    mode = None if not tonics else "major" if tonics[0].startswith("I") else "minor"
    return HarmonyKind(dict.fromkeys(("major", "minor"), (text,)), is_written=True, mode=mode)


def is_modal(mode: str) -> bool:
    """Return whether a mode is more than major or minor."""
    return mode in MODES and mode not in ("major", "minor")
