"""A song as a DAWproject 1.0 file (github.com/bitwig/dawproject).

It is a zip of audio, ``project.xml`` and ``metadata.xml``.

Each stem is an audio track with one clip from bar 1, and a muted track of notes with a clip for each
section; beats are quarters. Audio lies in a clip within a clip, under a warp that holds it to the beats
where it is: so Bitwig Studio writes it, and programs that look for it there find no other form. The
warp has a point at each change of tempo, so that nothing is stretched. The audio is stored and not
compressed, and the zip holds no time, so that the same song gives the same bytes. By hand: no library
writes the format.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from shutil import copyfileobj

from render.export.bwf import ORIGINATOR
from render.export.colours import hex_colour
from render.export.project import (
    DRUM_CHANNEL,
    PITCHED_CHANNEL,
    DawProject,
    NoteClip,
    NoteClips,
    Track,
    decimal,
)
from structure.base.files import replacing
from structure.base.grid import Grid
from structure.base.plain_text import clean_line
from structure.base.versions import own_version

FORMAT_VERSION = "1.0"
_MASTER = "channel-master"
_TEMPI = (20, 666)
"""The usual bounds of a tempo, which give way to a song's own."""


def write_dawproject(
    path: Path,
    project: DawProject,
    clips: NoteClips,
    drums: frozenset[str],
    folder: Path,
) -> None:
    """Write a project with all of its audio in it. The file appears only when it is complete.

    ``clips`` are the notes of each stem, ``drums`` the stems of drums, and ``folder`` is where the files of
    the tracks are.
    """
    metadata = ET.Element("MetaData")
    for name, text in (("Title", project.title), ("Genre", project.genre), ("Comment", project.comment)):
        if text:
            ET.SubElement(metadata, name).text = clean_line(text)

    roots = {"project.xml": _project(project, clips, drums), "metadata.xml": metadata}
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, root in roots.items():
            ET.indent(root)
            data = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
            archive.writestr(_entry(name), data, zipfile.ZIP_DEFLATED)
        for track in project.tracks:
            with (
                (folder / track.file).open("rb") as source,
                archive.open(_entry(_path(track)), "w") as copy,
            ):
                copyfileobj(source, copy, 1 << 20)


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _path(track: Track) -> str:
    return "audio/" + track.file.rpartition("/")[2]


def _project(project: DawProject, clips: NoteClips, drums: frozenset[str]) -> ET.Element:
    root = ET.Element("Project", version=FORMAT_VERSION)
    ET.SubElement(root, "Application", name=ORIGINATOR, version=own_version())
    transport = ET.SubElement(root, "Transport")
    first = project.grid.spans[0]
    tempi = [span.quarters_per_minute for span in project.grid.spans]
    bounds = {"min": str(min(_TEMPI[0], floor(min(tempi)))), "max": str(max(_TEMPI[1], ceil(max(tempi))))}
    tempo = decimal(first.quarters_per_minute)
    ET.SubElement(transport, "Tempo", {"id": "tempo", "unit": "bpm", "value": tempo, **bounds})
    ET.SubElement(
        transport,
        "TimeSignature",
        id="time-signature",
        numerator=str(first.meter.numerator),
        denominator=str(first.meter.denominator),
    )
    _add_tracks(ET.SubElement(root, "Structure"), project)
    arrangement = ET.SubElement(root, "Arrangement", id="arrangement")
    lanes = ET.SubElement(arrangement, "Lanes", id="lanes", timeUnit="beats")
    for number, track in enumerate(project.tracks, 1):
        lanes.append(_audio_lane(project, track, number))
        if track.stem is not None:
            channel = DRUM_CHANNEL if track.stem in drums else PITCHED_CHANNEL
            lanes.append(_note_lane(clips.get(track.stem, ()), channel, number))
    markers = ET.SubElement(arrangement, "Markers", id="markers", timeUnit="beats")
    for start, section, colour in zip(
        project.section_quarters, project.sections, project.section_colours, strict=True
    ):
        name = clean_line(section.label)
        ET.SubElement(markers, "Marker", time=decimal(start), name=name, color=hex_colour(colour))
    for hit in project.hits:
        place = decimal(project.grid.quarters_at_sample(hit.start))
        ET.SubElement(markers, "Marker", time=place, name=clean_line(hit.label))
    if not project.grid.is_steady:
        _add_changes(arrangement, project.grid)
    return root


def _add_changes(arrangement: ET.Element, grid: Grid) -> None:
    """Write each tempo, which holds until the next, and each metre."""
    tempi = ET.SubElement(arrangement, "TempoAutomation", id="tempo-points", timeUnit="beats", unit="bpm")
    ET.SubElement(tempi, "Target", parameter="tempo")
    meters = ET.SubElement(
        arrangement, "TimeSignatureAutomation", id="time-signature-points", timeUnit="beats"
    )
    ET.SubElement(meters, "Target", parameter="time-signature")
    for span in grid.spans:
        time, tempo = decimal(span.start), decimal(span.quarters_per_minute)
        ET.SubElement(tempi, "RealPoint", time=time, value=tempo, interpolation="hold")
        ET.SubElement(
            meters,
            "TimeSignaturePoint",
            time=time,
            numerator=str(span.meter.numerator),
            denominator=str(span.meter.denominator),
        )


