"""What changes from one planned song to another: spec, plan, clips to make, and bars that stay as they are.

An edit says with this what it will do, before anything is rendered, and ``diff`` what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from composer.base.words import repeated
from composer.sources.chord_letters import note_on_new_key
from render.audio.types import Audio
from render.backends.base import Backend, Capabilities
from render.backends.request import Clip, ClipRequest
from render.clips.cache import ClipCache
from render.clips.wanted import ClipPlan, WantedClip
from render.mixing.mix import level_key
from render.renderer import reference_samples
from structure.plans.plan import SongPlan, StemPlan, Visit

RING_S = 7.0
"""After this time nothing of what sounded before is left: the clip's tail, then the room's."""

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
Place = tuple[str, int, str]
"""Section, number of the visit, stem."""

Bars = tuple[tuple[int, int], ...]
"""Ranges of bars, from 1, both ends included."""


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


_ABLE = Capabilities(
    sample_rate=44_100,
    channels=2,
    longest_clip_s=float("inf"),
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=True,
    negative_prompt=True,
    makes_stems=True,
    follows_score=True,
    morphs=True,
)


@dataclass(frozen=True, slots=True)
class AskedBackend:
    """A stand-in for a backend that is not loaded: it makes nothing, and can do everything, if nothing else
    is said."""

    name: str = "any"
    fingerprint: str = ""
    capabilities: Capabilities = _ABLE

    def generate(self, request: ClipRequest) -> Clip:
        """Make nothing: raises NotImplementedError."""
        raise NotImplementedError("this backend is not loaded")


@dataclass(frozen=True, slots=True)
class PlannedSong:
    """A song as far as its changes can be told: its spec as plain data, its plan, and its clips."""

    spec: Mapping[str, Any]
    plan: SongPlan
    clips: tuple[WantedClip, ...]

    @classmethod
    def of(cls, spec: Mapping[str, Any], plan: SongPlan, backend: Backend) -> PlannedSong:
        """Settle which clips a backend would make for a plan. Raises RitornelloError where it cannot."""
        return cls(spec, plan, ClipPlan.of(plan, backend).wanted)

    def keys(self) -> dict[Place, str]:
        """Return the key of each clip in the cache, by its place."""
        return {(c.visit.place.name, c.visit.place.index, c.stem.name): c.key for c in self.clips}


@dataclass(frozen=True, slots=True)
class ClipToMake:
    """A clip that a render makes: its key in the cache, all its places ``section/visit/stem``, and its
    length in seconds."""

    key: str
    places: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an edit does. ``differences`` are those of spec, plan and clips. ``to_make`` are the clips that
    a render makes, in the order of the song; ``clips`` counts, for each section, its clips and those that
    are kept.

    ``notes`` are sentences on what an edit does not do, although one may expect it.

    ``kept_bars`` are the bars of each stem that stay byte-identical: they lie at the same samples, are made
    of the same clips, nothing that changed rings into them, and the sections in which their gains are
    measured have the same clips. Gains are rounded, so that what rings into such a section, and the peak of
    the whole mix, seldom move one by a step; :func:`find_equal_bars` proves it afterwards.
    """

    differences: tuple[Change, ...]
    to_make: tuple[ClipToMake, ...]
    clips: Mapping[str, Mapping[str, int]]
    kept_bars: Mapping[str, Bars]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of audio in the clips to make."""
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
    """Compare two songs. The clips to make are those that ``cache`` lacks; without a cache, those that the
    earlier song does not have. ``name`` is what the user calls the later spec."""
    old, new = before.keys(), after.keys()
    there = {one.key for clip in before.clips for one in (clip, *clip.made_of)}
    has = there.__contains__ if cache is None else cache.has
    missing: dict[str, list[WantedClip]] = {}
    for clip in after.clips:
        for one in clip.made_of if not has(clip.key) else ():
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


def find_kept_bars(before: PlannedSong, after: PlannedSong) -> dict[str, Bars]:
    """Return the bars of each stem of the later song that stay byte-identical; see :class:`Changes`."""
    one, other = before.plan, after.plan
    rate = other.grid.sample_rate
    fades = [plan.crossfade_into(visit) for plan in (one, other) for visit in plan.visits]
    fade = max(*fades, round(0.01 * rate))
    changed = _changed_clips(before, after)
    rings: dict[str, list[tuple[int, int]]] = {}
    for plan, clip in changed:
        start, end = plan.bounds(clip.visit)
        span = start - max(fade, clip.request.pre_roll_samples), end + round(RING_S * rate)
        rings.setdefault(clip.stem.name, []).append(span)
    settled = {
        stem.name
        for stem in other.stems
        if _is_level_equal(
            one, other, stem, [plan.bounds(c.visit) for plan, c in changed if c.stem.name == stem.name]
        )
    }
    ends = (one.total_samples, other.total_samples)
    moved = [] if ends[0] == ends[1] else [(min(ends) - rate, max(ends))]
    for song in (before, after):
        visits = [clip.visit for plan, clip in changed if plan is song.plan]
        visits += [clip.visit for clip in song.clips if clip.stem.name not in settled]
        moved += [(start - fade, end) for start, end in _moved_visits(song.plan, visits)]
    kept = {}
    for name in (stem.name for stem in other.stems):
        dirty = moved + rings.get(name, [])
        bars = (bar for bar, span in _same_bars(one, other) if not _overlaps(span, dirty))
        kept[name] = _ranges(bars if name in settled else ())
    return kept


def find_equal_bars(before: SongPlan, after: SongPlan, one: Audio, other: Audio) -> Bars:
    """Return the bars in which two files of two songs, (2, samples) each, hold the same samples at the same
    place."""
    return _ranges(
        bar
        for bar, (start, end) in _same_bars(before, after)
        if np.array_equal(one[:, start:end], other[:, start:end])
    )


def _changed_clips(before: PlannedSong, after: PlannedSong) -> list[tuple[SongPlan, WantedClip]]:
    """Return the clips of either song that the other does not have at the same samples, with its plan."""

    def placed(song: PlannedSong) -> dict[tuple[object, ...], WantedClip]:
        return {
            (clip.stem.name, clip.key, *song.plan.bounds(clip.visit), _level(clip.visit, clip.stem)): clip
            for clip in song.clips
        }

    old, new = placed(before), placed(after)
    return [
        *((before.plan, clip) for key, clip in old.items() if key not in new),
        *((after.plan, clip) for key, clip in new.items() if key not in old),
    ]


def _level(visit: Visit, stem: StemPlan) -> tuple[object, ...]:
    """Return what the plan says of a stem's level in a visit, besides its clip."""
    return visit.sound.fades.get(stem.name), visit.place.name, visit.music.energy


