"""Chapters of MP3 files lie there in their order, however many they are and whatever they are called."""

import struct
from pathlib import Path

import numpy as np
import pytest
from mutagen.id3 import ID3, CTOCFlags

from render.export.bwf import Region
from render.export.encode import Tags, write_mp3

RATE = 44_100
LABELS = ["A long name of a first section", "Ü", "Refrain 夜", "x", "🎵", "Intro", "A"]


def frames(path: Path) -> list[tuple[str, bytes]]:
    """The frames of an ID3v2.3 tag in the order of the file, read by its format."""
    data = path.read_bytes()
    assert data[:5] == b"ID3\x03\x00"
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    found, at = [], 10
    while at < size and data[at] != 0:
        name, length = data[at : at + 4].decode(), struct.unpack(">I", data[at + 4 : at + 8])[0]
        found.append((name, data[at + 10 : at + 10 + length]))
        at += 10 + length
    return found


def write(path: Path, labels: list[str]) -> None:
    chapters = tuple(Region(100 * k, 100, label) for k, label in enumerate(labels))
    tags = Tags(
        title="T", genre="pop", key="C major", bpm=120, comment="", sample_rate=RATE, chapters=chapters
    )
    write_mp3(path, np.zeros((2, 2000), np.float32), tags)


@pytest.mark.parametrize("count", [1, 7, 255, 256, 600])
def test_chapters_are_stored_in_their_order(tmp_path: Path, count: int) -> None:
    labels = [f"{LABELS[k % 7]} {k}" if count > 7 else LABELS[k] for k in range(count)]
    write(tmp_path / "a.mp3", labels)
    stored = [body for name, body in frames(tmp_path / "a.mp3") if name == "CHAP"]
    starts = [struct.unpack(">I", body[body.index(b"\0") + 1 :][:4])[0] for body in stored]
    assert starts == [round(100_000 * k / RATE) for k in range(count)]
    titles = [body[body.index(b"TIT2") + 11 :].decode("utf-16").rstrip("\0") for body in stored]
    assert titles == labels


@pytest.mark.parametrize(("count", "tables"), [(255, 1), (256, 3), (600, 4)])
def test_tables_of_contents_list_all_chapters(tmp_path: Path, count: int, tables: int) -> None:
    write(tmp_path / "a.mp3", [f"S{k}" for k in range(count)])
    tags = ID3(tmp_path / "a.mp3")
    found = {table.element_id: table for table in tags.getall("CTOC")}
    assert len(found) == tables
    (top,) = [table for table in found.values() if table.flags & CTOCFlags.TOP_LEVEL]
    names = list(top.child_element_ids)
    if tables > 1:
        names = [name for child in names for name in found[child].child_element_ids]
    assert [tags[f"CHAP:{name}"].sub_frames["TIT2"].text[0] for name in names] == [
        f"S{k}" for k in range(count)
    ]
