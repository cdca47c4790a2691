"""Begin a song: from a sentence, a bundled song, or a file in the studio's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from composer.sources.source import plan_source, sentence_source, understand_source
from composer.sources.template import template_of
from composer.studio.desk import Desk
from composer.studio.messages.models import BeginAnswer, BeginRequest, BundledSong, ProjectFile, State
from songs import find_song, song_names, song_path, song_summary
from structure.base.errors import FolderError, UsageError
from structure.base.files import alone_in, is_file
from structure.base.names import LOCK, SPEC
from structure.base.types import check_relative_path
from structure.loading.loader import load_spec
from structure.loading.own_files import RECORDINGS
from structure.presets.styles import style_names

_DEEPEST = 2
_MOST_FILES = 200
_YAML = (".yaml", ".yml")
MUSIC = (".mid", ".midi", ".musicxml", ".mxl", ".xml", ".abc", *RECORDINGS)
"""Files whose notes, read or heard, a song can be written around."""


def root_of(song: str | None) -> Path:
    """Return the studio's folder for what it is opened with: that of a file or of a song, or this one."""
    if song is None:
        return Path.cwd()
    path = Path(song)
    if is_file(path):
        return path.resolve().parent
    if is_folder(path):
        return path.resolve().parent if (path / LOCK).is_file() else path.resolve()
    return Path.cwd()


def begin_with(desk: Desk, song: str) -> State:
    """Open what a user named: a file, a song's folder, a folder of songs, a bundled song or a sentence."""
    path = Path(song)
    if is_file(path) or (is_folder(path) and (path / SPEC).is_file()):
        return desk.open(path)
    if is_folder(path):
        return desk.state()
    if (name := find_song(song)) is not None:
        return begin(desk, BeginRequest(bundled=name))
    if " " in song.strip():
        return begin(desk, BeginRequest(sentence=song))
    raise FolderError(
        f"{song} does not exist", path=path, hint="write a sentence in quotes to begin a song"
    )


def begin(desk: Desk, asked: BeginRequest) -> State:
    """Begin from a sentence or from a copy of a bundled song, or open a file.

    A sentence becomes a whole spec in a file of its own. Raises UsageError unless exactly one of the three
    is given, and FolderError for a path outside.
    """
    given = [name for name in ("sentence", "bundled", "path") if getattr(asked, name) is not None]
    if len(given) != 1:
        raise UsageError("name one of sentence, bundled and path", field=given[-1] if given else "sentence")
    if asked.path is not None:
        return desk.open(path_inside(desk.root, asked.path))
    if asked.bundled is not None:
        text = song_path(asked.bundled).read_text(encoding="utf-8")
        return desk.open(write_new(desk.root, asked.bundled, text))
    sentence = (asked.sentence or "").strip()
    if not sentence:
        raise UsageError("the sentence is empty", field="sentence", hint="such as: slow jazz in F")
    source = sentence_source(sentence)
    plan = plan_source(source)
    text = template_of(source.spec, plan, understand_source(source, plan))
    return desk.open(write_new(desk.root, source.name, text))


def what_to_begin_from(desk: Desk) -> BeginAnswer:
    """Return the bundled songs, and the files in the studio's folder that can be opened."""
    songs = []
    for name in song_names():
        spec = load_spec(song_path(name), song_names())
        length = f"{spec.length} s" if isinstance(spec.length, (int, float)) else spec.length or ""
        song = BundledSong(
            name=name,
            title=spec.title or name,
            genre=spec.genre or "",
            tempo=f"{spec.tempo:g} BPM" if spec.tempo else "",
            key=spec.key or "",
            meter=spec.meter or "",
            length=length,
            summary=song_summary(name),
        )
        songs.append(song)

    return BeginAnswer(
        songs=songs,
        files=sorted(_files(desk.root, desk.root, 0), key=lambda file: file.path)[:_MOST_FILES],
        genres=list(style_names()),
        suffixes=[*_YAML, *MUSIC],
    )


def path_inside(root: Path, path: str) -> Path:
    """Return a path in the studio's folder.

    Raises FolderError for one that leads out of it, also by way of a link.
    """
    try:
        found = root / check_relative_path(path)
    except ValueError as exc:
        raise FolderError(f"{exc}", field="path") from exc
    if not found.resolve().is_relative_to(root):
        raise FolderError(f"{path} leads out of the studio's folder", field="path")
    return found


def write_new(root: Path, name: str, text: str) -> Path:
    """Write a spec under a name that nobody has yet, and return its path."""
    stem = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:60] or "song"
    with alone_in(root):
        number = 1
        while True:
            path = root / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")
            if not path.exists() and not path.with_suffix("").exists():
                break
            number += 1
        path.write_text(text, encoding="utf-8")
    return path


def is_folder(path: Path) -> bool:
    """Return whether a path is that of a folder; one that none can have is not."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _files(root: Path, folder: Path, depth: int) -> Iterator[ProjectFile]:
    """Return the specs in a folder, and the songs' folders below it; hidden ones and links are left out."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.name.startswith(".") or path.is_symlink():
            continue
        shown = path.relative_to(root).as_posix()
        if path.is_dir():
            if (path / LOCK).is_file() and (path / SPEC).is_file():
                yield ProjectFile(path=shown, is_rendered=True)
            elif depth < _DEEPEST:
                yield from _files(root, path, depth + 1)
        elif path.suffix in _YAML:
            with path.open("rb") as file:
                head = file.read(1 << 16)
            # a song says what it is, or which form it has
            if re.search(rb"^(description|form|title|sections)\s*:", head, re.MULTILINE):
                yield ProjectFile(path=shown, is_rendered=(path.with_suffix("") / LOCK).is_file())
