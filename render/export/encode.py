"""The master as FLAC, Ogg Vorbis, Opus or MP3, by libsndfile, with tags and a chapter at each section.

FLAC and Ogg have Vorbis comments with chapters as ``CHAPTER001`` (Xiph.Org wiki, "Chapter Extension"); MP3
has ID3v2.3 with ``CHAP`` and ``CTOC`` ("ID3v2 Chapter Frame Addendum"). Both count milliseconds. FLAC has
no cue sheet besides: it would name nothing, and players based on FFmpeg then show chapters without names.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from mutagen.flac import FLAC, Picture
from mutagen.id3 import (
    APIC,
    CHAP,
    COMM,
    CTOC,
    ID3,
    TALB,
    TBPM,
    TCOM,
    TCON,
    TCOP,
    TIT2,
    TKEY,
    TPE1,
    TPUB,
    TRCK,
    TSRC,
    TSSE,
    TXXX,
    TYER,
    CTOCFlags,
)
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image

from render.audio.types import Audio
from render.audio.wav import quantise
from render.export.bwf import ORIGINATOR, Region
from render.export.places import section_regions
from structure.base.files import replacing
from structure.base.plain_text import clean_line, clean_text
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan
from structure.specs.credits import NO_CREDITS, CreditsSpec

_BLOCK = 1 << 16
_MP3_LEVEL = 0.0
"""libsndfile's compression level: 0 is the most bits, here 320 kbit/s."""

_OGG_LEVEL = 0.2
_OGG_SERIAL = 1
_UNUSED_OFFSET = 0xFFFFFFFF
_FRONT_COVER = 3
GENERATED = "Generated with Ritornello"
"""What each audio file says of its source, in words."""

_MOST_CHILDREN = 255
"""Chapters that one table may list; its count is a byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What a file for listeners says of its song. ``chapters`` are in samples of that file."""

    title: str
    genre: str
    key: str
    bpm: float
    comment: str
    sample_rate: int
    chapters: tuple[Region, ...]
    credits: CreditsSpec = NO_CREDITS
    cover: bytes | None = None

    @property
    def short_key(self) -> str:
        """Return the key as ID3 writes it: ``Am``, ``F#``, modes by their third."""
        key = parse_key(self.key)
        return key.tonic + ("m" if key.is_minor else "")


def song_tags(plan: SongPlan, sample_rate: int, cover: bytes | None = None) -> Tags:
    """Return the tags of a song whose files have ``sample_rate``; ``cover`` is a JPEG or PNG file."""
    return Tags(
        title=clean_line(plan.title),
        genre=plan.genre,
        key=plan.key,
        bpm=float(plan.grid.tempo_bpm),
        comment=clean_text(plan.description),
        sample_rate=sample_rate,
        chapters=section_regions(plan, sample_rate),
        credits=plan.credits,
        cover=cover,
    )


def find_encoded_rate(kind: str, sample_rate: int) -> int:
    """Return the rate at which a format holds audio that comes at ``sample_rate``."""
    if kind == "opus":
        return 48_000
    return (44_100 if sample_rate % 44_100 == 0 else 48_000) if kind in ("mp3", "m4a") else sample_rate


def write_flac(path: Path, audio: Audio, tags: Tags) -> None:
    """Write (channels, samples) as FLAC of 24 bits. The file appears only when it is complete.

    Raises ValueError for samples beyond full scale.
    """
    with replacing(path) as part:
        _encode(part, quantise(audio, 24), tags.sample_rate, "FLAC", "PCM_24", None)
        file = FLAC(part)
        file.update(_comments(tags))
        if tags.cover:
            file.add_picture(_picture(tags.cover))
        file.save()


def write_ogg(path: Path, audio: Audio, tags: Tags) -> None:
    """Write (channels, samples) as Ogg Vorbis. The file appears only when it is complete."""
    with replacing(path) as part:
        _encode(part, audio, tags.sample_rate, "OGG", "VORBIS", _OGG_LEVEL)
        _tag_ogg(OggVorbis(part), tags)
        _number_stream(part)


def write_opus(path: Path, audio: Audio, tags: Tags) -> None:
    """Write (channels, samples) at 48 kHz as Ogg Opus. The file appears only when it is complete."""
    with replacing(path) as part:
        _encode(part, audio, tags.sample_rate, "OGG", "OPUS", _OGG_LEVEL)
        _number_stream(part)
        _tag_ogg(OggOpus(part), tags)


def _tag_ogg(file: Any, tags: Tags) -> None:
    """Write the tags of an :class:`OggVorbis` or an :class:`OggOpus`."""
    file.update(_comments(tags))
    if tags.cover:
        file["METADATA_BLOCK_PICTURE"] = base64.b64encode(_picture(tags.cover).write()).decode("ascii")
    file.save()


