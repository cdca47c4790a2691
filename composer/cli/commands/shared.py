"""What the commands share: the application, options, and how inputs, caches and consoles are made.

Everything heavy is imported inside functions, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from composer.cli.display.output import Output
from structure.base.errors import ExistsError, FolderError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from composer.understanding.understanding import Understanding
    from render.clips.caching.cache import ClipCache

_PLAIN_WIDTH = 120
"""Columns of a table that does not go to a terminal."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

DIFFERS, BAD_INPUT, FAILS_ITS_CHECKS = 1, 2, 3
"""Exit codes besides 0, and 128 and the signal's number after an interruption."""

EXIT_CODES = (
    "Exit codes: 0 done; 1 it differs (diff --exit-code, a render from a lock); 2 bad input, nothing is "
    "written; 3 a song or an export fails its own checks: render and verify keep the song's files, an "
    "export that fails is not written; 130 or 143 interrupted."
)

app = typer.Typer(
    name="ritornello",
    help="Composes songs of several minutes from a spec in YAML or from a sentence.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SpecArgument = Annotated[
    str,
    typer.Argument(
        metavar="SPEC", help="A YAML file, a bundled song, a sentence in quotes, or - for stdin."
    ),
]
SongArgument = Annotated[
    Path, typer.Argument(metavar="SONG", help="A song's folder, or the YAML file that it is made from.")
]
PlannerOption = Annotated[
    Path | None,
    typer.Option(
        "--planner",
        metavar="FOLDER",
        help="A folder with an instruction model for transformers, which plans what is left open.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict", help="Stop, with exit code 2, where something is not understood or cannot be met."
    ),
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Underline which words of the sentence did what.")
]
SeedOption = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Replaces the spec's seed.")]


def limit_threads(threads: int | None) -> None:
    """Bound the thread pools; they are made when the numeric libraries are imported, which comes later."""
    if threads is not None:
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))


def spec_input(spec: str) -> str | BinaryIO:
    """Return what a SPEC argument names; ``-`` is standard input."""
    return sys.stdin.buffer if spec == "-" else spec


CacheOption = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE",
        help="Folder of the clip cache, or the URL of one that machines share, such as s3://bucket/clips.",
    ),
]
EngineOption = Annotated[
    str, typer.Option(metavar="NAME", help="Who makes the clips: local, this machine, or ray, a cluster.")
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Where Ray runs: host:port, auto or local; else $RAY_ADDRESS, or a cluster of its own.",
    ),
]


def clip_cache(place: str | Path | None, *, no_cache: bool, limit: str | None = None) -> ClipCache:
    """Return the cache of clips that the options name.

    It lies in the folder ``place``, else in the user's own folder. A ``place`` that is a URL is a shared
    cache behind the user's own. With ``no_cache`` the clips do not last. It is kept under ``limit``, such
    as ``2GB``. Raises RitornelloError.
    """
    from render.clips.caching.cache import ClipCache, default_cache_dir, open_shared, parse_size
    from render.clips.caching.shared import is_url

    if no_cache:
        if place is not None:
            raise UsageError("--cache and --no-cache exclude each other", field="--no-cache")
        return ClipCache()
    if place is not None and is_url(str(place)):
        limit_bytes = None if limit is None else parse_size(limit, "--cache-limit")
        return ClipCache(default_cache_dir(), limit_bytes, open_shared(str(place)))
    folder = None if place is None else Path(place)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; --cache names a folder", path=folder, field="--cache")
    limit_bytes = None if limit is None else parse_size(limit, "--cache-limit")
    return ClipCache(folder if folder is not None else default_cache_dir(), limit_bytes, open_shared())


def tell_understanding(
    understood: Understanding,
    *,
    strict: bool = False,
    explain: bool = False,
    quiet: bool = False,
    to_stderr: bool = False,
) -> None:
    """Show what was understood, and what became of it.

    ``strict`` raises WishError after that where a wish is not met.
    """
    if understood.sentence and not quiet:
        from composer.cli.display.understanding import explanation, understanding_table

        console = console_for(to_stderr=to_stderr)
        if explain:
            console.print(explanation(understood, console.width))
        else:
            console.print(understanding_table(understood))
            console.print()
    if strict:
        understood.check()


def show_list(rows: Sequence[Mapping[str, Any]], output: Output) -> None:
    """Print rows as a table, as JSON, or their names alone."""
    output.document(list(rows))
    if output.talks:
        from composer.cli.display.tables import rows_table

        console_for().print(rows_table(rows))
    else:
        show_names(rows, output)


def show_names(rows: Iterable[Mapping[str, Any]], output: Output) -> None:
    """Print the name of each row in a line, where a list is wanted in few words."""
    if output.is_quiet and not output.as_json:
        for row in rows:
            typer.echo(row["name"])


def console_for(*, to_stderr: bool = False) -> Console:
    """Return a console on standard output or error; wide where that is not a terminal."""
    from composer.cli.display.console import PlainConsole

    stream = sys.stderr if to_stderr else sys.stdout
    return PlainConsole(width=None if stream.isatty() else _PLAIN_WIDTH, stderr=to_stderr)


def end_where_checks_fail(
    folder: Path, checks: Sequence[Mapping[str, Any]], *, strict: bool = False
) -> None:
    """Say which checks of a song failed and what to do, then exit with :data:`FAILS_ITS_CHECKS`.

    The words go to standard error. Nothing happens where no check failed. With ``strict`` a check that was
    not measured has failed too. ``checks`` are those of :func:`composer.folder.report.checks_document`.
    """
    failed = [check for check in checks if check["passed"] is False]
    unmeasured = [check for check in checks if strict and check["passed"] is None]
    for row in unmeasured:
        why = f"{row['name']}: {row['detail']}"
        typer.echo(f"error: {folder}: not measured, which --strict does not allow: {why}", err=True)
    if unmeasured and not failed:
        raise typer.Exit(FAILS_ITS_CHECKS)
    if not failed:
        return
    from render.checks.check import Check

    for document in failed:
        check = Check(**{name: value for name, value in document.items() if name != "passed"})
        detail = f" ({check.detail})" if check.detail else ""
        measured = "" if check.value is None else f": {check.value:g} {check.unit}"
        allowed = f", allowed {check.limit_text}"
        typer.echo(f"error: {folder}: check failed: {check.name}{measured}{allowed}{detail}", err=True)
    typer.echo(
        "hint: the files are kept, so listen to what is named; another seed, or a `seed:` or `prompt:` for "
        "that section or stem, makes another take; where files were changed, render the song again",
        err=True,
    )
    raise typer.Exit(FAILS_ITS_CHECKS)


def check_target(path: Path, suffixes: Sequence[str], *, force: bool) -> None:
    """Raise RitornelloError, before any work, where a file cannot be written or stands in the way."""
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{path}: write to a {' or '.join(suffixes)} file", path=path)
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "is a folder" if path.is_dir() else "the folder is missing"
        raise FolderError(f"{path}: {what}", path=path)
    if path.exists() and not force:
        raise ExistsError(f"{path} exists already", path=path, hint="--force replaces it")
