"""Errors that a user can mend, as a tree of classes with fields.

::

    RitornelloError
    ├── SpecError              a song spec is wrong, in one place or several
    ├── PlanError              the spec is well formed, but no song can be planned from it
    │   ├── PlannerError       the language model gave no plan
    │   └── WishError          something was not understood, or cannot be met, and must be
    ├── EditError              a spec cannot be edited so, or was changed by others meanwhile
    ├── PlanFileError          a plan.json is missing, damaged or contradicts itself
    ├── FolderError            a folder or file cannot be read from or written to
    │   └── ExistsError        what stands there is replaced only when that is asked for
    ├── MusicFileError         a file of notes, chords or words is missing, damaged or holds none
    ├── AudioFileError         an audio file is missing, damaged, too short or silent
    ├── BackendError           a diffusion backend cannot do what is asked
    │   ├── WeightsError       weights are damaged, refused or of the wrong kind
    │   │   └── MissingWeightsError
    │   └── DeviceError        the device is not there or cannot do it
    │       └── NoRoomError    the model has no room on it
    ├── MissingPackageError    an optional package is not installed
    ├── LockError              a song.lock or a manifest is damaged, or its song cannot be made again
    ├── NetworkError           something was to be downloaded, and could not be
    ├── CheckError             a song or an export fails its own checks
    └── UsageError             an argument or option has a value, or company, that is not allowed

The command line prints ``str(error)`` and exits with code 2, or 3 after a CheckError. Anything else that
escapes is a bug. Errors can be pickled, as they cross the borders of processes.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


class RitornelloError(Exception):
    """Be the root of every error that is the input's fault and not ours; it is never raised itself.

    ``message`` says what is wrong and reads on its own. ``path`` is the file or folder that it is about,
    ``line`` counts from 1, ``field`` is the option, argument or dotted field, ``hint`` says what to do.
    All but the message may be None or empty. ``str(error)`` is the message and the hint.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        field: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path: Path | None = None if path is None else Path(path)
        self.line = line
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)

    def with_context(self, words: str, *, path: str | Path | None = None, field: str = "") -> Self:
        """Copy the error with ``words`` before its message, and the path and field that it lacks."""
        copied = copy.copy(self)
        copied.message = f"{words}{self.message}"
        copied.args = (copied.message,)
        copied.path = Path(path) if self.path is None and path is not None else self.path
        copied.field = self.field or field
        return copied


def _restore(cls: type[RitornelloError], args: tuple[Any, ...], fields: dict[str, Any]) -> RitornelloError:
    """Make an error from its parts, whatever its class takes to be made."""
    error = cls.__new__(cls, *args)
    error.__dict__.update(fields)
    return error


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a song spec.

    ``field`` is a dotted path such as ``sections.chorus.bars``; ``line`` counts from 1, or is None
    where the fault belongs to no line. ``hint`` says what is allowed or what was probably meant.
    """

    message: str
    field: str = ""
    line: int | None = None
    hint: str = ""

    def render(self, source: str) -> str:
        """Return ``file:line: field: message (hint)`` in one line, without the parts that are unknown."""
        where = f"{source}:{self.line}" if self.line is not None else source
        parts = [f"{where}:"] if where else []
        parts += [f"{self.field}:"] if self.field else []
        hint = f" ({self.hint})" if self.hint else ""
        text = " ".join([*parts, f"{self.message}{hint}"])
        return " ".join(text.splitlines())  # values may hold line breaks


class SpecError(RitornelloError):
    """A song spec is wrong.

    ``faults`` are all that were found, and ``message`` is all of them, each in a line. ``line``, ``field``
    and ``hint`` are those of the first. ``source`` is a file or a name such as ``<text>``; ``path`` is None
    where it is no file.
    """

    def __init__(self, faults: Iterable[Fault], source: str = "<spec>") -> None:
        self.faults = tuple(faults)
        self.source = source
        first = self.faults[0] if self.faults else Fault("")
        super().__init__(
            "\n".join(fault.render(source) for fault in self.faults),
            path=source if source and not source.startswith("<") else None,
            line=first.line,
            field=first.field,
            hint=first.hint,
        )

    def __str__(self) -> str:
        return self.message


class PlanError(RitornelloError):
    """The spec is well formed, but no song can be planned from it."""


class PlannerError(PlanError):
    """The language model gave no plan. The message says why; rules can plan the song instead."""


class WishError(PlanError):
    """Something that is asked for was not understood, or the song cannot do it, and the caller was strict.

    ``faults`` are sentences, one for each wish.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults), field="description")


class EditError(RitornelloError):
    """An edit of a spec cannot be made, taken back or made again. The spec is as it was.

    There is no such field, all else could not be kept, or others have changed the file meanwhile.
    """


class PlanFileError(RitornelloError):
    """A ``plan.json`` is missing, damaged, of a later version, or contradicts itself."""


class FolderError(RitornelloError):
    """A folder or a file in it cannot be read from or written to.

    A song's folder is missing, is not empty and not ours, or holds a file of the user's own where one of
    the song's would go. Nothing has been written then.
    """


class ExistsError(FolderError):
    """A song, an export or a file stands there, and is replaced only when that is asked for."""


class MusicFileError(RitornelloError):
    """A file of notes, chords or words is missing, too large, damaged, or holds nothing to take."""


class AudioFileError(RitornelloError):
    """An audio file is missing, cannot be decoded, is too short, is silent, or does not fit the song.

    The spectrogram images that stand for audio count too.
    """


class BackendError(RitornelloError):
    """A diffusion backend is not known, or cannot do what is asked of it."""


class WeightsError(BackendError):
    """A model's weights are damaged, refused, or of the wrong kind."""


class MissingWeightsError(WeightsError):
    """A model's weights are not on this machine."""


class DeviceError(BackendError):
    """The device is not there, or cannot compute in the way that is asked for."""


class NoRoomError(DeviceError):
    """A model has no room on the device."""


class MissingPackageError(RitornelloError):
    """A package of one of the extras is not installed.

    ``package`` is its name and ``extra`` the extra that brings it. ``purpose`` says what needs it, and
    ``otherwise`` what can be done without.
    """

    def __init__(self, purpose: str, package: str, extra: str, otherwise: str = "") -> None:
        hint = f"pip install 'ritornello[{extra}]'" + (f", or {otherwise}" if otherwise else "")
        super().__init__(f"{purpose} needs {package}", hint=hint)
        self.package = package
        self.extra = extra


class EngineError(RitornelloError):
    """Machines that make clips cannot be reached or do not fit, or a clip was lost on them for good."""


class LockError(RitornelloError):
    """A ``song.lock`` or a manifest is missing or damaged, or the locked song cannot be made again."""


class NetworkError(RitornelloError):
    """Something was to be downloaded, and could not be."""


class CheckError(RitornelloError):
    """A song or an export fails its own checks."""


class UsageError(RitornelloError):
    """An argument or option has a value that is not allowed, or does not go with another one.

    ``field`` names it: ``--cache`` on the command line, ``cache`` in Python.
    """


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return a hint that names the closest allowed word, or all of them where none is close.

    A word that is a part of one allowed word alone means that: ``midi`` is ``ableton-midi``.
    """
    choices, word = list(allowed), str(word)
    whole = [choice for choice in choices if word.lower() in re.split(r"[-_ ]", choice)]
    close = whole if len(whole) == 1 else difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "allowed: " + ", ".join(choices)
