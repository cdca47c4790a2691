"""Cues from the files of editors: cut lists (CMX 3600), tables of markers (CSV), and OpenTimelineIO.

A cut list with markers gives these, one without them its cuts; so does a timeline.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.base.plain_text import clean_line
from structure.picture.timecodes import FORMATS, TIMECODE, FrameCount

CUE_FILES = (".edl", ".csv", ".tsv", ".txt", ".otio")
"""Endings of files that hold cues."""

_LARGEST = 4 << 20
_EVENT = re.compile(rf"^\s*\d+\s+\S+\s+\S+\s+\S+(?:\s+\d+)?\s+((?:{TIMECODE}\s*){{4}})", re.MULTILINE)
_LOCATOR = re.compile(rf"^\*\s*LOC:\s*({TIMECODE})\s+(\S+)\s*(.*)$")
_MARKED = re.compile(r"\|M:(.*?)(?:\s*\|D:\d+)?\s*$")
_CLIP = re.compile(r"^\*\s*(?:FROM|TO)\s+CLIP NAME:\s*(.*)$", re.IGNORECASE)
_TIMES = ("time", "start", "in", "position", "timecode", "record in", "source in", "start time", "hit")
_LABELS = ("name", "marker name", "label", "comment", "notes", "description", "title", "marker")


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to be met: when, in seconds from the song's first downbeat, and what it is."""

    seconds: Fraction
    label: str = ""


def read_cues(path: Path, counting: FrameCount) -> tuple[Cue, ...]:
    """Read the cues of a file, in order of time, each time once.

    Raises MusicFileError, with the line where there is one, for a file that holds none or cannot be read.
    """
    kind = path.suffix.lower()
    readers = {".edl": _from_edl, ".otio": _from_otio}
    if kind not in CUE_FILES:
        raise MusicFileError(
            f"{path}: cues are read from {', '.join(CUE_FILES)}, not from {kind or 'this'}", path=path
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise MusicFileError(f"{path}: it is larger than {_LARGEST >> 20} MiB", path=path)
        text = _decode(path.read_bytes())
        cues = list(readers.get(kind, _from_table)(text, counting))
    except (OSError, ValueError) as exc:
        raise MusicFileError(f"{path}: {exc}", path=path) from exc
    found: dict[Fraction, Cue] = {}
    for cue in sorted(cues, key=lambda cue: cue.seconds):
        found.setdefault(cue.seconds, replace(cue, label=clean_line(cue.label)[:80]))
    found.pop(Fraction(0), None)  # the picture begins there, and so does the song
    if not found:
        raise MusicFileError(f"{path}: it holds no cues", path=path, hint=f"times are written as {FORMATS}")
    return tuple(found.values())


def _decode(data: bytes) -> str:
    """Decode text in UTF-8, in UTF-16 as some editors write tables, or else in Windows' Latin alphabet."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _from_edl(text: str, counting: FrameCount) -> Iterator[Cue]:
    cuts: list[Cue] = []
    markers: list[Cue] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.upper().startswith("FCM:"):
                counting = replace(counting, drops="NON" not in line.upper())
            elif event := _EVENT.match(line):
                cuts.append(Cue(counting.seconds(event[1].split()[2])))
            elif located := _LOCATOR.match(line):
                markers.append(Cue(counting.seconds(located[1]), located[3] or located[2]))
            elif (marked := _MARKED.search(line)) and cuts:
                markers.append(Cue(cuts[-1].seconds, marked[1]))
            elif (clip := _CLIP.match(line)) and cuts:
                cuts[-1] = replace(cuts[-1], label=clip[1])
        except ValueError as exc:
            raise ValueError(f"line {number}: {exc}") from exc
    yield from markers or cuts


def _from_table(text: str, counting: FrameCount) -> Iterator[Cue]:
    """Yield the rows of a table, with or without names of columns in its first row."""
    delimiter = "\t" if "\t" in text else ";" if ";" in text.partition("\n")[0] else ","
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, row))]
    if not rows:
        return
    head = [cell.strip().lower().lstrip("#") for cell in rows[0]]
    time = next((head.index(name) for name in _TIMES if name in head), None)
    label = next((head.index(name) for name in _LABELS if name in head), None)
    first = 0 if time is None else 1
    if time is None:
        time = 0
        for i, cell in enumerate(rows[0]):
            with suppress(ValueError):
                counting.seconds(cell)
                time = i
                break
        label = next((i for i in range(len(rows[0])) if i != time), None)

    for number, row in enumerate(rows[first:], first + 1):
        cell = row[time] if time < len(row) else ""
        try:
            seconds = counting.seconds(cell)
        except ValueError as exc:
            raise ValueError(f"row {number}: {exc}") from exc
        yield Cue(seconds, row[label] if label is not None and label < len(row) else "")


def _from_otio(text: str, _counting: FrameCount) -> Iterator[Cue]:
    """Yield the markers of a timeline, of its tracks and of its clips.

    Where there are none, yield the starts of the clips in its first track of pictures.
    """
    timeline = json.loads(text)
    if not isinstance(timeline, dict) or not str(timeline.get("OTIO_SCHEMA", "")).startswith("Timeline"):
        raise ValueError("it is no timeline of OpenTimelineIO")
    stack = timeline.get("tracks") or {}
    tracks = [track for track in stack.get("children") or () if isinstance(track, dict)]
    markers = list(_read_markers(stack, Fraction(0)))
    cuts: list[Cue] = []
    pictures = [track for track in tracks if track.get("kind", "Video") == "Video"]
    for track in tracks:
        clips = list(_clips(track))
        markers += [cue for start, clip in clips for cue in _read_markers(clip, start)]
        markers += _read_markers(track, Fraction(0))
        if track in pictures[:1]:
            cuts = [Cue(start, str(clip.get("name") or "")) for start, clip in clips]
    yield from markers or cuts


def _clips(track: Mapping[str, Any]) -> Iterator[tuple[Fraction, Mapping[str, Any]]]:
    """Yield the clips of a track with the seconds at which they start; gaps take time, transitions none."""
    place = Fraction(0)
    for item in track.get("children") or ():
        kind = str(item.get("OTIO_SCHEMA", "")).partition(".")[0]
        if kind == "Transition":
            continue
        if kind != "Gap":
            yield place, item

        span = item.get("source_range")
        if span is None:
            # A clip that says nothing else is as long as its medium.
            media = [item.get("media_reference"), *(item.get("media_references") or {}).values()]
            ranges = (one.get("available_range") for one in media if one)
            span = next((one for one in ranges if one), None)
        if span is None:
            raise ValueError(f"the clip {item.get('name')!r} has no length")
        place += _time(span["duration"])


def _read_markers(owner: Mapping[str, Any], start: Fraction) -> Iterator[Cue]:
    source = owner.get("source_range")
    begins = _time(source["start_time"]) if source else Fraction(0)
    for marker in owner.get("markers") or ():
        yield Cue(
            start + _time(marker["marked_range"]["start_time"]) - begins, str(marker.get("name") or "")
        )


def _time(value: Mapping[str, Any]) -> Fraction:
    return Fraction(str(value["value"])) / Fraction(str(value["rate"]))
