"""Articulation written onto the notes of a visit, and the pedal of its pianos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from structure.arrange.articulation.rules import Rule, has_pedal, rules_of
from structure.arrange.articulation.ways import ways_in, what_is_played
from structure.arrange.context import Player, SectionContext
from structure.arrange.figures import strong_positions
from structure.arrange.solos.habits import prompt_of
from structure.base.exact import Fraction
from structure.base.types import UNWANTED, Articulation, Role, Unwanted, Way
from structure.plans.score import Control, Note, Part

_EARLY = 0.03
"""Quarters by which a player may be early or late of the place that is meant."""

_JOINED = 5
"""Semitones of the widest interval that is slurred."""

_APART = 1.5
"""Lengths of a note that pass up to the next where it stands apart."""

_SUSTAIN = 64
_CHANGE = Fraction(1, 8)
"""Quarters for which the pedal is up where the chord changes."""


Asked = tuple[str, Way | Unwanted]
"""The name of a stem, and a way in which it is to be played, or is not."""


def with_articulation(
    parts: Mapping[str, Part], ctx: SectionContext, players: Sequence[Player], asked: Sequence[Asked] = ()
) -> dict[str, Part]:
    """Return the parts with how their notes are played.

    What is asked for comes first, then what is said of a note already, then what is usual.
    """
    named = {player.name: player for player in players}
    found = {}
    for name, part in parts.items():
        found[name] = part
        if name not in named:
            continue
        prompt = prompt_of(named[name], ctx)
        ways = [way for stem, way in asked if stem == name]
        unwanted = [what_is_played(way) for way in UNWANTED if UNWANTED[way] in ways]
        wanted = [
            what_is_played(way)
            for way in dict.fromkeys([*(way for way in UNWANTED if way in ways), *ways_in(prompt)])
            if UNWANTED[way] not in ways
        ]
        barred = {mark for way in unwanted for mark in way.marks}
        barred |= {mark for way in wanted for mark in way.replaces}
        own = [rule for way in wanted for rule in way.notes if rule.fits(part.role, prompt, ctx.style.name)]
        usual = [
            rule for rule in rules_of(part.role, prompt, ctx.style.name) if rule.articulation not in barred
        ]
        bends = not any(way.bends for way in unwanted)
        if barred or not bends:
            found[name] = _unmark(part, barred, bends=bends)
        if own or usual:
            found[name] = _mark_notes(found[name], own, usual, ctx, bends=bends)

        asked_pedals = {way.pedal for way in wanted} | {not way.pedal for way in unwanted if way.pedal}
        is_held = True in asked_pedals or has_pedal(part.role, prompt, ctx.style.name)
        if is_held and False not in asked_pedals and part.role in _PEDALLED:
            # The pedal is up for a moment where the chord changes, and at the end.
            points: list[tuple[Fraction, int]] = []
            for chord in ctx.chords:
                points += [(chord.onset, 0), (chord.onset + min(_CHANGE, chord.duration / 2), 127)]
            pedal = Control(_SUSTAIN, (*points, (ctx.length, 0)))
            found[name] = replace(found[name], controls=(*part.controls, pedal))
    return found


_PEDALLED: tuple[Role, ...] = ("chords", "arpeggio", "lead", "pad", "bass")


def _unmark(part: Part, marks: Collection[Articulation], *, bends: bool) -> Part:
    """Return a part without some marks, and without bends unless it ``bends``."""
    notes = [note.play_as("none") if note.articulation in marks else note for note in part.notes]
    if not bends:
        notes = [replace(note, bend=()) if note.bend else note for note in notes]
    return replace(part, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Places:
    """Lengths of the metre in quarters, and how many notes begin together where."""

    beat: float
    bar: float
    strong: tuple[float, ...]
    together: Counter[float]
    following: Mapping[float, float]

    def is_at(self, onset: float, place: str) -> bool:
        """Return whether an onset is on a strong beat or not, on any beat or between two."""
        if place in ("strong", "weak"):
            rest = (onset + _EARLY) % self.bar
            is_strong = any(0 <= rest - strong <= 2 * _EARLY for strong in self.strong)
            return is_strong == (place == "strong")
        is_on = (onset + _EARLY) % self.beat <= 2 * _EARLY
        return is_on == (place == "beat")


def _mark_notes(
    part: Part, own: Sequence[Rule], usual: Sequence[Rule], ctx: SectionContext, *, bends: bool
) -> Part:
    """Return a part with each note played by the first rule that is for it.

    Rules of its ``own`` are for all notes that nobody sings, those that are ``usual`` for notes without a
    mark. Unless it ``bends``, a rule bends no note.
    """
    meter = ctx.meter
    onsets = [float(note.onset) for note in part.notes]
    together = Counter(onsets)
    ordered = sorted(together)
    following = {**dict(pairwise(ordered)), ordered[-1]: float(ctx.length)} if ordered else {}
    strong = tuple(map(float, strong_positions(meter)))
    places = _Places(float(meter.beat_quarters), float(meter.bar_quarters), strong, together, following)

    # Most rules for drums are for a few of them.
    pitches = {note.pitch for note in part.notes}
    own_of, usual_of = (
        {pitch: [rule for rule in rules if not rule.keys or pitch in rule.keys] for pitch in pitches}
        for rules in (own, usual)
    )
    before: Note | None = None
    notes = []
    for note, onset in zip(part.notes, onsets, strict=True):
        rules = own_of[note.pitch] if note.syllable is None else []
        if note.articulation == "none" and not note.bend:
            rules = [*rules, *usual_of[note.pitch]] if rules else usual_of[note.pitch]
        marked = note
        for rule in rules:
            if _fits(rule, note, onset, before, places):
                marked = note.play_as(rule.articulation)
                marked = marked.bent_up(rule.bend) if rule.bend and bends else marked
                if rule.keeps != 1.0:
                    marked = marked.move_to(note.onset, note.duration * Fraction(rule.keeps))
                break
        notes.append(marked)
        before = note
    return replace(part, notes=tuple(notes))


def _fits(rule: Rule, note: Note, onset: float, before: Note | None, places: _Places) -> bool:
    """Return whether a rule for its pitch is for a note; ``before`` is the one before it in its part."""
    # Which notes a rule takes goes by place and pitch, so that what happens to others changes nothing.
    if rule.every != 1 and (int(note.onset * 12) * 5 // 3 + note.pitch) % rule.every:
        return False
    length = float(note.duration)
    fits = (
        (rule.softer is None or note.velocity < rule.softer)
        and (rule.louder is None or note.velocity >= rule.louder)
        and (rule.shorter is None or length <= rule.shorter * places.beat + _EARLY)
        and (rule.longer is None or length >= rule.longer * places.beat - _EARLY)
        and (rule.at is None or places.is_at(onset, rule.at))
        and (rule.alone is None or rule.alone == (places.together[onset] == 1))
        and (not rule.apart or places.following[onset] - onset >= _APART * length)
    )
    if rule.moves is not None and fits:
        fits = before is not None and (note.pitch > before.pitch) == (rule.moves == "up")
    if not fits or not rule.joined:
        return fits
    # A note of a line is joined to the one before it where it goes on from that at once.
    return (
        before is not None
        and abs(onset - float(before.end)) <= 2 * _EARLY
        and 0 < abs(note.pitch - before.pitch) <= _JOINED
        and places.together[onset] == 1 == places.together[float(before.onset)]
    )
