"""The one project that a studio has open: every page reads and changes it here, one at a time.

A change is made of the state that its page shows. Where another page, or another program, has changed the
song since, it is refused with the newest state, so that nobody's work is lost. What is acknowledged is on
the disk: :class:`composer.project.Project` writes each change before it returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from composer.folder.lock import spec_hash
from composer.history.changes import Changes
from composer.project import (
    Edit,
    Project,
    ReplacePassage,
    read_edit,
)
from composer.sources.heard import hear_recording
from composer.sources.source import understand_source
from composer.studio.clips import Backends, clip_keys, find_ready, find_rendered
from composer.studio.messages.faults import StaleError, faults_of
from composer.studio.messages.models import (
    Chip,
    Fault,
    Job,
    Notes,
    Notice,
    Song,
    State,
)
from composer.studio.messages.notices import Notices
from composer.studio.showing.chips import show_chips
from composer.studio.showing.history import say_edit
from composer.studio.showing.scene import show_notes, show_song
from composer.studio.sound.rendered import Renders, read_locked_hash
from render.clips.caching.cache import ClipCache
from structure.base.errors import EditError, FolderError, RitornelloError
from structure.base.files import write_atomically
from structure.loading.loader import parse_spec
from structure.loading.textfile import read_text
from structure.loading.yaml_reader import read_yaml, write_path
from structure.plans.plan import SongPlan

_HISTORY_SHOWN = 100


@dataclass
class _Sheet:
    """A text of the open song and what was found out about it."""

    project: Project
    backends: Backends

    @cached_property
    def data(self) -> dict[str, Any]:
        """The spec as it is written."""
        data = read_yaml(self.project.text, str(self.project.path)).data
        return data if isinstance(data, dict) else {}

    @cached_property
    def chips(self) -> list[Chip]:
        plan = self.project.plan
        return show_chips(plan, self.data, understand_source(self.project.source, plan))

    @cached_property
    def keys(self) -> list[dict[str, str]]:
        return clip_keys(self.project, self.backends.of(self.project.plan))

    @cached_property
    def spec_hash(self) -> str:
        return spec_hash(self.project.spec)


@dataclass
class Desk:
    """The open project. ``root`` is the studio's folder; nothing outside of it is read or written.

    Its methods may be called from any thread; each waits for the others.
    """

    root: Path
    cache: ClipCache
    notices: Notices
    backends: Backends = field(default_factory=Backends)
    jobs: Callable[[], list[Job]] = list
    _lock: RLock = field(default_factory=RLock)
    _revision: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    _path: Path | None = None
    _text: str = ""
    _faults: list[Fault] = field(default_factory=list)
    _sheet: _Sheet | None = None
    _seen: tuple[int, int, int] | None = None
    _song: tuple[object, Song] | None = None
    _renders: Renders = field(default_factory=Renders)

    def open(self, path: Path) -> State:
        """Open a spec or a song's folder. A spec with faults is open too, so that it can be mended.

        Raises FolderError for a path at which there is none.
        """
        with self._lock:
            resolved = path.resolve()
            spec = resolved / "song.yaml" if resolved.is_dir() else resolved
            if not spec.is_file():
                raise FolderError(
                    f"{path} holds no song", path=path, hint="name a YAML file or a song's folder"
                )
            self._path = spec
            self._load(spec)
            return self._announce_change()

    @property
    def revision(self) -> int:
        """Return the revision, after a look at what others did to the file."""
        with self._lock:
            self._look()
            return self._revision

    def state(self) -> State:
        """Return all that a page shows."""
        with self._lock:
            self._look()
            return self._state()

    @contextmanager
    def hold(self) -> Iterator[Project]:
        """Hold the open project for the time of a block.

        Raises FolderError where none is open, or its text has faults.
        """
        with self._lock:
            self._look()
            yield self._need_sheet().project

    def snapshot(self) -> Project:
        """Return the project as it is now, as an object of its own for another thread."""
        with self.hold() as project:
            return Project(project.path, project.folder)

    def plan(self) -> SongPlan:
        """Return the song as it is planned now."""
        with self.hold() as project:
            return project.plan

    def notes(self, stem: str) -> Notes:
        """Return the notes of a stem."""
        return show_notes(self.plan(), stem)

    def keys(self) -> list[dict[str, str]]:
        """Return the keys of the song's clips; see :func:`composer.studio.clips.clip_keys`."""
        with self._lock:
            self._look()
            return self._need_sheet().keys

    def apply(self, revision: int, document: dict[str, Any]) -> State:
        """Make an edit. Raises StaleError, EditError, SpecError, PlanError; nothing has changed then."""
        edit = read_edit(document)
        try:
            return self._change(revision, lambda project: project.apply(edit))
        except EditError as exc:
            path = document.get("path")
            raise exc.with_context(
                "", path=self._path, field=write_path(tuple(path)) if isinstance(path, list) else ""
            ) from exc

    def keep(self, revision: int, find_edit: Callable[[Project], Edit]) -> State:
        """Make an edit that is found in the project."""
        return self._change(revision, lambda project: project.apply(find_edit(project)))

    def undo(self, revision: int) -> State:
        """Take the last edit back. Raises as :meth:`apply` does."""
        return self._change(revision, lambda project: project.undo())

    def redo(self, revision: int) -> State:
        """Make the edit again that was taken back last. Raises as :meth:`apply` does."""
        return self._change(revision, lambda project: project.redo())

    def go_to(self, revision: int, state: str) -> State:
        """Go to a state that the song has had; see :meth:`composer.project.Project.go_to`."""
        return self._change(revision, lambda project: project.go_to(state))

    def replace_text(self, revision: int, text: str) -> State:
        """Replace the whole YAML, also of a song whose text has faults. Raises as :meth:`apply` does."""
        with self._lock:
            self._check_revision(revision)
            if self._sheet is None:
                return self._mend(text)
            edit = ReplacePassage.between(self._text, text)
            return self._change(revision, lambda project: project.apply(edit))

    def check(self, text: str) -> list[Fault]:
        """Return what is wrong with a text that is not kept."""
        path = self._path
        if path is None:
            return []
        try:
            parse_spec(text, str(path), hear=hear_recording)
        except RitornelloError as exc:
            return faults_of(exc, self.root, text)
        return []

    def preview(self, document: dict[str, Any] | None) -> tuple[Changes, int]:
        """Return what an edit would do, and how many clips the song has then.

        Without an edit, it is what the next render makes. Raises as :meth:`apply` does.
        """
        with self.hold() as project:
            backend = self.backends.of(project.plan)
            if document is None:
                changes = project.next_render(backend=backend, cache=self.cache)
            else:
                changes = project.preview(read_edit(document), backend=backend, cache=self.cache)
        return changes, sum(count["clips"] for count in changes.clips.values())

    def tell(self) -> None:
        """Tell the pages to look again: what is rendered has changed."""
        with self._lock:
            self._song = None
            revision = self._revision
        self.notices.tell(Notice(kind="state", revision=revision))

    @property
    def text(self) -> str:
        """Return the YAML as it was last read."""
        return self._text

    def _change(self, revision: int, change: Callable[[Project], object]) -> State:
        with self._lock:
            self._check_revision(revision)
            project = self._need_sheet().project
            before = project.text
            try:
                change(project)
            except RitornelloError as exc:
                self._look()  # another program may have been faster
                if self._revision != revision:
                    raise StaleError(self._state()) from exc
                raise
            if project.text == before:
                return self._state()
            self._sheet, self._text = _Sheet(project, self.backends), project.text
            self._note_file()
            return self._announce_change()

    def _check_revision(self, revision: int) -> None:
        self._look()
        if revision != self._revision:
            raise StaleError(self._state())

    def _mend(self, text: str) -> State:
        """Write a text in place of one with faults; it has to be without any."""
        path = self._need_path()
        parse_spec(text, str(path), hear=hear_recording)
        write_atomically(path, text.encode())
        self._load(path)
        return self._announce_change()

    def _need_path(self) -> Path:
        if self._path is None:
            raise FolderError("no song is open", hint="begin one, or open one")
        return self._path

    def _need_sheet(self) -> _Sheet:
        path = self._need_path()
        if self._sheet is None:
            fault = self._faults[0]
            raise FolderError(
                f"{path.name} has faults: {fault.message}", path=path, hint="mend its text first"
            )
        return self._sheet

    def _look(self) -> None:
        """Read the file again where another program has changed it."""
        if self._path is None or self._stamp() == self._seen:
            return
        for _ in range(20):  # a folder that is rendered again is away for some milliseconds
            if self._path.is_file():
                break
            time.sleep(0.01)
        with suppress(OSError, UnicodeDecodeError):
            if self._path.read_bytes().decode("utf-8-sig") == self._text:
                self._note_file()
                return
        self._load(self._path)
        self._revision += 1
        self.notices.tell(Notice(kind="state", revision=self._revision))

    def _load(self, path: Path) -> None:
        self._sheet, self._song = None, None
        self._note_file()
        try:
            self._text = read_text(path, "spec", 256)
            project = Project.open(path)
            self._text = project.text
            _ = project.plan
            self._sheet, self._faults = _Sheet(project, self.backends), []
        except RitornelloError as exc:
            self._faults = faults_of(exc, self.root, self._text)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat() if self._path is not None else None
        except OSError:
            return None
        return None if stat is None else (stat.st_ino, stat.st_size, stat.st_mtime_ns)

    def _note_file(self) -> None:
        self._seen = self._stamp()

    def _announce_change(self) -> State:
        self._revision += 1
        self._song = None
        self.notices.tell(Notice(kind="state", revision=self._revision))
        return self._state()

    def _state(self) -> State:
        project = None if self._sheet is None else self._sheet.project
        folder = None if project is None else project.folder
        renders = self._renders.show(self._path, folder)
        hashed = None if self._sheet is None or renders.now is None else self._sheet.spec_hash
        renders.is_current = (
            hashed is not None and folder is not None and hashed == read_locked_hash(folder)
        )
        files = {file.name for file in renders.now.files} if renders.now is not None else set()
        song = self._show_song(files)
        history = () if project is None else project.history
        undone = () if project is None else project.edits_to_redo
        return State(
            revision=self._revision,
            is_open=self._path is not None,
            title=song.title if song is not None else "",
            file="" if self._path is None else self._show_path(self._path),
            folder="" if folder is None else self._show_path(folder),
            text=self._text,
            song=song,
            faults=self._faults,
            undo=say_edit(history[-1]) if history else None,
            redo=say_edit(undone[0]) if undone else None,
            history=[say_edit(edit) for edit in history[-_HISTORY_SHOWN:]],
            render=renders,
            jobs=self.jobs(),
        )

    def _show_song(self, files: set[str]) -> Song | None:
        sheet = self._sheet
        if sheet is None:
            return None
        plan = sheet.project.plan
        ready = find_ready(sheet.keys, self.cache)
        rendered = find_rendered(plan, sheet.keys, sheet.project.folder)
        mark = (ready, rendered, frozenset(files))
        if self._song is None or self._song[0] != mark:
            self._song = mark, show_song(plan, sheet.data, sheet.chips, rendered, ready, files)
        return self._song[1]

    def _show_path(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
