"""What went wrong, as the page shows it: with its file, line, column, field and hint."""

from __future__ import annotations

from pathlib import Path

from composer.studio.messages.models import Fault, Refusal, State
from structure.base.errors import RitornelloError, SpecError
from structure.loading.yaml_reader import read_yaml, write_path


class StaleError(RitornelloError):
    """A change was asked for by a page that shows an older state; ``state`` is the newest one."""

    def __init__(self, state: State) -> None:
        super().__init__(
            "the song was changed meanwhile, in another tab or by another program",
            field="revision",
            hint="look at it as it is now, and make your change again",
        )
        self.state = state


class NotFoundError(RitornelloError):
    """There is nothing of this name."""


def status_of(error: RitornelloError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(error, StaleError):
        return 409
    if isinstance(error, NotFoundError):
        return 404
    return 422


def refusal_of(error: RitornelloError, root: Path, text: str | None = None) -> Refusal:
    """Return an error as the answer to a request. ``text`` is the YAML that its lines belong to."""
    faults = faults_of(error, root, text)
    state = error.state if isinstance(error, StaleError) else None
    return Refusal(**faults[0].model_dump(), faults=faults, state=state)


def faults_of(error: RitornelloError, root: Path, text: str | None = None) -> list[Fault]:
    """Return all faults that an error has, at least one."""
    file = None
    if error.path is not None:  # seen from the studio's folder; the name alone of what lies elsewhere
        is_inside = error.path.is_relative_to(root)
        file = error.path.relative_to(root).as_posix() if is_inside else error.path.name

    if isinstance(error, SpecError) and error.faults:
        return [
            Fault(
                message=fault.message,
                file=file,
                line=fault.line,
                column=column_of(text, fault.line, fault.field),
                field=fault.field,
                hint=fault.hint,
            )
            for fault in error.faults
        ]

    line = error.line or line_of(text, error.field)
    return [
        Fault(
            message=error.message.replace(f"{root}/", ""),
            file=file,
            line=line,
            column=column_of(text, line, error.field),
            field=error.field,
            hint=error.hint.replace(f"{root}/", ""),
        )
    ]


def column_of(text: str | None, line: int | None, field: str) -> int | None:
    """Return where a field stands in its line, counted from 1: its name, or the first sign of the line."""
    if text is None or line is None:
        return None
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return None
    written = lines[line - 1]
    name = field.rpartition(".")[2].partition("[")[0]
    at = written.find(f"{name}:") if name else -1
    return 1 + (at if at >= 0 else len(written) - len(written.lstrip()))


def line_of(text: str | None, field: str) -> int | None:
    """Return the line of a dotted field in a YAML text, or of what is closest around it."""
    if text is None or not field:
        return None
    try:
        document = read_yaml(text, "")
    except SpecError:
        return None
    lines = {write_path(path): line for path, line in document.lines.items()}
    while field and field not in lines:
        field = field.rpartition(".")[0]
    return lines.get(field) if field else None
