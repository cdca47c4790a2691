"""Mastering presets: how loud a master is, and how much of its punch it keeps.

Data in ``data/masters.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from structure.base.datafiles import read_data
from structure.base.types import UnitInterval

MasterPreset = Literal["streaming", "club", "broadcast", "film", "vinyl", "reference"]
"""Names of the presets."""

Coder = Literal["mp3", "aac", "opus"]
"""Lossy coders behind which a master may keep its ceiling."""


class MasterFigures(BaseModel):
    """What a preset asks for.

    ``crest_share`` is the least share of the premaster's crest factor, both in dB, that the master keeps;
    ``most_limiting_db`` is the most that the limiter takes off a peak, and ``most_clipping_db`` what a soft
    clipper may take off the highest one before.

    Where a place asks for them: ``mono_below_hz`` is the least frequency below which there is no side, and
    ``most_treble_db`` how far the treble may be above the song's loudness, both as levels in dB.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    summary: str
    loudness_lufs: Annotated[float, Field(ge=-36.0, le=-6.0)]
    true_peak_dbtp: Annotated[float, Field(ge=-12.0, le=0.0)]
    crest_share: UnitInterval
    most_limiting_db: Annotated[float, Field(gt=0.0, le=24.0)] = 12.0
    most_clipping_db: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    mono_below_hz: Annotated[float, Field(ge=20.0, le=500.0)] | None = None
    most_treble_db: Annotated[float, Field(ge=-40.0, le=20.0)] | None = None


_DATA = read_data("masters.yaml")
MASTER_PRESETS: Mapping[str, MasterFigures] = {
    name: MasterFigures.model_validate(_DATA[name]) for name in get_args(MasterPreset)
}
"""Every preset by name."""
