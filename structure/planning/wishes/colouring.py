"""Moods that the notes do not show enough yet: what is planned is measured, and led on until they do.

A mood bends what the arranger writes (tempo, mode, register, figures). Which players there are and what
they play can still leave it short of the middle of its style. Then the accompaniment is led on: its chords
are spread lower or an arpeggio goes up, notes are held or let go, strokes between the beats are left out or
long notes struck twice. Each step is the same in every visit, so sections still return as they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from structure.arrange.feel import hold_until
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.outcomes.listening import Song
from structure.outcomes.measures import Measure
from structure.outcomes.moods import find_missing
from structure.plans.plan import SongPlan
from structure.plans.score import Note, Part, SectionScore, without_overlaps
from structure.specs.wishes import Wish, Wishes, is_song_wide

_PITCHED: tuple[Role, ...] = ("bass", "chords", "pad", "arpeggio", "lead")
_ACCOMPANIMENT: tuple[Role, ...] = ("chords", "pad")
_STRUCK: tuple[Role, ...] = ("chords", "arpeggio", "bass")

_LOWEST, _HIGHEST = 45, 88
"""Pitches beyond which chords are muddy or shrill."""

_BRIEFER = Fraction(2, 3)
_SHORTEST = Fraction(1, 8)
"""What a note keeps of its length when it is let go earlier, and its least length in quarters."""

_WAIT, _PAUSE = Fraction(1), Fraction(4)
"""Quarters between two strokes from which one fits between them, and above which they are a rest."""

_SOFTER = 0.85
"""The force of a stroke that is added, beside that of the note which it repeats."""

_Step = Callable[[Part, SectionScore], Part]


def with_moods(
    plan: SongPlan, wishes: Wishes, free: Collection[str], steady: Collection[str] = ()
) -> SongPlan:
    """Return the plan with notes that show the moods of the whole song which wishes ask for.

    Steps are tried in order until each mood is there. A step that takes another mood away, or does not
    bring what it is for, is left out. Tempo, mode and chords stay, as do drums, words and given notes.
    ``free`` names the stems whose notes may change, ``steady`` those that keep their pitches, such as the
    inner voices of a quartet.
    """
    moods = [wish for wish in wishes.wishes if wish.kind == "mood" and is_song_wide(wish)]
    lacks = _find_lacks(Song(plan), moods, wishes)
    for number in range(len(moods)):
        missing = lacks[number]
        for step in [step for name, way, step in _STEPS if missing.get(name) == way]:
            may_change = {*free, *(steady if step not in _MOVING else ())}
            visits = []
            for visit in plan.visits:
                score, given = visit.music.score, visit.music.given
                parts = {
                    name: step(part, score)
                    if name in may_change and part.role in _PITCHED and name not in given
                    else part
                    for name, part in score.parts.items()
                }
                music = replace(visit.music, score=replace(score, parts=parts))
                visits.append(replace(visit, music=music))
            led = replace(plan, visits=tuple(visits))

            left = _find_lacks(Song(led), moods, wishes)
            is_lost = any(after and not before for before, after in zip(lacks, left, strict=True))
            if is_lost or not left[number].keys() < lacks[number].keys():
                continue
            plan, lacks = led, left
            if not left[number]:
                break
    return plan


def _find_lacks(song: Song, moods: Sequence[Wish], wishes: Wishes) -> list[Mapping[Measure, str]]:
    """Return what each mood still lacks; nothing for one that is there."""
    return [find_missing(song, mood, wishes) for mood in moods]


def _let_go(part: Part, _score: SectionScore) -> Part:
    """Shorten notes to two thirds, but not below an eighth of a quarter. Sung and bent notes stay."""
    notes = list(part.notes)
    for i, note in enumerate(notes):
        if note.syllable is None and not note.bend:
            lasts = min(note.duration, max(note.duration * _BRIEFER, _SHORTEST))
            notes[i] = note.move_to(note.onset, lasts)
    return replace(part, notes=tuple(notes))


def _hold(part: Part, score: SectionScore) -> Part:
    """Hold notes until the next one of the part begins, or a chord that they do not belong to.

    They are held for four quarters at most, and never made shorter. Sung notes and the last ones stay.
    """
    onsets = sorted({note.onset for note in part.notes})
    notes = list(part.notes)
    for i, note in enumerate(notes):
        place = bisect_right(onsets, note.onset)
        if place < len(onsets) and note.syllable is None:
            notes[i] = hold_until(note, min(onsets[place], note.onset + 4), score.chords)
    return replace(part, notes=tuple(notes))


def _spread_down(part: Part, _score: SectionScore) -> Part:
    """Spread chords: the highest note of each strike goes down an octave, where that is not muddy."""
    if part.role not in _ACCOMPANIMENT:
        return part
    notes: list[Note] = []
    for strike in _strikes(part):
        struck = sorted(strike, key=lambda note: note.pitch)
        top = replace(struck[-1], pitch=struck[-1].pitch - 12)
        is_clear = len(struck) > 2 and top.pitch >= _LOWEST
        taken = {note.pitch for note in struck[:-1]}
        notes += [*struck[:-1], top if is_clear and top.pitch not in taken else struck[-1]]
    return replace(part, notes=tuple(without_overlaps(notes)))


def _raise(part: Part, _score: SectionScore) -> Part:
    """Play an arpeggio an octave higher, where all of it stays below what is shrill."""
    if part.role != "arpeggio" or any(note.pitch + 12 > _HIGHEST for note in part.notes):
        return part
    return replace(part, notes=tuple(replace(note, pitch=note.pitch + 12) for note in part.notes))


def _thin_out(part: Part, _score: SectionScore) -> Part:
    """Leave out strokes off the beat with the pitches of the one before, and hold that one instead.

    Beats are quarters. The one before must be at most a quarter away.
    """
    if part.role not in _ACCOMPANIMENT:
        return part
    notes: list[Note] = []
    before: list[Note] = []
    for strike in _strikes(part):
        at, end = strike[0].onset, max(note.end for note in strike)
        follows = at.denominator > 1 and before and at - before[0].onset <= 1
        if follows and {note.pitch for note in strike} == {note.pitch for note in before}:
            before = [note.move_to(note.onset, max(note.duration, end - note.onset)) for note in before]
        else:
            notes += before
            before = strike
    return replace(part, notes=tuple(without_overlaps([*notes, *before])))


def _strike_again(part: Part, _score: SectionScore) -> Part:
    """Strike chords and bass again, a little softer, in the middle of long waits, on an eighth."""
    return _repeat(part) if part.role in _STRUCK else part


def _strike_all_again(part: Part, score: SectionScore) -> Part:
    """Strike all that is no melody again, and chords and bass once more."""
    return part if part.role == "lead" else _strike_again(_repeat(part), score)


def _repeat(part: Part) -> Part:
    """Strike what waits for a quarter or more again in the middle of its wait."""
    strikes = list(_strikes(part))
    ends = [strike[0].onset for strike in strikes[1:]]
    notes: list[Note] = []
    for strike, end in zip(strikes, [*ends, None], strict=True):
        at = strike[0].onset
        if end is None or end - at < _WAIT or end - at > _PAUSE:
            notes += strike
            continue
        again = Fraction(round(at + end), 2)
        for note in strike:
            if note.bend or not at < again < end:
                notes.append(note)
                continue
            second = note.move_to(again, min(note.duration, end - again))
            notes.append(note.move_to(at, min(note.duration, again - at)))
            notes.append(replace(second, velocity=max(1, round(note.velocity * _SOFTER))))
    return replace(part, notes=tuple(without_overlaps(notes)))


_STEPS: Sequence[tuple[Measure, str, _Step]] = (
    ("articulation", "short", _let_go),
    ("articulation", "long", _hold),
    ("register", "low", _spread_down),
    ("register", "high", _raise),
    ("density", "sparse", _thin_out),
    ("density", "dense", _strike_again),
    ("density", "dense", _strike_all_again),
)
"""The steps towards what a mood lacks, those first that change the music least."""


_MOVING: Collection[_Step] = (_spread_down, _raise)
"""Those that change pitches."""


def _strikes(part: Part) -> Iterator[list[Note]]:
    """Yield the notes that begin together, in order of time."""
    ordered = sorted(part.notes, key=lambda note: note.onset)
    for _, strike in groupby(ordered, key=lambda note: note.onset):
        yield list(strike)
