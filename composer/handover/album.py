"""Several songs as an album: one after the other, levelled with each other, as tracks and as a CD's image.

Levelling only turns songs down, to the loudness of the softest, so that no master is limited anew; who
wants another loudness masters all of them again with a preset. The image is a WAV file of 16 bits with a
CUE sheet, whose tracks begin on the frames of a CD, 1/75 s; the tracks are FLAC files with tags.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from composer.folder.layout import place_in, stage_folder
from composer.folder.remaster import master_spec
from composer.folder.report import checks_document, file_table
from composer.folder.song import SongFolder
from render.audio.levels import finite, gain_from_db
from render.audio.r128 import Loudness, measure_loudness
from render.audio.shape import resample
from render.audio.types import Audio
from render.audio.wav import quantise
from render.checks.check import Check
from render.export.encode import song_tags, write_flac
from render.export.names import number_names, safe_name
from render.mixing.master import master_song
from render.mixing.mix import sections_of
from structure.base.errors import CheckError, UsageError
from structure.base.files import write_atomically
from structure.base.jsonfile import write_json
from structure.base.names import EXPORT_MANIFEST, MASTER, PREMASTER
from structure.base.plain_text import clean_line
from structure.base.progress import Progress, ProgressEvent, silent
from structure.base.versions import own_version
from structure.plans.plan import SongPlan

CD_RATE = 44_100
CD_FRAME = CD_RATE // 75
"""Samples in a frame of a CD, the unit of its table of contents."""

MOST_TRACKS = 99
MOST_GAP_S = 30.0
_LEVEL_LIMIT_LU = 0.2
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Track:
    """A song on an album.

    It has its number from 1, its file, its first sample in the image and how many it has, the gain in dB
    that levels it, and its loudness with that gain.
    """

    number: int
    plan: SongPlan
    file: str
    start: int
    samples: int
    gain_db: float
    loudness: Loudness


@dataclass(frozen=True, slots=True)
class Album:
    """An album as it was written."""

    folder: Path
    title: str
    tracks: tuple[Track, ...]
    checks: tuple[Check, ...]


def make_album(
    songs: Sequence[Path],
    target: Path,
    title: str | None = None,
    *,
    gap_s: float = 2.0,
    preset: str | None = None,
    replace_older: bool = False,
    progress: Progress = silent,
) -> Album:
    """Write the songs in some folders, in this order, as an album to ``target``, all or nothing.

    ``title`` is the album's in the credits of the first song that has one, if left out. ``gap_s`` lies
    between songs. ``preset`` masters each song again. Raises RitornelloError where a folder holds no song,
    a song is silent, or the target is not ours.
    """
    _check_request(songs, gap_s)
    opened = [SongFolder.open(path) for path in songs]
    named = next((song.plan.credits.album for song in opened if song.plan.credits.album), None)
    title = clean_line(title or named or "Album")
    names = [f"{name}.flac" for name in number_names([song.plan.title for song in opened])]
    stem = safe_name(title, taken=[Path(name).stem for name in names])
    files = [*names, f"{stem}.wav", f"{stem}.cue", f"{stem}.txt", EXPORT_MANIFEST]
    target = target.resolve()
    with stage_folder(target, files, replace=replace_older, marker=EXPORT_MANIFEST) as work:
        measured = []
        for done, song in enumerate(opened):
            progress(ProgressEvent("master", done, len(opened), song.plan.title))
            measured.append(measure_loudness(_make_master(song, preset), CD_RATE))
        for path, loudness in zip(songs, measured, strict=True):
            if not math.isfinite(loudness.integrated_lufs):
                raise UsageError(f"{path} is silent, or too short to measure", field="songs")
        tracks = _write_tracks(work, opened, names, measured, f"{stem}.wav", gap_s, title, preset, progress)
        write_atomically(place_in(work, f"{stem}.cue"), cue_sheet(title, f"{stem}.wav", tracks).encode())
        write_atomically(place_in(work, f"{stem}.txt"), track_list(title, tracks).encode())
        checks = tuple(_checks(work, f"{stem}.wav", tracks))
        failed = next((check for check in checks if check.passed is False), None)
        if failed is not None:
            raise CheckError(f"{failed.name}: {failed.value_text}, allowed {failed.limit_text}")
        written = [name for name in files if name != EXPORT_MANIFEST]
        document = {
            "ritornello": own_version(),
            "title": title,
            "tracks": [_track_document(track) for track in tracks],
            **checks_document(checks),
            "files": file_table(work, written),
            "written": sorted(files),
        }
        write_json(work / EXPORT_MANIFEST, document)
    progress(ProgressEvent("export", len(opened), len(opened)))
    return Album(target, title, tracks, checks)


def _check_request(songs: Sequence[Path], gap_s: float) -> None:
    if not songs:
        raise UsageError("an album needs a song", field="songs")
    if len(songs) > MOST_TRACKS:
        raise UsageError(f"an album has {MOST_TRACKS} tracks at most, not {len(songs)}", field="songs")
    if not 0.0 <= gap_s <= MOST_GAP_S:
        raise UsageError(f"a gap lasts from 0 to {MOST_GAP_S:g} s, not {gap_s:g}", field="gap")


def _make_master(song: SongFolder, preset: str | None) -> Audio:
    """Return a song's master, or a new one of another preset, at the rate of CDs."""
    rate = song.plan.grid.sample_rate
    if preset is None:
        return resample(song.read(MASTER), rate, CD_RATE)
    made = master_song(
        song.read(PREMASTER), master_spec(preset), rate, song.plan.mix, sections_of(song.plan)
    )
    return resample(made.audio, rate, CD_RATE)


