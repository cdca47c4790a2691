"""A setting in voices: themes are laid into it, and what is left free is found by dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from structure.counterpoint.themes import SLOTS, Theme, Tone, rules, triad
from structure.harmony.keys import Key

_PERFECT = (0, 7)
_CLASHES = frozenset({1, 2, 6, 10, 11})


@dataclass
class Setting:
    """Voices from the highest, each with a range.

    ``chords`` has the pitch classes and ``keys`` the key of each beat, ``basses`` the pitch class that its
    lowest voice should have, if any. ``pitches`` has what sounds in each slot of each voice, None for a
    rest. ``resting`` has the beats in which a voice is silent, ``cuts`` the beats where no note may be tied
    over, ``last`` the beat of the last chord, if it is held.
    """

    ranges: Sequence[tuple[int, int]]
    beats: int
    chords: list[frozenset[int]] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    basses: list[int | None] = field(default_factory=list)
    resting: list[set[int]] = field(default_factory=list)
    tones: list[list[Tone]] = field(default_factory=list)
    pitches: list[list[int | None]] = field(default_factory=list)
    attacks: list[set[int]] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    last: int | None = None

    def __post_init__(self) -> None:
        count = len(self.ranges)
        self.resting = [set() for _ in range(count)]
        self.tones = [[] for _ in range(count)]
        self.attacks = [set() for _ in range(count)]
        self.pitches = [[None] * (self.beats * SLOTS) for _ in range(count)]

    def set_harmony(self, start: int, degrees: Sequence[int], key: Key) -> None:
        """Set the triads of the beats from ``start`` on."""
        while len(self.chords) < self.beats:
            self.chords.append(frozenset())
            self.roots.append(0)
            self.keys.append(key)
        for i, degree in enumerate(degrees):
            if start + i < self.beats:
                self.chords[start + i] = triad(degree, key)
                self.roots[start + i] = key.scale[degree % 7]
                self.keys[start + i] = key

    def lay(self, voice: int, start: int, theme: Theme, key: Key, near: int | None = None) -> None:
        """Let a voice have a theme from a beat on, in the octave that suits its range and what it had."""
        low, high = self.ranges[voice]
        middle = (low + high) / 2 if near is None else near

        def misfit(octave: int) -> float:
            found = [tone.height for tone in theme.in_key(key, octave)]
            out = max(0, low - min(found)) + max(0, max(found) - high)
            crossed = self._crossings(voice, start * SLOTS, theme.in_key(key, octave))
            return 10.0 * out + 30.0 * crossed + abs(sum(found) / len(found) - middle)

        tones = theme.in_key(key, min(range(-4, 4), key=misfit))
        for tone in tones:
            self.add(voice, Tone(start * SLOTS + tone.start, tone.length, tone.height))

    def _crossings(self, voice: int, start: int, tones: Sequence[Tone]) -> float:
        """Return the share of a theme's notes that would lie beyond a voice that is known."""
        crossed = 0
        for tone in tones:
            others = [(u, self._at(u, start + tone.start)) for u in range(len(self.ranges)) if u != voice]
            crossed += any(p is not None and (tone.height - p) * (u - voice) < 0 for u, p in others)
        return crossed / max(1, len(tones))

    def add(self, voice: int, tone: Tone) -> None:
        """Add a note to a voice; what lies beyond the end is cut."""
        end = min(tone.start + tone.length, self.beats * SLOTS)
        if tone.start >= end:
            return
        self.tones[voice].append(Tone(tone.start, end - tone.start, tone.height))
        self.attacks[voice].add(tone.start)
        for slot in range(tone.start, end):
            self.pitches[voice][slot] = tone.height

    def rest(self, voice: int, start: int, end: int) -> None:
        """Let a voice be silent in the beats from ``start`` to before ``end``, where it has no theme."""
        self.resting[voice].update(range(start, end))

    def end_from(self, beat: int, root: int) -> None:
        """Let the last chord begin on a beat, over its root, and be held to the end."""
        self.last = beat
        self.basses = [None] * self.beats
        self.basses[beat] = root
        self.cuts.add(beat)

    def is_free(self, voice: int, beat: int) -> bool:
        """Return whether a voice has no theme in a beat and does not rest."""
        slots = self.pitches[voice][beat * SLOTS : (beat + 1) * SLOTS]
        return beat not in self.resting[voice] and all(pitch is None for pitch in slots)

    def fill(self, rng: Random, busy: float) -> None:
        """Find the notes of all voices where they are free, then move them between the beats."""
        count = len(self.ranges)
        order = [count - 1, 0, *range(1, count - 1)] if count > 1 else [0]
        end = self.beats if self.last is None else self.last + 1
        free = {voice: [b for b in range(end) if self.is_free(voice, b)] for voice in order}
        for voice in order:
            # Beats that follow each other are filled together.
            runs: list[list[int]] = []
            for beat in free[voice]:
                if runs and runs[-1][-1] == beat - 1:
                    runs[-1].append(beat)
                else:
                    runs.append([beat])
            for run in runs:
                self._fill_run(voice, run)
        self._figure(free, rng, busy)
        if self.last is not None:
            self._hold_last(self.last)

    def _hold_last(self, beat: int) -> None:
        """Let the notes of the last chord sound to the end, where their voices have nothing else."""
        for voice, pitches in enumerate(self.pitches):
            begun = [tone for tone in self.tones[voice] if tone.start == beat * SLOTS]
            after = pitches[(beat + 1) * SLOTS :]
            if len(begun) == 1 and all(pitch is None for pitch in after):
                self.tones[voice].remove(begun[0])
                self.add(voice, Tone(beat * SLOTS, (self.beats - beat) * SLOTS, begun[0].height))

    def _fill_run(self, voice: int, run: Sequence[int]) -> None:
        """Fill beats of a voice without a theme in the cheapest way."""
        before = self._at(voice, run[0] * SLOTS - 1)
        ways: dict[int, tuple[float, list[int]]] = {}
        for beat in run:
            found: dict[int, tuple[float, list[int]]] = {}
            moving = self._moving(voice, beat)
            for pitch in self._members(voice, beat):
                own = self._beat_cost(voice, beat, pitch)
                if beat == run[0]:
                    move = 0.0 if before is None else self._move_cost(before, pitch, moving)
                    found[pitch] = (own + move, [pitch])
                    continue
                cost, way = min(
                    (old + self._move_cost(last, pitch, moving), path) for last, (old, path) in ways.items()
                )
                found[pitch] = (cost + own, [*way, pitch])
            ways = found
        after = self._at(voice, (run[-1] + 1) * SLOTS)
        if after is not None:
            moving = self._moving(voice, run[-1] + 1)
            ways = {
                last: (cost + self._move_cost(last, after, moving), way)
                for last, (cost, way) in ways.items()
            }
        for beat, pitch in zip(run, min(ways.values())[1], strict=True):
            self.add(voice, Tone(beat * SLOTS, SLOTS, pitch))

    def _members(self, voice: int, beat: int) -> list[int]:
        low, high = self.ranges[voice]
        return [p for p in range(low, high + 1) if p % 12 in self.chords[beat]]

    def _at(self, voice: int, slot: int) -> int | None:
        return self.pitches[voice][slot] if 0 <= slot < self.beats * SLOTS else None

    def _beat_cost(self, voice: int, beat: int, pitch: int) -> float:
        """Return what a pitch costs by itself, against the voices that are known."""
        cost, slot, table = 0.0, beat * SLOTS, rules()
        low, high = self.ranges[voice]
        cost += abs(pitch - (low + high) / 2) / 6
        known = [
            (u, x) for u in range(len(self.ranges)) if u != voice and (x := self._at(u, slot)) is not None
        ]
        for other, height in known:
            gap = pitch - height if voice < other else height - pitch
            cost += table["crossing"] * (gap < 0) + table["unison"] * (gap == 0)
            cost += table["wide"] * (
                gap > 14 and abs(voice - other) == 1 and len(self.ranges) - 1 not in (voice, other)
            )
            cost += table["clash"] * (abs(gap) % 12 in (1, 2, 10, 11))
        if pitch % 12 not in {height % 12 for _, height in known}:
            cost += table["new_chord_note"] * (4 if beat == self.last else 1)
        elif pitch % 12 == (self.keys[beat].root - 1) % 12:
            cost += table["doubled_leading_note"]
        if voice == len(self.ranges) - 1 and (pitch - self.roots[beat]) % 12 in (6, 7, 8):
            cost += table["six_four"]
        return cost + self._bass_cost(voice, beat, pitch)

    def _bass_cost(self, voice: int, beat: int, pitch: int) -> float:
        """Return what it costs that the lowest voice has another note than it should."""
        wanted = self.basses[beat] if voice == len(self.ranges) - 1 and self.basses else None
        cost: float = rules()["other_bass"] if wanted is not None and pitch % 12 != wanted else 0.0
        return cost

    def _moving(self, voice: int, beat: int) -> list[tuple[int, int, int | None, bool]]:
        """Return how other voices move to a beat: one entry for each that moves.

        Each entry has the pitches just before the beat and on it, the pitch a beat earlier (None where it
        is the same as now), and whether both voices are the outer ones.
        """
        slot, last = beat * SLOTS, len(self.ranges) - 1
        found = []
        for other in range(len(self.ranges)):
            here, now = self._at(other, slot - 1), self._at(other, slot)
            if other != voice and here is not None and now is not None and here != now:
                early = self._at(other, slot - SLOTS)
                found.append((here, now, None if early == now else early, {voice, other} == {0, last}))
        return found

    def _move_cost(
        self, last: int, pitch: int, moving: Sequence[tuple[int, int, int | None, bool]]
    ) -> float:
        """Return what it costs to go to a pitch on a beat: its leap, and its motion against the others."""
        table = rules()
        cost: float = table["leaps"].get(abs(pitch - last), table["other_leap"])
        if pitch == last:
            return cost
        for here, now, early, is_outer in moving:
            gap = abs(pitch - now) % 12
            if gap not in _PERFECT:
                continue
            if abs(last - here) % 12 == gap:
                cost += table["parallel"]
            if early is not None and abs(last - early) % 12 == gap:
                cost += table["parallel"] / 2
            if is_outer and (pitch - last) * (now - here) > 0 and abs(pitch - last) > 2:
                cost += table["hidden"]
        return cost

    def _figure(self, free: dict[int, list[int]], rng: Random, busy: float) -> None:
        """Let free voices move between beats, and hold what stays."""
        for voice in sorted(free):
            for beat in free[voice]:
                slot = beat * SLOTS
                here, after = self._at(voice, slot), self._at(voice, slot + SLOTS)
                if here is None or after is None or rng.random() >= busy:
                    continue
                for pitch in self._between(beat, here, after):
                    if self._can_pass(voice, slot + 2, here, pitch, after):
                        self._split(voice, slot, pitch)
                        break
        for voice in sorted(free):
            self._hold(voice, set(free[voice]))

    def _between(self, beat: int, here: int, after: int) -> list[int]:
        """Return notes that lead from one to the next: passing notes, neighbours, or notes of the chord."""
        key, gap = self.keys[beat], after - here
        scale = set(key.scale)
        if key.is_minor and gap > 0:
            # The sixth and seventh of a minor key are raised on the way up.
            scale = {*key.scale[:5], (key.scale[5] + 1) % 12, (key.scale[6] + 1) % 12}
        if abs(gap) in (3, 4):
            inner = range(min(here, after) + 1, max(here, after))
            return [p for p in inner if p % 12 in scale][:1]
        if gap == 0:
            return [p for p in (here - 1, here - 2, here + 2, here + 1) if p % 12 in scale][:2]
        near = range(here - 4, here + 5)
        members = [p for p in near if p != here and p % 12 in self.chords[beat]]
        return sorted(
            (p for p in members if abs(p - after) <= 4 and p != after), key=lambda p: abs(p - after)
        )

    def _can_pass(self, voice: int, slot: int, here: int, pitch: int, after: int) -> bool:
        low, high = self.ranges[voice]
        if not low <= pitch <= high:
            return False
        is_member = pitch % 12 in self.chords[slot // SLOTS]
        for other in range(len(self.ranges)):
            now = self._at(other, slot)
            if other == voice or now is None:
                continue
            if (pitch - now) * (other - voice) <= 0:
                return False
            gap = abs(pitch - now) % 12
            if gap in _CLASHES and (slot in self.attacks[other] or is_member):
                return False
            before, then = self._at(other, slot - 1), self._at(other, slot + 2)
            if before is not None and before != now and _is_parallel(here, pitch, before, now):
                return False
            late = self._at(other, slot + 1)
            if (
                then is not None
                and late is not None
                and then != late
                and _is_parallel(pitch, after, late, then)
            ):
                return False
        return True

    def _split(self, voice: int, slot: int, pitch: int) -> None:
        whole = next(tone for tone in self.tones[voice] if tone.start == slot)
        self.tones[voice].remove(whole)
        self.add(voice, Tone(slot, 2, whole.height))
        self.add(voice, Tone(slot + 2, 2, pitch))

    def _hold(self, voice: int, free: set[int]) -> None:
        """Join notes of one pitch in free beats, inside a bar's half, into one."""
        tones = sorted(self.tones[voice])
        kept: list[Tone] = []
        for tone in tones:
            last = kept[-1] if kept else None
            joins = (
                last is not None
                and last.height == tone.height
                and last.start + last.length == tone.start
                and tone.start % SLOTS == 0
                and tone.start // SLOTS in free
                and last.start // SLOTS in free
                and tone.start // SLOTS not in self.cuts
                and last.length < 4 * SLOTS
            )
            if joins and last is not None:
                kept[-1] = Tone(last.start, last.length + tone.length, last.height)
                self.attacks[voice].discard(tone.start)
            else:
                kept.append(tone)
        self.tones[voice] = kept


def _is_parallel(here: int, after: int, other: int, then: int) -> bool:
    """Return whether two voices move from a fifth or an octave to another."""
    gap = abs(after - then) % 12
    return here != after and other != then and gap in _PERFECT and abs(here - other) % 12 == gap
