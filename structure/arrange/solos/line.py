"""The line of a solo: statements in rhythms of a beat or two, from one tone of the chords to the next.

Each beat or two begins on a tone of its chord; what lies between leads there. A statement may answer the
one before in its rhythm, move a figure up or down, repeat a riff, or hold long notes. All of them end on a
longer note, and leave room to breathe.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from structure.arrange.context import SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.scales import nearest
from structure.arrange.solos.habits import STEPS, Habits, Soloist, line_rhythms, paces_of, pulse_of
from structure.arrange.solos.paths import ladder, scale_tones, way
from structure.arrange.solos.shape import Statement, Stroke, plan_statements
from structure.arrange.solos.touch import touch_notes
from structure.base.exact import Fraction
from structure.base.sampling import pick, pick_weighted
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note

Cell = Sequence[tuple[Fraction, Fraction]]
"""Onsets and lengths of the notes of a beat or two."""

_WAVES: tuple[tuple[int, ...], ...] = (
    (0, 3, 6, 3, -1),
    (5, 3, 0, -2, -4),
    (-4, -1, 2, 4, 6),
    (3, -2, 0, 4, 1),
    (0, 2, -2, 4, 0),
    (6, 2, 5, 0, -3),
)
"""Semitones around the middle of a statement at even places in it."""

_RISES = (0.3, 0.74)
"""Where in the range a solo lies where it is weakest and where it is strongest."""

_FARTHEST = 7
"""Semitones from an aim to the next that lie well."""

_RIFF_CELLS = ("middle", "busy")
_FORCE, _STRONGER = 84, 22
"""Velocity of a solo where it is weakest, and what it gains."""

_ACCENT, _PASSING = 8, -7
_LINGERS_BELOW = 0.5
"""How strong a solo is up to where its statements end on strong beats if they can."""

_OCTAVE = 12
_DRIVES_ABOVE = 0.6
"""How strong a solo is from where it does not dwell on the ends of its statements."""

_ROOMY = 12
"""Beats of a last statement that has room for a longer last note."""

_RIFF_BARS = 2
"""Bars through which a riff is repeated at most."""

_LATE = 5
"""Semitones by which a statement that ends a solo may move from where it is, to come to rest."""


def write_line(
    ctx: SectionContext,
    soloist: Soloist,
    habits: Habits,
    start: Fraction,
    end: Fraction,
    rng: random.Random,
    forces: tuple[float, float] = (0.0, 1.0),
) -> list[Note]:
    """Return the solo of a player from ``start`` to ``end``, straight and exactly on the grid.

    ``forces`` are the shares of a whole solo between which this stretch lies. Where it ends a song, its
    last note is held.
    """
    last = min(end, ctx.final_onset) if ctx.ends_song else end
    statements = plan_statements(start, last, ctx, habits, rng, forces) if last > start else []
    player = _Improviser(ctx, soloist, habits, rng)
    player.pitch = player.middle(statements[0].force if statements else 0.5)
    notes: list[Note] = []
    for statement in statements:
        strokes = player.strokes(statement)
        if strokes:
            # What still sounds ends where the statement begins.
            at = strokes[0].onset
            notes = [
                replace(note, duration=at - note.onset) if note.onset < at < note.end else note
                for note in notes
            ]
        played = touch_notes(strokes, statement, ctx, soloist, habits, rng)
        notes += [_come_nearer(notes[-1], played), *played[1:]] if notes and played else played
    if ctx.ends_song and end > last:
        final = nearest(player.pitch, (ctx.chords[-1].root,), soloist.low, soloist.high)
        notes = with_held_ending(notes, ctx, [final])
    return notes


def _come_nearer(last: Note, played: Sequence[Note]) -> Note:
    """Return the first note of a statement, an octave nearer to the last one where it is further off."""
    first = played[0]
    apart = first.pitch - last.pitch
    nearer = first.transpose_by(-12 if apart > 0 else 12)
    goes_on = len(played) == 1 or abs(played[1].pitch - nearer.pitch) <= _OCTAVE
    return nearer if abs(apart) > _OCTAVE and goes_on else first


@dataclass
class _Improviser:
    """A player who makes up a solo, and what it remembers.

    That is the last pitch, and the last statement's rhythms and wave.
    """

    ctx: SectionContext
    soloist: Soloist
    habits: Habits
    rng: random.Random
    pitch: int = 0
    rhythms: list[str] = field(default_factory=list)
    wave: tuple[int, ...] = _WAVES[0]

    def middle(self, force: float) -> int:
        """Return where in the range a solo of some force lies."""
        low, high = _RISES
        return round(
            self.soloist.low + (self.soloist.high - self.soloist.low) * (low + (high - low) * force)
        )

    def strokes(self, statement: Statement) -> list[Stroke]:
        """Return the notes of a statement."""
        landing = self._landing(statement)
        scale = pick_weighted(self.rng, self.habits.scales)
        if statement.kind not in ("answer", "sequence"):
            self.wave = pick(self.rng, _WAVES)
        cells = list(self._cells(statement, landing))
        strokes: list[Stroke] = []
        if statement.kind == "riff" and any(cells):
            until = statement.bars_from + _RIFF_BARS * self.ctx.meter.bar_quarters
            riff = [cell for cell in cells if cell and cell[0][0] < until]
            cells = [cell for cell in cells if cell and cell[0][0] >= until]
            strokes = self._riff(riff, statement, scale) if riff else []
        if cells:
            strokes += self._lead_line(cells, landing, statement, scale)
        return [*strokes, *self._land(statement, landing)]

    def _landing(self, statement: Statement) -> Fraction:
        """Return where the last note of a statement begins: on a beat, a strong one if it may be."""
        beat = self.ctx.meter.beat_quarters
        beats = (
            pick(self.rng, (2, 2, 3))
            if statement.kind in ("wail", "trill")
            else pick(self.rng, (1, 1, 1, 2))
        )
        if statement.force > _DRIVES_ABOVE and statement.kind not in ("wail", "trill"):
            beats = 1
        is_long = statement.end - statement.bars_from > self.ctx.meter.bar_quarters
        if not is_long:
            beats = 1
        elif statement.is_last and statement.end - statement.bars_from >= _ROOMY * beat:
            beats = max(beats, 2)
        earliest = max(statement.start, statement.bars_from)
        # Where a solo drives on, half a beat is enough for the last note of a statement.
        drives = statement.force > _DRIVES_ABOVE and not statement.is_last and beats == 1
        least = beat / 2 if drives else beats * beat
        latest = max((statement.stop - least) // beat * beat, earliest)
        if is_long and statement.force < _LINGERS_BELOW and not self.ctx.is_accented(latest):
            earlier = latest - beat
            return earlier if earlier > earliest and self.ctx.is_accented(earlier) else latest
        return latest

    def _cells(self, statement: Statement, landing: Fraction) -> Iterator[Cell]:
        """Yield onsets and lengths of what comes before the landing, a beat or two at a time."""
        bar, beat, pulse = self.ctx.meter.bar_quarters, self.ctx.meter.beat_quarters, pulse_of(self.ctx)
        step = beat / STEPS[pulse]
        before, self.rhythms = self.rhythms, []
        at = statement.start
        while at < landing:
            # Two beats belong together where they are a half of the bar.
            place = at % bar
            is_pair = bar - place >= 2 * beat and (place / beat) % 2 == 0
            beats = 2 if is_pair and at + 2 * beat <= landing else 1
            # A rhythm that comes again is as busy as where it leads to.
            repeats = statement.kind in ("riff", "sequence")
            force = statement.rise[1] if repeats else statement.force_at(at)
            now = replace(statement, force=force)
            pattern = self._pattern(len(self.rhythms), beats, before, now)
            self.rhythms.append(pattern)
            cell = []
            for index, sign in enumerate(pattern):
                if sign == "x":
                    rest = pattern[index + 1 :]
                    held = len(rest) - len(rest.lstrip("-"))
                    cell.append((at + index * step, (1 + held) * step))
            yield cell
            at += beats * beat

    def _pattern(self, index: int, beats: int, before: Sequence[str], statement: Statement) -> str:
        """Return the rhythm of the next beat or two: of the statement before, of this one, or another."""
        pulse = pulse_of(self.ctx)
        size = beats * STEPS[pulse]
        if statement.kind == "answer" and index < len(before) - 1 and len(before[index]) == size:
            return before[index]
        if statement.kind in ("riff", "sequence"):
            again = next((rhythm for rhythm in self.rhythms if len(rhythm) == size), None)
            if again is not None:
                return again
        level = self._level(statement)
        fitting = [rhythm for rhythm in line_rhythms(pulse)[level] if len(rhythm) == size]
        if statement.kind in ("riff", "sequence"):
            fitting = [rhythm for rhythm in fitting if rhythm[0] == "x"] or fitting
        return pick(self.rng, fitting)

    def _level(self, statement: Statement) -> str:
        """Return how busy the next rhythm is, by the style's pace, the tempo and what the player can do."""
        slow, fast = self.habits.pace
        pace = min(slow + (fast - slow) * statement.force, self.soloist.fastest)
        pace *= 1.0 + 0.25 * self.ctx.feeling.density
        wanted = pace * 60.0 / self.ctx.tempo_bpm * (0.85 + 0.3 * self.rng.random())
        paces = paces_of(pulse_of(self.ctx))
        most = self.soloist.fastest * 60.0 / self.ctx.tempo_bpm
        if statement.kind == "wail":
            return "sparse"
        if statement.kind == "riff":
            wanted = max(wanted, paces["middle"])
        levels = [level for level, notes in paces.items() if notes <= max(most, paces["sparse"])]
        return min(levels, key=lambda level: abs(paces[level] - wanted))

    def _lead_line(
        self,
        cells: Sequence[Cell],
        landing: Fraction,
        statement: Statement,
        scale: str,
    ) -> list[Stroke]:
        """Return a line that begins each beat or two on an aim, and goes from aim to aim in figures."""
        own = self._aims(cells, landing, statement)
        figure = pick_weighted(self.rng, self.habits.figures)
        found: list[Stroke] = []
        for cell, (aim, after) in zip((cell for cell in cells if cell), pairwise(own), strict=True):
            if statement.kind != "sequence":
                figure = pick_weighted(self.rng, self.habits.figures)
            chord = chord_at(self.ctx.chords, cell[0][0])
            tones = scale_tones(scale, chord, self.ctx)
            pitches = way(
                figure, aim, after, len(cell), tones, chord, (self.soloist.low, self.soloist.high), self.rng
            )
            found += _strike_cell(cell, pitches, statement)
        self.pitch = found[-1].pitch if found else self.pitch
        return self._on_their_chords(found)

    def _aims(self, cells: Sequence[Cell], landing: Fraction, statement: Statement) -> list[int]:
        """Return the pitches on which the cells begin, and that of the landing."""
        starts = [cell[0][0] for cell in cells if cell]
        sizes = [len(cell) for cell in cells if cell]
        middle, wave = self.middle(statement.force), self.wave
        middle += 3 if statement.kind == "wail" else 0
        found: list[int] = []
        pitch = self.pitch
        for index, onset in enumerate([*starts, landing]):
            share = index / max(1, len(starts))
            place = share * (len(wave) - 1)
            whole = min(int(place), len(wave) - 2)
            height = wave[whole] + (wave[whole + 1] - wave[whole]) * (place - whole)
            chord = chord_at(self.ctx.chords, onset)
            reach = _FARTHEST + (2 if index and sizes[index - 1] > 3 else 0)
            pitch = self._aim(pitch, middle + height, chord, reach)
            found.append(pitch)
        return found

    def _aim(self, before: int, wanted: float, chord: ChordEvent, reach: int) -> int:
        """Return a tone of the chord near where the line is to be, and not too far from the aim before."""
        options = ladder(frozenset(chord.pitch_classes), self.soloist.low, self.soloist.high)
        # Where the harmony is what a solo is about, thirds and sevenths tell most of it.
        telling = set(chord.pitch_classes[1::2]) if "enclosure" in self.habits.figures else {chord.root}

        def cost(pitch: int) -> tuple[float, int]:
            leap = abs(pitch - before)
            return (
                abs(pitch - wanted)
                + 1.5 * max(0, leap - reach)
                + (2.5 if leap == 0 else 0.0)
                - (1.5 if pitch % 12 in telling else 0.0)
                + jitter[pitch]
            ), pitch

        jitter = {pitch: 2.5 * self.rng.random() for pitch in options}
        return min(options, key=cost)

    def _riff(self, cells: Sequence[Cell], statement: Statement, scale: str) -> list[Stroke]:
        """Return a figure of a beat or two that is repeated.

        Only strokes on strong beats that do not fit their chord move, to its nearest tone.
        """
        first = next(cell for cell in cells if cell)
        chord = chord_at(self.ctx.chords, first[0][0])
        tones = scale_tones(scale, chord, self.ctx)
        span = self.soloist.low, self.soloist.high
        top = nearest(self.middle(statement.force) + 2, chord.pitch_classes, *span)
        scale_down = ladder(tones, *span)
        place = scale_down.index(top)
        shape = pick(
            self.rng, ((0, -1, -2, -1), (0, -2, -1, 0), (0, 0, -1, -2), (0, 1, 0, -2), (0, -3, -2, -1))
        )
        figure = [
            scale_down[min(max(place + shape[i % len(shape)], 0), len(scale_down) - 1)]
            for i in range(max(len(cell) for cell in cells))
        ]
        found: list[Stroke] = []
        for cell in cells:
            found += _strike_cell(cell, figure[: len(cell)], statement)
        self.pitch = found[-1].pitch if found else self.pitch
        return self._on_their_chords(found)

    def _on_their_chords(self, strokes: Sequence[Stroke]) -> list[Stroke]:
        """Return the strokes with foreign ones on strong beats moved to the nearest tone of the chord.

        Those where a chord begins count as strong.
        """
        found = []
        for written in strokes:
            stroke = written
            chord = chord_at(self.ctx.chords, stroke.onset)
            is_strong = self.ctx.is_accented(stroke.onset) or stroke.onset == chord.onset
            if is_strong and stroke.pitch % 12 not in chord.pitch_classes:
                pitch = nearest(stroke.pitch, chord.pitch_classes, self.soloist.low, self.soloist.high)
                stroke = replace(stroke, pitch=pitch)
            found.append(stroke)
        return found

    def _land(self, statement: Statement, landing: Fraction) -> list[Stroke]:
        """Return the last note of a statement, or the trill in its place."""
        chord = chord_at(self.ctx.chords, landing)
        # A solo comes to rest on the root, third or fifth.
        tones = {chord.root, *chord.pitch_classes[:3]} if statement.is_last else chord.pitch_classes
        span = self.soloist.low, self.soloist.high
        wanted = self.pitch + pick(self.rng, (-2, -1, 2, 3) if not statement.is_last else (-_LATE, -2, 2))
        pitch = nearest(wanted, tones, *span)
        self.pitch = pitch
        length = statement.stop - landing
        if length <= 0:  # a statement that ends before its bar has no room for it
            return []
        force = round(_FORCE + _STRONGER * statement.force + _ACCENT)
        if statement.kind != "trill":
            return [Stroke(landing, length, pitch, True, force)]
        scale_above = ladder(scale_tones("chord", chord, self.ctx), *span)
        above = next((tone for tone in scale_above if tone > pitch), pitch)
        step = self.ctx.meter.beat_quarters / STEPS[pulse_of(self.ctx)]
        while (
            step
            * 60
            / Fraction(round(self.ctx.tempo_bpm))
            * self.soloist.fastest
            / self.ctx.meter.beat_quarters
            < 1
        ):
            step *= 2
        count = int(length / step) - int(length / step) % 2
        shaken = [
            Stroke(landing + i * step, step, above if i % 2 else pitch, i == 0, force - (6 if i % 2 else 0))
            for i in range(max(1, count - 1))
        ]
        last = landing + len(shaken) * step
        rest = statement.stop - last
        return [*shaken, Stroke(last, rest, pitch, True, force)] if rest > 0 and count > 1 else shaken


def _strike_cell(cell: Cell, pitches: Sequence[int], statement: Statement) -> Iterator[Stroke]:
    base = _FORCE + _STRONGER * statement.force
    for index, ((onset, duration), pitch) in enumerate(zip(cell, pitches, strict=True)):
        force = round(base + (_ACCENT if index == 0 else _PASSING))
        yield Stroke(onset, duration, pitch, index == 0, force)