def _write_tracks(
    work: Path,
    songs: Sequence[SongFolder],
    names: Sequence[str],
    measured: Sequence[Loudness],
    image: str,
    gap_s: float,
    title: str,
    preset: str | None,
    progress: Progress,
) -> tuple[Track, ...]:
    """Write each track and the image, with no more than one song in memory."""
    softest = min(loudness.integrated_lufs for loudness in measured)
    gap = CD_FRAME * math.ceil(gap_s * CD_RATE / CD_FRAME)
    tracks: list[Track] = []
    start = 0
    with soundfile.SoundFile(place_in(work, image), "w", CD_RATE, 2, "PCM_16", format="WAV") as file:
        for index, (song, name, loudness) in enumerate(zip(songs, names, measured, strict=True)):
            progress(ProgressEvent("export", index, len(songs), name))
            gain_db = softest - loudness.integrated_lufs
            audio = _make_master(song, preset) * np.float32(gain_from_db(gain_db))
            credits = song.plan.credits.model_copy(update={"album": title, "track": index + 1})
            tags = song_tags(replace(song.plan, credits=credits), CD_RATE)
            write_flac(place_in(work, name), audio, tags)
            is_last = index + 1 == len(songs)
            whole = CD_FRAME * math.ceil(audio.shape[1] / CD_FRAME)
            filled = np.pad(audio, ((0, 0), (0, whole - audio.shape[1] + (0 if is_last else gap))))
            for first in range(0, filled.shape[1], _BLOCK):
                file.write(quantise(filled[:, first : first + _BLOCK], 16, start + first).T)
            levelled = replace(
                loudness,
                integrated_lufs=softest,
                max_momentary_lufs=loudness.max_momentary_lufs + gain_db,
                max_short_term_lufs=loudness.max_short_term_lufs + gain_db,
                true_peak_dbtp=loudness.true_peak_dbtp + gain_db,
            )
            tracks.append(
                Track(index + 1, song.plan, name, start, audio.shape[1], round(gain_db, 2) + 0.0, levelled)
            )
            start += filled.shape[1]
    return tuple(tracks)


