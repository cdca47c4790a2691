"""Do listeners find the beat? ``python tests/benchmarks/beats.py FOLDER …`` over rendered songs.

Tracks beats in each master with librosa, which knows nothing of the plan, and compares them with the
planned ones (F-measure, 70 ms, as in mir_eval's default; beats of the first 5 seconds count too).
The tracker may settle on half or twice the tempo: the F-measure against the plan's own beats is what
counts, the others are printed beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import soundfile

from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan

WINDOW_S = 0.07


def planned_beats(plan: SongPlan) -> np.ndarray:
    """Seconds of every beat, from the downbeats: the grid's own, to the sample."""
    return np.array(plan.grid.beat_samples(plan.bars)) / plan.grid.sample_rate


def beat_f(folder: Path) -> tuple[float, float, float, float]:
    """Planned tempo, tracked tempo, F against the beats, best F at half or twice the tempo."""
    plan = read_plan(folder / "plan.json")
    audio, rate = soundfile.read(folder / "master.wav", dtype="float32")
    tempo, frames = librosa.beat.beat_track(y=audio.mean(axis=1), sr=rate, trim=False)
    found = librosa.frames_to_time(frames, sr=rate)
    beats = planned_beats(plan)
    middles = np.sort(np.concatenate([beats, (beats[:-1] + beats[1:]) / 2]))
    others = [beats[::2], beats[1::2], middles]
    scores = [mir_eval.beat.f_measure(wanted, found, WINDOW_S) for wanted in (beats, *others)]
    return float(plan.grid.tempo_bpm), float(np.atleast_1d(tempo)[0]), scores[0], max(scores[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        tempo, tracked, score, other = beat_f(folder)
        found = f"plan {tempo:6.1f} BPM  tracked {tracked:6.1f}  F {score:.3f}"
        print(f"{folder.name:20s} {found}  half/double {other:.3f}")


if __name__ == "__main__":
    main()
