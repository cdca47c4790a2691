"""Chunks of WAV files by which programs know tempo, key, loops and names.

``acid`` (beats, tempo, root; Sonic Foundry's, as samplers and DAWs read it), ``smpl`` (loop points) and
``LIST INFO`` are of "Multimedia Programming Interface and Data Specifications" and its successors,
``iXML`` is of the Gallery's specification 3.01. By hand, since libraries read these chunks and none writes
them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_MIDDLE_C = 60
_HAS_ROOT, _STRETCHES = 0x02, 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class Musical:
    """What a file is as music.

    ``beats`` are quarters, as DAWs count them, at ``bpm`` of them a minute. ``root`` is the pitch class of
    its key where it has pitches. ``loop`` are the first sample and the one after the last of what may be
    repeated.
    """

    beats: int
    bpm: float
    numerator: int
    denominator: int
    root: int | None = None
    key: str = ""
    loop: tuple[int, int] | None = None


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk, filled up to an even length."""
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def musical_chunks(music: Musical, sample_rate: int) -> Iterator[bytes]:
    """Yield ``acid``, and ``smpl`` where a loop is known."""
    flags = _STRETCHES | (0 if music.root is None else _HAS_ROOT)
    root = _MIDDLE_C + (music.root or 0)
    yield chunk(
        b"acid",
        struct.pack(
            "<IHHfIHHf",
            flags,
            root,
            0x8000,
            0.0,
            music.beats,
            music.denominator,
            music.numerator,
            music.bpm,
        ),
    )
    if music.loop is not None:
        first, after = music.loop
        head = struct.pack("<9I", 0, 0, round(1e9 / sample_rate), root, 0, 0, 0, 1, 0)
        yield chunk(b"smpl", head + struct.pack("<6I", 1, 0, first, after - 1, 0, 0))


def info_chunk(facts: Mapping[str, str]) -> bytes:
    """Return the list of names; ``facts`` go by the letters of each (``INAM``), empty ones left out."""
    named = ((name, text) for name, text in facts.items() if text)
    inside = b"".join(chunk(name.encode(), text.encode() + b"\0") for name, text in named)
    return chunk(b"LIST", b"INFO" + inside) if inside else b""


def ixml_chunk(project: str, track: str, channels: int, music: Musical | None, note: str) -> bytes:
    """Return what recorders and editors read: the project, the tracks, and tempo and key as a note."""
    root = ET.Element("BWFXML")
    ET.SubElement(root, "IXML_VERSION").text = "3.01"
    ET.SubElement(root, "PROJECT").text = project
    ET.SubElement(root, "SCENE").text = track
    facts = []
    if music is not None:
        facts = [f"{music.bpm:g} bpm", f"{music.numerator}/{music.denominator}", music.key]
    ET.SubElement(root, "NOTE").text = ", ".join(filter(None, [*facts, note]))
    tracks = ET.SubElement(root, "TRACK_LIST")
    ET.SubElement(tracks, "TRACK_COUNT").text = str(channels)
    for number in range(1, channels + 1):
        made = ET.SubElement(tracks, "TRACK")
        ET.SubElement(made, "CHANNEL_INDEX").text = str(number)
        ET.SubElement(made, "INTERLEAVE_INDEX").text = str(number)
        ET.SubElement(made, "NAME").text = track
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(root, encoding="utf-8")
    return chunk(b"iXML", body)
