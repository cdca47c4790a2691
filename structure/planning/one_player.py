"""One player who has a tune and what goes with it: two hands of a pianist, six strings of a guitarist.

Both work on notes that are written: what one body cannot do at once is shortened or left out, the tune last
of all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from structure.arrange.context import Player, SectionContext
from structure.arrange.hands import HAND_SPAN
from structure.base.exact import Fraction
from structure.harmony.pitch import fold_into_range
from structure.plans.score import Note, Part, in_order
from structure.presets.programs import guess_program

_STRINGS = (40, 45, 50, 55, 59, 64)
"""The open strings of a guitar."""

_THIRD_STRING = 57
"""The bass of the thumb lies below this pitch."""

_FRETS, _REACH = 19, 4
"""The highest fret, and how many frets one hand covers."""

_COMPASS = (40, 83)

_GUITARS = range(24, 32)

_LOWEST = 40
"""The lowest key that a chord is moved down to."""


def is_guitar(player: Player) -> bool:
    """Return whether a player has a guitar of six strings."""
    return "guitar" in player.prompt.lower() and guess_program(player.prompt, "chords") in _GUITARS


def by_one_player(
    parts: Mapping[str, Part], players: Sequence[Player], ctx: SectionContext
) -> dict[str, Part]:
    """Return the parts as a pianist or a guitarist can play both at once; those of others as they are."""
    found = dict(parts)
    for player in players:
        tune = next((p for p in players if p.role == "lead" and p.prompt == player.prompt), None)
        if player.texture not in ("left_hand", "hand", "thumb") or tune is None:
            continue
        if tune.name not in found or player.name not in found:
            continue
        upper, lower = found[tune.name].notes, found[player.name].notes
        if is_guitar(player):
            upper, lower = on_strings(upper, lower)
        else:
            lower = apart(upper, lower)
            if player.texture == "hand":
                # Chords come between the strokes of the right hand, each chord at least once.
                theirs, struck = {note.onset for note in upper}, set[Fraction]()
                for chord in ctx.chords:
                    own = sorted({note.onset for note in lower if chord.onset <= note.onset < chord.end})
                    struck |= set([at for at in own if at not in theirs] or own[:1])
                lower = tuple(note for note in lower if note.onset in struck)
        found[tune.name] = replace(found[tune.name], notes=tuple(upper))
        found[player.name] = replace(found[player.name], notes=tuple(lower))
    return {name: part for name, part in found.items() if part.notes}


def apart(upper: Sequence[Note], lower: Sequence[Note]) -> tuple[Note, ...]:
    """Return what the left hand plays: below the right hand when it is struck, and on no key of it."""
    strokes: dict[Fraction, list[Note]] = {}
    for note in lower:
        strokes.setdefault(note.onset, []).append(note)
    kept: list[Note] = []
    onsets = [note.onset for note in upper]
    longest = max((note.duration for note in upper), default=Fraction(0))
    for at, notes in strokes.items():
        first = bisect_left(onsets, at - longest)
        over = [n for n in upper[first : bisect_right(onsets, at)] if at < n.end]
        for note in notes:
            # Where the right hand is in the way, it strikes the key an octave lower that it can reach.
            struck = [n.pitch for n in notes if n != note]
            found, below = note, replace(note, pitch=note.pitch - 12)
            if any(n.pitch <= note.pitch for n in over):
                reach = [below.pitch, *struck]
                is_far = below.pitch < _LOWEST or max(reach) - min(reach) > HAND_SPAN
                if is_far or below.pitch in struck or any(n.pitch <= below.pitch for n in over):
                    continue
                found = below
            if any(n.onset == at and n.pitch == found.pitch for n in kept[-len(notes) :]):
                continue
            later = upper[bisect_right(onsets, at) : bisect_left(onsets, found.end)]
            taken = min((n.onset for n in later if n.pitch == found.pitch), default=found.end)
            kept.append(replace(found, duration=taken - at))

    # What lies more than a tenth above the lowest key of the same stroke is left out.
    kept.sort(key=in_order)
    lowest: dict[Fraction, int] = {}
    for note in kept:
        lowest[note.onset] = min(note.pitch, lowest.get(note.onset, note.pitch))
    return tuple(note for note in kept if note.pitch - lowest[note.onset] <= HAND_SPAN)


def on_strings(tune: Sequence[Note], thumb: Sequence[Note]) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Return both lines as one hand can stop them, each note on a string of its own.

    Older notes end where newer ones need the hand. Then notes of the accompaniment are left out.
    """
    lines = [
        [replace(n, pitch=fold_into_range(n.pitch, *_COMPASS)) for n in line] for line in (tune, thumb)
    ]
    onsets = sorted({note.onset for line in lines for note in line})
    for at in onsets:
        while not is_playable([n.pitch for line in lines for n in line if n.onset <= at < n.end]):
            if not _ease(lines, at):
                break
    return tuple(lines[0]), tuple(lines[1])


def _ease(lines: Sequence[list[Note]], at: Fraction) -> bool:
    """End, raise or leave out one note that sounds at a time.

    Return whether there is such a note.
    """
    for line in (lines[1], lines[0]):
        older = [n for n in line if n.onset < at < n.end]
        if older:
            first = min(older, key=in_order)
            line[line.index(first)] = replace(first, duration=at - first.onset)
            return True

    # The bass goes an octave higher, where that lets the hand have it with the tune.
    over = [n.pitch for n in lines[0] if n.onset <= at < n.end]
    for note in sorted((n for n in lines[1] if n.onset == at), key=in_order):
        raised = note.pitch + 12
        is_bass = raised < _THIRD_STRING and raised < min(over, default=raised + 1)
        if is_bass and is_playable([*over, raised]):
            lines[1][lines[1].index(note)] = replace(note, pitch=raised)
            return True

    for line in (lines[1], lines[0]):
        struck = [n for n in line if n.onset == at]
        if len(struck) > (line is lines[0]):
            # Inner notes go before the bass and the tune.
            line.remove(sorted(struck, key=in_order)[len(struck) // 2])
            return True
    return False


def is_playable(pitches: Sequence[int]) -> bool:
    """Return whether one hand can stop the notes on a guitar, each on a string of its own."""
    wanted = sorted(set(pitches))
    if len(wanted) < len(pitches):
        return False
    if not wanted:
        return True
    for strings in combinations(_STRINGS, len(wanted)):
        frets = [pitch - string for pitch, string in zip(wanted, strings, strict=True)]
        stopped = [fret for fret in frets if fret > 0]
        if (
            min(frets) >= 0
            and max(frets) <= _FRETS
            and (not stopped or max(stopped) - min(stopped) <= _REACH)
        ):
            return True
    return False
