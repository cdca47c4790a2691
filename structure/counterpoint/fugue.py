"""Fugue and invention: subject, answer, countersubject, episodes, middle entries, stretto and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from structure.base.sampling import generator, pick
from structure.counterpoint.places import Piece, Place, cadence, close, dominant, find_related_key
from structure.counterpoint.setting import Setting
from structure.counterpoint.themes import SLOTS, Theme, Tone, answer, make_subject, rules, triad
from structure.harmony.keys import Key

_LEAPS = {0: 2.0, 1: 0.0, 2: 0.7, 3: 2.0, 4: 3.0}
"""What a countersubject's steps cost, by their size; wider ones cost more."""


@dataclass
class _Fugue:
    """A fugue while it is written. ``answers``: answers come at the fifth, not at the octave."""

    piece: Piece
    setting: Setting
    subject: Theme
    counter: Theme
    rng: Random
    answers: bool
    entered: int = 0

    @property
    def voices(self) -> int:
        return len(self.piece.ranges)


def write_fugue(piece: Piece, *, answers: bool = True) -> Setting:
    """Return a fugue, or with answers at the octave an invention."""
    rng = generator(piece.seed, "fugue")
    subject = make_subject(subject_beats(piece.bar), rng)
    fugue = _Fugue(piece, piece.setting(), subject, countersubject(subject), rng, answers)
    for number, place in enumerate(piece.places):
        after = piece.places[number + 1] if number + 1 < len(piece.places) else None
        if place.what == "exposition":
            _expose(fugue, place)
        elif place.what == "entry":
            _enter(fugue, place)
        elif place.what == "stretto":
            _overlap(fugue, place)
        elif place.what == "coda":
            _end(fugue, place)
        else:
            _episode(fugue, place, after)
        if after is None and place.what != "coda":
            close(fugue.setting, piece, max(place.start, place.end - 2 * piece.bar))
    fugue.setting.fill(rng, 0.9 if fugue.voices < 3 else 0.55)
    return fugue.setting


def subject_beats(bar: int) -> int:
    """Return the beats of a subject: two bars."""
    return max(4, 2 * bar)


def countersubject(subject: Theme) -> Theme:
    """Return a line against the subject, from its second beat on, that can be above it or below it."""
    # On each beat it has steps of the chord a third or a sixth from the subject, which stay so when the two
    # change places. Where there are none, it has octaves, or else any step of the chord.
    heights = [_sounding(subject, beat) for beat in range(subject.beats)]
    lower = []
    for height, chord in zip(heights, subject.chords, strict=True):
        members = {chord % 7, (chord + 2) % 7, (chord + 4) % 7}
        steps = [step for step in range(height - 13, height - 1) if step % 7 in members]
        good = [step for step in steps if (height - step) % 7 in (2, 5)]
        lower.append(good or [step for step in steps if (height - step) % 7 == 0] or steps)

    # The cheapest way through these: few leaps, and rather against the subject than along with it.
    best: dict[int, tuple[float, list[int]]] = {step: (0.0, [step]) for step in lower[1]}
    for beat in range(2, subject.beats):
        rise = heights[beat] - heights[beat - 1]
        found = {}
        for step in lower[beat]:
            cost, way = min(
                (old + _LEAPS.get(abs(step - last), 9.0) + (3 if rise * (step - last) > 0 else 0), way)
                for last, (old, way) in best.items()
            )
            found[step] = (cost, [*way, step])
        best = found
    way = min(best.values())[1]

    # Thirds get a passing note where the subject strikes none with it, or is a third or a sixth from it.
    starts = {tone.start for tone in subject.tones}
    tones: list[Tone] = []
    for i, step in enumerate(way):
        at = (i + 1) * SLOTS
        after = way[i + 1] if i + 1 < len(way) else step
        middle = (step + after) // 2
        is_clear = at + 2 not in starts or (_sounding_at(subject, at + 2) - middle) % 7 in (2, 5)
        passes = abs(after - step) == 2 and is_clear
        tones.append(Tone(at, 2 if passes else SLOTS, step))
        if passes:
            tones.append(Tone(at + 2, 2, middle))
    return Theme(tuple(tones), subject.chords)


