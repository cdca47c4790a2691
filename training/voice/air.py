"""Measures singing above 12 kHz, which the teacher has not: ``python -m training.voice.air FILE.wav …``.

The files are singing at 48 kHz, such as ``synthesize`` of the package ``pysinsy`` makes of a score. For
what rings and for what hisses it says how many decibels bands above 12 kHz lie beside 10 to 12 kHz, in the
median of all frames: those are the numbers of :mod:`render.model_voice.synthesis`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Values = NDArray[np.float64]

MIDDLES_HZ = (13_000.0, 15_000.0, 17_000.0, 19_000.0, 21_000.0)
_HALF_HZ = 1000.0
_AROUND_HZ = 11_000.0
_SIZE = 2048


def measure_air(audio: Values, rate: int) -> dict[str, tuple[int, list[float]]]:
    """Return for "ringing" and "hissing" the count of frames, and the decibels of :data:`MIDDLES_HZ`.

    Frames that hiss have no pitch, and are stronger from 5 to 10 kHz than below 3 kHz; those that are
    fainter than most are left out.
    """
    import pyworld

    hertz, times = pyworld.harvest(audio, rate, frame_period=10.0, f0_floor=150.0, f0_ceil=900.0)
    envelope = pyworld.cheaptrick(audio, hertz, times, rate, fft_size=_SIZE)
    logs, places = 10.0 * np.log10(envelope), np.arange(_SIZE // 2 + 1) * rate / _SIZE

    def level(low: float, high: float) -> Values:
        return np.asarray(logs[:, (places >= low) & (places < high)].mean(1))

    power = 10.0 * np.log10(envelope[:, places < 20_000.0].sum(1))
    usual = np.percentile(power[hertz > 0.0], 30)
    frames = {
        "ringing": (hertz > 0.0) & (power > usual),
        "hissing": (hertz == 0.0)
        & (level(5000.0, 10_000.0) > level(300.0, 3000.0) + 3.0)
        & (power > usual - 35.0),
    }
    around = level(_AROUND_HZ - _HALF_HZ, _AROUND_HZ + _HALF_HZ)
    return {
        name: (
            int(some.sum()),
            [
                float(np.median((level(one - _HALF_HZ, one + _HALF_HZ) - around)[some]))
                for one in MIDDLES_HZ
            ],
        )
        for name, some in frames.items()
    }


def mean_of(found: Sequence[tuple[int, list[float]]]) -> list[float]:
    """Return the means over files."""
    return [float(value) for value in np.mean([values for _, values in found], axis=0)]


def main() -> None:
    """Print the means over files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    found = [measure_air(*soundfile.read(path, dtype="float64")) for path in parser.parse_args().files]
    for name in ("ringing", "hissing"):
        frames = sum(one[name][0] for one in found)
        decibels = " ".join(f"{value:.1f}" for value in mean_of([one[name] for one in found]))
        sys.stdout.write(f"{name}, {frames} frames: {decibels} dB\n")


if __name__ == "__main__":
    main()
