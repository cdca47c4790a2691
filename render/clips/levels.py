"""Clips of one stem by several makers, brought to one level.

Each maker has a level of its own. How much louder it is than the score, played plainly, is measured on the
fullest clip that it makes of a stem; the makers are brought together by that, and the dynamics of the score
stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from render.audio.levels import gain_from_db
from render.backends.request import Clip
from render.clips.guide import measure_level_db, play_plainly
from render.clips.wanted import WantedClip
from render.mixing.stems import reference_visit
from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, StemPlan


def match_levels(
    plan: SongPlan, stem: StemPlan, wanted: Sequence[WantedClip], clips: Mapping[str, Clip]
) -> list[np.float32]:
    """Return the gain of each clip of one stem, 1 where one maker made them all.

    The maker whose clip decides the level of the stem sets that of the others.
    """
    makers = {id(item.maker): item for item in wanted}
    if len(makers) < 2 or stem.role in PLAYERLESS:
        return [np.float32(1.0)] * len(wanted)
    for item in wanted:
        if _density(item) > _density(makers[id(item.maker)]):
            makers[id(item.maker)] = item
    visit = reference_visit(plan, stem)
    decides = next((item for item in wanted if item.visit is visit), wanted[0])
    makers[id(decides.maker)] = decides

    # by how much each maker's clip is louder than its notes as plain tones; not finite where it is silent
    above_db: dict[int, float] = {}
    for maker, item in makers.items():
        request, clip = item.request, clips[item.key]
        body = slice(request.pre_roll_samples, request.pre_roll_samples + request.body_samples)
        heard, plain = clip.audio[:, body], play_plainly(request)[:, body]
        rate = clip.sample_rate
        above_db[maker] = measure_level_db(heard, rate) - measure_level_db(plain, rate)

    target_db = above_db[id(decides.maker)]
    gains = {
        maker: gain_from_db(target_db - db) if math.isfinite(target_db - db) else 1.0
        for maker, db in above_db.items()
    }
    return [np.float32(gains[id(item.maker)]) for item in wanted]


def _density(item: WantedClip) -> float:
    return len(item.request.notes) / item.visit.bars
