"""The harmony of a section that the user leaves open: the style's progressions, cadences, endings."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from structure.base.grid import Meter
from structure.base.sampling import generator, pick
from structure.base.seeds import derive_seed
from structure.forms.section_lengths import section_kind
from structure.harmony.bars import Bar, parse_bars, place_bars
from structure.harmony.chords import Chord, Quality, qualities
from structure.harmony.keys import Key
from structure.harmony.pitch import LETTERS, pitch_class, spelled
from structure.plans.score import ChordEvent
from structure.presets.styles import Style

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


_PHRASE = 4
"""Bars between cadences."""


def plan_harmony(
    name: str,
    bars: int,
    key: Key,
    meter: Meter,
    style: Style,
    seed: int,
    *,
    closes: bool,
    pace: float = 0.0,
) -> tuple[ChordEvent, ...]:
    """Chords of a section: a progression of the style, tiled, its returns coloured as the style likes it;
    it leads on, or, if ``closes``, comes home. A refrain comes home and turns around where the style does
    so. ``pace`` below 0 lets each chord last twice as long, above 0 half as long."""
    # Numerals of styles are those of major and natural minor, also where the mode is another.
    plain = Key(key.tonic, key.family)
    kind = section_kind(name)
    written = _paced(_choose(kind, name, plain, style, seed), pace, meter)
    content = coloured([written[i % len(written)] for i in range(bars)], len(written), plain, meter, style,
                       generator(seed, name, "colour"))  # fmt: skip
    rng = generator(seed, name, "cadence")
    if closes:
        _close(content, written, plain, style, rng)
    elif kind in _OPEN_ENDED and bars >= _PHRASE and not _is_dominant(content[-1][-1], plain):
        content[-1] = parse_bars(pick(rng, style.cadences[plain.family]), plain)[0]
    elif kind in _REFRAINS and bars >= 2 * _PHRASE and rng.random() < style.refrains_come_home:
        _turn_around(content, plain, style, rng)
    return place_bars(content, meter)


def _paced(written: Sequence[Bar], pace: float, meter: Meter) -> Sequence[Bar]:
    """A progression at half its speed, or at twice as much where the bar has room for two chords."""
    if pace <= -_CLEAR:
        return [half for bar in written for half in _halves(bar)]
    if pace >= _CLEAR and meter.beats_per_bar > 1:
        twice = [*written, *written] if len(written) % 2 else written
        pairs = zip(twice[::2], twice[1::2], strict=True)
        return [bar for one, two in pairs for bar in ([(one[0], two[0])] if one != two else [one])]
    return written


def _halves(bar: Bar) -> tuple[Bar, Bar]:
    """A bar as two, each with half of its chords."""
    middle = (len(bar) + 1) // 2
    return bar[:middle], bar[middle:] or bar


_CLEAR = 0.3
"""From here on a pace differs from the usual one."""

_REFRAINS = ("chorus", "hook", "head", "postchorus")


def _close(content: list[Bar], written: Sequence[Bar], key: Key, style: Style, rng: Random) -> None:
    """The last bar is the tonic, after a cadence."""
    content[-1] = (_tonic(written, key),)
    if len(content) >= _PHRASE and not _is_dominant(content[-2][-1], key):
        content[-2] = parse_bars(pick(rng, style.cadences[key.family]), key)[0]


def _turn_around(content: list[Bar], key: Key, style: Style, rng: Random) -> None:
    """A cadence into the last bars, which are home and lead back to the beginning."""
    turn = parse_bars(pick(rng, style.turnarounds[key.family]), key)
    content[-len(turn) :] = turn
    before = len(content) - len(turn) - 1
    # A dominant two bars before will do too: V IV I is how a blues comes home.
    if not any(_is_dominant(bar[-1], key) for bar in content[before - 1 : before + 1]):
        content[before] = parse_bars(pick(rng, style.cadences[key.family]), key)[0]


def coloured(
    bars: Sequence[Bar], first: int, key: Key, meter: Meter, style: Style, rng: Random
) -> list[Bar]:
    """Bars after the ``first``, which state the progression, with secondary dominants before chords that
    are not the tonic, and the minor subdominant before the tonic: one of them in four bars at most."""
    found = list(bars)
    last_change = first - _PHRASE
    for index in range(first, len(bars) - 1):
        here, follows = bars[index], bars[index + 1][0]
        point, which = rng.random(), rng.random()
        if len(here) > 1 or index - last_change < _PHRASE or meter.beats_per_bar < 2:
            continue
        if which < 0.5 and point < style.secondary_dominants:
            second = _applied_dominant(here[0], follows, key)
        elif which >= 0.5 and point < style.borrowed_chords:
            second = _minor_subdominant(here[0], follows, key)
        else:
            second = None
        if second is not None:
            found[index] = (here[0], second)
            last_change = index
    return found


def _applied_dominant(here: Chord, follows: Chord, key: Key) -> Chord | None:
    """The dominant seventh of the next chord, where that is a consonant chord of the key but not its
    tonic, and the dominant is not there already."""
    target, root = pitch_class(follows.root), (pitch_class(follows.root) + 7) % 12
    steps = set(follows.quality.intervals)
    is_stable = 7 in steps and bool(steps & {3, 4}) and follows.bass == follows.root
    if target == key.root or target not in key.scale or not is_stable:
        return None
    if pitch_class(here.root) in (target, root):
        return None
    name = spelled(LETTERS.index(follows.root[0]) + 4, root)
    return Chord(name, qualities()["7"], name)


def _minor_subdominant(here: Chord, follows: Chord, key: Key) -> Chord | None:
    """iv after IV and before the tonic of a major key, borrowed from its minor."""
    is_subdominant = (pitch_class(here.root) - key.root) % 12 == 5 and 4 in here.quality.intervals
    if key.is_minor or not is_subdominant or pitch_class(follows.root) != key.root:
        return None
    return Chord(here.root, qualities()["m6" if len(here.quality.intervals) > 3 else "m"], here.root)


def _choose(kind: str, name: str, key: Key, style: Style, seed: int) -> Sequence[Bar]:
    """One of the style's progressions; a kind that borrows them takes the same one as its model does.
    What is not a verse begins with other chords than the song's verse where the style has others."""
    table = style.progressions[key.family]
    owner = name
    while kind not in table:
        kind = owner = _LIKE.get(kind, "verse")
    chosen = _pick(table[kind], owner, key, seed)
    if kind == "verse":
        return chosen
    verse = _pick(table["verse"], "verse", key, seed)
    others = [text for text in table[kind] if parse_bars(text, key)[:_PHRASE] != verse[:_PHRASE]]
    return chosen if chosen[:_PHRASE] != verse[:_PHRASE] or not others else _pick(others, owner, key, seed)


def _pick(texts: Sequence[str], owner: str, key: Key, seed: int) -> tuple[Bar, ...]:
    return parse_bars(pick(generator(derive_seed(seed, owner), "harmony"), texts), key)


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
