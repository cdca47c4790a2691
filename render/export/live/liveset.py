"""A song as a set of Ableton Live: its stems on audio tracks from bar 1, notes, tempo, metre and locators.

A set is XML under gzip; beats are quarters. Stems are not warped, so that they sound as they are at every
tempo of the song. Their warp markers hold each change of tempo to its beat all the same: who turns Warp on
in a clip has it on the grid. Below each stem lies a muted MIDI track with a clip for each section.

Tempo and metre are envelopes of the main track. An envelope has a point at a time long before the song
with its first value, and two points at one beat where a tempo jumps, since lines lead from point to point.
A metre is a number: 99 for each doubling of its denominator, and its numerator less 1.

Paths of files count from the set's folder. By hand, as no library writes sets; the published reader
``logic2ableton`` reads them, and a set that Live saved shows the same elements in the same order.
"""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from render.export.live.parts import Parts, nearest_colour, put, within
from render.export.project import DawProject, NoteClip, NoteClips, Track, decimal
from structure.base.files import write_atomically
from structure.base.grid import Meter
from structure.base.plain_text import clean_line
from structure.plans.score import Note

_VERSION = {
    "MajorVersion": "5",
    "MinorVersion": "12.0_12117",
    "SchemaChangeCount": "10",
    "Creator": "Ableton Live 12.1",
    "Revision": "",
}
"""Which Live the set is written for. Who reads sets looks for a version of Live here, not for a writer."""

_LONG_BEFORE = "-63072000"
_METERS_PER_DENOMINATOR = 99
_MIDI_CONTROLLERS = 131
_EVENTS = "DeviceChain/MainSequencer/{}/ArrangerAutomation/Events"
_SHORTEST = Fraction(1, 480)
"""A note's least length, in quarters."""


def write_live_set(path: Path, project: DawProject, clips: NoteClips) -> None:
    """Write a set beside the folders of its files, which have to be there.

    The same song gives the same bytes. ``clips`` are the notes of each stem.
    """
    root = ET.Element("Ableton", _VERSION)
    root.append(_Set(project, path.parent).live_set(clips))
    ET.indent(root, "\t")
    text = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    write_atomically(path, gzip.compress(text, mtime=0))


