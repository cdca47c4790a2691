"""How well recordings are heard: ``python -m tests.benchmarks.listening``.

Lines are hummed with drift, vibrato, glides, breath and noise; notes are compared by mir_eval (onsets
within 50 ms, pitches within 50 cents). Chords and beats are played by simple instruments; a loop is
stretched by 5 % and laid in a song, and its attacks are looked for on the grid.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np
import soundfile

from render.listening.hearing import HeardSong, Wish, hear
from render.recordings.placing import piece_audio
from structure.harmony.keys import parse_key
from structure.imports.song import ImportedPart
from structure.plans.plan import InitFile
from structure.plans.recorded import RecordedPiece
from tests.hums import RATE, Samples, Sung, drummed, hummed, played, strummed

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_LENGTHS = ((1, 1, 1, 1), (2, 1, 1), (1, 0.5, 0.5, 2), (1.5, 0.5, 1, 1), (0.5, 0.5, 1, 0.5, 0.5, 1), (3, 1))


@dataclass(frozen=True)
class Take:
    """A recording whose notes, tempo, downbeat, key and chords are known."""

    audio: Samples
    notes: list[Sung]
    bpm: float
    downbeat_s: float
    key: str
    chords: tuple[str, ...] = ()


def hummed_take(seed: int) -> Take:
    """A line of eight bars in some key and tempo, hummed by somebody who is neither in time nor in tune."""
    rng = np.random.default_rng(seed)
    minor, tonic, bpm = bool(rng.integers(2)), int(rng.integers(12)), float(rng.uniform(72, 132))
    scale, low = (_MINOR if minor else _MAJOR), 50 + tonic
    notes, step = [], int(rng.choice((0, 2, 4)))
    for bar in range(8):
        lengths = (1, 1, 2) if bar == 7 else _LENGTHS[rng.integers(len(_LENGTHS))]
        at = 4.0 * bar
        for length in lengths:
            notes.append((at, 0.94 * length, low + 12 * (step // 7) + scale[step % 7]))
            step = int(np.clip(step + rng.choice((-2, -1, -1, 1, 1, 2)), 0, 9))
            at += length
    notes[-1] = (*notes[-1][:2], low)
    late = list(rng.normal(0.0, 0.015, len(notes)))
    sung = played(notes, bpm, float(rng.uniform(0.1, 1.5)), late)
    drift, vibrato = float(rng.uniform(10, 30)), float(rng.uniform(10, 40))
    audio = hummed(
        sung, seed, drift_cents=drift, vibrato_cents=vibrato, noise_db=float(rng.uniform(-45, -25))
    )
    names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    root = names[(50 + tonic) % 12]
    return Take(audio, sung, bpm, sung[0].start - late[0], f"{root} {'minor' if minor else 'major'}")


_SHAPES = {"": (0, 4, 7), "m": (0, 3, 7)}


def strummed_take(seed: int) -> Take:
    """Four bars of chords, played in quarters and eighths and cut to the bar."""
    rng = np.random.default_rng(seed)
    names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    tonic, bpm = int(rng.integers(12)), float(round(rng.uniform(84, 132)))
    degrees = [((0, ""), (9, "m"), (5, ""), (7, "")), ((0, ""), (7, ""), (9, "m"), (5, ""))][
        int(rng.integers(2))
    ]
    notes, symbols = [], []
    for bar, (degree, quality) in enumerate(degrees):
        root = (tonic + degree) % 12
        symbols.append(f"{names[root]}{quality}")
        pitches = [36 + root, *(sorted(48 + (root + step) % 12 for step in _SHAPES[quality]))]
        for at in (0, 1, 1.5, 2, 3, 3.5):
            notes += [(4.0 * bar + at, 0.5 if at % 1 or at in (1, 3) else 1.0, pitch) for pitch in pitches]
    whole = round(16 * 60 / bpm * RATE)
    audio = strummed(played(notes, bpm))[:whole]
    return Take(audio, played(notes, bpm), bpm, 0.0, f"{names[tonic]} major", tuple(symbols))


def drummed_take(seed: int) -> tuple[Take, list[tuple[float, int]]]:
    """Four bars of a beat, and its hits."""
    rng = np.random.default_rng(seed)
    bpm = float(round(rng.uniform(80, 140)))
    kicks = [(0, 2), (0, 2.5), (0, 1.5, 2), (0, 2, 3.5)][int(rng.integers(4))]
    hits = [
        ((4 * bar + at) * 60 / bpm, key)
        for bar in range(4)
        for key, places in ((36, kicks), (38, (1, 3)), (42, np.arange(0, 4, 0.5)))
        for at in places
    ]
    return Take(drummed(sorted(hits), 16 * 60 / bpm, seed), [], bpm, 0.0, ""), sorted(hits)


def heard(audio: Samples, wish: Wish | None = None) -> HeardSong:
    """Write a recording, and hear it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "take.wav"
        soundfile.write(file, audio, RATE)
        return hear(file, wish or Wish())


def note_f1(take: Take, song: HeardSong) -> float:
    """F of the notes as they were played: not brought to the grid, in seconds."""
    part = song.song.parts[0]
    found = [*_in_seconds(part, song)]
    if not found:
        return 0.0
    score = mir_eval.transcription.precision_recall_f1_overlap(
        np.array([(note.start, note.end) for note in take.notes]),
        440.0 * 2.0 ** ((np.array([note.pitch for note in take.notes]) - 69) / 12.0),
        np.array([(start, end) for start, end, _ in found]),
        440.0 * 2.0 ** ((np.array([pitch for *_, pitch in found]) - 69) / 12.0),
        onset_tolerance=0.05,
        pitch_tolerance=50.0,
        offset_ratio=None,
    )
    return float(score[2])


def _in_seconds(part: ImportedPart, song: HeardSong) -> Iterator[tuple[float, float, int]]:
    """Notes in seconds, by the beats that were heard; bar line 0 or 1 is the downbeat."""
    line = float(song.song.bar_lines[1]) if song.song.pickup else 0.0
    first = float(song.pulse.beat_at(np.array([song.downbeat_s]))[0])
    for note in part.notes:
        start, end = (song.pulse.seconds_at(first + float(at) - line) for at in (note.start, note.end))
        yield max(0.0, start), max(end, start + 0.01), note.pitch


def is_tempo(found: float, wanted: float) -> bool:
    """Within 4 %, or half or double."""
    return any(abs(found / wanted / octave - 1.0) < 0.04 for octave in (0.5, 1.0, 2.0))


def is_key(found: str, wanted: str) -> bool:
    """The same tonic, however it is spelt, and mode."""
    one, other = parse_key(found or "C lydian"), parse_key(wanted)
    return (one.root, one.mode) == (other.root, other.mode)


def is_downbeat(found: float, take: Take) -> bool:
    """Within 70 ms of a bar line."""
    bar = 4 * 60 / take.bpm
    return abs((found - take.downbeat_s + bar / 2) % bar - bar / 2) < 0.07


def attacks_off_ms(percent: float) -> float:
    """Return how far, in ms, the attacks of a loop lie from the grid at most, after it was stretched."""
    bpm, wanted = 100.0 * (1 + percent / 100), 100.0
    places = [k * 0.5 for k in range(16)]
    audio = drummed([(at * 60 / bpm, 36 if at % 1 == 0 else 38) for at in places], 8 * 60 / bpm)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loop.wav"
        soundfile.write(file, audio, RATE)
        found = hear(file)
        factor = wanted / found.pulse.bpm
        piece = RecordedPiece(file=str(file), downbeat_s=found.downbeat_s, factor=factor)
        laid = piece_audio(piece, InitFile(path=file), 4410, round(8 * 60 / wanted * RATE), 4410, RATE)
    return (
        max(abs(_attack_s(laid[0], 0.1 + at * 60 / wanted) - at * 60 / wanted - 0.1) for at in places) * 1e3
    )