def write_mp3(path: Path, audio: Audio, tags: Tags) -> None:
    """Write (channels, samples) as MP3 of 320 kbit/s. The file appears only when it is complete."""
    found = ID3()
    for frame in (
        TIT2(encoding=3, text=tags.title),
        TCON(encoding=3, text=tags.genre),
        TBPM(encoding=0, text=str(round(tags.bpm))),
        TKEY(encoding=0, text=tags.short_key),
        TSSE(encoding=0, text=ORIGINATOR),
        TXXX(encoding=0, desc="SOURCE", text=GENERATED),
    ):
        found.add(frame)
    credits = tags.credits
    for kind, text in (
        (TPE1, credits.artist),
        (TALB, credits.album),
        (TCOM, credits.composer),
        (TPUB, credits.label),
        (TYER, credits.year),
        (TRCK, credits.track),
        (TCOP, credits.copyright),
        (TSRC, credits.isrc),
    ):
        if text:
            found.add(kind(encoding=3, text=str(text)))
    if tags.cover:
        found.add(APIC(encoding=0, mime=_mime(tags.cover), type=_FRONT_COVER, desc="", data=tags.cover))
    if tags.comment:
        found.add(COMM(encoding=3, lang="eng", desc="", text=tags.comment))
    for chapter in _chapter_frames(tags):
        found.add(chapter)

    with replacing(path) as part:
        _encode(part, audio, tags.sample_rate, "MP3", "MPEG_LAYER_III", _MP3_LEVEL)
        found.save(part, v2_version=3)


def _encode(
    path: Path,
    samples: Audio | np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    sample_rate: int,
    container: str,
    subtype: str,
    level: float | None,
) -> None:
    """Write in small blocks: libsndfile's Vorbis encoder cannot take a whole song at once."""
    options = {} if level is None else {"compression_level": level}
    if container == "MP3":
        options["bitrate_mode"] = "CONSTANT"  # type: ignore[assignment]
    with soundfile.SoundFile(
        path, "w", sample_rate, samples.shape[0], subtype, format=container, **options
    ) as file:
        for first in range(0, samples.shape[1], _BLOCK):
            file.write(np.ascontiguousarray(samples[:, first : first + _BLOCK].T))


def _number_stream(path: Path) -> None:
    """Give an Ogg stream a serial number that is always the same; libsndfile draws one."""
    pages = []
    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            page = OggPage(file)
            page.serial = _OGG_SERIAL
            pages.append(page.write())
    path.write_bytes(b"".join(pages))


def _comments(tags: Tags) -> dict[str, str]:
    """Return Vorbis comments; what is empty is left out."""
    credits = tags.credits
    fields = {
        "TITLE": tags.title,
        "ARTIST": credits.artist or "",
        "ALBUM": credits.album or "",
        "COMPOSER": credits.composer or "",
        "ORGANIZATION": credits.label or "",
        "DATE": str(credits.year or ""),
        "TRACKNUMBER": str(credits.track or ""),
        "COPYRIGHT": credits.copyright or "",
        "ISRC": credits.isrc or "",
        "GENRE": tags.genre,
        "BPM": f"{tags.bpm:g}",
        "KEY": tags.key,
        "INITIALKEY": tags.short_key,
        "COMMENT": tags.comment,
        "SOURCE": GENERATED,
        "ENCODER": ORIGINATOR,
    }
    for number, chapter in enumerate(tags.chapters, 1):
        minutes, rest = divmod(round(1000.0 * (chapter.start / tags.sample_rate)), 60_000)
        time = f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
        fields[f"CHAPTER{number:03}"] = time
        fields[f"CHAPTER{number:03}NAME"] = chapter.label
    return {name: text for name, text in fields.items() if text}


def _picture(cover: bytes) -> Picture:
    picture = Picture()
    picture.type, picture.mime, picture.data = _FRONT_COVER, _mime(cover), cover
    with Image.open(io.BytesIO(cover)) as image:
        picture.width, picture.height = image.size
        picture.depth = 8 * len(image.getbands())
    return picture


def _mime(cover: bytes) -> str:
    return "image/png" if cover.startswith(b"\x89PNG") else "image/jpeg"


def _chapter_frames(tags: Tags) -> Iterator[CHAP | CTOC]:
    """Yield the chapters and their table, in tables of as many as one may hold where they are more.

    mutagen stores frames by their size and then by their identifiers, and players show chapters in the
    order in which they are stored: identifiers are filled up so that all chapters have one size.
    """
    if not tags.chapters:
        return
    sizes = [len(chapter.label.encode("utf-16-le", "replace")) for chapter in tags.chapters]
    digits = max(3, len(str(len(sizes))))
    names = [f"chp{k:0{digits}}" + "-" * (max(sizes) - size) for k, size in enumerate(sizes)]
    tables = [names[first : first + _MOST_CHILDREN] for first in range(0, len(names), _MOST_CHILDREN)]
    if len(tables) == 1:
        yield _table("toc", names, is_top=True)
    else:
        inner = [f"toc{number}" for number in range(len(tables))]
        yield _table("toc", inner, is_top=True)
        for name, children in zip(inner, tables, strict=True):
            yield _table(name, children, is_top=False)
    for name, chapter in zip(names, tags.chapters, strict=True):
        start, end = (
            round(1000.0 * sample / tags.sample_rate)
            for sample in (chapter.start, chapter.start + chapter.length)
        )
        yield CHAP(
            element_id=name,
            start_time=start,
            end_time=end,
            start_offset=_UNUSED_OFFSET,
            end_offset=_UNUSED_OFFSET,
            sub_frames=[TIT2(encoding=1, text=chapter.label)],
        )


def _table(name: str, children: Sequence[str], *, is_top: bool) -> CTOC:
    flags = CTOCFlags.ORDERED | (CTOCFlags.TOP_LEVEL if is_top else 0)
    return CTOC(element_id=name, flags=flags, child_element_ids=list(children), sub_frames=[])
