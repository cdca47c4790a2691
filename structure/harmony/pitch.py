"""Spelled pitch names: letters and accidentals, and the pitch classes that they sound.

Pitch classes count semitones from C = 0. Names are ASCII: ``F#``, ``Bb``.
"""

from __future__ import annotations

LETTERS = "CDEFGAB"
NATURALS: tuple[int, ...] = (0, 2, 4, 5, 7, 9, 11)
"""Pitch class of each letter."""

_UNICODE = str.maketrans(
    {"♭": "b", "♯": "#", "♮": "", "𝄫": "bb", "𝄪": "##", "△": "Δ", "▵": "Δ", "∆": "Δ", "°": "o", "º": "o",
     "–": "-", "−": "-", "⁺": "+", "⁻": "-", "ᴓ": "ø", "Ø": "ø"}
    | {sign: str(digit) for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
)  # fmt: skip


def plain_accidentals(text: str) -> str:
    """Replace signs of music that are not ASCII by those that are: ``B♭⁷`` → ``Bb7``, ``C°`` → ``Co``.

    ``Δ`` and ``ø`` stay, each in one form.
    """
    return text.translate(_UNICODE)


def pitch_class(name: str) -> int:
    """Return the pitch class of a name such as ``C``, ``F#`` or ``Ebb``."""
    return (NATURALS[LETTERS.index(name[0])] + name.count("#") - name.count("b")) % 12


def spell_on_letter(letter: int, wanted: int) -> str:
    """Return the name of the pitch class ``wanted`` on the letter ``letter`` (0 = C).

    Where that letter would need a double accidental, a letter beside it is taken.
    """
    for index in (letter % 7, (letter + 1) % 7, (letter - 1) % 7):
        offset = (wanted - NATURALS[index] + 6) % 12 - 6
        if abs(offset) <= 1:
            return LETTERS[index] + {-1: "b", 0: "", 1: "#"}[offset]
    raise AssertionError(f"no letter near {letter} spells pitch class {wanted}")


def fold_into_range(pitch: int, low: int, high: int) -> int:
    """Move a MIDI pitch by octaves into ``low`` … ``high``; never below ``low``."""
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch
