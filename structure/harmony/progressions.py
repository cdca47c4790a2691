"""The harmony of a section that the user leaves open: the style's progressions, cadences, endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from structure.base.grid import Meter
from structure.base.sampling import generator, pick
from structure.base.seeds import derive_seed
from structure.forms.section_lengths import section_kind
from structure.harmony.bars import Bar, parse_bars, place_bars
from structure.harmony.chords import Chord, Quality
from structure.harmony.keys import Key
from structure.harmony.moves import find_applied_dominant, minor_subdominant, triad
from structure.harmony.pitch import pitch_class
from structure.harmony.rhythm import habit_of, moving, over_pedal, pace_bars, pace_of
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


_INTO_REFRAINS = ("prechorus", "bridge", "breakdown", "build")
"""Kinds that end on a cadence in every style."""

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
    """Return the chords of a section.

    They are a progression of the style in the harmonic rhythm of the song, repeated to fill the section;
    its returns are coloured as the style likes it. The section leads on, or, if ``closes``, comes home. A
    refrain comes home and turns around where the style does so. ``pace`` below 0 lets each chord last twice
    as long, above 0 half as long.
    """
    # A mode has its own numerals where the style has progressions in it, else those of major or minor.
    home = key if key.mode in style.progressions else Key(key.tonic, key.family)
    kind, owner = section_kind(name), _owner(name, home, style)
    rhythm, rng = style.harmonic_rhythm, generator(derive_seed(seed, owner), "pace")
    # A kind that borrows a progression takes the same one as its model does. What is not a verse begins
    # with other chords than the song's verse where the style has others.
    table = style.progressions[home.mode]
    model = kind if owner == name else owner
    plain: Sequence[Bar] = _pick(table[model], owner, home, seed)
    if model != "verse":
        opening = _pick(table["verse"], "verse", home, seed)[:_PHRASE]
        others = [text for text in table[model] if parse_bars(text, home)[:_PHRASE] != opening]
        if plain[:_PHRASE] == opening and others:
            plain = _pick(others, owner, home, seed)
    if rng.random() < rhythm.vamps.get(kind, 0.0):
        plain = plain[:1]
    speed = pace_of(rhythm, pace, rng)
    plain = pace_bars(plain, speed, meter)
    written = moving(plain, habit_of(rhythm, seed), speed, pace, home, meter, rng)
    repeated = [written[i % len(written)] for i in range(bars)]
    colours = generator(seed, name, "colour")
    content = colour_bars(repeated, len(written), home, meter, style, colours)

    # What follows the section is not what its last bar would go to.
    content[-1] = plain[(bars - 1) % len(plain)]
    rng = generator(seed, name, "cadence")
    if rng.random() < rhythm.pedals.get(kind, 0.0):
        content = over_pedal(content, home)
    _end(content, written, kind, home, style, rng, closes=closes)
    return tie_early_chords(place_bars(resolve_dominants(content, home), meter), meter)


def play_progression(
    text: str, name: str, bars: int, key: Key, meter: Meter, style: Style, seed: int, *, pace: float = 0.0
) -> tuple[ChordEvent, ...]:
    """Return the chords of a section whose progression is known, such as that of a blues.

    They have the harmonic rhythm of the song. Raises ValueError that names a chord and its bar.
    """
    rng = generator(derive_seed(seed, name), "pace")
    plain = parse_bars(text, key)
    written = moving(plain, habit_of(style.harmonic_rhythm, seed), "bar", pace, key, meter, rng)
    content = [written[i % len(written)] for i in range(bars)]
    content[-1] = plain[(bars - 1) % len(plain)]
    return tie_early_chords(place_bars(content, meter), meter)


def tie_early_chords(chords: Sequence[ChordEvent], meter: Meter) -> tuple[ChordEvent, ...]:
    """Join a chord that comes early, before a bar line, to the same chord after it."""
    bar, found = meter.bar_quarters, list(chords[:1])
    for chord in chords[1:]:
        last = found[-1]
        is_early = last.duration < bar / 2 and last.onset // bar < chord.onset // bar
        if is_early and chord.symbol == last.symbol:
            found[-1] = replace(last, duration=chord.end - last.onset)
        else:
            found.append(chord)
    return tuple(found)


def _end(
    content: list[Bar],
    written: Sequence[Bar],
    kind: str,
    key: Key,
    style: Style,
    rng: Random,
    *,
    closes: bool,
) -> None:
    """Lead on, come home or turn around in the last bars."""
    if closes:
        # The tonic has the sevenths or sixths that the progression gives it.
        third = 3 if key.is_minor else 4
        tonic = Chord(key.tonic, Quality("m" if key.is_minor else "", (0, third, 7)), key.tonic)
        tonics = (
            chord
            for bar in written
            for chord in bar
            if pitch_class(chord.root) == key.root and chord.bass == chord.root
        )
        content[-1] = (next(tonics, tonic),)
        if len(content) >= _PHRASE and not _leads(content[-2][-1], key, style):
            content[-2] = _cadence(key, style, rng)
        return

    leads = rng.random() < style.harmonic_rhythm.leads_on or kind in _INTO_REFRAINS
    last = content[-1][-1]
    if leads and len(content) >= _PHRASE and kind in _OPEN_ENDED and not _leads(last, key, style):
        content[-1] = _cadence(key, style, rng)
    elif kind in _REFRAINS and len(content) >= 2 * _PHRASE and rng.random() < style.refrains_come_home:
        # The turnaround is home and leads back to the beginning, after a cadence.
        turn = parse_bars(pick(rng, _of_mode(style.turnarounds, key)), key)
        content[-len(turn) :] = turn
        before = len(content) - len(turn) - 1
        # A dominant two bars before will do too: V IV I is how a blues comes home.
        if not any(_leads(bar[-1], key, style) for bar in content[before - 1 : before + 1]):
            content[before] = _cadence(key, style, rng)
    elif is_applied(last, key) and len(content) > 1:
        content[-1] = _cadence(key, style, rng)


def _leads(chord: Chord, key: Key, style: Style) -> bool:
    """Return whether a chord leads on: a dominant, or what a mode has in its cadences.

    A dominant is a V without a minor third, or a diminished chord on the leading tone.
    """
    if key.mode == key.family:
        above, steps = (pitch_class(chord.root) - key.root) % 12, set(chord.quality.intervals)
        return (above == 7 and 3 not in steps) or (above == 11 and {3, 6} <= steps)
    ends = (parse_bars(text, key)[-1][-1] for text in _of_mode(style.cadences, key))
    return any(chord.root == end.root for end in ends)


def _cadence(key: Key, style: Style, rng: Random) -> Bar:
    """Choose a bar of the style that leads on."""
    return parse_bars(pick(rng, _of_mode(style.cadences, key)), key)[0]


def _of_mode(table: Mapping[str, tuple[str, ...]], key: Key) -> tuple[str, ...]:
    return table.get(key.mode) or table[key.family]


_REFRAINS = ("chorus", "hook", "head", "postchorus")


def colour_bars(
    bars: Sequence[Bar], first: int, key: Key, meter: Meter, style: Style, rng: Random
) -> list[Bar]:
    """Add chords from outside the key to the bars after the ``first``, which state the progression.

    Secondary dominants come before chords that are not the tonic, the minor subdominant comes before the
    tonic: one of them in four bars at most.
    """
    found = list(bars)
    last_change = first - _PHRASE
    for index in range(first, len(bars) - 1):
        here, follows = bars[index], bars[index + 1][0]
        point, which = rng.random(), rng.random()
        if len(here) > 1 or index - last_change < _PHRASE or meter.beats_per_bar < 2:
            continue
        if which < 0.5 and point < style.secondary_dominants:
            second = find_applied_dominant(here[0], follows, key)
        elif which >= 0.5 and point < style.borrowed_chords:
            second = minor_subdominant(here[0], follows, key)
        else:
            second = None
        if second is not None:
            found[index] = (here[0], second)
            last_change = index
    return found


def resolve_dominants(bars: Sequence[Bar], key: Key) -> list[Bar]:
    """Return bars in which every secondary dominant resolves.

    It is followed by the chord a fifth below, or by its substitute a semitone below. One that is not gives
    way to the chord before it in the bar, or to the chord of the key on its root.
    """
    if key.mode != key.family:
        return list(bars)
    found = []
    for index, bar in enumerate(bars):
        following = [chord for later in bars[index + 1 : index + _PHRASE] for chord in later]
        chords = []
        for place, chord in enumerate(bar):
            root = pitch_class(chord.root)
            roots = (pitch_class(other.root) for other in (*bar[place + 1 :], *following))
            goal = next((other for other in roots if other != root), None)
            if not is_applied(chord, key) or goal in (None, (root + 5) % 12, (root - 1) % 12):
                chords.append(chord)
                continue
            before = next((other for other in reversed(bar[:place]) if other.root != chord.root), None)
            chords.append(before or triad(root, key) or chord)
        found.append(tuple(chords))
    return found


def is_applied(chord: Chord, key: Key) -> bool:
    """Return whether a chord is a secondary dominant.

    That is a major chord on a step of the key whose third is not in the key. V and IV do not count in a
    minor key or a mode that has them as its own.
    """
    root, steps = pitch_class(chord.root), set(chord.quality.intervals)
    above = (root - key.root) % 12
    if 4 not in steps or 3 in steps or root not in key.scale or (root + 4) % 12 in key.scale:
        return False
    if key.is_minor:
        return above == 2 or (above == 0 and 10 in steps)
    return above in (2, 4, 9, 11)


def _owner(name: str, key: Key, style: Style) -> str:
    """Return whose progression a section has: its own, or that of the kind from which it borrows."""
    kind, owner = section_kind(name), name
    while kind not in style.progressions[key.mode]:
        kind = owner = _LIKE.get(kind, "verse")
    return owner


def _pick(texts: Sequence[str], owner: str, key: Key, seed: int) -> tuple[Bar, ...]:
    return parse_bars(pick(generator(derive_seed(seed, owner), "harmony"), texts), key)
