"""Hears a recording as a song of notes: its tempo, beats, metre, first downbeat, key, chords and players.

All of it is a guess, and told as one with how sure it is. Notes are laid on the beats that were heard, and
brought to the grid as far as is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from render.listening.chords import hear_harmony
from render.listening.notes import (
    CHORD_RATE,
    HAT,
    KICK,
    LINE_RATE,
    SNARE,
    HeardNote,
    chord_listener_file,
    hear_chords,
    hear_hits,
    hear_line,
    hear_onsets,
)
from render.listening.pulse import Pulse, find_pulse
from render.listening.recording import Recording, read_recording
from structure.base.errors import AudioFileError, MissingPackageError
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.imports.completing import complete_song
from structure.imports.guessing.metres import Beat, guess_meter
from structure.imports.shaping import move_later
from structure.imports.song import (
    Guess,
    ImportedChord,
    ImportedMeter,
    ImportedNote,
    ImportedPart,
    ImportedSong,
    ImportedTempo,
    LeftOut,
)

Kind = Literal["tune", "chords", "beat"]
"""What a recording holds: one line, notes at once, or drums."""

VERSION = 1
"""Raise it whenever the same recording would be heard otherwise."""

_TUNE_PITCHED, _SOUND_SHARE = 0.6, 0.4
"""Shares from which on what is loud in a tune has a pitch, and notes of chords sound of all time."""

_BASIC_PITCH = "pip install --no-deps basic-pitch"

_AT_ONCE, _SURELY_AT_ONCE, _SURELY_PITCHED = 1.5, 2.5, 0.85
"""Notes that sound together in the mean, from which on they are chords: more of them where nearly all has
one pitch, as a voice that wavers is heard as neighbouring notes."""

_TICKS = 480
_DOUBTFUL = 0.5
_MOST_DOUBTS = 8
_LEAST_NOTES, _LEAST_HITS = 2, 4


@dataclass(frozen=True, slots=True)
class Wish:
    """How a recording is to be heard.

    ``quantise`` is 0 to 1: how near to the grid notes are brought; ``bpm`` its tempo in quarters a minute
    and ``kind`` what it holds, where these are known.
    """

    quantise: float = 1.0
    bpm: float | None = None
    kind: Kind | None = None


AS_IT_IS = Wish()
"""Nothing is known of the recording; its notes are brought to the grid."""


_AS_A_STEM = "as a stem of the song it can play as it is: {name: take, role: audio, audio: FILE}"


@dataclass(frozen=True, slots=True)
class HeardSong:
    """A recording as notes.

    ``downbeat_s`` is where its first bar line lies, in seconds; ``pulse`` its beats.
    """

    song: ImportedSong
    recording: Recording
    kind: Kind
    pulse: Pulse
    downbeat_s: float


def check_can_listen(name: str) -> None:
    """Raise MissingPackageError where a package that listens is not installed; ``name`` is the file's."""
    for package, module in (
        ("swift-f0", "swift_f0"),
        ("onnxruntime", "onnxruntime"),
        ("librosa", "librosa"),
    ):
        if find_spec(module) is None:
            raise MissingPackageError(f"{name}: hearing a recording", package, "listen", "give it as MIDI")


def hear(path: Path, wish: Wish = AS_IT_IS, otherwise: str = _AS_A_STEM) -> HeardSong:
    """Hear what a recording plays.

    ``otherwise`` says what to do where nothing is heard. Raises MissingPackageError before anything is read
    where a listener is missing, AudioFileError for a recording that cannot be read or in which nothing is
    played.
    """
    check_can_listen(str(path))
    recording = read_recording(path)
    left_out = [LeftOut("", one) for one in recording.left_out]
    kind, notes, asides = _hear_notes(recording, wish)
    left_out += [LeftOut("", one) for one in asides]
    if len(notes) < (_LEAST_HITS if kind == "beat" else _LEAST_NOTES):
        raise AudioFileError(f"{path}: no notes can be heard in it", path=path, hint=otherwise)

    pulse = _pulse_of(recording, kind, notes, wish)
    song, first_beat = _lay_on_beats(recording, kind, notes, pulse)
    song, before = _in_bars(song, pulse)
    downbeat = pulse.seconds_at(first_beat + float(before))
    if kind == "chords":
        lines = [float(line) for line in song.bar_lines]
        bars = first_beat + float(before) - float(lines[1] if before else 0) + np.array(lines)
        song = _with_chords(song, recording, [pulse.seconds_at(float(line)) for line in bars])
    song = _quantise(complete_song(song), wish.quantise)

    guesses = (*_guesses(kind, pulse, song, wish), *song.guesses)
    doubts = [LeftOut("its sound", one) for one in recording.faults]
    return HeardSong(
        replace(song, guesses=guesses, left_out=(*left_out, *doubts)), recording, kind, pulse, downbeat
    )


