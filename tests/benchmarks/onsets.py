"""By how much the stems of rendered songs sound later than their parts in the MIDI file say.

    python tests/benchmarks/onsets.py DIR …

The notes are read by mido, the onsets heard by librosa, whose own lag on clicks is taken off. For each stem
the median over all notes near which an onset is heard, in milliseconds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np
import soundfile
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from render.audio.librosa_loading import load_librosa
from structure.plans.planfile import read_plan

HOP, NEAR_S = 128, 0.06
Times = NDArray[np.float64]


def parts(path: Path) -> dict[str, Times]:
    """Seconds at which notes begin, by the names of tracks."""
    file = mido.MidiFile(path)
    tempi = [(0, 500_000)]
    for track in file.tracks:
        tempi += [(at, message.tempo) for at, message in _placed(track) if message.type == "set_tempo"]
    tempi = sorted(dict(sorted(tempi)).items())
    ticks = np.array([at for at, _ in tempi])
    seconds = np.concatenate(
        [
            [0.0],
            np.cumsum(
                [
                    (b - a) * tempo / 1e6 / file.ticks_per_beat
                    for (a, tempo), b in zip(tempi, ticks[1:], strict=False)
                ]
            ),
        ]
    )
    found = {}
    for track in file.tracks:
        on = [at for at, message in _placed(track) if message.type == "note_on" and message.velocity]
        where = np.searchsorted(ticks, on, "right") - 1
        rates = np.array([tempo for _, tempo in tempi])[where] / 1e6 / file.ticks_per_beat
        found[track.name] = np.unique(seconds[where] + (np.array(on) - ticks[where]) * rates)
    return found


def _placed(track: mido.MidiTrack) -> Iterator[tuple[int, mido.Message]]:
    at = 0
    for message in track:
        at += message.time
        yield at, message


def onsets(audio: NDArray[np.float32], rate: int) -> Times:
    """Seconds at which librosa hears something begin."""
    heard: Times = load_librosa().onset.onset_detect(y=audio, sr=rate, hop_length=HOP, units="time")
    return heard


def offsets_ms(notes: Times, heard: Times) -> Times:
    """How much later what is heard nearest to each note is, where anything is near."""
    if not len(heard) or not len(notes):
        return np.zeros(0)
    gaps = heard[None] - notes[:, None]
    nearest = gaps[np.arange(len(notes)), np.abs(gaps).argmin(axis=1)]
    return 1000.0 * nearest[np.abs(nearest) <= NEAR_S]


def own_lag_ms(rate: int) -> float:
    """What librosa adds to clicks."""
    audio = np.zeros(10 * rate, np.float32)
    places = np.arange(rate, 9 * rate, rate // 2)
    click = np.random.default_rng(0).normal(size=rate // 20) * np.exp(
        -np.arange(rate // 20) / (0.01 * rate)
    )
    for place in places:
        audio[place : place + len(click)] += click.astype(np.float32)
    return float(np.median(offsets_ms(places / rate, onsets(audio, rate))))


def main(folders: list[str]) -> None:
    """Print a line for each stem, and what each role comes to."""
    roles: dict[str, list[float]] = {}
    for folder in map(Path, folders):
        plan, notes = read_plan(folder / "plan.json"), parts(folder / "score.mid")
        for stem in plan.stems:
            audio, rate = soundfile.read(folder / "stems" / f"{stem.name}.wav", dtype="float32")
            found = offsets_ms(notes.get(stem.name, np.zeros(0)), onsets(audio.mean(axis=1), rate))
            if len(found) < 8:
                continue
            median = float(np.median(found)) - own_lag_ms(rate)
            roles.setdefault(stem.role, []).append(median)
            print(
                f"{folder.name:24} {stem.name:12} {stem.role:9} {median:+6.1f} ms, {len(found)} notes",
                flush=True,
            )
    for role, medians in sorted(roles.items()):
        within = np.mean(np.abs(medians) <= 10)
        print(
            f"{role:9} {len(medians)} stems, within 10 ms {within:.0%}, median {np.median(medians):+.1f} ms"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
