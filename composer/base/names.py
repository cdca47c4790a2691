"""Which files a song has."""

from __future__ import annotations

from structure.base.names import (
    LOCK,
    MASTER,
    MIDI,
    MUSICXML,
    OVERVIEW,
    PLAN,
    PREMASTER,
    REPORT,
    SPEC,
    stem_path,
)
from structure.plans.plan import SongPlan


def song_files(plan: SongPlan) -> list[str]:
    """Every file that a render of ``plan`` writes, relative to its folder, in order of name; with them a
    style of the user's own, for ``song.yaml`` to find it there."""
    export = plan.export
    wanted = {MASTER, PREMASTER, PLAN, REPORT, LOCK, SPEC}
    wanted |= {stem_path(stem.name) for stem in plan.stems} if export.stems else set()
    wanted |= {MIDI} if export.midi else set()
    wanted |= {MUSICXML} if export.musicxml else set()
    wanted |= {OVERVIEW} if export.overview else set()
    wanted |= {own.file.name} if (own := plan.own_style) and own.file else set()
    return sorted(wanted | set(plan.init_audio))
