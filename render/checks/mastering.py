"""Whether a master is that of its own song: the premaster is mastered again, and the two are subtracted.

The chain from premaster to master is exact, so that what is left is what the files' bits can hold, and
anything that was done to the master since is heard: another song, an older mix, sides, holes, clicks,
offsets.
"""

from __future__ import annotations

import numpy as np

from render.audio.levels import SILENCE_DB, db_from_gain, gain_from_db
from render.audio.loudness import chunks, sample_peak
from render.audio.types import Audio
from render.checks.check import Check
from render.checks.likeness import rounding_rms
from render.mixing.master import Master
from structure.plans.plan import SongPlan
from structure.presets.mixes import EARLIER_MIX

MASTER_NULL_DB = -60.0
"""What may be left of a master, against its own peak."""

_ROUNDING_PEAKS = 8.0
"""The peak of a rounding error against its RMS, and what equaliser and compressor may add to it."""

_TRIM_APART_DB = 0.03
"""How far the trims of sections may lie apart where the premaster that is read has been rounded to 16 bits:
they are found in steps, of which a rounded premaster may take one fewer."""

NAME = "the master is made of the premaster"


def check_master(
    plan: SongPlan, premaster: Audio, master: Audio, remade: Master, other_version: str | None = None
) -> Check:
    """Check that the master is what the chain makes of the premaster; ``remade`` is that.

    ``other_version`` is the version that mastered the song, where that was not this one: its chain may have
    been another, and nothing is judged.
    """
    if other_version is not None or plan.mix.preset == EARLIER_MIX:
        by = f"version {other_version}" if other_version else "an earlier version"
        return Check.leave_unmeasured(NAME, "at most", MASTER_NULL_DB, "dB", f"mastered by {by}")
    loudest = max(sample_peak(remade.audio), 1e-9)
    gain = loudest / max(sample_peak(premaster), 1e-9)
    rounding = _ROUNDING_PEAKS * rounding_rms(plan) * (1.0 + gain) / loudest
    if plan.export.bit_depth == 16 and len(remade.trims_db) > 1:
        rounding += gain_from_db(_TRIM_APART_DB) - 1.0
    limit = round(max(MASTER_NULL_DB, db_from_gain(rounding, SILENCE_DB)), 1)
    worst, first = 0.0, None
    for start, end in chunks(master.shape[1]):
        rest = np.abs(master[:, start:end] - remade.audio[:, start:end]).max(axis=0)
        worst = max(worst, float(rest.max()))
        above = rest > loudest * 10.0 ** (limit / 20.0)
        if first is None and above.any():
            first = start + int(np.argmax(above))
    left = db_from_gain(worst / loudest, SILENCE_DB)
    detail = f"from {(first or 0) / plan.grid.sample_rate:.3f} s on" if left > limit else ""
    return Check.at_most(NAME, left, limit, "dB", detail, decimals=1)