def _with_chords(song: ImportedSong, recording: Recording, lines_s: Sequence[float]) -> ImportedSong:
    """Return the song with a chord to each half bar; ``lines_s`` are its bar lines in seconds."""
    halves = [(a + b) / 2 for a, b in pairwise(lines_s)]
    edges = sorted([*lines_s, *halves])
    found = hear_harmony(recording.mono(CHORD_RATE), edges)
    lines = song.bar_lines
    places = sorted([*lines, *((a + b) / 2 for a, b in pairwise(lines))])
    chords = [
        ImportedChord(Fraction(place), symbol)
        for place, (symbol, _), before in zip(places, found, [("", 0.0), *found], strict=False)
        if symbol != before[0]
    ]
    sure = float(np.mean([sure for _, sure in found])) if found else 0.0
    guess = Guess(
        "chords",
        " ".join(one.symbol for one in chords[:16] if one.symbol),
        f"heard; {100 * sure:.0f} % sure",
    )
    return replace(song, chords=tuple(chords), guesses=(*song.guesses, guess))


def _hear_notes(recording: Recording, wish: Wish) -> tuple[Kind, tuple[HeardNote, ...], list[str]]:
    """Return what a recording holds, its notes, and what could not be heard of it."""
    mono, file = recording.mono(CHORD_RATE), chord_listener_file()
    if wish.kind == "beat":
        return "beat", hear_hits(mono), []
    line = hear_line(recording.mono(LINE_RATE))
    is_line = line.pitched >= _TUNE_PITCHED
    if wish.kind == "tune":
        return "tune", line.notes, []
    if file is None:
        aside = f"notes that sound together; they are heard with basic-pitch: {_BASIC_PITCH}"
        return ("tune", line.notes, [aside]) if is_line else ("beat", hear_hits(mono), [aside])

    chords = hear_chords(mono, file)
    together = 0.0  # notes in the mean, where any sounds
    if chords:
        times = np.arange(chords[0].start, max(note.end for note in chords), 0.02)
        count = np.zeros(len(times))
        for note in chords:
            count[(times >= note.start) & (times < note.end)] += 1
        sounding = count[count > 0]
        together = float(sounding.mean()) if len(sounding) else 0.0
    least = _SURELY_AT_ONCE if line.pitched >= _SURELY_PITCHED else _AT_ONCE
    if wish.kind == "chords" or (together >= least and _sounds(chords, recording)):
        return "chords", chords, []
    if is_line:
        return "tune", line.notes, []
    return ("chords", chords, []) if _sounds(chords, recording) else ("beat", hear_hits(mono), [])


def _sounds(notes: Sequence[HeardNote], recording: Recording) -> bool:
    """Return whether notes sound on in a recording, and are no mere knocks."""
    times = np.arange(0.0, recording.seconds, 0.02)
    sounding = np.zeros(len(times), dtype=bool)
    for note in notes:
        sounding |= (times >= note.start) & (times < note.end)
    share = float(sounding.mean()) if len(times) else 0.0
    return share >= _SOUND_SHARE


_WHOLE_BARS = (4, 8, 12, 16, 24, 32, 64, 128)
"""Beats that loops have."""


def _pulse_of(recording: Recording, kind: Kind, notes: Sequence[HeardNote], wish: Wish) -> Pulse:
    """Find the pulse of a recording, by its notes, or by its attacks where these are sharp."""
    onsets = np.array([note.start for note in notes])
    weights = np.sqrt(np.array([min(1.5, note.end - note.start) + 0.05 for note in notes]))
    if kind == "beat":
        onsets, weights = np.array([note.start for note in notes]), np.ones(len(notes))
        weights[[note.pitch == 42 for note in notes]] = 0.4
    elif kind == "chords":
        times, strengths = hear_onsets(recording.mono(CHORD_RATE))
        if len(times) > 3:
            onsets, weights = times, np.sqrt(strengths)
    pulse = find_pulse(onsets, weights, recording.seconds, wish.bpm)

    # Is it a loop, cut to whole bars? Then its length tells the tempo best.
    beats = recording.seconds * pulse.bpm / 60.0
    nearest = min(_WHOLE_BARS, key=lambda count: abs(count / beats - 1.0))
    if kind == "tune" or float(onsets.min()) > 0.06 or abs(nearest / beats - 1.0) > 0.012:
        return pulse
    period = recording.seconds / nearest
    off = float(np.median(np.abs((onsets + period / 8) % (period / 4) - period / 8)))
    if off > 0.2 * period / 4:
        return pulse
    return Pulse(60.0 / period, period * np.arange(nearest + 2, dtype=np.float64), pulse.confidence, True)


