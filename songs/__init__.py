"""Songs that come with Ritornello: specs in YAML, each of which shows some feature."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

from structure.base.errors import Fault, SpecError, did_you_mean

_SUFFIX = ".yaml"


def song_names() -> tuple[str, ...]:
    """Names of the bundled songs, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob(f"*{_SUFFIX}")))


def find_song(text: str) -> str | None:
    """Return the name of the bundled song whose name or title this is; None where there is none.

    Capitals and blanks do not matter.
    """
    wanted = " ".join(text.casefold().split())
    return wanted if wanted in song_names() else _names_by_title().get(wanted)


def song_path(name: str) -> Path:
    """Return the spec file of a bundled song. Raises SpecError where there is none of that name."""
    names = song_names()
    if name not in names:
        raise SpecError([Fault(f"no bundled song is called {name!r}", hint=did_you_mean(name, names))], "")
    return _folder() / f"{name}{_SUFFIX}"


def song_summary(name: str) -> str:
    """Return what a bundled song shows: the comment at the top of its file, on one line.

    Raises SpecError where there is no song of that name.
    """
    lines: list[str] = []
    for line in song_path(name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if "yaml-language-server" not in line:
            lines.append(line.lstrip("# ").strip())
    return " ".join(lines)


@cache
def _names_by_title() -> dict[str, str]:
    titles = {}
    for name in song_names():
        match = re.search(r"^title:[ \t]*(.+?)[ \t]*$", song_path(name).read_text(encoding="utf-8"), re.M)
        if match is not None:
            titles[match[1].strip("\"'").casefold()] = name
    return titles


def _folder() -> Path:
    return Path(str(resources.files(__name__)))
