"""What changes from one planned song to another: spec, plan, clips to make, and bars that stay as they are.

An edit says with this what it will do, before anything is rendered, and ``diff`` what was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from composer.base.words import chords_text
from composer.history.kept import Bars, find_kept_bars
from composer.history.planned import Place, PlannedSong
from composer.sources.chord_letters import note_on_new_key
from render.clips.caching.cache import ClipCache
from render.clips.wanted import WantedClip
from structure.plans.plan import SongPlan, Visit

Value = str | int | float | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. ``kind`` is spec, plan, clips, loudness or files; None is an absence."""

    kind: str
    what: str
    before: Value
    after: Value

    def document(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return {"kind": self.kind, "what": self.what, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class ClipToMake:
    """A clip that a render makes.

    ``key`` is its key in the cache, ``places`` are all its places as ``section/visit/stem``, and
    ``seconds`` is its length.
    """

    key: str
    places: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an edit does.

    ``differences`` are those of spec, plan and clips. ``to_make`` are the clips that a render makes, in
    the order of the song. ``clips`` counts, for each section, its clips and those that are kept.

    ``notes`` are sentences on what an edit does not do, although one may expect it.

    ``kept_bars`` are the bars of each stem that stay byte-identical: see
    :func:`composer.history.kept.find_kept_bars`.
    """

    differences: tuple[Change, ...]
    to_make: tuple[ClipToMake, ...]
    clips: Mapping[str, Mapping[str, int]]
    kept_bars: Mapping[str, Bars]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Return the seconds of audio in the clips to make."""
        return sum(clip.seconds for clip in self.to_make)

    def document(self) -> dict[str, Any]:
        """Return the content of ``changes.json``."""
        return {
            "format": 1,
            "changes": [change.document() for change in self.differences],
            "to_make": {
                "clips": [
                    {"places": list(clip.places), "seconds": round(clip.seconds, 3)}
                    for clip in self.to_make
                ],
                "seconds": round(self.seconds, 3),
            },
            "notes": list(self.notes),
            "clips": {name: dict(counts) for name, counts in self.clips.items()},
            "kept_bars": {
                stem: [f"{first}-{last}" for first, last in bars] for stem, bars in self.kept_bars.items()
            },
        }


def find_changes(
    before: PlannedSong, after: PlannedSong, cache: ClipCache | None = None, name: str = "SPEC"
) -> Changes:
    """Compare two songs.

    The clips to make are those that ``cache`` lacks; without a cache, those that the earlier song does not
    have. ``name`` is what the user calls the later spec.
    """
    old, new = before.keys(), after.keys()
    there = {one.key for clip in before.clips for one in (clip, *clip.source_clips)}
    has = there.__contains__ if cache is None else cache.has
    missing: dict[str, list[WantedClip]] = {}
    for clip in after.clips:
        for one in clip.source_clips if not has(clip.key) else ():
            if not has(one.key):
                missing.setdefault(one.key, []).append(
                    clip if one is clip else replace(one, visit=clip.visit)
                )
    return Changes(
        differences=(
            *field_changes("spec", before.spec, after.spec),
            *plan_changes(before.plan, after.plan),
            *clip_changes(old, new),
        ),
        to_make=tuple(
            ClipToMake(key, tuple(clip.place for clip in clips), clips[0].seconds)
            for key, clips in missing.items()
        ),
        clips=count_kept(old, new),
        kept_bars=find_kept_bars(before, after),
        notes=tuple(
            filter(
                None,
                [note_on_new_key(before.spec, before.plan.key, after.spec, after.plan.key, name)],
            )
        ),
    )


def plan_changes(before: SongPlan, after: SongPlan) -> Iterator[Change]:
    """Return what a listener notices of a change, of the song and of each visit."""
    yield from field_changes("plan", _song_facts(before), _song_facts(after))
    yield from field_changes("plan", _visit_facts(before), _visit_facts(after))


def clip_changes(old: Mapping[Place, str], new: Mapping[Place, str]) -> Iterator[Change]:
    """Return which clips were added, removed or changed, by visit."""
    groups: dict[str, dict[str, list[str]]] = {}
    for section, visit, stem in dict.fromkeys([*old, *new]):
        one, other = old.get((section, visit, stem)), new.get((section, visit, stem))
        if one != other:
            state = "removed" if other is None else "added" if one is None else "changed"
            groups.setdefault(f"{section}:{visit}", {}).setdefault(state, []).append(stem)
    for place, states in groups.items():
        for state, stems in states.items():
            names = ", ".join(stems)
            yield Change(
                "clips",
                place,
                None if state == "added" else names,
                None if state == "removed" else f"{names} ({state})",
            )


def count_kept(old: Mapping[Place, str], new: Mapping[Place, str]) -> dict[str, dict[str, int]]:
    """Count, for each section of the later song, its clips, and those that are the earlier song's."""
    found: dict[str, dict[str, int]] = {}
    for place, key in new.items():
        section = found.setdefault(place[0], {"clips": 0, "kept": 0})
        section["clips"] += 1
        section["kept"] += old.get(place) == key
    return found


def field_changes(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Return the fields of plain data that differ, by dotted names."""
    one, other = dict(_leaves(before)), dict(_leaves(after))
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield Change(kind, name, one.get(name), other.get(name))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted names and values.

    Items of lists of mappings go by their ``name``, others by their place.
    """
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
    """Return what a listener notices of each visit, by section and number."""
    found = {}
    for visit in plan.visits:
        # the tempo and the metre stand here where they are not those in which the song begins
        span = plan.grid.span_at(plan.position_quarters(visit))
        own_pace: dict[str, Any] = {}
        if float(span.tempo_bpm) != float(plan.grid.tempo_bpm):
            own_pace["tempo"] = float(span.tempo_bpm)
        if str(span.meter) != str(plan.meter):
            own_pace["meter"] = str(span.meter)
        found[f"{visit.place.name}:{visit.place.index}"] = {
            "first bar": visit.place.start_bar + 1,
            "bars": visit.bars,
            **own_pace,
            "key": visit.music.key,
            "lift": visit.music.lift,
            "energy": round(visit.music.energy, 3),
            "variation": visit.sound.variation,
            **_takes(visit),
            "chords": chords_text(plan, visit),
            "notes": {name: len(part.notes) for name, part in visit.music.score.parts.items()},
        }
    return found


def _takes(visit: Visit) -> dict[str, Any]:
    """Return which stems have other takes than the first in a visit, or in some of its bars.

    In repainted bars all stems have other takes.
    """
    music, sound = visit.music, visit.sound
    found: dict[str, str] = {
        name: f"notes {music.takes.get(name, 1)}, sound {sound.takes.get(name, 1)}"
        for name in sorted({*music.takes, *sound.takes})
    }
    found |= {
        name: "; ".join(
            f"bars {bars.first + 1}-{bars.end}: notes {bars.notes}, sound {bars.sound}" for bars in comp
        )
        for name, comp in sound.comp.items()
    }
    if sound.repaint:
        bars = ", ".join(f"{first + 1}-{end}" for first, end in sound.repaint)
        found["all"] = f"bars {bars}: sound of seed {sound.repaint_seed}"
    return {"takes": found} if found else {}