def _lay_on_beats(
    recording: Recording, kind: Kind, notes: Sequence[HeardNote], pulse: Pulse
) -> tuple[ImportedSong, float]:
    """Return the notes on beats, as they were played, and the beat of the pulse that they begin in."""
    starts = pulse.beat_at(np.array([note.start for note in notes]))
    ends = pulse.beat_at(np.array([note.end for note in notes]))
    first = float(np.floor(starts.min() + 0.25))
    levels = np.array([note.loudness_db for note in notes])
    usual = float(np.median(levels))
    laid = []
    for note, start, end in zip(notes, starts - first, ends - first, strict=True):
        velocity = int(np.clip(round(88 + 2.5 * (note.loudness_db - usual)), 30, 122))
        begins = _round_to_tick(max(0.0, float(start)))
        length = max(Fraction(1, 16), _round_to_tick(float(end)) - begins)
        laid.append(ImportedNote(begins, note.pitch, length, velocity, round(note.confidence, 2)))

    name, role = _PLAYERS[kind]
    part = ImportedPart(name, role, 0 if role == "drums" else None, tuple(sorted(laid)))
    song = ImportedSong(
        recording.path,
        f"recording of {recording.seconds:.1f} s",
        parts=(part,),
        tempi=(ImportedTempo(Fraction(0), Fraction(round(100 * pulse.bpm), 100)),),
        end=max(note.end for note in part.notes),
    )
    return song, first


_PLAYERS: dict[Kind, tuple[str, Role]] = {
    "beat": ("Drums", "drums"),
    "tune": ("Tune", "lead"),
    "chords": ("Played", "chords"),
}
"""The name and the role of the one part."""


def _round_to_tick(quarters: float) -> Fraction:
    return Fraction(round(quarters * _TICKS), _TICKS)


_ODD_METRES = ((7, 8, 7), (5, 4, 10))
"""Metres that notes must speak for clearly, with their eighths."""

_ODD_GAIN = 0.12


def _in_bars(song: ImportedSong, pulse: Pulse) -> tuple[ImportedSong, Fraction]:
    """Return the song in a metre, from a bar line on, and how many quarters of it lay before the first."""
    step = _best_grid(song)
    beats = [
        Beat(_nearest(note.start, step), note.length, note.pitch, note.velocity, part.role == "drums")
        for part in song.parts
        for note in part.notes
    ]
    numerator, denominator, first = guess_meter(beats)
    if (numerator, denominator) == (2, 4):
        numerator = 4  # twice two beats are the likelier bar of a song
    bar = int(Fraction(8 * numerator, denominator))
    drums = all(part.role == "drums" for part in song.parts)
    if drums and bar != 8 and _comes_again(beats, 8) > _comes_again(beats, bar):
        numerator, denominator, bar = 4, 4, 8
        first = min((beat.start for beat in beats if beat.pitch == KICK), default=Fraction(0)) % 4
    usual = max(_comes_again(beats, bar), _comes_again(beats, 2 * bar))
    odd = max(_ODD_METRES, key=lambda one: _comes_again(beats, one[2]))
    if _comes_again(beats, odd[2]) > usual + _ODD_GAIN:
        (numerator, denominator), first = odd[:2], min(beat.start for beat in beats)
    first = Fraction(0) if pulse.is_loop else first
    meter = ImportedMeter(Fraction(0), numerator, denominator)
    guess = Guess("meter", str(meter), "from where notes begin and how long")
    song = replace(song, metres=(meter,), guesses=(*song.guesses, guess))
    if not first:
        return song, Fraction(0)
    return move_later(song, meter.bar_quarters - first % meter.bar_quarters, pickup=first), first