def _sounding(theme: Theme, beat: int) -> int:
    return _sounding_at(theme, beat * SLOTS)


def _sounding_at(theme: Theme, slot: int) -> int:
    return next(t.height for t in theme.tones if t.start <= slot < t.start + t.length)


def _expose(fugue: _Fugue, place: Place) -> None:
    """Let each voice enter with the subject or its answer, and go on with the countersubject."""
    order: Sequence[int] = pick(fugue.rng, rules()["entries"][fugue.voices])
    beats, home = fugue.subject.beats, fugue.piece.key
    for number, voice in enumerate(order):
        start = place.start + number * beats
        if start + beats > place.end:
            fugue.setting.rest(voice, place.start, place.end)
            continue
        _pair(fugue, voice, order[number - 1] if number else None, start, home, is_answer=number % 2 == 1)
        fugue.setting.rest(voice, place.start, start)
    _lead_home(fugue, place, place.start + len(order) * beats, home)


def _pair(fugue: _Fugue, voice: int, other: int | None, start: int, key: Key, *, is_answer: bool) -> None:
    """Lay the subject or its answer in one voice, and the countersubject in another."""
    theme = fugue.subject
    if is_answer and fugue.answers:
        theme, key = answer(theme), dominant(key)
    fugue.setting.set_harmony(start, theme.chords, key)
    if theme.chords[0] != fugue.subject.chords[0]:
        fugue.setting.set_harmony(start, [0], fugue.piece.key)
    fugue.setting.lay(voice, start, theme, key)
    if other is not None:
        # The countersubject stays on its side of the subject.
        fugue.setting.lay(other, start, fugue.counter, key)


def _enter(fugue: _Fugue, place: Place) -> None:
    """Lay the middle entries in a related key; the voices of subject and countersubject change places."""
    home = fugue.piece.key
    degrees: Sequence[int] = rules()["entry_keys"][home.family]
    key = find_related_key(home, degrees[fugue.entered % len(degrees)])
    beats = fugue.subject.beats
    start = place.start
    while start + beats <= place.end:
        fugue.entered += 1
        # The voice below enters first, so that what was above in the exposition lies below.
        voice = (fugue.voices - fugue.entered) % fugue.voices
        _pair(fugue, voice, (voice + 1) % fugue.voices, start, key, is_answer=False)
        if fugue.voices > 2 and start > 0:
            fugue.setting.rest(voice, max(0, start - fugue.piece.bar), start)
        start += beats
    _lead_home(fugue, place, start, key)


def _lead_home(fugue: _Fugue, place: Place, start: int, key: Key) -> None:
    """Set harmony for the beats of a place that its themes leave over."""
    if start < place.end:
        rest = place.end - start
        fugue.setting.set_harmony(start, [(0, 3, 1, 4)[i % 4] for i in range(rest)], key)


