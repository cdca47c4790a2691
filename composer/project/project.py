"""A project: the user's YAML, the edits that were made to it, and what was rendered from it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from composer.base.backends import find_song_backend, song_backend
from composer.folder.layout import stage_folder
from composer.folder.lock import spec_data
from composer.folder.song import SongFolder
from composer.history.changes import Changes, find_changes
from composer.history.planned import PlannedSong
from composer.project.edits import Edit, GoBack, ReplacePassage, describe_edit
from composer.project.history import (
    Entry,
    History,
    Moment,
    digest,
    history_path,
    read_history,
    write_history,
)
from composer.project.job import Job
from composer.project.wording import Worded, edit_in_words
from composer.rendering.song import folder_files, render_source, write_song
from composer.sources.source import Source, plan_source, yaml_source
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.clips.engine import Engine
from songs import find_song
from structure.base.errors import EditError, FolderError, RitornelloError
from structure.base.files import alone_in, write_atomically
from structure.base.names import LOCK, SPEC
from structure.base.progress import Progress, silent
from structure.loading.textfile import read_text
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec

_BOM = b"\xef\xbb\xbf"


class _Draft:
    """A text of the spec, read and, when it is first needed, planned."""

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.source: Source = replace(yaml_source(text, str(path)), name=path.stem)

    @cached_property
    def plan(self) -> SongPlan:
        return plan_source(self.source)


class Project:
    """A song that is being worked on. ``path`` is its spec, ``folder`` where it is, or will be, rendered.

    Edits change the spec's file at once, and keep its comments and layout. They are remembered in
    ``.ritornello`` beside the spec, so that they can be undone after a restart too. An object is meant for
    one thread; another one on the same file is noticed before anything is written.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        """Read the spec at ``path``; :meth:`open` finds out where things are."""
        self.path = path
        self.folder = folder
        read_text(path, "spec", 256)  # says what is wrong with the file
        self._bytes = path.read_bytes()
        text = self._bytes.decode("utf-8-sig")  # with the line ends that it has
        self._draft = _Draft(text, path)
        self._tried: _Draft | None = None
        self._rendered: tuple[int, PlannedSong] | None = None
        self._history = read_history(history_path(path)).settle(text)

    @classmethod
    def open(cls, path: str | Path) -> Project:
        """Open the folder of a song, or a spec file, which is rendered to the folder of its name beside it.

        Raises SpecError for a spec that is wrong, and FolderError where there is none.
        """
        name, path = str(path), Path(path).resolve()
        if not path.exists() and (bundled := find_song(name)) is not None:
            raise FolderError(
                f"{name} is a bundled song, which stays as it is",
                path=path,
                hint=f"`ritornello songs --show {bundled} > {bundled}.yaml` makes a copy of your own",
            )
        spec = path / SPEC if path.is_dir() else path
        if path.is_dir() and not spec.is_file():
            raise FolderError(f"{path} holds no song: {SPEC} does not exist", path=path)
        is_song = spec.name == SPEC and (spec.parent / LOCK).is_file()
        return cls(spec, spec.parent if is_song else spec.parent / spec.stem)

    @property
    def text(self) -> str:
        """The spec as YAML."""
        return self._draft.text

    @property
    def source(self) -> Source:
        """What the song is made from."""
        return self._draft.source

    @property
    def spec(self) -> SongSpec:
        """The spec as it was read."""
        return self.source.spec

    @property
    def plan(self) -> SongPlan:
        """The song, planned when it is first asked for. Raises PlanError where it cannot be planned."""
        return self._draft.plan

    @property
    def history(self) -> tuple[Edit, ...]:
        """The edits that are applied, the first one first."""
        return tuple(entry.edit for entry in self._history.entries[: self._history.applied])

    @property
    def edits_to_redo(self) -> tuple[Edit, ...]:
        """The edits that :meth:`redo` applies again, the next one first."""
        return tuple(entry.edit for entry in self._history.entries[self._history.applied :])

    @property
    def moments(self) -> list[Moment]:
        """Every state that the spec has had by edits, the first one first; :meth:`go_to` goes there."""
        return self._history.moments(self.text)

    def apply(self, edit: Edit) -> None:
        """Edit the spec. An edit that changes nothing is not remembered.

        Raises EditError where it cannot be made, where no song could be planned from the result, and
        where the file was changed by others since it was read; file and history are as they were then.
        """
        draft = self._try_edit(edit)
        if draft.text != self.text:
            self._write(draft, self._history.add(Entry.of(edit, self.text, draft.text)))

    def undo(self) -> Edit:
        """Take back the last edit, which is returned: the file has its bytes of before again.

        Raises EditError where there is none, or the file was changed by others since.
        """
        if not self._history.applied:
            raise EditError(f"{self.path}: there is no edit to undo", path=self.path)
        entry = self._history.entries[self._history.applied - 1]
        self._step(-1, entry.after, entry.undo(self.text))
        return entry.edit

    def redo(self) -> Edit:
        """Apply the edit again that was undone last, and return it.

        Raises RitornelloError as :meth:`undo` does.
        """
        if self._history.applied == len(self._history.entries):
            raise EditError(f"{self.path}: there is no edit to redo", path=self.path)
        entry = self._history.entries[self._history.applied]
        self._step(1, entry.before, entry.redo(self.text))
        return entry.edit

    def go_to(self, state: str) -> None:
        """Give the spec the text of one of its :attr:`moments`, by its digest.

        That takes steps of undo or redo; where none lead there, it is one more edit.

        Raises EditError where no edits lead there from the text as it is now.
        """
        text = self._history.texts(self.text).get(state)
        if text is None:
            raise EditError(
                f"{self.path}: no edits lead to {state[:12]!r} from the text as it is now",
                path=self.path,
                hint="what was written by hand since is not taken back",
            )
        if text == self.text:
            return
        steps = self._history.steps_to(state)
        if steps is not None:
            self._write(_Draft(text, self.path), self._history.move(steps))
            return
        said = next(
            describe_edit(moment.edit) for moment in self.moments if moment.edit and moment.state == state
        )
        self.apply(GoBack(said, ReplacePassage.between(self.text, text)))

    def edit_in_words(self, words: str) -> Worded:
        """Return the edit that a sentence asks for ("second verse without drums").

        With it comes which of its wishes are obeyed, impossible or not understood. Nothing is written
        before :meth:`apply`.
        """

        def replan(text: str) -> SongPlan:
            self._tried = _Draft(text, self.path)  # what is asked for is often applied next
            return self._tried.plan

        return edit_in_words(self.text, str(self.path), self.plan, words, replan)

    def plan_with(self, edit: Edit) -> SongPlan:
        """Return the song as it would be planned after an edit.

        Raises RitornelloError as :meth:`apply` does.
        """
        return self._try_edit(edit).plan

    def preview(
        self, edit: Edit, *, backend: Backend | None = None, cache: ClipCache | None = None
    ) -> Changes:
        """Say what an edit would change; nothing is written.

        ``backend`` replaces the spec's. The clips to make are those that ``cache`` lacks; without a cache,
        those that the song does not have yet. Raises RitornelloError as :meth:`apply` does.
        """
        after = self._try_edit(edit)
        drafts = (self._draft, after)
        before, then = (
            PlannedSong.of(
                spec_data(draft.source.spec), draft.plan, backend or find_song_backend(draft.plan)
            )
            for draft in drafts
        )
        return find_changes(before, then, cache, self.path.name)

    def next_render(self, *, backend: Backend | None = None, cache: ClipCache | None = None) -> Changes:
        """Say what the next render changes in the song in :attr:`folder`, as :meth:`preview` does.

        Where there is no song yet, it says what is made. Raises RitornelloError where the song cannot be
        planned.
        """
        own = backend or find_song_backend(self.plan)
        now = PlannedSong.of(spec_data(self.spec), self.plan, own)
        return find_changes(self._find_rendered(own) or now, now, cache, self.path.name)

    def _find_rendered(self, backend: Backend) -> PlannedSong | None:
        """Return the song that was rendered; None where there is none that can be read."""
        try:
            stamp = (self.folder / LOCK).stat().st_mtime_ns
            if self._rendered is None or self._rendered[0] != stamp:
                song = SongFolder.open(self.folder)
                self._rendered = stamp, PlannedSong.of(song.lock["spec"], song.plan, backend)
        except (OSError, KeyError, RitornelloError):
            return None
        return self._rendered[1]

    def render(
        self,
        out: Path | None = None,
        *,
        backend: Backend | None = None,
        cache: ClipCache | None = None,
        engine: Engine | None = None,
        progress: Progress = silent,
    ) -> Job:
        """Begin to render the song as it is now, to ``out`` or :attr:`folder`, in a thread of its own.

        A song that is there is replaced when the new one is complete; files of the user's own stay, the
        spec too, with edits that are made meanwhile. ``backend`` replaces the spec's; ``engine`` makes the
        clips, this machine where it is left out.
        """
        draft, folder = self._draft, (self.folder if out is None else out).resolve()

        def work(report: Progress) -> Path:
            plan = draft.plan
            with ExitStack() as afterwards, stage_folder(folder, folder_files(plan), replace=True) as made:
                load = partial(song_backend, plan) if backend is None else lambda: backend
                song = render_source(draft.source, plan, load, cache, report, engine=engine)
                failure = write_song(song, made, report, older=folder)
                if self.path == folder / SPEC:  # nobody edits it until the folder is in place
                    afterwards.enter_context(alone_in(folder))
                    (made / SPEC).write_bytes(self.path.read_bytes())
            if failure is not None:
                raise failure
            return folder

        return Job(work, progress)

    def _try_edit(self, edit: Edit) -> _Draft:
        """Return the spec with an edit, read and planned."""
        text = edit.apply(self.text, str(self.path))
        if self._tried is None or self._tried.text != text:  # what is previewed is often applied next
            self._tried = _Draft(text, self.path)
        _ = self._tried.plan
        return self._tried

    def _step(self, steps: int, expected: str, text: str) -> None:
        """Write the text of a step back or forth, from the text that has the digest ``expected``."""
        if digest(self.text) != expected:
            raise EditError(f"{self.path} was changed by others since that edit, which stays as it is")
        self._write(_Draft(text, self.path), self._history.move(steps))

    def _write(self, draft: _Draft, history: History) -> None:
        """Write a text and its history.

        The history goes first: a text that is older than its history is noticed when both are read. Raises
        FolderError where the file cannot be read, and EditError where others have changed it.
        """
        place = history_path(self.path)
        data = (_BOM if self._bytes.startswith(_BOM) else b"") + draft.text.encode()
        with alone_in(self.path.parent):
            try:
                is_same = self.path.read_bytes() == self._bytes
            except OSError as exc:
                raise FolderError(f"{self.path} cannot be read: {exc.strerror}", path=self.path) from exc
            known = read_history(place).settle(self.text).document()
            if not is_same or json.dumps(known) != json.dumps(self._history.document()):
                raise EditError(
                    f"{self.path} was changed by others since it was read; nothing is written",
                    path=self.path,
                    hint="open the project again",
                )
            write_history(place, history)
            write_atomically(self.path, data)
        self._bytes, self._draft, self._history = data, draft, history
