"""Takes a Standard MIDI File apart into events with ticks, as far as it is whole.

mido makes the meaning of each event; the walk over the bytes is our own, since a damaged track must not
cost the tracks beside it, nor what stands before the damage.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mido.midifiles.meta import KeySignatureError, MetaMessage, build_meta_message

from structure.base.errors import MusicFileError
from structure.imports.song import LeftOut

MOST_TRACKS = 4096
MOST_EVENTS = 2_000_000

NOTE_OFF, NOTE_ON, PROGRAM = 0x80, 0x90, 0xC0
_META, _SYSEX, _ESCAPE = 0xFF, 0xF0, 0xF7
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_END_OF_TRACK = 0x2F


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """A message of a channel (0 to 15): its kind is the status byte without the channel."""

    tick: int
    kind: int
    channel: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class MetaEvent:
    """A message about the file: a tempo, a time signature, a text."""

    tick: int
    message: MetaMessage


@dataclass(slots=True)
class Track:
    """The events of one track, in their order, and the tick at which it ends."""

    number: int
    channel_events: list[ChannelEvent] = field(default_factory=list)
    metas: list[MetaEvent] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class MidiFile:
    """``ticks`` count a quarter; ``type`` is 0, 1 or 2."""

    type: int
    ticks: int
    seconds_based: bool
    tracks: list[Track]
    left_out: list[LeftOut]


def read_events(data: bytes) -> MidiFile:
    """Return all events of a file. Raises MusicFileError, without its path, where it is no MIDI file."""
    start = data.find(b"MThd", 0, 4096)  # files in a RIFF wrapper have it a little later
    if start < 0:
        raise MusicFileError("this is no MIDI file: it does not begin with MThd")
    if len(data) < start + 14:
        raise MusicFileError("the MIDI file is cut off in its header; nothing could be taken")
    size, kind, count, division = struct.unpack_from(">LHHH", data, start + 4)
    if division == 0:
        raise MusicFileError("the MIDI file has 0 ticks a quarter; nothing in it has a place in time")
    ticks, seconds_based = division, bool(division & 0x8000)
    if seconds_based:  # ticks count film frames, and a quarter is half a second
        frames, parts = 256 - (division >> 8), division & 0xFF
        ticks = max(1, frames * parts // 2)

    file = MidiFile(kind, ticks, seconds_based, [], [])
    chunks = _chunks(data, start + 8 + size, file.left_out)
    budget = MOST_EVENTS
    for number, chunk in enumerate(chunks, start=1):
        if number > MOST_TRACKS or budget <= 0:
            limit = f"{MOST_TRACKS} tracks" if number > MOST_TRACKS else f"{MOST_EVENTS} events"
            file.left_out.append(LeftOut(f"track {number}", f"it and those after it, beyond {limit}"))
            break
        track = Track(number)
        file.tracks.append(track)
        _walk(chunk, track, file.left_out, budget)
        budget -= len(track.channel_events) + len(track.metas)
    if len(file.tracks) < min(count, MOST_TRACKS) and budget > 0:
        missing = f"the header says {count} tracks, and there are {len(file.tracks)}; those were taken"
        file.left_out.append(LeftOut("header", missing))
    return file


def _chunks(data: bytes, at: int, left_out: list[LeftOut]) -> Iterator[bytes]:
    """Yield the bodies of the tracks; what is neither track nor known is passed over."""
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        body = data[at + 8 : at + 8 + size]
        if name == b"MTrk":
            yield body
        elif not name.isalnum():
            return
        if len(body) < size and name == b"MTrk":
            left_out.append(
                LeftOut("end of the file", f"{size - len(body)} bytes of the last track are missing")
            )
        at += 8 + size


def _walk(body: bytes, track: Track, left_out: list[LeftOut], budget: int) -> None:
    """Add the events of a track to it, up to the first that cannot be read."""
    at, tick, running = 0, 0, 0
    try:
        while at < len(body) and len(track.channel_events) + len(track.metas) < budget:
            delta, at = _number(body, at)
            tick += delta
            status = running
            if body[at] >= 0x80:
                status, at = body[at], at + 1
                running = status if status < 0xF0 else running

            if status == _META:
                kind = body[at]
                size, at = _number(body, at + 1)
                if kind == _END_OF_TRACK:
                    break
                try:
                    message = build_meta_message(kind, list(body[at : at + size]), 0)
                    track.metas.append(MetaEvent(tick, message))
                except (ValueError, LookupError, TypeError, OSError, KeySignatureError):
                    what = f"a wrong event about the file (type {kind}) at tick {tick} was passed over"
                    left_out.append(LeftOut(f"track {track.number}", what))
                at += size
            elif status in (_SYSEX, _ESCAPE):
                size, at = _number(body, at)
                at += size
            elif status >= 0xF0:
                at += _SYSTEM_BYTES.get(status, 0)
            elif status:
                kind, channel, size = status & 0xF0, status & 0x0F, _DATA_BYTES[status & 0xF0]
                first, second = body[at] & 0x7F, body[at + 1] & 0x7F if size == 2 else 0
                if kind in (NOTE_OFF, NOTE_ON, PROGRAM):
                    track.channel_events.append(ChannelEvent(tick, kind, channel, first, second))
                at += size
            else:
                raise IndexError
    except IndexError:
        after = f"damaged after tick {tick}; what stands before was taken"
        left_out.append(LeftOut(f"track {track.number}", after))
    track.end = tick


def _number(body: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to four bytes, and the place after it."""
    value = 0
    for _ in range(4):
        byte = body[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    raise IndexError
