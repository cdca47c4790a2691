"""A song for games: each section by itself, as a loop with the tail that rings on over what follows.

An engine of games (Wwise, FMOD Studio) starts a section at its entry, lets it go on to its exit, and plays
the rest of the file, its tail, over what comes next. What it needs to know stands in one document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.export.bwf import Region
from structure.base.grid import Grid, count_resampled
from structure.plans.excerpt import excerpt
from structure.plans.plan import SongPlan, Visit

_PHRASE = 4
"""Bars after which music can leave a section with good grace."""

_LAYERS = ("pad", "bass", "drums", "chords", "arpeggio", "backing", "lead", "vocals", "effects", "audio")
"""Roles in the order in which layers are added as a game becomes more tense."""


@dataclass(frozen=True)
class GameSection:
    """Visits of a song that are the same music.

    ``first`` is the one that is written, as a song of its own (``plan``).
    """

    first: Visit
    visits: tuple[Visit, ...]
    plan: SongPlan

    @property
    def label(self) -> str:
        """Return the name of the section."""
        return self.first.place.label

    @property
    def visit_name(self) -> str:
        """Return what names the visit where visits are chosen."""
        return f"{self.first.place.name}:{self.first.place.index}"

    def grid(self, sample_rate: int) -> Grid:
        """Return the section's map, counted from its entry."""
        return replace(self.plan.grid, sample_rate=sample_rate)

    def exit_sample(self, sample_rate: int) -> int:
        """Return the sample at which the next section, or the same again, begins."""
        return self.grid(sample_rate).sample_at_bar(self.plan.bars)

    def length(self, sample_rate: int) -> int:
        """Return the samples of each file: the loop and its tail."""
        return count_resampled(self.plan.total_samples, self.plan.grid.sample_rate, sample_rate)

    def regions(self, sample_rate: int) -> tuple[Region, ...]:
        """Return the loop and the tail as they are marked in files."""
        end, length = self.exit_sample(sample_rate), self.length(sample_rate)
        return Region(0, end, "Loop"), Region(end, length - end, "Tail")


def game_sections(plan: SongPlan) -> tuple[GameSection, ...]:
    """Return the sections of a song that differ in notes, sound or tempo, in their order."""
    groups: list[list[Visit]] = []
    for visit in plan.visits:
        for group in groups:
            first = group[0]
            moves = first.sound.variation or visit.sound.variation  # a seed that moves nothing is none
            seed = first.sound.variation_seed if moves else visit.sound.variation_seed
            sound = replace(first.sound, variation_seed=seed)
            is_alike = first.place.name == visit.place.name and plan.grid_of(first) == plan.grid_of(visit)
            if is_alike and replace(first, place=visit.place, sound=sound) == visit:
                group.append(visit)
                break
        else:
            groups.append([visit])
    return tuple(
        GameSection(
            visits[0],
            tuple(visits),
            excerpt(plan, [f"{visits[0].place.name}:{visits[0].place.index}"]),
        )
        for visits in groups
    )


def layer_order(section: GameSection) -> list[str]:
    """Return the stems of a section, the first to be heard first."""
    stems = sorted(section.plan.stems, key=lambda stem: _LAYERS.index(stem.role))
    return [stem.name for stem in stems]


def game_document(
    plan: SongPlan,
    sections: Sequence[GameSection],
    files: Mapping[str, Mapping[str, str]],
    mixes: Mapping[str, str],
    sample_rate: int,
) -> dict[str, Any]:
    """Return sections, layers, exits and transitions as plain data.

    ``files`` and ``mixes`` are paths by the label of a section, those of ``files`` by stem; samples count
    at ``sample_rate``. Every section may loop; from one to another there are the song's own steps, and from
    the last to the first where the whole song loops.
    """
    steps: dict[tuple[str, str], dict[str, Any]] = {}
    for section in sections:
        label = section.label
        loop = {"from": label, "to": label, "at": "end", "kind": "loop", "fade_s": 0.0, "count": 0}
        steps[label, label] = loop
    for before, after in zip(plan.visits, plan.visits[1:], strict=False):
        key = (_owner(sections, before).label, _owner(sections, after).label)
        step = plan.graph.transition(before.place.name, after.place.name)
        fade = plan.crossfade_into(after) / plan.grid.sample_rate
        new = {"from": key[0], "to": key[1], "at": "end", "kind": "cut" if step is None else step.kind}
        entry = steps.setdefault(key, {**new, "fade_s": round(fade, 6), "count": 0})
        entry["count"] += 1
    if plan.loops:
        key = (_owner(sections, plan.visits[-1]).label, _owner(sections, plan.visits[0]).label)
        back = {"from": key[0], "to": key[1], "at": "end", "kind": "loop", "fade_s": 0.0, "count": 0}
        steps.setdefault(key, back)["count"] += 1

    return {
        "format": 1,
        "title": plan.title,
        "sample_rate": sample_rate,
        "start": _owner(sections, plan.visits[0]).label,
        "sections": [
            _section(section, files[section.label], mixes[section.label], sample_rate)
            for section in sections
        ],
        "transitions": list(steps.values()),
    }


def _section(section: GameSection, files: Mapping[str, str], mix: str, rate: int) -> dict[str, Any]:
    """Return a section as plain data: its layers, its tempo and metre, and where it can be left."""
    grid, roles = section.grid(rate), {stem.name: stem.role for stem in section.plan.stems}
    span, order, bars = grid.spans[0], layer_order(section), section.plan.bars
    layers = [
        {
            "stem": stem,
            "role": roles[stem],
            "file": files[stem],
            "intensity": round(number / len(order), 3),
        }
        for number, stem in enumerate(order, 1)
    ]
    exits = []
    for bar in range(1, bars + 1):
        kind = "end" if bar == bars else "phrase" if bar % _PHRASE == 0 else "bar"
        exits.append({"after_bar": bar, "sample": grid.sample_at_bar(bar), "kind": kind})
    return {
        "name": section.label,
        "section": section.first.place.name,
        "mix": mix,
        "layers": layers,
        "tempo": round(float(span.tempo_bpm), 6),
        "quarters_per_minute": round(float(span.quarters_per_minute), 6),
        "meter": str(span.meter),
        "steady": grid.is_steady,
        "key": section.first.music.key,
        "energy": section.first.music.energy,
        "bars": bars,
        "entry_sample": 0,
        "exit_sample": section.exit_sample(rate),
        "length_samples": section.length(rate),
        "beat_samples": grid.beat_samples(bars),
        "exits": exits,
        "visits": [visit.place.label for visit in section.visits],
    }


def _owner(sections: Sequence[GameSection], visit: Visit) -> GameSection:
    return next(section for section in sections if visit in section.visits)
