"""Do listeners hear the chords? ``python tests/benchmarks/harmony.py FOLDER …`` over rendered songs.

Matches librosa's chroma of each chord's time in the sum of all stems but drums with the 24 major and
minor triads, and counts the time in which root and third are those of the plan. Chords without a
third count for their root alone. Prints the key by Krumhansl and Schmuckler's profiles beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import librosa
import numpy as np
import soundfile

from render.audio.listening import name_key
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan

HOP = 2048


def pitched_sum(folder: Path, plan: SongPlan) -> tuple[np.ndarray, int]:
    """All stems but drums, mono."""
    total, rate = np.zeros(plan.total_samples, dtype=np.float32), plan.grid.sample_rate
    for stem in plan.stems:
        if stem.role != "drums":
            audio, rate = soundfile.read(folder / "stems" / f"{stem.name}.wav", dtype="float32")
            total += audio.mean(axis=1)
    return total, rate


def heard_triad(chroma: np.ndarray) -> tuple[int, int]:
    """Root and third (3 or 4 semitones) of the triad that fits best."""
    scores = {
        (root, third): chroma[root] + chroma[(root + third) % 12] + chroma[(root + 7) % 12]
        for root in range(12)
        for third in (3, 4)
    }
    return max(scores, key=lambda key: scores[key])


def planned_chords(plan: SongPlan) -> list[tuple[float, float, int, set[int]]]:
    """Start and end in seconds, root and intervals of every chord."""
    chords = []
    for visit in plan.visits:
        begin = plan.position_quarters(visit)
        for chord in visit.music.score.chords:
            start, end = (plan.grid.seconds_at(begin + at) for at in (chord.onset, chord.end))
            chords.append((start, end, chord.root, {(p - chord.root) % 12 for p in chord.pitch_classes}))
    return chords


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        plan = read_plan(folder / "plan.json")
        audio, rate = pitched_sum(folder, plan)
        chroma = librosa.feature.chroma_cqt(y=audio, sr=rate, hop_length=HOP)
        right = heard = 0.0
        for start, end, root, intervals in planned_chords(plan):
            columns = chroma[
                :, int(start * rate / HOP) : max(int(end * rate / HOP), int(start * rate / HOP) + 1)
            ]
            found_root, found_third = heard_triad(columns.mean(axis=1))
            third_fits = found_third in intervals or not intervals & {3, 4}
            right += (end - start) * (found_root == root and third_fits)
            heard += end - start
        found = f"chords {right / heard:.2f} of the time, key {name_key(chroma.mean(axis=1))}"
        print(f"{folder.name:20s} {found} (plan: {plan.key})")


if __name__ == "__main__":
    main()
