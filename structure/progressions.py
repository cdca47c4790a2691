"""The harmony of a section that the user leaves open: the style's progressions, cadences, endings."""

from __future__ import annotations

from collections.abc import Sequence

from structure.chords import Chord, Quality
from structure.grid import Meter
from structure.harmony import Bar, parse_bars, place_bars
from structure.keys import Key
from structure.pitch import pitch_class
from structure.sampling import generator, pick
from structure.score import ChordEvent
from structure.section_lengths import section_kind
from structure.seeds import derive_seed
from structure.styles import Style

_LIKE = {
    "intro": "verse",
    "interlude": "verse",
    "vamp": "verse",
    "head": "verse",
    "solo": "verse",
    "outro": "chorus",
    "coda": "chorus",
    "hook": "chorus",
    "drop": "chorus",
    "postchorus": "chorus",
    "instrumental": "chorus",
    "breakdown": "bridge",
    "build": "prechorus",
    "prechorus": "bridge",
}
"""Whose progressions a kind takes where the style has none for it. An intro plays the verse's."""

_OPEN_ENDED = (
    "intro",
    "verse",
    "prechorus",
    "bridge",
    "solo",
    "interlude",
    "instrumental",
    "breakdown",
    "build",
    "head",
)
"""Kinds that lead on, and so end on a dominant or a cadence."""


def plan_harmony(
    name: str, bars: int, key: Key, meter: Meter, style: Style, seed: int, *, closes: bool
) -> tuple[ChordEvent, ...]:
    """Chords of a section: a progression of the style, tiled; it leads on or, if ``closes``, comes home."""
    # Numerals of styles are those of major and natural minor, also where the mode is another.
    plain = Key(key.tonic, key.family)
    written = _choose(section_kind(name), name, plain, style, seed)
    content = [written[i % len(written)] for i in range(bars)]
    rng = generator(seed, name, "cadence")
    if closes:
        content[-1] = (_tonic(written, plain),)
        if bars >= 4 and not _is_dominant(content[-2][-1], plain):
            content[-2] = parse_bars(pick(rng, style.cadences[plain.family]), plain)[0]
    elif section_kind(name) in _OPEN_ENDED and bars >= 4 and not _is_dominant(content[-1][-1], plain):
        content[-1] = parse_bars(pick(rng, style.cadences[plain.family]), plain)[0]
    return place_bars(content, meter)


def _choose(kind: str, name: str, key: Key, style: Style, seed: int) -> Sequence[Bar]:
    """One of the style's progressions; a kind that borrows them takes the same one as its model does."""
    table = style.progressions[key.family]
    owner = name
    while kind not in table:
        kind = owner = _LIKE.get(kind, "verse")
    return parse_bars(pick(generator(derive_seed(seed, owner), "harmony"), table[kind]), key)


def _tonic(progression: Sequence[Bar], key: Key) -> Chord:
    """The tonic chord, with the sevenths or sixths that the progression gives it."""
    for bar in progression:
        for chord in bar:
            if pitch_class(chord.root) == key.root and chord.bass == chord.root:
                return chord
    return Chord(
        key.tonic, Quality("m" if key.is_minor else "", (0, 3 if key.is_minor else 4, 7)), key.tonic
    )


def _is_dominant(chord: Chord, key: Key) -> bool:
    """True for V with a major third or a fourth, and for the diminished chord on the leading tone."""
    above = (pitch_class(chord.root) - key.root) % 12
    steps = set(chord.quality.intervals)
    return (above == 7 and not steps & {3}) or (above == 11 and {3, 6} <= steps)
