"""Roman numerals of harmony, read against a key.

Conventions
-----------
* Case gives the third: ``IV`` is major, ``iv`` minor. ``V7`` and ``I7`` are dominant sevenths, as in lead
  sheets; ``Imaj7`` is the other one.
* ``6 64 65 43 42`` are the figures of inversions; ``add6`` is the added sixth.
* Degrees are those of the key's own scale, so in A minor ``VI`` is F. ``bIII bVI bVII`` mean the same there
  as without the flat, since they are written either way; ``vi`` and ``vii`` are raised, as a leading
  tone is.
* ``V7/V`` is the dominant of the dominant.
* ``N6 It6 Fr43 Ger65`` and the like are left to music21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from structure.harmony.chords import Chord, Quality, find_quality, qualities
from structure.harmony.keys import MODES, Key
from structure.harmony.pitch import LETTERS, pitch_class, plain_accidentals, spelled

_DEGREES = ("i", "ii", "iii", "iv", "v", "vi", "vii")
_NUMERAL = re.compile(
    r"(?P<accidental>[b#]?)(?P<degree>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?P<suffix>[^/]*)(?:/(?P<of>[b#]?(?:[IV]+|[iv]+)))?"
)
_SPECIAL = re.compile(r"(?:N|It|Fr|Ger)\d*(?:/[b#]?[IViv]+)?")
_INVERSIONS = {"6": ("", 1), "64": ("", 2), "65": ("7", 1), "43": ("7", 2), "42": ("7", 3), "2": ("7", 3)}


@dataclass(frozen=True, slots=True)
class _Figure:
    quality: Quality
    inversion: int


def is_numeral(text: str) -> bool:
    """True where ``text`` begins like a roman numeral."""
    plain = plain_accidentals(text)
    return bool(_NUMERAL.match(plain) or _SPECIAL.fullmatch(plain))


def parse_numeral(text: str, key: Key) -> Chord:
    """Read a roman numeral in ``key``. Raises ValueError that names it."""
    plain = plain_accidentals(text)
    if _SPECIAL.fullmatch(plain):
        return _ask_music21(text, plain, key)
    match = _NUMERAL.fullmatch(plain)
    figure = _figure(match["degree"], match["suffix"]) if match else None
    if match is None or figure is None:
        raise ValueError(f"{text!r} is not a chord; write a numeral such as ii7, V7/V, bVII or vii°")
    home = _tonicised(match["of"], key) if match["of"] else key
    root = _root(match["accidental"], match["degree"], home)
    step = figure.quality.intervals[figure.inversion]
    bass = (
        root
        if step == 0
        else spelled(LETTERS.index(root[0]) + 2 * figure.inversion, (pitch_class(root) + step) % 12)
    )
    return Chord(root, figure.quality, bass)


def _figure(degree: str, suffix: str) -> _Figure | None:
    """Quality and inversion: case and suffix together are a chord symbol without its root."""
    diminished = re.match(r"o|ø|dim", suffix)
    rest = suffix[diminished.end() :] if diminished else suffix
    figures, inversion = _INVERSIONS.get(rest, (rest, 0))
    if diminished:
        spelling = {"o": "dim", "dim": "dim", "ø": "ø"}[diminished[0]] + figures
        quality = find_quality("m7b5" if spelling == "ø7" else spelling)
    else:
        quality = find_quality(("m" if degree.islower() else "") + figures)
        if quality is None and degree.islower():
            quality = find_quality(figures)
    return _Figure(quality, inversion) if quality and inversion < len(quality.intervals) else None


def _root(accidental: str, degree: str, key: Key) -> str:
    """Spelled root of a degree with an accidental."""
    index = _DEGREES.index(degree.lower())
    above = MODES[key.mode][index]
    major = MODES["major"][index]
    if accidental == "b":
        # In a minor key bVII is the scale's own seventh, since most people count from the major scale.
        above = above if above < major else above - 1
    elif accidental == "#" or (degree in ("vi", "vii") and key.mode == "minor"):
        above += 1
    return spelled(LETTERS.index(key.tonic[0]) + index, (key.root + above) % 12)


def _tonicised(numeral: str, key: Key) -> Key:
    """The key in which an applied chord is read: ``/V`` in C is G major."""
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        raise ValueError(f"'/{numeral}' is not a degree; write V7/V or V7/ii")
    mode = "minor" if match["degree"].islower() else "major"
    return Key(_root(match["accidental"], match["degree"], key), mode)


def _ask_music21(text: str, plain: str, key: Key) -> Chord:
    """Neapolitan and augmented sixth chords, by music21."""
    from music21 import key as m21_key
    from music21 import roman
    from music21.exceptions21 import Music21Exception

    try:
        numeral = roman.RomanNumeral(plain, m21_key.Key(key.tonic.replace("b", "-"), key.mode))
        pitches, root, bass = numeral.pitches, numeral.root(), numeral.bass()
    except (Music21Exception, ValueError, IndexError, TypeError) as exc:
        raise ValueError(f"{text!r} is not a chord; write N6, It6, Fr43 or Ger65") from exc
    bass_name = spelled(LETTERS.index(bass.step), bass.pitchClass)
    # An augmented sixth sounds like a dominant seventh on its bass, and is named so.
    for pitch in (bass, root):
        intervals = tuple(sorted({(other.pitchClass - pitch.pitchClass) % 12 for other in pitches}))
        quality = next((q for q in qualities().values() if q.intervals == intervals), None)
        if quality is not None:
            return Chord(spelled(LETTERS.index(pitch.step), pitch.pitchClass), quality, bass_name)
    raise ValueError(f"{text!r} is not a chord; write N6, It6, Fr43 or Ger65")