class _Set:
    """Builds one set."""

    def __init__(self, project: DawProject, folder: Path) -> None:
        self._project, self._folder, self._parts = project, folder, Parts()
        self._end = project.grid.quarters_at_sample(project.length)

    def live_set(self, clips: NoteClips) -> ET.Element:
        live_set = self._parts.make("LiveSet")
        put(live_set, Annotation=self._project.comment or self._project.title)
        self._write_grid(live_set)
        tracks = within(live_set, "Tracks")
        for track in self._project.tracks:
            tracks.append(self._audio_track(track, len(tracks)))
            if track.stem is not None:
                tracks.append(self._note_track(track, clips.get(track.stem, ()), len(tracks)))
        locators = within(live_set, "Locators/Locators")
        grid = self._project.grid
        places = [
            *zip(self._project.section_quarters, self._project.sections, strict=True),
            *((grid.quarters_at_sample(hit.start), hit) for hit in self._project.hits),
        ]
        for number, (quarters, region) in enumerate(places):
            locator = self._parts.make("Locator")
            locator.set("Id", str(number))
            put(locator, Time=decimal(quarters), Name=clean_line(region.label))
            locators.append(locator)
        put(live_set, NextPointeeId=self._parts.next_id)
        return live_set

    def _write_grid(self, live_set: ET.Element) -> None:
        """Write tempo and metre, and where they change."""
        spans = self._project.grid.spans
        tempi: list[tuple[str, str]] = [(_LONG_BEFORE, decimal(spans[0].quarters_per_minute))]
        meters: list[tuple[str, str]] = [(_LONG_BEFORE, str(_meter_number(spans[0].meter)))]
        for span in spans[1:]:
            at, tempo, meter = (
                decimal(span.start),
                decimal(span.quarters_per_minute),
                str(_meter_number(span.meter)),
            )
            if tempo != tempi[-1][1]:
                tempi += [(at, tempi[-1][1]), (at, tempo)]
            if meter != meters[-1][1]:
                meters.append((at, meter))
        main = within(live_set, "MainTrack")
        mixer = within(main, "DeviceChain/Mixer")
        put(mixer, Tempo__Manual=tempi[0][1], TimeSignature__Manual=meters[0][1])
        put(live_set, Scenes__Scene__Tempo=tempi[0][1], Scenes__Scene__TimeSignatureId=meters[0][1])
        for number, (name, kind, points) in enumerate(
            (("TimeSignature", "EnumEvent", meters), ("Tempo", "FloatEvent", tempi))
        ):
            envelope = self._parts.make("AutomationEnvelope")
            envelope.set("Id", str(number))
            target = within(mixer, f"{name}/AutomationTarget").get("Id", "")
            put(envelope, EnvelopeTarget__PointeeId=target)
            events = within(envelope, "Automation/Events")
            for index, (time, value) in enumerate(points):
                ET.SubElement(events, kind, Id=str(index), Time=time, Value=value)
            within(main, "AutomationEnvelopes/Envelopes").append(envelope)

    def _track(self, kind: str, name: str, track: Track, number: int, *, muted: bool) -> ET.Element:
        made = self._parts.make(kind)
        made.set("Id", str(number))
        put(made, Name__EffectiveName=name, Name__UserName=name, Color=nearest_colour(track.colour))
        put(made, DeviceChain__Mixer__Speaker__Manual=not muted)
        return made

    def _audio_track(self, track: Track, number: int) -> ET.Element:
        """Return a track with one clip, from bar 1, as it is."""
        project = self._project
        name = clean_line(track.name)
        made = self._track("AudioTrack", name, track, number, muted=track.muted)
        clip = self._clip("AudioClip", name, nearest_colour(track.colour), Fraction(0), self._end)
        put(clip, Loop__LoopEnd=decimal(project.seconds), Loop__OutMarker=decimal(project.seconds))
        put(clip, Loop__HiddenLoopEnd=decimal(project.seconds))
        sample = within(clip, "SampleRef")
        size = (self._folder / track.file).stat().st_size
        put(sample, FileRef__RelativePath=track.file, FileRef__OriginalFileSize=size)
        put(sample, DefaultDuration=project.length, DefaultSampleRate=project.grid.sample_rate)

        # the second and the quarter of each change of tempo, and of the end
        markers = within(clip, "WarpMarkers")
        starts = [span.start for span in project.grid.spans if span.start < self._end]
        points = [*((project.grid.seconds_at(start), start) for start in starts)]
        points.append((project.seconds, self._end))
        for index, (seconds, beat) in enumerate(points):
            ET.SubElement(
                markers, "WarpMarker", Id=str(index), SecTime=decimal(seconds), BeatTime=decimal(beat)
            )
        within(made, _EVENTS.format("Sample")).append(clip)
        return made

    def _note_track(self, track: Track, clips: Sequence[NoteClip], number: int) -> ET.Element:
        """Return a muted track with the notes of a stem."""
        made = self._track("MidiTrack", f"{clean_line(track.name)} (notes)", track, number, muted=True)
        controllers = within(made, "DeviceChain/MainSequencer/MidiControllers")
        for index in range(_MIDI_CONTROLLERS):
            controllers.append(self._parts.make("ControllerTarget", f"ControllerTargets.{index}"))
        events = within(made, _EVENTS.format("ClipTimeable"))
        for index, notes in enumerate(clips):
            clip = self._clip(
                "MidiClip",
                clean_line(notes.name),
                nearest_colour(notes.colour),
                notes.start,
                notes.start + notes.length,
            )
            clip.set("Id", str(index))
            length = decimal(notes.length)
            put(clip, Loop__LoopEnd=length, Loop__OutMarker=length, Loop__HiddenLoopEnd=length)

            # key by key, each note with a number of its own in the clip
            written, note_id = within(clip, "Notes"), 1
            for row, (pitch, strikes) in enumerate(keys_struck(notes).items()):
                key = ET.SubElement(within(written, "KeyTracks"), "KeyTrack", Id=str(row))
                inside = ET.SubElement(key, "Notes")
                for onset, lasts, velocity in strikes:
                    place = {"Time": decimal(onset), "Duration": decimal(lasts)}
                    strength = {"Velocity": str(velocity), "OffVelocity": "64"}
                    ET.SubElement(inside, "MidiNoteEvent", place | strength, NoteId=str(note_id))
                    note_id += 1
                ET.SubElement(key, "MidiKey", Value=str(pitch))
            put(written, NoteIdGenerator__NextId=note_id)
            events.append(clip)
        return made

    def _clip(self, kind: str, name: str, colour: int, start: Fraction, end: Fraction) -> ET.Element:
        clip = self._parts.make(kind)
        clip.set("Time", decimal(start))
        put(clip, CurrentStart=decimal(start), CurrentEnd=decimal(end), Name=name, Color=colour)
        put(clip, ScrollerTimePreserver__RightTime=decimal(end - start))
        meter = self._project.grid.span_at(start).meter
        signature = within(clip, "TimeSignature/TimeSignatures/RemoteableTimeSignature")
        put(signature, Numerator=meter.numerator, Denominator=meter.denominator)
        return clip


def keys_struck(clip: NoteClip) -> dict[int, list[tuple[Fraction, Fraction, int]]]:
    """Return (onset, length, velocity) of each strike of each key, times in quarters from the clip's start.

    A key cannot be struck while it is held: a note ends where the next one of its pitch begins, and of two
    that begin together the longer stays. What begins after the clip's end is not heard.
    """
    keys: dict[int, dict[Fraction, Note]] = {}
    for note in sorted(clip.notes, key=lambda note: (note.pitch, note.sounding_end)):
        if _onset(note) < clip.length:
            keys.setdefault(note.pitch, {})[_onset(note)] = note
    found = {}
    for pitch, notes in keys.items():
        onsets = sorted(notes)
        strikes = []
        for onset, following in zip(onsets, [*onsets, clip.length][1:], strict=True):
            lasts = max(notes[onset].sounding_end - onset, _SHORTEST)
            strikes.append((onset, min(lasts, following - onset), notes[onset].velocity))
        found[pitch] = strikes
    return found


def _onset(note: Note) -> Fraction:
    return max(Fraction(0), note.sounding_onset)


def _meter_number(meter: Meter) -> int:
    return _METERS_PER_DENOMINATOR * (meter.denominator.bit_length() - 1) + meter.numerator - 1