def _comes_again(beats: Sequence[Beat], eighths: int) -> float:
    """Return how alike what is played is to itself so many eighths later, -1 to 1."""
    last = max(int(2 * beat.start) for beat in beats)
    weights = np.zeros((last + 1, 12))
    for beat in beats:
        weights[int(2 * beat.start), beat.pitch % 12] += 1.0
    flat = weights - weights.mean(axis=0)
    early, late = flat[:-eighths].ravel(), flat[eighths:].ravel()
    below = float(np.sqrt((early @ early) * (late @ late))) if len(early) > 24 else 0.0
    return float(early @ late) / below if below > 0.0 else 0.0


def _best_grid(song: ImportedSong) -> Fraction:
    """Return the grid that notes lie on, in quarters: sixteenths, or the thirds of a beat."""
    starts = np.array([float(note.start) for part in song.parts for note in part.notes])

    def off(parts: int) -> float:
        return float(np.abs(starts * parts - np.rint(starts * parts)).mean())

    return Fraction(1, 3) if off(3) < 0.6 * off(4) else Fraction(1, 4)


def _nearest(place: Fraction, step: Fraction) -> Fraction:
    return step * Fraction(round(float(place / step)))


def _quantise(song: ImportedSong, strength: float) -> ImportedSong:
    """Return the song with its notes nearer to the grid: at 1 on it, at 0 where they were played."""
    step = _best_grid(song)
    shortest = step if strength >= 0.5 else Fraction(1, 16)

    def move(place: Fraction) -> Fraction:
        return _round_to_tick(float(place) + strength * float(_nearest(place, step) - place))

    parts = []
    for part in song.parts:
        kept: dict[tuple[Fraction, int], ImportedNote] = {}  # of two of one pitch in one place, the surer
        for note in part.notes:
            start = max(Fraction(0), move(note.start))
            near = replace(note, start=start, length=max(shortest, move(note.end) - start))
            place = (near.start, near.pitch)
            if place not in kept or near.confidence > kept[place].confidence:
                kept[place] = near
        notes = sorted(kept.values())

        if song.parts[0].role == "lead":  # no note goes on into the next, none begins with a surer one
            alone: dict[Fraction, ImportedNote] = {}
            for note in notes:
                if note.start not in alone or note.confidence > alone[note.start].confidence:
                    alone[note.start] = note
            line = [alone[start] for start in sorted(alone)]
            ends = [*(note.start for note in line[1:]), line[-1].end]
            notes = [
                replace(note, length=min(note.length, until - note.start))
                for note, until in zip(line, ends, strict=True)
            ]
        parts.append(replace(part, notes=tuple(notes)))
    end = max(note.end for part in parts for note in part.notes)
    return replace(song, parts=tuple(parts), end=end)


_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_DRUMS = {KICK: "kick", SNARE: "snare", HAT: "hat"}
_KINDS: dict[Kind, str] = {
    "tune": "one line of notes",
    "chords": "notes that sound together",
    "beat": "drums",
}


def _guesses(kind: Kind, pulse: Pulse, song: ImportedSong, wish: Wish) -> Iterator[Guess]:
    """Say what was heard and how sure it is, and which notes are doubtful."""
    notes = [note for part in song.parts for note in part.notes]
    sure = float(np.mean([note.confidence for note in notes]))
    yield Guess("notes", f"{len(notes)}, as {_KINDS[kind]}", f"heard; {100 * sure:.0f} % sure in the mean")
    if wish.bpm is None:
        why = f"from where notes begin; {100 * pulse.confidence:.0f} % sure"
        yield Guess("tempo", f"{pulse.bpm:.2f} quarters a minute", why)
    doubtful = sorted((note for note in notes if note.confidence < _DOUBTFUL), key=lambda n: n.confidence)
    lines = song.bar_lines
    for note in sorted(doubtful[:_MOST_DOUBTS]):
        bar = sum(line <= note.start for line in lines)
        pitch = f"{_NAMES[note.pitch % 12]}{note.pitch // 12 - 1}"
        called = _DRUMS[note.pitch] if kind == "beat" else pitch
        yield Guess("doubtful note", f"{called} in bar {bar}", f"{100 * note.confidence:.0f} % sure")
    if len(doubtful) > _MOST_DOUBTS:
        yield Guess(
            "doubtful notes", f"{len(doubtful) - _MOST_DOUBTS} more", f"below {100 * _DOUBTFUL:.0f} %"
        )
