"""``--watch``: do it again whenever a file that the song is made from is saved, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import sleep as _sleep
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.display.output import Output
from structure.base.errors import FolderError, RitornelloError, UsageError
from structure.base.plain_text import clean_text

if TYPE_CHECKING:
    from composer.sources.source import Source
    from structure.plans.plan import SongPlan, Visit

WatchOption = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Do it again, for the sections that changed, whenever the spec or a file that it names is "
        "saved; Ctrl-C ends it.",
    ),
]

_EVERY_S = 0.3
"""Seconds between looks; a file that was saved is read when it has been still for as long."""


def follow(
    path: Path,
    read: Callable[[], Source],
    make: Callable[[Source, SongPlan | None], SongPlan],
    output: Output,
) -> None:
    """Read and make a song now, and again after each change of its files.

    What is wrong with the song is said, and the next change waited for. ``make`` gets the plan that it
    gave before.

    Raises UsageError where no file holds the song. In the first round it also raises FolderError and
    UsageError, which no change of the spec would mend.
    """
    if not path.is_file():
        raise UsageError(f"--watch follows a file, and {str(path)[:80]!r} is none", field="--watch")
    if output.as_json:
        raise UsageError("--watch has no end, and --json is one document", field="--watch")
    before: SongPlan | None = None
    known: Source | None = None
    files = {path}
    rounds = 0
    try:
        while True:
            seen = _states(files)
            try:
                source = read()
                files = files_of(source, path)
                seen = _states(files)
                if source != known or _digests_differ(known, source):
                    before, known = make(source, before), source
                else:
                    output.note("nothing changed")
            except RitornelloError as exc:
                if rounds == 0 and isinstance(exc, FolderError | UsageError):
                    raise
                for line in clean_text(str(exc)).splitlines():
                    typer.echo(f"error: {line}", err=True)
            rounds += 1
            output.note(f"watching {path}; Ctrl-C ends it")
            _wait_for_change(files, seen)
    except KeyboardInterrupt:
        output.note("stopped")


def files_of(source: Source, path: Path) -> set[Path]:
    """Return the files that a song is made from: the spec, words, a style, music and recordings."""
    import yaml

    files = {path}
    own = source.spec.own_style
    if own is not None and own.file is not None:
        files.add(source.folder / own.file.name)
    for named in (source.init_files, source.part_files, source.recording_files):
        files |= {file.path for file in named.values()}

    try:
        written = yaml.safe_load(source.written[0])
    except yaml.YAMLError:
        written = None
    if not isinstance(written, dict):
        return files
    master = written.get("master")
    reference = master.get("reference") if isinstance(master, dict) else None
    for name in (written.get("lyrics_file"), written.get("genre"), reference):
        if isinstance(name, str) and (source.folder / name).is_file():
            files.add(source.folder / name)
    return files


def find_changed_visits(before: SongPlan | None, after: SongPlan) -> list[Visit]:
    """Return the visits of a plan that are new or changed since an earlier plan.

    One that was only moved is not among them. Without an earlier plan, all are.
    """
    if before is None:
        return list(after.visits)
    had = [(visit.place.label, visit.music, visit.sound) for visit in before.visits]
    return [visit for visit in after.visits if (visit.place.label, visit.music, visit.sound) not in had]


def _digests_differ(before: Source | None, after: Source) -> bool:
    """Return whether a file that both sources name holds something else now, or there was none before."""
    if before is None:
        return True

    def digests(source: Source) -> dict[str, str]:
        named = (source.init_files, source.part_files, source.recording_files)
        return {name: file.sha256 for files in named for name, file in files.items()}

    return digests(before) != digests(after)


def _states(files: Iterable[Path]) -> dict[Path, tuple[int, int, int]]:
    """Return what tells whether a file was saved, for each file: its time, its size and its inode."""
    found = {}
    for path in files:
        try:
            state = path.stat()
        except OSError:
            continue
        found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _wait_for_change(
    files: Iterable[Path],
    seen: Mapping[Path, tuple[int, int, int]],
) -> None:
    """Return when files differ from what was seen, and have been still since the last look."""
    last = dict(seen)
    while True:
        _sleep(_EVERY_S)
        now = _states(files)
        if now != seen and now == last:
            return
        last = now
