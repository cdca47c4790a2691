"""What a mastering engineer would measure of songs: ``python tests/benchmarks/mix_facts.py SONG...``.

Of each folder of a song: how often lead and voice lie more than 3 dB below the rest from 1 to 4 kHz; what
the sum of drums and bass loses or gains from 40 to 120 Hz against the sum of their energies; the level that
each stem loses in mono; crest factor, loudness range, and the side against the mid in bass and treble.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from composer.folder.song import SongFolder
from render.audio.r128 import measure_loudness
from render.audio.spectrum import spectrum_of
from render.audio.types import Audio
from render.checks.quality import crest_db
from structure.base.names import MASTER

_FRAME_S = 0.1
_HEARD_DB = -40.0
_MASKED_DB = -3.0


def band(audio: Audio, low: float, high: float, rate: int) -> np.ndarray:
    """(channels, samples) between two frequencies, without delay."""
    return sosfiltfilt(butter(2, (low, high), "bandpass", fs=rate, output="sos"), audio, axis=1)


def frames_db(audio: np.ndarray, rate: int) -> np.ndarray:
    """Level of each tenth of a second."""
    size = round(_FRAME_S * rate)
    power = np.square(audio[:, : audio.shape[1] // size * size]).sum(axis=0).reshape(-1, size).mean(axis=1)
    return 10 * np.log10(power + 1e-12)


def masked_share(lead: Audio, bed: Audio, rate: int) -> float:
    """Share of the time in which the lead plays, and lies more than 3 dB below the bed."""
    one, other = (frames_db(band(audio, 1000, 4000, rate), rate) for audio in (lead, bed))
    heard = one > one.max() + _HEARD_DB
    return float(np.mean((one - other)[heard] < _MASKED_DB)) if heard.any() else 0.0


def sum_gain_db(one: Audio, other: Audio, rate: int) -> float:
    """Energy of a sum against the sum of energies, 40 to 120 Hz; 0 for strangers."""
    low, also = (band(audio, 40, 120, rate) for audio in (one, other))
    apart = np.square(low).sum() + np.square(also).sum()
    return float(10 * np.log10(np.square(low + also).sum() / apart)) if apart else 0.0


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        song = SongFolder.open(path)
        rate = song.plan.grid.sample_rate
        stems = {stem.name: song.read_stem(stem.name) for stem in song.plan.stems}
        roles = {stem.name: stem.role for stem in song.plan.stems}
        total = np.sum(list(stems.values()), axis=0)
        print(f"{path.name} ({song.plan.genre})")
        for name, role in roles.items():
            if role in ("lead", "vocals"):
                share = masked_share(stems[name], total - stems[name], rate)
                print(f"  {name}: below -3 dB from 1 to 4 kHz in {100 * share:.0f} % of its time")
        low = [name for name, role in roles.items() if role in ("drums", "bass")]
        if len(low) > 1:
            gain = sum_gain_db(stems[low[0]], np.sum([stems[n] for n in low[1:]], axis=0), rate)
            print(f"  drums and bass, 40 to 120 Hz: {gain:+.2f} dB")
        losses = {name: spectrum_of(audio, rate).mono_loss_db() for name, audio in stems.items()}
        print("  lost in mono:", ", ".join(f"{name} {loss:.1f}" for name, loss in losses.items()))
        master = song.read(MASTER)
        spectrum, measured = spectrum_of(master, rate), measure_loudness(master, rate)
        above = spectrum.side_to_mid_db(4000)
        lows = spectrum.hertz < 120
        below = 10 * np.log10(spectrum.side[lows].sum() / spectrum.mid[lows].sum())
        print(
            f"  {measured.integrated_lufs:.1f} LUFS, {measured.range_lu:.1f} LU, "
            f"crest {crest_db(master):.1f} dB, side below 120 Hz {below:.0f} dB, above 4 kHz {above:.1f} dB"
        )


if __name__ == "__main__":
    main()
