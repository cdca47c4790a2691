"""Notes of recordings: heard once, and kept in the cache by the recording's digest."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from structure.base.files import sha256, write_atomically
from structure.imports.song import ImportedSong

_FOLDER = "heard"
_LARGEST_BYTES = 16 << 20
_SAY_THEM = "say its first downbeat and its tempo: `offset: 0, tempo: 92`, or `offset: 0, stretch: 0`"


def hear_recording(file: Path, quantise: float) -> ImportedSong:
    """Return what is heard in a recording, with its notes brought to the grid by ``quantise``, 0 to 1.

    Raises MissingPackageError where no listener is installed, AudioFileError for what cannot be heard.
    """
    from render.listening.hearing import VERSION, Wish, check_can_listen, hear

    kept = _cache_folder() / f"{sha256(file)}-{VERSION}-{quantise:g}.json"
    with suppress(OSError, ValidationError):  # what is not kept, or damaged, is heard anew
        if kept.stat().st_size <= _LARGEST_BYTES:
            return replace(_songs().validate_json(kept.read_bytes()), path=file)
    check_can_listen(str(file))
    song = hear(file, Wish(quantise)).song
    _write(kept, _songs().dump_json(song))
    return song


@dataclass(frozen=True, slots=True)
class HeardPulse:
    """Tempo in quarters a minute, and the first downbeat, of a recording of so many seconds."""

    bpm: float
    downbeat_s: float
    seconds: float


def hear_pulse(file: Path, bpm: float | None = None) -> HeardPulse:
    """Return the pulse of a recording; ``bpm`` are its quarters a minute, if known.

    Raises MissingPackageError where no listener is installed, AudioFileError for what cannot be heard.
    """
    from render.listening.hearing import VERSION, Wish, check_can_listen, hear

    kept = _cache_folder() / f"{sha256(file)}-{VERSION}-pulse-{bpm or 0:g}.json"
    with suppress(OSError, ValidationError):
        return _pulses().validate_json(kept.read_bytes())
    check_can_listen(str(file))
    heard = hear(file, Wish(bpm=bpm), _SAY_THEM)
    pulse = HeardPulse(round(heard.pulse.bpm, 6), round(heard.downbeat_s, 6), heard.recording.seconds)
    _write(kept, _pulses().dump_json(pulse))
    return pulse


def _cache_folder() -> Path:
    from render.clips.caching.cache import default_cache_dir  # few specs have a recording

    return default_cache_dir() / _FOLDER


def _pulses() -> TypeAdapter[HeardPulse]:
    return TypeAdapter(HeardPulse)


def _write(kept: Path, data: bytes) -> None:
    """Keep what was heard; a full or read-only disk is no error."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(kept, data)


def _songs() -> TypeAdapter[ImportedSong]:
    return TypeAdapter(ImportedSong)
