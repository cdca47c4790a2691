"""How far a voice stands above the bed: ``python -m tests.benchmarks.voice_level SONG_FOLDER``.

The folder is one that ``ritornello render`` made. In each visit in which a lead voice sings, from its first
note to its last of each phrase, the power of all ``vocals`` in 300 to 4000 Hz is set beside that of the sum
of all other stems in the same band.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from render.mixing.sung import find_sung_spans
from structure.plans.planfile import read_plan

BAND_HZ = (300.0, 4000.0)


def in_band(audio: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return what of (samples, channels) lies in the voice's band."""
    return np.asarray(sosfiltfilt(butter(4, BAND_HZ, "bandpass", fs=rate, output="sos"), audio, axis=0))


def main(folder: Path) -> None:
    """Print the level of each visit."""
    plan = read_plan(folder / "plan.json")
    sums = {True: np.zeros((plan.total_samples, 2)), False: np.zeros((plan.total_samples, 2))}
    for stem in plan.stems:
        audio, rate = soundfile.read(folder / "stems" / f"{stem.name}.wav", dtype="float64")
        sums[stem.role == "vocals"] += audio[: plan.total_samples]
    voice, bed = (in_band(sums[is_voice], rate) for is_voice in (True, False))
    for visit in plan.visits:
        start = plan.bounds(visit)[0]
        spans = [slice(start + first, start + last) for first, last in find_sung_spans(plan, visit)]
        if spans:
            sung, played = (
                sum(float(np.sum(np.square(part[span]))) for span in spans) for part in (voice, bed)
            )
            print(f"{visit.place.label}: {10 * np.log10(sung / played):+.1f} dB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