def _episode(fugue: _Fugue, place: Place, after: Place | None) -> None:
    """Move the head of the subject down by step from voice to voice, and lead to the next key."""
    bar, home = fugue.piece.bar, fugue.piece.key
    head = fugue.subject.head(bar)
    key = home
    if after is not None and after.what == "entry":
        degrees: Sequence[int] = rules()["entry_keys"][home.family]
        key = find_related_key(home, degrees[fugue.entered % len(degrees)])
    first = fugue.entered % fugue.voices
    turns = max(1, place.beats // bar - 1)
    for turn in range(turns):
        start = place.start + turn * bar
        moved = head.shift_steps(5 - turn)
        fugue.setting.set_harmony(start, moved.chords, home)
        fugue.setting.lay((first + turn) % fugue.voices, start, moved, home)
    left = place.start + turns * bar
    if left < place.end:
        rest = place.end - left
        fugue.setting.set_harmony(left, [0] * rest, key)
        cadence(fugue.setting, place.end, key, min(rest, 3))


def _overlap(fugue: _Fugue, place: Place) -> None:
    """Let the subject enter before it has ended in another voice, as near as the two go together."""
    setting, home, subject = fugue.setting, fugue.piece.key, fugue.subject
    distance, steps = stretto(subject)
    order = [0, *range(fugue.voices - 1, 0, -1)]
    voice, start = 0, place.start
    laid: list[tuple[int, Theme]] = []
    while start + subject.beats <= place.end and voice < fugue.voices:
        theme = subject.shift_steps(steps) if steps and voice % 2 else subject
        setting.lay(order[voice], start, theme, home)
        laid.append((start, theme))
        start, voice = start + distance, voice + 1
    sounding = [
        {_sounding(theme, beat - at) % 7 for at, theme in laid if at <= beat < at + theme.beats}
        for beat in range(place.start, place.end)
    ]
    setting.set_harmony(place.start, harmonise(sounding), home)
    _lead_home(fugue, place, max((s + t.beats for s, t in laid), default=place.start), home)


def stretto(subject: Theme) -> tuple[int, int]:
    """Return at how many beats, and how many steps higher, the subject goes best with itself."""

    def clashes(distance: int, steps: int) -> float:
        found = _along_perfectly(subject, distance, steps) + _along_perfectly(subject, 2 * distance, 0)
        for beat in range(distance, subject.beats):
            gap = (_sounding(subject, beat) - _sounding(subject, beat - distance) - steps) % 7
            found += (0.0, 3.0, 0.0, 1.5, 0.7, 0.0, 3.0)[gap]
        return found / max(1, subject.beats - distance) + 0.12 * distance + 0.2 * bool(steps)

    ways = [(d, s) for d in range(2, subject.beats - 1) for s in (0, -3, 4)]
    return min(ways, key=lambda way: clashes(*way))


def _along_perfectly(subject: Theme, distance: int, steps: int) -> float:
    """Return what it costs that the subject moves in fifths or octaves with itself."""
    found, before = 0.0, (0, 0)
    for slot in range(distance * SLOTS, subject.beats * SLOTS):
        upper, lower = (_sounding_at(subject, slot), _sounding_at(subject, slot - distance * SLOTS) + steps)
        gap = (upper - lower) % 7
        moves = slot > distance * SLOTS and upper != before[0] and lower != before[1]
        found += 40.0 * (moves and gap in (0, 4, 3) and (before[0] - before[1]) % 7 == gap)
        before = upper, lower
    return found


def harmonise(steps: Sequence[set[int]]) -> list[int]:
    """Return a triad for each beat, as degrees, that has the steps which sound there and goes on well."""
    moves = rules()["moves"]
    best: dict[int, tuple[float, list[int]]] = {}
    for number, sounding in enumerate(steps):
        found: dict[int, tuple[float, list[int]]] = {}
        for degree in range(6):
            members = {degree, (degree + 2) % 7, (degree + 4) % 7}
            own = 6.0 * len(sounding - members) + 0.3 * (degree == 2)
            if not number:
                found[degree] = (own + 0.5 * (degree != 0), [degree])
                continue
            cost, way = min(
                (old - moves[last].get(degree, -1.0) / 3, way) for last, (old, way) in best.items()
            )
            found[degree] = (cost + own, [*way, degree])
        best = found
    return min(best.values())[1]


def _end(fugue: _Fugue, place: Place) -> None:
    """Lay the last entry over the tonic that stays in the bass, where there is room, and a cadence."""
    piece, setting = fugue.piece, fugue.setting
    close(setting, piece, place.start)
    hold = piece.bar
    if fugue.voices > 2 and place.beats >= hold + fugue.subject.beats + 2:
        low, high = piece.ranges[-1]
        setting.set_harmony(place.start, fugue.subject.chords, piece.key)
        setting.lay(0, place.start, fugue.subject, piece.key)
        tonic = next(p for p in range(low, high + 1) if p % 12 == piece.key.root)
        for start in range(place.start, place.start + fugue.subject.beats, piece.bar):
            setting.add(fugue.voices - 1, Tone(start * SLOTS, piece.bar * SLOTS, tonic))
    if piece.key.is_minor:
        # The last chord of a minor piece is major.
        for beat in range(piece.beats - hold, piece.beats):
            setting.chords[beat] = frozenset(
                (p + 1) % 12 if p == (piece.key.root + 3) % 12 else p for p in triad(0, piece.key)
            )
