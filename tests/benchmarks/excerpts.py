"""Makes the short Opus files of the documentation: ``python tests/benchmarks/excerpts.py DIR …``.

Each is the beginning of the strongest section of a rendered song, with the bar before it, and goes to
``docs/audio``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
import soxr

from composer.folder.song import SongFolder

AUDIO = Path(__file__).parents[2] / "docs" / "audio"
_SECONDS = 17.0
_RATE = 48_000
_LEVEL = 0.9
"""libsndfile's compression level; about 62 kbit/s."""


def excerpt(folder: Path) -> Path:
    """Write the excerpt of a song, named as its folder is."""
    song = SongFolder.open(folder)
    plan = song.plan
    strongest = max(plan.visits, key=lambda visit: visit.music.energy)
    first = plan.grid.sample_at_bar(max(0, strongest.place.start_bar - 1))
    last = min(plan.total_samples, first + round(_SECONDS * plan.grid.sample_rate))
    audio, rate = soundfile.read(folder / "master.wav", start=first, stop=last, dtype="float32")
    fades = np.minimum(
        np.arange(len(audio)) / (0.02 * rate), (len(audio) - np.arange(len(audio))) / (1.5 * rate)
    )
    sound = soxr.resample(audio * np.minimum(fades, 1.0)[:, np.newaxis].astype(np.float32), rate, _RATE)
    AUDIO.mkdir(exist_ok=True)
    path = AUDIO / f"{folder.name.removeprefix('b_')}.opus"
    with soundfile.SoundFile(path, "w", _RATE, 2, "OPUS", format="OGG", compression_level=_LEVEL) as file:
        for at in range(0, len(sound), 1 << 16):
            file.write(np.clip(sound[at : at + (1 << 16)], -1.0, 1.0))
    return path


if __name__ == "__main__":
    for name in sys.argv[1:]:
        made = excerpt(Path(name))
        print(made, made.stat().st_size)
