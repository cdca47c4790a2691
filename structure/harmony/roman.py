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
* ``1 4 5 6- 2m7 b7 1/3`` are the numbers of Nashville. One alone is the key's own chord on that
  step, so 6 is minor in major; what stands behind it is read as behind a letter; behind a slash is a step
  of the key.
"""

from __future__ import annotations

import re

from structure.harmony.chords import Chord, find_quality, qualities, quality_of
from structure.harmony.keys import MODES, Key
from structure.harmony.pitch import LETTERS, pitch_class, plain_accidentals, spell_on_letter

_DEGREES = ("i", "ii", "iii", "iv", "v", "vi", "vii")
_NUMERAL = re.compile(
    r"(?P<accidental>[b#]?)(?P<degree>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?P<suffix>(?:[^/]|/(?=9)|(?<=6)/(?=[45])|(?<=4)/(?=[32]))*)(?:/(?P<of>[b#]?(?:[IV]+|[iv]+)))?"
)
_NUMBER = re.compile(
    r"(?P<accidental>[b#]?)(?P<degree>[1-7])(?P<suffix>(?![24])(?:[^/]|/(?=9))*)(?:/(?P<bass>[b#]?[1-7]))?"
)
_OPEN_SUFFIX = re.compile(r"(?:sus|add|no|\().*|")
"""What leaves the third of a number to the key."""

_SPECIAL = re.compile(r"(?:N|It|Fr|Ger)\d*(?:/[b#]?[IViv]+)?")
_INVERSIONS = {"6": ("", 1), "64": ("", 2), "65": ("7", 1), "43": ("7", 2), "42": ("7", 3), "2": ("7", 3)}


def is_numeral(text: str) -> bool:
    """Return whether ``text`` begins like a roman numeral, or like a number of Nashville."""
    plain = plain_accidentals(text)
    return bool(_NUMERAL.match(plain) or _SPECIAL.fullmatch(plain) or _NUMBER.match(plain))


def parse_numeral(text: str, key: Key) -> Chord:
    """Read a roman numeral or a number in ``key``. Raises ValueError that names it."""
    plain = plain_accidentals(text)
    if number := _NUMBER.match(plain):
        return _read_number(text, number if number.end() == len(plain) else None, key)
    if _SPECIAL.fullmatch(plain):
        return _ask_music21(text, plain, key)
    message = f"{text!r} is not a chord; write a numeral such as ii7, V7/V, bVII or vii°"
    match = _NUMERAL.fullmatch(plain)
    if match is None:
        raise ValueError(message)

    # The case of a numeral and its suffix together are a chord symbol without its root.
    is_minor = match["degree"].islower()
    suffix = re.sub(r"(?<=[64])/(?=[5432])", "", match["suffix"])
    diminished = re.match(r"o(?!mit)|ø|dim", suffix)
    rest = suffix[diminished.end() :] if diminished else suffix
    figures, inversion = _INVERSIONS.get(rest, (rest, 0))
    if diminished:
        spelling = {"o": "dim", "dim": "dim", "ø": "ø"}[diminished[0]] + figures
        quality = find_quality("m7b5" if spelling == "ø7" else spelling)
    else:
        quality = find_quality(("m" if is_minor else "") + figures)
        if quality is None and is_minor:
            quality = find_quality(figures)
    if quality is None or inversion >= len(quality.intervals):
        raise ValueError(message)

    # An applied chord is read in the key of its degree: ``/V`` in C is G major.
    home = key
    if match["of"]:
        of = _NUMERAL.fullmatch(match["of"])
        if of is None:
            raise ValueError(f"'/{match['of']}' is not a degree; write V7/V or V7/ii")
        mode = "minor" if of["degree"].islower() else "major"
        home = Key(_root(of["accidental"], of["degree"], key), mode)
    root = _root(match["accidental"], match["degree"], home)
    step = quality.intervals[inversion]
    letter = LETTERS.index(root[0]) + 2 * inversion
    bass = root if step == 0 else spell_on_letter(letter, (pitch_class(root) + step) % 12)
    return Chord(root, quality, bass)


def _read_number(text: str, number: re.Match[str] | None, key: Key) -> Chord:
    """Read a number of Nashville: the key's own triad where nothing else is said.

    Raises ValueError where it is not a chord.
    """
    if number is not None:
        degree, suffix = int(number["degree"]), number["suffix"]
        own = ""
        if _OPEN_SUFFIX.fullmatch(suffix) and not number["accidental"]:
            steps = [(key.scale[(degree + up) % 7] - key.scale[degree - 1]) % 12 for up in (1, 3)]
            own = {(3, 7): "m", (3, 6): "dim", (4, 8): "aug"}.get((steps[0], steps[1]), "")
        quality = find_quality(own + suffix)
        if quality is not None:
            root = _step(number["accidental"], degree, key)
            bass = number["bass"]
            return Chord(root, quality, root if bass is None else _step(bass[:-1], int(bass[-1]), key))
    raise ValueError(f"{text!r} is not a chord; write a number such as 1, 4, 5, 6-, 2m7, b7 or 1/3")


def _step(accidental: str, degree: int, key: Key) -> str:
    """Return the spelled name of a step of a key; flattened ones count from the major scale."""
    if accidental == "#":
        above = MODES[key.mode][degree - 1] + 1
    elif accidental == "b":
        above = MODES["major"][degree - 1] - 1
    else:
        above = MODES[key.mode][degree - 1]
    return spell_on_letter(LETTERS.index(key.tonic[0]) + degree - 1, (key.root + above) % 12)


def _root(accidental: str, degree: str, key: Key) -> str:
    """Return the spelled root of a degree with an accidental."""
    index = _DEGREES.index(degree.lower())
    above = MODES[key.mode][index]
    major = MODES["major"][index]
    if accidental == "b":
        # In a minor key bVII is the scale's own seventh, since most people count from the major scale.
        above = above if above < major else above - 1
    elif accidental == "#" or (degree in ("vi", "vii") and key.mode == "minor"):
        above += 1
    return spell_on_letter(LETTERS.index(key.tonic[0]) + index, (key.root + above) % 12)


def _ask_music21(text: str, plain: str, key: Key) -> Chord:
    """Read a Neapolitan or augmented sixth chord, by music21. Raises ValueError where it is none."""
    from music21 import key as m21_key
    from music21 import roman
    from music21.exceptions21 import Music21Exception

    try:
        numeral = roman.RomanNumeral(plain, m21_key.Key(key.tonic.replace("b", "-"), key.mode))
        pitches, root, bass = numeral.pitches, numeral.root(), numeral.bass()
    except (Music21Exception, ValueError, IndexError, TypeError) as exc:
        raise ValueError(f"{text!r} is not a chord; write N6, It6, Fr43 or Ger65") from exc
    bass_name = spell_on_letter(LETTERS.index(bass.step), bass.pitchClass)
    # An augmented sixth sounds like a dominant seventh on its bass, and is named so.
    found = []
    for pitch in (bass, root):
        intervals = tuple(sorted({(other.pitchClass - pitch.pitchClass) % 12 for other in pitches}))
        found.append((spell_on_letter(LETTERS.index(pitch.step), pitch.pitchClass), quality_of(intervals)))
    ranks = list(qualities())
    name, quality = min(
        found, key=lambda one: ranks.index(one[1].symbol) if one[1].symbol in ranks else len(ranks)
    )
    return Chord(name, quality, bass_name)
