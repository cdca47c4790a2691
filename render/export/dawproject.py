"""A song as a DAWproject 1.0 file (github.com/bitwig/dawproject).

It is a zip of audio, ``project.xml`` and ``metadata.xml``.

Each stem is an audio track with one clip from bar 1, and a muted track of notes with a clip for each
section; beats are quarters. Audio lies in a clip within a clip, under a warp that holds it to the beats
where it is: so Bitwig Studio writes it, and programs that look for it there find no other form. The
warp has a point at each change of tempo, so that nothing is stretched. A filter that moves is a band of an
equaliser, which all programs that read the format have; sends that move go to muted tracks for effects of
the user's own, since what they gave in the mix is audio on a track of its own. The audio is stored and not
compressed, and the zip holds no time, so that the same song gives the same bytes. By hand: no library
writes the format.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from shutil import copyfileobj

from render.export.bwf import ORIGINATOR
from render.export.colours import hex_colour
from render.export.project import (
    DRUM_CHANNEL,
    EFFECT_COLOUR,
    PITCHED_CHANNEL,
    DawProject,
    NoteClip,
    NoteClips,
    Points,
    Track,
    decimal,
)
from structure.base.files import replacing
from structure.base.grid import Grid
from structure.base.plain_text import clean_line
from structure.base.versions import own_version
from structure.plans.curves import OPEN_HZ, SHUT_HZ

FORMAT_VERSION = "1.0"
_MASTER = "channel-master"
_BUTTERWORTH = 0.5**0.5
"""The quality of a filter that is flat where it lets through."""

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
            channel = _channel(f"channel-{key}", muted, most, role="regular", destination=_MASTER)
            if kind == "audio":
                _add_devices(channel, track, project.effects)
            made.append(channel)
    for number, effect in enumerate(project.effects, 1):
        key, colour = f"effect-{number}", hex_colour(EFFECT_COLOUR)
        made = ET.SubElement(
            structure, "Track", id=key, name=effect, color=colour, contentType="audio", loaded="true"
        )
        made.append(_channel(f"channel-{key}", True, 2.0, role="effect", destination=_MASTER))
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


def _add_devices(channel: ET.Element, track: Track, effects: Sequence[str]) -> None:
    """Give a channel its filters, and what it sends to tracks of effects, each where it is at first."""
    key = channel.get("id", "")
    if track.low_pass or track.high_pass:
        devices = ET.Element("Devices")
        names = {"id": f"{key}-filter", "deviceName": "Filter", "deviceRole": "audioFX", "loaded": "true"}
        equaliser = ET.SubElement(devices, "Equalizer", names)
        ET.SubElement(equaliser, "Enabled", id=f"{key}-filter-on", name="On/Off", value="true")
        for kind, points in (("lowPass", track.low_pass), ("highPass", track.high_pass)):
            if points:
                band = ET.SubElement(equaliser, "Band", type=kind, order="2")
                limits = {"min": decimal(SHUT_HZ), "max": decimal(OPEN_HZ), "unit": "hertz"}
                first = {"id": f"{key}-{kind}", "name": "Frequency", "value": decimal(points[0][1])}
                ET.SubElement(band, "Freq", {**first, **limits})
                quality = {"value": decimal(_BUTTERWORTH), "min": "0.1", "max": "40", "unit": "linear"}
                ET.SubElement(band, "Q", {"id": f"{key}-{kind}-q", "name": "Q", **quality})
                ET.SubElement(band, "Enabled", id=f"{key}-{kind}-on", name="On/Off", value="true")
        channel.insert(0, devices)
    if track.sends:
        sends = ET.Element("Sends")
        for effect, points in track.sends:
            number = effects.index(effect) + 1
            destination = f"channel-effect-{number}"
            send = ET.SubElement(
                sends, "Send", id=f"{key}-send-{number}", destination=destination, type="post"
            )
            level = {"id": f"{key}-send-{number}-volume", "name": "Send", "value": decimal(points[0][1])}
            ET.SubElement(send, "Volume", {**level, "unit": "linear", "min": "0", "max": "1"})
        channel.insert(len(channel) - 1, sends)


def _automations(track: Track, effects: Sequence[str], number: int) -> Iterator[tuple[str, str, Points]]:
    """Yield what moves in a track: the parameter, its unit and its points."""
    channel = f"channel-track-{number}"
    yield f"{channel}-volume", "linear", track.volume
    yield f"{channel}-lowPass", "hertz", track.low_pass
    yield f"{channel}-highPass", "hertz", track.high_pass
    for effect, points in track.sends:
        yield f"{channel}-send-{effects.index(effect) + 1}-volume", "linear", points


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
    for parameter, unit, moving in _automations(track, project.effects, number):
        if moving:
            points = ET.SubElement(lane, "Points", id=f"{parameter}-points", timeUnit="beats", unit=unit)
            ET.SubElement(points, "Target", parameter=parameter)
            for sample, value in moving:
                time = decimal(project.grid.quarters_at_sample(sample))
                ET.SubElement(points, "RealPoint", time=time, value=decimal(value), interpolation="linear")
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
