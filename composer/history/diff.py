"""What changed between two songs: what was asked for, what was planned, which clips and files differ.

A song is a rendered folder, a ``song.lock``, or whatever :func:`composer.sources.source.read_source`
reads, which is then planned. Clips are compared by what is asked of the backend for them, and, where both
songs were rendered, by the backend too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from composer.base.words import repeated
from composer.folder.lock import spec_data
from composer.history.reproduce import read_locked_song
from composer.sources.planned import plan_source
from composer.sources.source import read_source
from render.clips.wanted import build_requests
from structure.base.jsonfile import read_json
from structure.base.names import LOCK, PLAN, REPORT
from structure.plans.plan import SongPlan, Visit
from structure.plans.planfile import read_plan

Value = str | int | float | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. ``kind`` is spec, plan, clips, loudness or files; None is an absence."""

    kind: str
    what: str
    before: Value
    after: Value


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
    """A folder, a lock, or a spec. Raises RitornelloError for what cannot be read or planned."""
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
    """All that differs between two songs, the spec first and the files last."""
    return [
        *_field_changes("spec", before.spec, after.spec),
        *_field_changes("plan", _song_facts(before.plan), _song_facts(after.plan)),
        *_field_changes("plan", _visit_facts(before.plan), _visit_facts(after.plan)),
        *_clip_changes(before, after),
        *(_field_changes("loudness", before.loudness, after.loudness) if _both(before, after) else ()),
        *_file_changes(before, after),
    ]


def summary(before: Compared, after: Compared) -> dict[str, Any]:
    """The changes as plain data, and how many clips of how many stay, by section."""
    return {
        "before": before.name,
        "after": after.name,
        "changes": [
            {"kind": c.kind, "what": c.what, "before": c.before, "after": c.after}
            for c in changes(before, after)
        ],
        "clips": kept_clips(before, after),
    }


def kept_clips(before: Compared, after: Compared) -> dict[str, dict[str, int]]:
    """For each section of the later song: how many clips it has, and how many are those of the earlier."""
    if not _both(before, after):
        before, after = _without_backend(before), _without_backend(after)
    old, new = _clips(before), _clips(after)
    found: dict[str, dict[str, int]] = {}
    for place, key in new.items():
        section = found.setdefault(place[0], {"clips": 0, "kept": 0})
        section["clips"] += 1
        section["kept"] += old.get(place) == key
    return found


def _both(before: Compared, after: Compared) -> bool:
    return bool(before.files and after.files)


def _field_changes(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    one, other = dict(_leaves(before)), dict(_leaves(after))
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield Change(kind, name, one.get(name), other.get(name))


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """Dotted names and values; items of lists of mappings go by their ``name``, others by their place."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, item in enumerate(value, 1):
            name = item.get("name", place) if isinstance(item, dict) else place
            yield from _leaves(item, f"{path}[{name}]")
    else:
        yield path, value


def _song_facts(plan: SongPlan) -> dict[str, Any]:
    return {
        "tempo": float(plan.grid.tempo_bpm),
        "key": plan.key,
        "meter": str(plan.meter),
        "bars": plan.bars,
        "form": " ".join(visit.place.name for visit in plan.visits),
        "stems": " ".join(stem.name for stem in plan.stems),
        "samples": plan.total_samples,
    }


def _visit_facts(plan: SongPlan) -> dict[str, Any]:
    """What a listener notices of each visit, by section and number."""
    return {
        f"{visit.place.name}:{visit.place.index}": {
            "first bar": visit.place.start_bar + 1,
            "bars": visit.bars,
            "key": visit.music.key,
            "lift": visit.music.lift,
            "energy": round(visit.music.energy, 3),
            "variation": visit.sound.variation,
            "chords": _chords(plan, visit),
            "notes": {name: len(part.notes) for name, part in visit.music.score.parts.items()},
        }
        for visit in plan.visits
    }


def _chords(plan: SongPlan, visit: Visit) -> str:
    bars: list[list[str]] = [[] for _ in range(visit.bars)]
    for chord in plan.chord_positions(visit):
        bars[chord.bar - 1 - visit.place.start_bar].append(chord.symbol)
    return repeated([" ".join(bar) or "%" for bar in bars], " | ")


Place = tuple[str, int, str]
"""Section, number of the visit, stem."""


def _clips(song: Compared) -> dict[Place, str]:
    return {
        (one.visit.place.name, one.visit.place.index, one.stem.name): one.request.content_hash(song.backend)
        for one in build_requests(song.plan)
    }


def _clip_changes(before: Compared, after: Compared) -> Iterable[Change]:
    if not _both(before, after):  # one of them has no backend: compare what is asked for
        before, after = _without_backend(before), _without_backend(after)
    elif before.backend != after.backend:
        yield Change("clips", "backend", before.backend, after.backend)
    old, new = _clips(before), _clips(after)
    groups: dict[str, dict[str, list[str]]] = {}
    for section, visit, stem in dict.fromkeys([*old, *new]):
        one, other = old.get((section, visit, stem)), new.get((section, visit, stem))
        if one != other:
            state = "removed" if other is None else "added" if one is None else "changed"
            groups.setdefault(f"{section}:{visit}", {}).setdefault(state, []).append(stem)
    for place, states in groups.items():
        for state, stems in states.items():
            yield _clip_change(place, state, stems)


def _clip_change(place: str, state: str, stems: Sequence[str]) -> Change:
    names = ", ".join(stems)
    return Change(
        "clips",
        place,
        None if state == "added" else names,
        None if state == "removed" else f"{names} ({state})",
    )


def _without_backend(song: Compared) -> Compared:
    return replace(song, backend="")


def _file_changes(before: Compared, after: Compared) -> Iterable[Change]:
    if not _both(before, after):
        return
    for name in sorted({*before.files, *after.files}):
        one, other = before.files.get(name), after.files.get(name)
        if one != other:
            yield Change("files", name, one and one[:12], other and other[:12])
