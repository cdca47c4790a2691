"""What changed between two songs: what was asked for, what was planned, which clips and files differ.

A song is a rendered folder, a ``song.lock``, or whatever :func:`composer.sources.source.read_source`
reads, which is then planned. Clips are compared by what is asked of the backend for them, and, where both
songs were rendered, by the backend too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.base.planfile import read_plan
from composer.folder.lock import spec_data
from composer.history.changes import Change, count_kept, field_changes, find_changes
from composer.history.planned import PlannedSong
from composer.history.reproduce import read_locked_song
from composer.sources.source import plan_source, read_source
from render.clips.unloaded import AskedBackend, ask_player
from structure.base.jsonfile import read_json
from structure.base.names import LOCK, PLAN, REPORT
from structure.plans.plan import SongPlan


@dataclass(frozen=True, slots=True)
class Compared:
    """A song as far as it can be compared; what a song that was never rendered lacks is empty."""

    name: str
    spec: Mapping[str, Any]
    plan: SongPlan
    backend: str
    files: Mapping[str, str]
    loudness: Mapping[str, Any]


def read_compared(source: str) -> Compared:
    """Read a song's folder, its lock, or a spec.

    Raises RitornelloError for what cannot be read or planned.
    """
    path = Path(source)
    is_lock = path.is_file() and (path.name == LOCK or path.suffix == ".lock")
    if not is_lock and not path.is_dir():
        made_from = read_source(source)
        return Compared(source, spec_data(made_from.spec), plan_source(made_from), "", {}, {})
    folder = path.parent if is_lock else path
    song = read_locked_song(path)
    lock = song.lock
    plan = read_plan(folder / PLAN) if (folder / PLAN).is_file() else plan_source(song.source)
    report = read_json(folder / REPORT) if (folder / REPORT).is_file() else {}
    loudness = report.get("loudness", {}) if isinstance(report, dict) else {}
    backend = str(lock["backend"].get("fingerprint", ""))
    return Compared(source, spec_data(song.source.spec), plan, backend, lock["files"], loudness)


def changes(before: Compared, after: Compared) -> list[Change]:
    """Return all that differs between two songs, the spec first and the files last."""
    both = bool(before.files and after.files)
    told = list(find_changes(*_plan_both(before, after)).differences)
    if both and before.backend != after.backend:
        first = next((k for k, change in enumerate(told) if change.kind == "clips"), len(told))
        told.insert(first, Change("clips", "backend", before.backend, after.backend))
    if both:
        told += field_changes("loudness", before.loudness, after.loudness)
        for name in sorted({*before.files, *after.files}):
            one, other = before.files.get(name), after.files.get(name)
            if one != other:
                told.append(Change("files", name, one and one[:12], other and other[:12]))
    return told


def notes(before: Compared, after: Compared) -> tuple[str, ...]:
    """Return notes on what the later song does not do, although one may expect it.

    One of these: chords written as letters do not follow a new key.
    """
    return find_changes(*_plan_both(before, after), name=after.name).notes


def summary(before: Compared, after: Compared) -> dict[str, Any]:
    """Return the changes as plain data, and how many of each section's clips stay."""
    return {
        "before": before.name,
        "after": after.name,
        "changes": [change.document() for change in changes(before, after)],
        "clips": count_kept_clips(before, after),
        "notes": list(notes(before, after)),
    }


def count_kept_clips(before: Compared, after: Compared) -> dict[str, dict[str, int]]:
    """Count the clips of each section of the later song, and those that the earlier song has too."""
    one, other = _plan_both(before, after)
    return count_kept(one.keys(), other.keys())


def _plan_both(before: Compared, after: Compared) -> tuple[PlannedSong, PlannedSong]:
    """Return both songs by what is asked for, and, where both were rendered, by what made them."""
    both = bool(before.files and after.files)

    def plan_one(song: Compared) -> PlannedSong:
        backend = AskedBackend(fingerprint=song.backend if both else "")
        return PlannedSong.of(song.spec, song.plan, backend, ask_player)

    return plan_one(before), plan_one(after)
