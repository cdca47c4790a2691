"""Canon: one voice follows another exactly, at an interval and a distance."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from structure.base.sampling import generator, pick
from structure.counterpoint.fugue import harmonise
from structure.counterpoint.places import Piece, close
from structure.counterpoint.setting import Setting
from structure.counterpoint.themes import SLOTS, Tone


def write_canon(piece: Piece) -> Setting:
    """Return a canon of the two highest voices; others fill the harmony."""
    rng = generator(piece.seed, "canon")
    interval, span = _imitation(piece)
    piece = replace(piece, ranges=(span, *piece.ranges[1:]))
    distance = piece.bar * pick(rng, (1, 2) if piece.beats >= 12 * piece.bar else (1,))
    setting = piece.setting()
    end = piece.beats - 2 * piece.bar
    for start in range(0, end, distance):
        _lead(piece, setting, start, min(distance, end - start), rng)
        _follow(setting, start, distance, interval, end)
    setting.rest(1, 0, distance)
    close(setting, piece, end)
    setting.fill(rng, 0.4)
    return setting


def _imitation(piece: Piece) -> tuple[int, tuple[int, int]]:
    """Return by how many semitones the follower is higher, and the range of the leader that suits both."""
    (low, high), (under, over) = piece.ranges[:2]

    def shared(interval: int) -> tuple[int, int]:
        return max(low, under - interval), min(high, over - interval)

    def room(interval: int) -> int:
        return min(19, shared(interval)[1] - shared(interval)[0])

    best = max((0, -12, 12, -24), key=lambda interval: (room(interval), -abs(interval)))
    return best, shared(best)


def _lead(piece: Piece, setting: Setting, start: int, beats: int, rng: Random) -> None:
    """Write some beats of the leader against what the follower has there."""
    scale = list(piece.key.scale)
    sounding = []
    for beat in range(start, start + beats):
        pitch = setting.pitches[1][beat * SLOTS]
        sounding.append(set() if pitch is None or pitch % 12 not in scale else {scale.index(pitch % 12)})
    if not any(sounding):
        opening = [0, 4, 0, 3, 4, 0, 5, 4]
        degrees = [opening[i % len(opening)] for i in range(beats)]
    else:
        degrees = harmonise(sounding)
    setting.set_harmony(start, degrees, piece.key)
    setting.write_line(0, range(start, start + beats), rng, busy=0.75)


def _follow(setting: Setting, start: int, distance: int, interval: int, end: int) -> None:
    """Let the second voice have what the first has just had."""
    for tone in sorted(setting.tones[0]):
        at = tone.start + distance * SLOTS
        if start * SLOTS <= tone.start < (start + distance) * SLOTS and at < end * SLOTS:
            length = min(tone.length, end * SLOTS - at)
            setting.add(1, Tone(at, length, tone.height + interval))