def cue_sheet(title: str, image: str, tracks: Sequence[Track]) -> str:
    """Return the CUE sheet of an image: titles, performers, codes, and where gaps and tracks begin."""
    performers = {track.plan.credits.artist for track in tracks} - {None}
    lines = [f'REM COMMENT "Ritornello {own_version()}"']
    if len(performers) == 1:
        lines.append(f"PERFORMER {_quote(performers.pop() or '')}")
    lines += [f"TITLE {_quote(title)}", f"FILE {_quote(image)} WAVE"]
    end = 0
    for track in tracks:
        credits = track.plan.credits
        lines += [f"  TRACK {track.number:02} AUDIO", f"    TITLE {_quote(track.plan.title)}"]
        lines += [f"    PERFORMER {_quote(credits.artist)}"] if credits.artist else []
        lines += [f"    ISRC {credits.isrc.replace('-', '')}"] if credits.isrc else []
        lines += [f"    INDEX 00 {_cd_time(end)}"] if track.start > end else []
        lines.append(f"    INDEX 01 {_cd_time(track.start)}")
        end = track.start + CD_FRAME * math.ceil(track.samples / CD_FRAME)
    return "\n".join(lines) + "\n"


def track_list(title: str, tracks: Sequence[Track]) -> str:
    """Return the list of tracks for people: where each begins, how long it is, and its loudness."""
    width = max(len(track.plan.title) for track in tracks)
    lines = [title, ""]
    for track in tracks:
        loudness, name = track.loudness, f"{track.plan.title:{width}}"
        lines.append(
            f"{track.number:2}  {name}  {_clock(track.start)}  {_clock(track.samples)}  "
            f"{loudness.integrated_lufs:6.1f} LUFS  {loudness.range_lu:4.1f} LU  "
            f"{loudness.true_peak_dbtp:5.1f} dBTP  {track.gain_db:+.2f} dB"
        )
    return "\n".join(lines) + "\n"


def _checks(folder: Path, image: str, tracks: Sequence[Track]) -> Iterator[Check]:
    """Yield the checks of an album, read back from its files."""
    lufs = []
    for track in tracks:
        audio, rate = soundfile.read(folder / track.file, dtype="float32", always_2d=True)
        lufs.append(measure_loudness(np.ascontiguousarray(audio.T), rate).integrated_lufs)
    spread = max(lufs) - min(lufs)
    yield Check.at_most("tracks are of one loudness", spread, _LEVEL_LIMIT_LU, "LU")

    gap = 0.0
    with soundfile.SoundFile(folder / image) as file:
        for track in tracks:
            file.seek(track.start)
            for block in soundfile.blocks(folder / track.file, _BLOCK, dtype="float32", always_2d=True):
                there = file.read(len(block), dtype="float32", always_2d=True)
                gap = max(gap, float(np.abs(there - block).max(initial=0.0)))
    yield Check.at_most("tracks lie in the image", gap * 2**15, 2.0, "steps of 16 bits")


def _track_document(track: Track) -> dict[str, object]:
    return {
        "number": track.number,
        "title": track.plan.title,
        "file": track.file,
        "start_s": round(track.start / CD_RATE, 6),
        "seconds": round(track.samples / CD_RATE, 6),
        "gain_db": track.gain_db,
        "integrated_lufs": finite(track.loudness.integrated_lufs, 2),
        "true_peak_dbtp": finite(track.loudness.true_peak_dbtp, 2),
    }


def _quote(text: str) -> str:
    """Return a text in quotes; double quotes in it become single ones, as the format knows no escapes."""
    return '"' + clean_line(text).replace('"', "'") + '"'


def _cd_time(sample: int) -> str:
    """Return the time of a sample as ``MM:SS:FF``, in minutes, seconds and frames of a CD."""
    seconds, frames = divmod(sample // CD_FRAME, 75)
    return f"{seconds // 60:02}:{seconds % 60:02}:{frames:02}"


def _clock(samples: int) -> str:
    seconds = round(samples / CD_RATE)
    return f"{seconds // 60:3}:{seconds % 60:02}"