def _moved_visits(plan: SongPlan, changed: Sequence[Visit]) -> list[tuple[int, int]]:
    """Return the samples of the visits whose gain is measured on something that changed."""
    first: dict[object, Visit] = {}
    for visit in plan.visits:
        first.setdefault(level_key(visit), visit)
    return [
        plan.bounds(visit)
        for visit in plan.visits
        if visit in changed or first[level_key(visit)] in changed
    ]


def _is_level_equal(
    one: SongPlan, other: SongPlan, stem: StemPlan, dirty: Sequence[tuple[int, int]]
) -> bool:
    """Return True where a stem is mixed alike in both songs, and its level measured on the same samples."""
    was = next((s for s in one.stems if s.name == stem.name), None)
    if was is None or _strip(one, was) != _strip(other, stem):
        return False
    measured, again = reference_samples(one, was), reference_samples(other, stem)
    return measured == again and not _overlaps((measured.start, measured.stop), dirty)


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _strip(plan: SongPlan, stem: StemPlan) -> tuple[object, ...]:
    alike = replace(stem, prompt="", negative_prompt="")
    return alike, plan.mix, plan.crossfade_samples, plan.export.bit_depth


def _same_bars(one: SongPlan, other: SongPlan) -> Iterator[tuple[int, tuple[int, int]]]:
    """Return the bars, from 1, that lie at the same samples in both songs, with their samples."""

    def edges(plan: SongPlan) -> Iterable[tuple[int, int]]:
        return pairwise(plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1))

    for bar, (mine, theirs) in enumerate(zip(edges(one), edges(other), strict=False), 1):
        if mine == theirs:
            yield bar, mine


def _ranges(bars: Iterable[int]) -> Bars:
    found: list[tuple[int, int]] = []
    for bar in bars:
        if found and found[-1][1] == bar - 1:
            found[-1] = (found[-1][0], bar)
        else:
            found.append((bar, bar))
    return tuple(found)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
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


def _own_pace(plan: SongPlan, visit: Visit) -> dict[str, Any]:
    """Tempo and metre of a visit where they are not the song's first."""
    span = plan.grid.span_at(plan.position_quarters(visit))
    pace = {"tempo": float(span.tempo_bpm), "meter": str(span.meter)}
    song = {"tempo": float(plan.grid.tempo_bpm), "meter": str(plan.meter)}
    return {name: value for name, value in pace.items() if value != song[name]}


def _visit_facts(plan: SongPlan) -> dict[str, Any]:
    """What a listener notices of each visit, by section and number."""
    return {
        f"{visit.place.name}:{visit.place.index}": {
            "first bar": visit.place.start_bar + 1,
            "bars": visit.bars,
            **_own_pace(plan, visit),
            "key": visit.music.key,
            "lift": visit.music.lift,
            "energy": round(visit.music.energy, 3),
            "variation": visit.sound.variation,
            **_takes(visit),
            "chords": _chords(plan, visit),
            "notes": {name: len(part.notes) for name, part in visit.music.score.parts.items()},
        }
        for visit in plan.visits
    }


def _takes(visit: Visit) -> dict[str, Any]:
    """Which stems have other takes than the first in a visit, or in some of its bars; in repainted bars all
    have."""
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


def _chords(plan: SongPlan, visit: Visit) -> str:
    bars: list[list[str]] = [[] for _ in range(visit.bars)]
    for chord in plan.chord_positions(visit):
        bars[chord.bar - 1 - visit.place.start_bar].append(chord.symbol)
    return repeated([" ".join(bar) or "%" for bar in bars], " | ")
