"""Chords that are written in letters: they stay where they are when the key changes, unless they are moved.

Roman numerals follow the key by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from structure.harmony.chords import Chord, is_symbol, parse_symbol, with_roots
from structure.harmony.keys import USUAL_TONICS, Key
from structure.harmony.pitch import pitch_class
from structure.harmony.roman import is_numeral
from structure.symbols.typed import chord_spans

_FITS, _IS_OFF = 0.94, 0.78
"""Shares of chord notes in a scale: that of the key in which chords stand, and of one in which they do
not."""

_FEWEST = 3
"""Different chords that tell a key."""


def is_in_letters(chords: str) -> bool:
    """Return whether a progression has a chord that is written in letters."""
    return any(True for _ in _yield_chords(chords))


def move_chords(chords: str, semitones: int, key: Key) -> str:
    """Return a progression with its chords in letters moved up by semitones, spelled in ``key``.

    Numerals, bar lines, blanks and signs that hold a chord stay as they are.
    """
    found, at = "", 0
    for start, end in chord_spans(chords):
        token = chords[start:end]
        if not is_numeral(token):
            token = with_roots(token, lambda name: key.spell((pitch_class(name) + semitones) % 12))
        found += chords[at:start] + token
        at = end
    return found + chords[at:]


def key_of_letters(progressions: Iterable[str], key: Key) -> Key | None:
    """Return the key of the same mode in which chords stand that are not in ``key``.

    None where they fit ``key`` well enough, where no other key fits them clearly, and for few chords.
    """
    chords = {chord for text in progressions for chord in _yield_chords(text)}
    if len(chords) < _FEWEST or _fit(chords, key) > _IS_OFF:
        return None
    tonics = USUAL_TONICS[key.family]
    fits = {tonic: _fit(chords, Key(tonic, key.mode)) for tonic in tonics}
    third = 3 if key.is_minor else 4
    roots = {pitch_class(chord.root) for chord in chords if chord.quality.intervals[1:2] == (third,)}
    best = max(tonics, key=lambda tonic: (fits[tonic], pitch_class(tonic) in roots))
    return Key(best, key.mode) if fits[best] >= _FITS else None


def _yield_chords(chords: str) -> Iterator[Chord]:
    """Yield the chords that are written in letters."""
    for start, end in chord_spans(chords):
        token = chords[start:end]
        if not is_numeral(token) and is_symbol(token):  # the reader of specs names what is none
            yield parse_symbol(token)


def _fit(chords: Iterable[Chord], key: Key) -> float:
    """Return the share of the chords' notes that lie in a key's scale, with the leading tone in minor."""
    scale = {*key.scale, (key.root - 1) % 12} if key.is_minor else set(key.scale)
    notes = [pitch for chord in chords for pitch in chord.pitch_classes]
    return sum(pitch in scale for pitch in notes) / len(notes)
