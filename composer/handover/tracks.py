"""The tracks of a project: the stems, what moves in them, the parts of drums, the click and the master."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from composer.handover.layout import Layout
from render.export.colours import Rgb, role_colour
from render.export.places import total_length
from render.export.project import Track
from render.mixing.automation import Points, filter_points, send_points
from structure.plans.plan import StemPlan
from structure.presets.mixes import BUSES

_MASTER_COLOUR: Rgb = (0x9A, 0x9A, 0x9A)


def mixed_tracks(layout: Layout) -> tuple[Track, ...]:
    """Return the tracks of a project whose stems are as they are mixed.

    The parts of drums follow their stem; the click, if there is one, and the master come last. All but the
    stems are muted.
    """
    return tuple(_tracks(layout, None))


def moving_tracks(layout: Layout, volumes: Mapping[str, Points]) -> tuple[Track, ...]:
    """Return the same, but stems that move do so by themselves.

    ``volumes`` are the levels of the files without moves, by their path.
    """
    return tuple(_tracks(layout, volumes))


def _tracks(layout: Layout, volumes: Mapping[str, Points] | None) -> Iterator[Track]:
    for stem in layout.plan.stems:
        track = Track(
            layout.stems[stem.name],
            layout.stem(stem.name),
            role_colour(stem.role),
            stem=stem.name,
            bus=BUSES[stem.role],
        )
        if volumes is None or stem.name not in layout.automated:
            yield track
        else:
            yield from _moving(layout, stem, track, volumes)
        for part in layout.parts.get(stem.name, ()):
            file = layout.part(stem.name, part)
            yield Track(Path(file).stem, file, track.colour, muted=True, bus=track.bus)
    if layout.options.click:
        yield Track("Click", layout.click, _MASTER_COLOUR, muted=True)
    yield Track("Master (reference)", layout.master, _MASTER_COLOUR, muted=True)


def _moving(layout: Layout, stem: StemPlan, track: Track, volumes: Mapping[str, Points]) -> Iterator[Track]:
    """Yield the track of a stem that moves, and one of what its moving sends give."""
    grid = replace(layout.plan.grid, sample_rate=layout.options.sample_rate)
    curves, samples = layout.automated[stem.name], total_length(layout.plan, grid.sample_rate)
    sends = {
        "Reverb": send_points(curves, "reverb", float(stem.reverb), grid, samples),
        "Echo": send_points(curves, "delay", float(stem.delay), grid, samples),
    }
    moving = replace(
        track,
        low_pass=filter_points(curves, "low_pass_hz", grid, samples),
        high_pass=filter_points(curves, "high_pass_hz", grid, samples),
    )
    file, thrown = layout.stem_before_moves(stem.name), layout.thrown(stem.name)
    sent = tuple((name, points) for name, points in sends.items() if points)
    yield replace(moving, file=file, volume=volumes[file], sends=sent)
    if thrown in volumes:
        yield replace(moving, name=Path(thrown).stem, file=thrown, volume=volumes[thrown], stem=None)
