"""Names of notes and accidentals in other languages than English."""

from __future__ import annotations

from collections.abc import Mapping

LATIN_NOTES: Mapping[str, str] = {
    "do": "C",
    "ut": "C",
    "re": "D",
    "ré": "D",
    "mi": "E",
    "fa": "F",
    "sol": "G",
    "la": "A",
    "si": "B",
}
"""The notes of Spanish and French, in lower case, by their English names."""

ACCIDENTALS: Mapping[str, str] = {
    "is": "#",
    "es": "b",
    "s": "b",
    "sostenido": "#",
    "bemol": "b",
    "dièse": "#",
    "diese": "#",
    "bémol": "b",
    "#": "#",
    "♯": "#",
    "b": "b",
    "♭": "b",
}
"""What raises or lowers a note: endings of German, words of Spanish and French, and signs."""
