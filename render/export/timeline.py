"""A song as a timeline of OpenTimelineIO, for editors of film.

It has a track for each stem, a marker for each section and each moment of a picture. The library is the
optional package ``opentimelineio``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from render.export.project import DawProject, file_address
from structure.base.errors import MissingPackageError
from structure.base.files import write_atomically


def can_write_timelines() -> bool:
    """Return whether OpenTimelineIO is installed."""
    return find_spec("opentimelineio") is not None


def write_otio(path: Path, project: DawProject) -> None:
    """Write a timeline beside the folders of its files; times are samples.

    The same song gives the same bytes. Raises MissingPackageError where OpenTimelineIO is not installed.
    """
    if not can_write_timelines():
        raise MissingPackageError("a timeline", "opentimelineio", "picture", "export to another format")
    otio = import_module("opentimelineio")
    rate = project.grid.sample_rate

    def span(start: int, length: int) -> object:
        time = otio.opentime.RationalTime
        return otio.opentime.TimeRange(time(start, rate), time(length, rate))

    timeline = otio.schema.Timeline(project.title)
    for track in project.tracks:
        reference = otio.schema.ExternalReference(file_address(track.file), span(0, project.length))
        lane = otio.schema.Track(track.name, kind=otio.schema.TrackKind.Audio)
        clip = otio.schema.Clip(track.name, media_reference=reference, source_range=span(0, project.length))
        lane.append(clip)
        lane.enabled = not track.muted
        timeline.tracks.append(lane)
    for section in (*project.sections, *project.hits):
        marker = otio.schema.Marker(section.label, span(section.start, section.length))
        timeline.tracks.markers.append(marker)
    write_atomically(path, (otio.adapters.write_to_string(timeline, "otio_json") + "\n").encode())