def _add_tracks(structure: ET.Element, project: DawProject) -> None:
    for number, track in enumerate(project.tracks, 1):
        colour, name = hex_colour(track.colour), clean_line(track.name)
        kinds = [("audio", f"track-{number}", name, track.muted)]
        if track.stem is not None:
            kinds.append(("notes", f"track-{number}-notes", f"{name} (notes)", True))
        for kind, key, label, muted in kinds:
            made = ET.SubElement(
                structure, "Track", id=key, name=label, color=colour, contentType=kind, loaded="true"
            )
            most = max([2.0, *(gain for _, gain in track.volume)])
            made.append(_channel(f"channel-{key}", muted, most, role="regular", destination=_MASTER))
    master = ET.SubElement(
        structure, "Track", id="track-master", name="Master", contentType="audio notes", loaded="true"
    )
    master.append(_channel(_MASTER, False, 2.0, role="master"))


def _channel(key: str, muted: bool, most_gain: float, **attributes: str) -> ET.Element:
    """Return a neutral channel: the stems have their gain and place already."""
    channel = ET.Element("Channel", {"id": key, "audioChannels": "2", "solo": "false", **attributes})
    ET.SubElement(channel, "Mute", id=f"{key}-mute", name="Mute", value=str(muted).lower())
    ET.SubElement(
        channel, "Pan", id=f"{key}-pan", name="Pan", unit="normalized", min="0", max="1", value="0.5"
    )
    volume = {"id": f"{key}-volume", "name": "Volume", "unit": "linear", "min": "0", "value": "1"}
    ET.SubElement(channel, "Volume", {**volume, "max": decimal(most_gain)})
    return channel


def _audio_lane(project: DawProject, track: Track, number: int) -> ET.Element:
    lane = ET.Element("Lanes", id=f"lanes-{number}", track=f"track-{number}")
    end = project.grid.quarters_at_sample(project.length)
    where = {"time": "0", "duration": decimal(end), "contentTimeUnit": "beats", "playStart": "0"}
    outer = ET.SubElement(
        ET.SubElement(lane, "Clips", id=f"clips-{number}"),
        "Clip",
        {**where, "name": clean_line(track.name), "color": hex_colour(track.colour)},
    )
    fades = {"fadeTimeUnit": "beats", "fadeInTime": "0", "fadeOutTime": "0"}
    inner = ET.SubElement(ET.SubElement(outer, "Clips", id=f"inside-{number}"), "Clip", {**where, **fades})
    warps = ET.SubElement(inner, "Warps", id=f"warps-{number}", timeUnit="beats", contentTimeUnit="seconds")
    audio = ET.SubElement(
        warps,
        "Audio",
        id=f"audio-{number}",
        channels="2",
        sampleRate=str(project.grid.sample_rate),
        duration=decimal(Fraction(project.length, project.grid.sample_rate)),
    )
    ET.SubElement(audio, "File", path=_path(track))
    for place in [*(span.start for span in project.grid.spans if span.start < end), end]:
        seconds = project.grid.seconds_at(place)
        ET.SubElement(warps, "Warp", time=decimal(place), contentTime=decimal(seconds))
    if track.volume:
        points = ET.SubElement(lane, "Points", id=f"volume-{number}", timeUnit="beats", unit="linear")
        ET.SubElement(points, "Target", parameter=f"channel-track-{number}-volume")
        for sample, gain in track.volume:
            time, value = decimal(project.grid.quarters_at_sample(sample)), decimal(gain)
            ET.SubElement(points, "RealPoint", time=time, value=value, interpolation="linear")
    return lane


def _note_lane(clips: Sequence[NoteClip], channel: int, number: int) -> ET.Element:
    lane = ET.Element("Lanes", id=f"lanes-{number}-notes", track=f"track-{number}-notes")
    listed = ET.SubElement(lane, "Clips", id=f"clips-{number}-notes")
    for index, clip in enumerate(clips, 1):
        element = ET.SubElement(
            listed,
            "Clip",
            time=decimal(clip.start),
            duration=decimal(clip.length),
            playStart="0",
            name=clean_line(clip.name),
            color=hex_colour(clip.colour),
        )
        notes = ET.SubElement(element, "Notes", id=f"notes-{number}-{index}")
        for note in clip.notes:
            ET.SubElement(
                notes,
                "Note",
                time=decimal(max(Fraction(0), note.sounding_onset)),
                duration=decimal(note.duration),
                channel=str(channel),
                key=str(note.pitch),
                vel=decimal(Fraction(note.velocity, 127)),
                rel=decimal(Fraction(note.velocity, 127)),
            )
    return lane
