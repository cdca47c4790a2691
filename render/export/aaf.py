"""A song as AAF, for film editors and Pro Tools.

It has a track for each stem that links to its WAV file, and a marker for each section and each moment of
a picture.

The library is the optional package ``pyaaf2``, which knows the object model. Ids and times that it would
take from chance and from the clock are given here, so that the same song gives the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from render.export.project import DawProject, Track, file_address
from structure.base.errors import MissingPackageError
from structure.base.files import replacing

_NAMESPACE = uuid.UUID("6f7cf0b4-93a1-5a0f-9d2c-2a6d1f0f6a11")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_CHANNELS = 2


def can_write_aaf() -> bool:
    """Return whether pyaaf2 is installed."""
    return find_spec("aaf2") is not None


def write_aaf(path: Path, project: DawProject, bits: int) -> None:
    """Write a composition beside the folders of its files, which have ``bits`` a sample; times are samples.

    Raises MissingPackageError where pyaaf2 is not installed.
    """
    if not can_write_aaf():
        raise MissingPackageError("an AAF file", "pyaaf2", "picture", "export to another format")
    with replacing(path) as part, import_module("aaf2").open(str(part), "w") as file:
        _Composition(file, project, bits).write()


class _Composition:
    """Writes one into an open file."""

    def __init__(self, file: Any, project: DawProject, bits: int) -> None:
        self._file, self._project, self._bits = file, project, bits
        self._rate = project.grid.sample_rate

    def write(self) -> None:
        """Write tracks and markers, the song's picture time first."""
        sign = self._file.header["IdentificationList"].value[0]
        sign["ProductName"].value = sign["CompanyName"].value = "Ritornello"
        sign["ProductVersionString"].value = "1"
        sign["Platform"].value = "any"
        sign["Date"].value = self._file.header["LastModified"].value = _LONG_AGO
        sign["GenerationAUID"].value = self._id("generation")
        song = self._mob(self._file.create.CompositionMob(), "song", self._project.title)
        song.usage = "Usage_TopLevel"
        self._timecode(song)
        for track in self._project.tracks:
            if not track.muted:
                self._track(song, track)
        self._markers(song)

    def _id(self, key: str) -> uuid.UUID:
        project = self._project
        return uuid.uuid5(_NAMESPACE, f"{project.title}\0{self._rate}\0{project.length}\0{key}")

    def _mob(self, mob: Any, key: str, name: str) -> Any:
        """Give a mob its name and an id of its own, add it to the file, and return it."""
        found = import_module("aaf2").mobid.MobID.new()
        found.material = self._id(key)
        mob.mob_id, mob.name = found, name
        mob["CreationTime"].value = mob["LastModified"].value = _LONG_AGO
        self._file.content.mobs.append(mob)
        return mob

    def _timecode(self, song: Any) -> None:
        """Let the song begin at one hour, as pictures do."""
        slot = song.create_timeline_slot(edit_rate=25)
        slot.name = "Timecode"
        code = self._file.create.Timecode(fps=25, length=-(-self._project.length * 25 // self._rate))
        code.start = 25 * 3600
        slot.segment = code

    def _track(self, song: Any, track: Track) -> None:
        source = self._mob(
            self._file.create.SourceMob(), f"file {track.file}", PurePosixPath(track.file).name
        )
        described = self._file.create.PCMDescriptor()
        frame = _CHANNELS * self._bits // 8
        described["SampleRate"].value = described["AudioSamplingRate"].value = self._rate
        described["Channels"].value, described["QuantizationBits"].value = _CHANNELS, self._bits
        described["BlockAlign"].value, described["AverageBPS"].value = frame, frame * self._rate
        described["Length"].value = self._project.length
        locator = self._file.create.NetworkLocator()
        locator["URLString"].value = file_address(track.file)
        described["Locator"].append(locator)
        source.descriptor = described
        master = self._mob(self._file.create.MasterMob(), f"clip {track.file}", track.name)
        self._clip(source, None)
        self._clip(master, source)
        slot = self._clip(song, master, in_sequence=True)
        slot.name = track.name
        slot["PhysicalTrackNumber"].value = self._project.tracks.index(track) + 1

    def _clip(self, owner: Any, source: Any | None, *, in_sequence: bool = False) -> Any:
        """Return a slot of sound that plays the first slot of ``source``.

        ``source`` is None where the slot is the file itself.
        """
        slot = owner.create_timeline_slot(edit_rate=self._rate)
        clip = self._file.create.SourceClip(length=self._project.length, media_kind="sound")
        if source is not None:
            clip.mob, clip.slot, clip.start = source, source.slots[0], 0
        slot.segment = self._row([clip], "sound") if in_sequence else clip
        return slot

    def _row(self, parts: Sequence[Any], kind: str) -> Any:
        """Return a sequence of components, one after another."""
        sequence = self._file.create.Sequence(media_kind=kind)
        sequence.components.extend(list(parts))
        return sequence

    def _markers(self, song: Any) -> None:
        """Add a comment at the start of each section, and at each moment of a picture."""
        slot = self._file.create.EventMobSlot()
        slot["EditRate"].value, slot["SlotID"].value = self._rate, len(song.slots) + 1
        slot.name, slot["PhysicalTrackNumber"].value = "Markers", 1
        sound = [slot for slot in song.slots if slot.media_kind == "Sound"]
        markers = []
        for region in sorted((*self._project.sections, *self._project.hits), key=lambda one: one.start):
            marker = self._file.create.DescriptiveMarker()
            marker["Position"].value, marker["Comment"].value = region.start, region.label
            marker["Length"].value = region.length
            marker["DescribedSlots"].value = [slot.slot_id for slot in sound]
            markers.append(marker)
        slot.segment = self._row(markers, "DescriptiveMetadata")
        song.slots.append(slot)
