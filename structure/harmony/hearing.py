"""The key of notes that do not say theirs."""

from __future__ import annotations

from collections.abc import Iterable

from structure.harmony.keys import USUAL_TONICS, Key

_PROFILES = {
    "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
    "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
}
"""How well each semitone above the tonic fits a key (D. Temperley, "The Cognition of Basic Musical
Structures", 2001, ch. 7)."""

_LAST, _LOWEST = 0.06, 0.1
"""What a key gains whose tonic is the last note, and whose tonic is the lowest of the last."""

_BASS, _BASS_BEGINS = 48, 0.3
"""Pitch below which notes are a bass's, and what a key gains whose tonic begins its line: riffs come home
where they begin again."""

HeardNote = tuple[float, float, int]
"""Onset and length in quarters, and pitch."""


def hear_key(notes: Iterable[HeardNote], fifths: int | None = None) -> Key | None:
    """Return the key in which some pitched notes are likeliest; None for no notes.

    How long the notes last and where they end decides it. ``fifths`` are the sharps of the key signature,
    or with a minus its flats, if known.
    """
    heard = sorted(notes)
    if not heard:
        return None
    weights = [0.0] * 12
    for _, length, pitch in heard:
        weights[pitch % 12] += min(length, 2.0)
    first = min(pitch for onset, _, pitch in heard if onset == heard[0][0])
    last = [pitch for onset, _, pitch in heard if onset == heard[-1][0]]
    options = [Key(tonic, mode) for mode in _PROFILES for tonic in USUAL_TONICS[mode]]
    if fifths is not None:
        signed = [key for key in options if (_MAJOR_ABOVE[key.mode] + key.root) * 7 % 12 == fifths % 12]
        options = signed or options

    # How well the lengths of the notes go with the profile of each key, and where they begin and end.
    mean = sum(weights) / 12
    fits = []
    for key in options:
        profile = _PROFILES[key.mode]
        middle = sum(profile) / 12
        own = [profile[(tone - key.root) % 12] - middle for tone in range(12)]
        spread = sum((weight - mean) ** 2 for weight in weights) * sum(value**2 for value in own)
        match = sum((weight - mean) * value for weight, value in zip(weights, own, strict=True))
        fit = match / spread**0.5 if spread > 0 else 0.0
        begins = _BASS_BEGINS * (first < _BASS and first % 12 == key.root)
        ends = _LAST * any(pitch % 12 == key.root for pitch in last)
        fits.append(fit + begins + ends + _LOWEST * (min(last) % 12 == key.root))
    return options[fits.index(max(fits))]


_MAJOR_ABOVE = {"major": 0, "minor": 3}
"""Semitones from a tonic up to that of the major key with its signature."""
