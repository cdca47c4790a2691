"""Alternates: a song without its drums or without another part of it, its stems, its chorus as a loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from composer.batch.further import NOTHING, Further, Sound, write_further
from composer.batch.tunes import main_visit
from composer.clips.clip import render_clip
from composer.folder.song import SongFolder
from render.audio.levels import finite
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.mixing.master import master_song
from render.mixing.mix import sections_of
from structure.base.errors import UsageError, did_you_mean
from structure.base.names import stem_path
from structure.base.plain_text import file_words
from structure.base.types import SUNG, Role
from structure.plans.excerpt import excerpt
from structure.plans.plan import SongPlan

FOLDER = "alternates"
_WITHOUT = tuple(f"no-{role}" for role in get_args(Role) if role != "audio")
ALTERNATES = ("instrumental", "loop", "stems", *_WITHOUT)


def read_alternates(text: str) -> tuple[str, ...]:
    """Read ``no-drums,stems,loop``. Raises UsageError with what is allowed."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in ALTERNATES:
            raise UsageError(
                f"there is no alternate {name!r}",
                field="--alternates",
                hint=did_you_mean(name, ALTERNATES) or f"allowed: {', '.join(ALTERNATES)}",
            )
    return tuple(dict.fromkeys(names))


def make_alternates(
    song: SongFolder, wanted: Sequence[str], backend: Callable[[], Backend], cache: ClipCache
) -> Further:
    """Write the alternates of a song to the folder ``alternates`` beside it.

    Stems lie in the song's own folder ``stems``: they are named, and not written twice.
    """
    if not wanted:
        return NOTHING
    title = file_words(song.plan.title, "song")
    make = partial(_make, song, backend, cache)
    files = [name for name in wanted if name != "stems"]
    further = write_further(song, FOLDER, files, make, lambda name: f"{title}_{name}.wav")
    if "stems" not in wanted:
        return further
    if not song.plan.export.stems:
        note = "no stems: the spec says export: {stems: false}"
        return replace(further, notes=(*further.notes, note))
    stems = [f"{song.path.name}/{stem_path(stem.name)}" for stem in song.plan.stems]
    return replace(further, files={**further.files, "stems": {"files": stems}})


def _make(song: SongFolder, backend: Callable[[], Backend], cache: ClipCache, name: str) -> Sound | str:
    plan = song.plan
    if name == "loop":
        return _loop(plan, backend, cache)
    left_out = SUNG if name == "instrumental" else (name.removeprefix("no-"),)
    gone = [stem for stem in plan.stems if stem.role in left_out]
    kept = [stem for stem in plan.stems if stem.role not in left_out]
    if not gone:
        return f"no alternate {name}: the song has no {' or '.join(left_out)}"
    if not kept:
        return f"no alternate {name}: nothing would be left"
    if not plan.export.stems:
        return f"no alternate {name}: the spec says export: {{stems: false}}"
    audio = np.zeros((2, plan.total_samples), dtype=np.float32)
    for stem in kept:
        audio += song.read_stem(stem.name)
    mastered = master_song(audio, plan.master, plan.grid.sample_rate, plan.mix, sections_of(plan))
    return mastered.audio, {
        "without": [stem.name for stem in gone],
        "loudness_lufs": finite(mastered.loudness_lufs, 2),
        "true_peak_dbtp": finite(mastered.true_peak_dbtp, 2),
    }


def _loop(plan: SongPlan, backend: Callable[[], Backend], cache: ClipCache) -> Sound | str:
    """Make the chorus from bar line to bar line, so that its end leads into its beginning.

    Returns the sound, or a sentence on why there is no loop.
    """
    visit = main_visit(plan)
    if len(plan.grid_of(visit).spans) > 1:
        return f"no loop: the tempo or the metre changes in {visit.place.label}"
    if any(event.do == "fade" for event in visit.music.events):
        return f"no loop: {visit.place.label} fades"
    once = excerpt(plan, [visit.place.label])
    first = once.visits[0]
    second = replace(first, place=replace(first.place, start_bar=first.bars))
    twice = replace(once, visits=(first, second))
    made = render_clip(twice, backend(), cache, loop=True)
    return made.audio, {
        "section": visit.place.label,
        "bars": first.bars,
        "seconds": round(made.audio.shape[1] / plan.grid.sample_rate, 3),
    }
