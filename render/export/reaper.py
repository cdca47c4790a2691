"""A song as a project of REAPER: its stems on tracks from bar 1, markers and regions at its sections.

The format is text: nested blocks in angle brackets, a setting a line. Colours are red, green and blue from
the lowest byte up, with bit 24 set where there is one; REAPER's tempo counts quarters.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from render.export.colours import Rgb
from render.export.project import Project, Track
from structure.files import write_atomically

_NAMESPACE = uuid.UUID("0f1d3c0e-7a56-5d0b-9b5e-6c1f2a7d9e34")
_HAS_COLOUR = 1 << 24


def write_reaper(path: Path, project: Project) -> None:
    """Write a project beside the folders of its files. The same song gives the same bytes."""
    write_atomically(path, ("\n".join(_lines(project)) + "\n").encode())


def _lines(project: Project) -> Iterator[str]:
    rate, meter = project.sample_rate, project.meter
    yield '<REAPER_PROJECT 0.1 "7.0" 0'
    yield f"  TITLE {_quoted(project.title)}"
    yield "  RIPPLE 0"
    yield f"  SAMPLERATE {rate} 1 0"
    yield f"  TEMPO {_number(float(project.quarters_per_minute))} {meter.numerator} {meter.denominator}"
    yield "  MASTER_NCH 2 2"
    yield "  MASTER_VOLUME 1 0 -1 -1 1"
    yield from _markers(project)
    for number, track in enumerate(project.tracks, 1):
        yield from _track(project, track, f"track {number}")
    yield ">"


def _markers(project: Project) -> Iterator[str]:
    """A marker and a region for each section; the end of a region is a line of its own."""
    rate = project.sample_rate
    for number, (section, rgb) in enumerate(zip(project.sections, project.section_colours, strict=True), 1):
        start, end = section.start / rate, (section.start + section.length) / rate
        name, colour = _quoted(section.label), _colour(rgb)
        yield f"  MARKER {number} {_number(start)} {name} 0 {colour} 1 R {_guid(f'marker {number}')} 0"
        yield f"  MARKER {number} {_number(start)} {name} 1 {colour} 1 R {_guid(f'region {number}')} 0"
        yield f'  MARKER {number} {_number(end)} "" 1'


def _track(project: Project, track: Track, key: str) -> Iterator[str]:
    """A track with one item: gain 1, in the middle, without fades, since the stem is mixed already."""
    guid = _guid(key)
    yield f"  <TRACK {guid}"
    yield f"    NAME {_quoted(track.name)}"
    yield f"    PEAKCOL {_colour(track.colour)}"
    yield "    VOLPAN 1 0 -1 -1 1"
    yield f"    MUTESOLO {int(track.muted)} 0 0"
    yield "    NCHAN 2"
    yield f"    TRACKID {guid}"
    yield "    MAINSEND 1 0"
    yield "    <ITEM"
    yield "      POSITION 0"
    yield "      SNAPOFFS 0"
    yield f"      LENGTH {_number(project.seconds)}"
    yield "      LOOP 0"
    yield "      FADEIN 1 0 0 1 0 0 0"
    yield "      FADEOUT 1 0 0 1 0 0 0"
    yield "      MUTE 0 0"
    yield f"      IGUID {_guid(key + ' item')}"
    yield f"      NAME {_quoted(track.name)}"
    yield "      VOLPAN 1 0 1 -1"
    yield "      SOFFS 0"
    yield "      PLAYRATE 1 1 0 -1 0 0.0025"
    yield "      CHANMODE 0"
    yield f"      GUID {_guid(key + ' take')}"
    yield "      <SOURCE WAVE"
    yield f"        FILE {_quoted(track.file)}"
    yield "      >"
    yield "    >"
    yield "  >"


def _quoted(text: str) -> str:
    """A text in whichever quotes it does not hold itself; the format knows no escapes."""
    plain = " ".join(text.split())
    for quote in "\"'`":
        if quote not in plain:
            return quote + plain + quote
    return "`" + plain.replace("`", "'") + "`"


def _colour(rgb: Rgb) -> int:
    red, green, blue = rgb
    return _HAS_COLOUR | red | green << 8 | blue << 16


def _guid(key: str) -> str:
    return "{" + str(uuid.uuid5(_NAMESPACE, key)).upper() + "}"


def _number(value: float) -> str:
    """Seconds and tempi to a fraction of a sample, without needless digits."""
    return f"{value:.12f}".rstrip("0").rstrip(".")
