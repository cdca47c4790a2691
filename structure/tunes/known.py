"""The tunes that come with music21: folk songs, dances, and the upper parts of other music.

The folk songs and dances are in ABC; the chorales, quartets and songs are in MusicXML. They are read once,
and kept in a file of the user's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from structure.base.errors import MusicFileError
from structure.base.files import replacing
from structure.imports.abc import read_abc
from structure.imports.reading import import_song
from structure.imports.song import ImportedSong
from structure.tunes.likeness import LEAST_NOTES, KnownTunes
from structure.tunes.tune import Tune, tune_of

_FORMAT = 1
_LARGEST = 400_000
"""Bytes of a file of scores beyond which it is a whole symphony."""

_TUNE = re.compile(r"^(?=X:)", re.MULTILINE)

Tell = Callable[[int, int], None]
"""Hears how many of how many files are read."""


def load_known_tunes(cache: Path, tell: Tell = lambda _done, _total: None) -> KnownTunes:
    """Return the tunes of music21, from a file in ``cache``, which is made where it is missing."""
    release = version("music21")
    path = cache / f"tunes-{hashlib.sha256(f'{_FORMAT} {release}'.encode()).hexdigest()[:12]}.npz"
    if path.is_file():
        try:
            with np.load(path) as kept:
                return KnownTunes.of_arrays(
                    [str(name) for name in kept["names"]], kept["steps"], kept["ratios"], kept["ends"]
                )
        except (OSError, ValueError, KeyError, EOFError):
            path.unlink(missing_ok=True)  # damaged: it is made again

    files = corpus_files()
    tunes: list[Tune] = []
    for number, source in enumerate(files, 1):
        tell(number, len(files))
        tunes += read_tunes(source)
    found = KnownTunes(tunes)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file, names=np.array(found.names), steps=found.steps, ratios=found.ratios, ends=found.ends
        )
    return found


def corpus_files() -> list[Path]:
    """Return the files of music21 that hold tunes, in order of name."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        return []
    root = Path(spec.origin).parent / "corpus"
    scores = (path for kind in ("mxl", "xml", "musicxml") for path in root.rglob(f"*.{kind}"))
    return [
        *sorted(root.rglob("*.abc")),
        *sorted(path for path in scores if path.stat().st_size <= _LARGEST),
    ]


def read_tunes(path: Path) -> Iterator[Tune]:
    """Yield the tunes of one file, each under its title and the folder that it is from."""
    place = path.parent.name if path.parent.name != "corpus" else path.stem
    if path.suffix == ".abc":
        for text in _TUNE.split(path.read_text("utf-8", errors="replace")):
            try:
                if "\nK:" in text:
                    yield from _tune(read_abc(text.encode(), path), place, path)
            except (MusicFileError, ValueError, LookupError):
                continue  # a tune that nobody can read is like no other
    else:
        try:
            yield from _tune(import_song(path), place, path)
        except (MusicFileError, ValueError, LookupError):
            return


def _tune(song: ImportedSong, place: str, path: Path) -> Iterator[Tune]:
    """Yield the upper part of a song, where it is a tune of enough notes."""
    for part in song.parts[:1]:
        title = song.title.strip() or path.stem
        tune = tune_of(f"{title} ({place})", ((note.start, note.pitch) for note in part.notes))
        if len(tune.steps) >= LEAST_NOTES - 1:
            yield tune
