"""Our spectra beside published ones: ``python -m tests.benchmarks.mix_published [FACTS.json]``.

For each mix preset whose songs are in the facts (see :mod:`tests.benchmarks.mix_facts`): the slopes of the
mean spectrum, in dB an octave of the power in each hertz, beside those of ``published.yaml`` in
``tests/data/mixing``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from structure.presets.mixes import THIRDS_HZ

DATA = Path(__file__).parents[1] / "data/mixing"
_PINK_DB = 10 * math.log10(2)
"""What a third holds more than one an octave below, where the power in each hertz is level."""


def slope_db(thirds_db: Sequence[float], low_hz: float, high_hz: float) -> float:
    """Slope between two frequencies of levels in thirds of an octave, in dB an octave of power a hertz."""
    hertz = np.array(THIRDS_HZ, dtype=np.float64)
    inside = (hertz >= low_hz) & (hertz <= high_hz)
    line = np.polyfit(np.log2(hertz[inside]), np.array(thirds_db)[inside], 1)
    return float(line[0]) - _PINK_DB


def published_slopes() -> list[tuple[str, float, float, float]]:
    """Source, from which to which frequency, and slope; a slope at one is that of two octaves around it."""
    found = []
    for name, data in yaml.safe_load((DATA / "published.yaml").read_text()).items():
        found += [(name, at / 2.0, at * 2.0, slope) for at, slope in data.get("slopes_at_hz", {}).items()]
        found += [(name, low, high, slope) for low, high, slope in data["slopes_over_hz"]]
    return found


def main() -> None:
    facts = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else DATA / "songs.json").read_text())
    mixes = sorted({song["mix"] for song in facts.values()})
    groups = {mix: [s["thirds_db"] for s in facts.values() if s["mix"] == mix] for mix in mixes}
    groups = {"all": [song["thirds_db"] for song in facts.values()], **groups}
    slopes = published_slopes()
    print(f"{'':16}" + "".join(f"{f'{low:.0f}-{high:.0f}':>12}" for _, low, high, _ in slopes))
    print(f"{'published':16}" + "".join(f"{slope:12.1f}" for *_, slope in slopes))
    for name, songs in groups.items():
        mean = np.mean(songs, axis=0)
        ours = [slope_db(mean, low, high) for _, low, high, _ in slopes]
        print(f"{f'{name} ({len(songs)})':16}" + "".join(f"{slope:12.1f}" for slope in ours))


if __name__ == "__main__":
    main()
