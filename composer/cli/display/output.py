"""How every command speaks: to people, to programs as JSON, in a whisper or at length.

:func:`command` registers a function and gives it the options ``--json``, ``--quiet``, ``--verbose`` and
``--version``, so that no command lacks one, and all mean the same. What they come to is an :class:`Output`.
"""

from __future__ import annotations

import errno
import functools
import inspect
import os
import platform
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from structure.base.errors import RitornelloError
from structure.base.plain_text import clean_text

_Command = TypeVar("_Command", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Output:
    """Where the words of a command go.

    ``as_json`` puts one JSON document on standard output, and nothing else; ``is_quiet`` leaves out all but
    errors; ``is_verbose`` adds versions, times and, to an error, where it came from.
    """

    as_json: bool = False
    is_quiet: bool = False
    is_verbose: bool = False

    @property
    def talks(self) -> bool:
        """Return whether tables and sentences for people are wanted."""
        return not (self.as_json or self.is_quiet)

    def line(self, text: str) -> None:
        """Tell people something, on standard output."""
        if self.talks:
            typer.echo(text)

    def note(self, text: str) -> None:
        """Tell people something beside the result, on standard error; programs can leave it unread."""
        if not self.is_quiet:
            typer.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Tell those who asked for more, on standard error."""
        if self.is_verbose:
            typer.echo(clean_text(text), err=True)

    def document(self, value: object) -> None:
        """Print a document of plain data, where JSON is wanted."""
        if self.as_json:
            from structure.base.jsonfile import dumps

            typer.echo(dumps(value), nl=False)


def show_version(wanted: bool) -> None:
    """Print the version, and end."""
    if wanted:
        from structure.base.versions import own_version

        typer.echo(f"ritornello {own_version()}")
        raise typer.Exit


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, and no other words.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more: versions, times, where an error came from.")
]
VersionOption = Annotated[
    bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
]
_COMMON = {
    "as_json": JsonOption,
    "quiet": QuietOption,
    "verbose": VerboseOption,
    "version": VersionOption,
}


def command(group: typer.Typer, *, epilog: str | None = None) -> Callable[[_Command], _Command]:
    """Register a function as a command of its name, with the options that all commands have.

    Its parameter ``output`` is what they come to; it is no option itself.
    """

    def register(function: _Command) -> _Command:
        group.command(epilog=epilog)(speaking(function))
        return function

    return register


def speaking(function: Callable[..., None]) -> Callable[..., None]:
    """Give a function the common options in place of its parameter ``output``."""
    signature = inspect.signature(function, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "output"]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in _COMMON.items()
    ]

    @functools.wraps(function)
    def run(
        *,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        version: bool,  # noqa: ARG001  (typer gives it, and has shown it)
        **arguments: Any,
    ) -> None:
        output = Output(as_json, quiet, verbose)
        if "output" in signature.parameters:
            arguments["output"] = output
        begun = time.perf_counter()
        try:
            with _warnings_shown(not output.is_quiet):
                _call(function, arguments)
        except (RitornelloError, OSError) as exc:
            _tell_error(output, exc)
            raise
        finally:
            if verbose:
                from structure.base.versions import own_version

                # of libraries, those that were loaded
                names = ("torch", "diffusers", "transformers")
                loaded = [(name, sys.modules.get(name)) for name in names]
                versions = [f"ritornello {own_version()}", f"Python {platform.python_version()}"]
                versions += [f"{name} {getattr(it, '__version__', '?')}" for name, it in loaded if it]
                versions.append(platform.platform())
                output.detail(f"{', '.join(versions)}; {time.perf_counter() - begun:.2f} s")

    parameters = [*own, *common]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _call(function: Callable[..., None], arguments: Mapping[str, Any]) -> None:
    """Call a command; a link that leads to itself is an error of the system, as Python 3.13 has it."""
    try:
        function(**arguments)
    except RuntimeError as exc:
        if not str(exc).startswith("Symlink loop"):
            raise
        name = str(exc).rpartition(" from ")[2].strip("'")
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from exc


@contextmanager
def _warnings_shown(wanted: bool) -> Iterator[None]:
    """Hide the warnings of libraries for the time of a block, unless they are ``wanted``.

    They are meant for people who program with the libraries. The filters stay, so that a warning which
    counts as an error is one.
    """
    show = warnings.showwarning
    if not wanted:
        warnings.showwarning = lambda *_, **__: None
    try:
        yield
    finally:
        warnings.showwarning = show


def _tell_error(output: Output, error: RitornelloError | OSError) -> None:
    """Write an error as data where data is wanted, and its traceback where the output is verbose.

    The words for people and the exit code come at the end of the program.
    """
    if output.is_verbose:
        output.detail("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, RitornelloError):
        told = {
            "kind": type(error).__name__,
            "message": clean_text(error.message),
            "path": None if error.path is None else str(error.path),
            "line": error.line,
            "field": error.field,
            "hint": error.hint,
        }
    else:
        told = {
            "kind": type(error).__name__,
            "message": error.strerror or str(error),
            "path": None if error.filename is None else str(error.filename),
            "line": None,
            "field": "",
            "hint": "",
        }
    output.document({"error": told})
