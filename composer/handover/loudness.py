"""A loudness report: of a song, or of audio files, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from composer.folder.song import SongFolder
from render.audio.files import read_whole
from render.audio.levels import finite
from render.audio.r128 import Loudness, measure_loudness, playbacks
from render.audio.shelf import Shelf
from render.checks.quality import measure_quality
from structure.base.errors import FolderError
from structure.base.names import MASTER, PLAN, PREMASTER

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")


def audio_files(path: Path) -> list[Path]:
    """Return the files that a report on ``path`` is about.

    They are the file itself, the master of a song's folder, or all audio in another folder.

    Raises RitornelloError where a folder holds none.
    """
    if not path.is_dir():
        return [path]
    if (path / MASTER).is_file():
        return [path / MASTER]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise FolderError(f"{path} holds no {MASTER} and no {', '.join(SUFFIXES)} files", path=path)
    return found


def measure_file(path: Path) -> Loudness:
    """Measure an audio file at its own rate.

    Raises RitornelloError where it cannot be read, or has more than two channels, as nobody can tell how
    to weight those.
    """
    audio, rate = read_whole(path, most_channels=2)
    return measure_loudness(audio, rate)


def loudness_document(measured: Loudness) -> dict[str, Any]:
    """Return a report as plain data; None stands for the level of silence."""
    return {
        "integrated_lufs": finite(measured.integrated_lufs, 2),
        "range_lu": finite(measured.range_lu, 2),
        "max_momentary_lufs": finite(measured.max_momentary_lufs, 2),
        "max_short_term_lufs": finite(measured.max_short_term_lufs, 2),
        "true_peak_dbtp": finite(measured.true_peak_dbtp, 2),
        "targets": [
            {
                "name": played.target.name,
                "target_lufs": played.target.loudness_lufs,
                "ceiling_dbtp": played.target.true_peak_dbtp,
                "quiet_songs_play": played.target.plays_quiet,
                "gain_db": finite(played.gain_db, 2),
                "played_at_lufs": finite(played.loudness_lufs, 2),
                "peak_dbtp": finite(played.true_peak_dbtp, 2),
                "over_ceiling_db": finite(played.over_db, 2),
            }
            for played in playbacks(measured)
        ],
    }


def loudness_documents(path: Path) -> Mapping[str, dict[str, Any]]:
    """Return a report on each of :func:`audio_files`, by path; that of a song has its ``mix`` too.

    Raises RitornelloError where a file is missing or cannot be read.
    """
    reports = {str(file): loudness_document(measure_file(file)) for file in audio_files(path)}
    mix = mix_document(path)
    return reports if mix is None else {name: {**report, "mix": mix} for name, report in reports.items()}


def mix_document(folder: Path) -> dict[str, Any] | None:
    """Return the figures of a song's mix, as in its report, measured on the files in its folder.

    Returns None where the folder holds no song. Raises RitornelloError for files that are missing or
    damaged.
    """
    if not (folder / PLAN).is_file() or not (folder / PREMASTER).is_file():
        return None
    song = SongFolder.open(folder)
    names = [stem.name for stem in song.plan.stems] if song.plan.export.stems else []
    stems = Shelf(8 * len(names) * song.plan.total_samples)
    for name in names:
        song.read_stem(name, make=partial(stems.make, name))
    return measure_quality(song.plan, stems, song.read(PREMASTER), song.read(MASTER)).document()
