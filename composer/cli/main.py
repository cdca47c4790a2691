"""The command line: ``ritornello render song.yaml --out song``.

A thin layer: the modules of :mod:`composer.cli.commands` read options and show progress and tables; here
what goes wrong becomes an exit code; :mod:`composer.cli.commands.shared` lists them.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from types import FrameType

import typer

import composer.cli.batch
import composer.cli.commands.cache
import composer.cli.commands.catalogue
import composer.cli.commands.clips
import composer.cli.commands.editing
import composer.cli.commands.export
import composer.cli.commands.images
import composer.cli.commands.mastering
import composer.cli.commands.radio
import composer.cli.commands.rendering
import composer.cli.commands.songs
import composer.cli.commands.studio
import composer.cli.commands.styles
import composer.cli.commands.takes
import composer.cli.commands.verify
import composer.cli.commands.versions  # noqa: F401  (registers its commands)
from composer.cli.commands.shared import BAD_INPUT, FAILS_ITS_CHECKS, app
from composer.cli.display.output import VersionOption
from structure.base.errors import CheckError, RitornelloError
from structure.base.plain_text import clean_text

_GROUPS = {
    "Begin": ("new", "check", "plan", "render"),
    "Change": ("edit", "takes", "keep", "transpose", "history", "undo", "redo", "diff", "versions"),
    "Hand over": ("verify", "loudness", "remaster", "export", "album"),
    "Many songs": ("batch",),
    "In the browser": ("studio",),
    "What a spec may name": ("songs", "styles", "forms", "roles", "mixes", "backends", "schema"),
    "Clips and images": ("clip", "vary", "morph", "radio", "audio2image", "image2audio"),
    "Room": ("cache",),
}
"""The commands in the order of work, under the headings that ``--help`` has for them."""


def _put_in_order() -> None:
    """Sort the commands as ``_GROUPS`` has them, under its headings; one that it lacks comes last."""
    places = {name: group for group, names in _GROUPS.items() for name in names}
    order = list(places)
    for group in app.registered_groups:
        group.rich_help_panel = places.get(group.name or "", "More")
    for command in app.registered_commands:
        command.name = command.name or (command.callback.__name__ if command.callback else "")
        command.rich_help_panel = places.get(command.name, "More")
    app.registered_commands.sort(
        key=lambda command: order.index(command.name or "") if command.name in places else len(order)
    )


_put_in_order()


@app.callback()
def options(version: VersionOption = False) -> None:
    """Composes songs of several minutes from a spec in YAML or from a sentence."""


def main() -> None:
    """Entry point: run a command and turn what goes wrong into a message and an exit code."""
    ended_by: list[int] = []

    def terminate(number: int, _frame: FrameType | None) -> None:
        """End as after Ctrl-C, so that what is half made is cleared away."""
        ended_by.append(number)
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):  # the second is a terminal that closes; Windows has none
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), terminate)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # what is redirected is a file for us or for others, and so UTF-8, on Windows too
            is_file = not stream.isatty() and "PYTHONIOENCODING" not in os.environ
            stream.reconfigure(encoding="utf-8" if is_file else None, errors="replace")
    try:
        app()
    except CheckError as exc:
        _fail(str(exc), FAILS_ITS_CHECKS)
    except RitornelloError as exc:
        _fail(str(exc))
    except SystemExit:
        if ended_by:  # a library that was waited for may have put a code of its own in the place of ours
            sys.exit(128 + ended_by[0])
        raise
    except BrokenPipeError:
        # lest the interpreter complains at its end that nobody reads its output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError, RuntimeError, ImportError, SystemError) as exc:
        if _is_out_of_memory(exc):
            _fail(_OUT_OF_MEMORY)
        if not isinstance(exc, OSError):
            raise
        _fail(f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc))


_OUT_OF_MEMORY = (
    "there is not enough memory for this; a render of two minutes needs 2.5 GB, and --only renders some "
    "sections of a song"
)
_SAID_OUT_OF_MEMORY = (
    "allocate memory",
    "out of memory",
    "failed to map segment",
    "cannot create new thread",
    "can't start new thread",
    "memory exhausted",
)


def _is_out_of_memory(exc: BaseException) -> bool:
    """Return whether an error, or what led to it, is that of a system without memory.

    Libraries say that in words of their own, so words are searched too.
    """
    said = str(exc).lower()
    if isinstance(exc, MemoryError) or getattr(exc, "errno", None) == errno.ENOMEM:
        return True
    if not isinstance(exc, RitornelloError) and any(words in said for words in _SAID_OUT_OF_MEMORY):
        return True
    before = exc.__cause__ or exc.__context__
    return before is not None and _is_out_of_memory(before)


def _fail(message: str, code: int = BAD_INPUT) -> None:
    for line in clean_text(message).splitlines():
        typer.echo(f"error: {line}", err=True)
    sys.exit(code)