def _attack_s(mono: Samples, near_s: float) -> float:
    """Return where the level rises the most, within 40 ms of a place."""
    first = max(0, round((near_s - 0.04) * RATE))
    part = mono[first : round((near_s + 0.04) * RATE)].astype(np.float64)
    level = np.log(np.convolve(part**2, np.ones(64) / 64, "same") + 1e-7)
    return (first + int(np.argmax(level[96:] - level[:-96])) + 48) / RATE


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=20)
    parser.add_argument("--from-seed", type=int, default=0)
    args = parser.parse_args()
    seeds = range(args.from_seed, args.from_seed + args.takes)
    f1, tempo, downbeat, key = [], [], [], []
    for seed in seeds:
        take = hummed_take(seed)
        song = heard(take.audio, Wish(quantise=0.0))
        f1.append(note_f1(take, song))
        tempo.append(is_tempo(song.pulse.bpm, take.bpm))
        downbeat.append(is_downbeat(song.downbeat_s, take))
        key.append(is_key(song.song.key, take.key))
    print(f"hummed: notes F1 {np.mean(f1):.3f} (least {min(f1):.2f}), tempo {np.mean(tempo):.0%}, ", end="")
    print(f"downbeat {np.mean(downbeat):.0%}, key {np.mean(key):.0%} of {len(f1)}")
    tempo, downbeat, key, chords, right = [], [], [], [], []
    for seed in list(seeds)[: max(1, args.takes // 2)]:
        take = strummed_take(seed)
        song = heard(take.audio)
        right.append(song.kind == "chords")
        tempo.append(is_tempo(song.pulse.bpm, take.bpm))
        downbeat.append(is_downbeat(song.downbeat_s, take))
        key.append(is_key(song.song.key, take.key))
        chords.append(_agreement(take, song))
    print(f"chords: told as such {np.mean(right):.0%}, tempo {np.mean(tempo):.0%}, ", end="")
    print(f"downbeat {np.mean(downbeat):.0%}, key {np.mean(key):.0%}, chords {np.mean(chords):.0%} of time")
    tempo, downbeat, hits, right = [], [], [], []
    for seed in seeds:
        take, wanted = drummed_take(seed)
        song = heard(take.audio)
        right.append(song.kind == "beat")
        tempo.append(is_tempo(song.pulse.bpm, take.bpm))
        downbeat.append(is_downbeat(song.downbeat_s, take))
        hits.append(hit_f1(wanted, song))
    print(f"beats: told as such {np.mean(right):.0%}, tempo {np.mean(tempo):.0%}, ", end="")
    print(f"downbeat {np.mean(downbeat):.0%}, hits F1 {np.mean(hits):.3f}")
    for percent in (-12, -5, 5, 12):
        print(f"a loop stretched by {percent} %: attacks within {attacks_off_ms(percent):.1f} ms")


def hit_f1(wanted: list[tuple[float, int]], song: HeardSong) -> float:
    """F of hits of the same drum within 50 ms."""
    found = [(start, pitch) for part in song.song.parts for start, _, pitch in _in_seconds(part, song)]
    hit = sum(any(abs(at - other) < 0.05 and key == of for other, of in found) for at, key in wanted)
    return 2 * hit / (len(wanted) + len(found)) if found else 0.0


def _agreement(take: Take, song: HeardSong) -> float:
    """Share of the half bars whose chord is the right one."""
    known = [(float(chord.start), chord.symbol) for chord in song.song.chords]
    right = 0
    for half in range(8):
        at = 2.0 * half + (float(song.song.bar_lines[1]) if song.song.pickup else 0.0)
        now = [symbol for start, symbol in known if start <= at + 1e-6]
        right += bool(now) and now[-1] == take.chords[half // 2]
    return right / 8


if __name__ == "__main__":
    main()
