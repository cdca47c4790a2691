"""Follow a song through the modules from its spec to its master, by watching one real render.

A *document* is the song at one of its stages: the spec, the plan with its visits and stems, what is asked
of a backend, a clip, the master, and what holds these. While ``ritornello render`` runs, each call of a
function of ours is looked at until the master's file is in its place:

- the song goes *through* a module if one of its functions returns a document, or calls a function of
  another module with one;
- a module is *asked* if its functions take a document and neither return nor pass one on.

Audio of one or two channels that is at least a second long counts as a document where the calling function
was itself given a document: so stitching, mixing and mastering are on the way, and the filters that they
use are not. Whoever holds the master's samples when its file is written is on the way too. Methods do not
count for the object that they belong to. Classes are known by name (``DOCUMENTS``), so that they may move.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import tomllib
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

DOCUMENTS = frozenset(
    [
        "Source",
        "SongSpec",
        "Brief",
        "SongPlan",
        "StemPlan",
        "Visit",
        "VisitPlace",
        "VisitMusic",
        "VisitSound",
        "ClipPlan",
        "ClipRequest",
        "WantedClip",
        "Approach",
        "Clip",
        "PlacedClip",
        "RenderResult",
        "Master",
        "Song",
    ]
)
"""Names of the classes; those that this checkout lacks do no harm."""

PACKAGES = ("composer", "render", "structure")
MASTER = "master.wav"
SECOND = 44_100

SMALL_SONG = """\
title: Small Song
genre: pop
tempo: 240
key: A minor
meter: 4/4
seed: 5
stems:
  - {name: kit, role: drums, prompt: acoustic drum kit}
  - {name: low, role: bass, prompt: electric bass}
sections:
  verse: {bars: 2, chords: Am | F, stems: [low]}
  chorus: {bars: 2, chords: C | G}
form: [verse, chorus]
export: {midi: false, musicxml: false, overview: false}
"""
"""Two sections of two bars, of which one has drums: some seconds to render."""


def follow_render(root: Path, spec: str = "") -> dict[str, dict[str, list[str]]]:
    """Render a song with the code of a checkout, in a process of its own.

    Returns for ``through`` and ``asked`` the modules' paths in the order in which the song comes by, each
    with the functions that it came to. ``spec`` is as for the command; a small song is rendered if it is
    "". Raises CalledProcessError where the render fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if not spec:
            spec = str(work / "small.yaml")
            Path(spec).write_text(SMALL_SONG, encoding="utf-8")
        elif Path(spec).exists():
            spec = str(Path(spec).resolve())
        found = work / "walk.json"
        command = [sys.executable, str(Path(__file__).resolve()), str(root), spec, str(found)]
        environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "RITORNELLO_CACHE": str(work / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        subprocess.run(command, check=True, cwd=work, env=environment)
        walk: dict[str, dict[str, list[str]]] = json.loads(found.read_text(encoding="utf-8"))
        return walk


class Walk:
    """Watches the calls of a render until the master is written, then writes what it saw to ``found``."""

    def __init__(self, root: Path, found: Path) -> None:
        self._root = f"{root}{os.sep}"
        self._found = found
        self._paths: dict[CodeType, str | None] = {}
        self._held: dict[str, dict[str, None]] = {}
        self._through: set[str] = set()

    def start(self) -> None:
        """Watch this thread and those that it starts."""
        sys.addaudithook(self._audit)
        threading.setprofile(self._watch)
        sys.setprofile(self._watch)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and Path(os.fsdecode(arguments[1])).name == MASTER:
            self._end(sys._getframe())

    def _end(self, frame: FrameType | None) -> None:
        sys.setprofile(None)
        while frame is not None:
            path = self._path(frame)
            if path and any(map(is_audio, _arguments(frame).values())):
                self._note(path, frame)
                self._through.add(path)
            frame = frame.f_back
        walk = {
            "through": {path: list(names) for path, names in self._held.items() if path in self._through},
            "asked": {path: list(names) for path, names in self._held.items() if path not in self._through},
        }
        self._found.write_text(json.dumps(walk), encoding="utf-8")
        os._exit(0)

    def _watch(self, frame: FrameType, event: str, value: object) -> None:
        if event not in ("call", "return") or not self._path(frame) or _is_nameless(frame):
            return
        path = self._path(frame)
        caller = self._caller(frame)
        documented = caller is not None and any(map(holds_document, _arguments(caller).values()))

        def counts(item: object) -> bool:
            return holds_document(item) or (documented and is_audio(item))

        assert path is not None
        if event == "return":
            if counts(value):
                self._note(path, frame)
                self._through.add(path)
        elif any(map(counts, _arguments(frame).values())):
            self._note(path, frame)
            if caller is not None and (passed_by := self._path(caller)) != path:
                assert passed_by is not None
                self._note(passed_by, caller)
                self._through.add(passed_by)

    def _note(self, path: str, frame: FrameType) -> None:
        self._held.setdefault(path, {}).setdefault(frame.f_code.co_qualname.replace(".<locals>", ""))

    def _path(self, frame: FrameType) -> str | None:
        code = frame.f_code
        if code not in self._paths:
            name = code.co_filename.removeprefix(self._root).replace(os.sep, "/")
            self._paths[code] = name if name.partition("/")[0] in PACKAGES else None
        return self._paths[code]

    def _caller(self, frame: FrameType) -> FrameType | None:
        """The nearest function of ours below, if it is one that has a name."""
        below = frame.f_back
        while below is not None and (not self._path(below) or _is_nameless(below)):
            below = below.f_back
        return below


def _is_nameless(frame: FrameType) -> bool:
    """Return True for comprehensions, lambdas and the bodies of modules."""
    return frame.f_code.co_name.startswith("<")


def _arguments(frame: FrameType) -> dict[str, object]:
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    values = frame.f_locals
    return {name: values[name] for name in names if name not in ("self", "cls") and name in values}


def holds_document(value: object) -> bool:
    """Return True for a document, and for a collection whose first item is one."""
    return type(_first(value)).__name__ in DOCUMENTS


def is_audio(value: object) -> bool:
    """Return True for an array of one or two channels and a second or more, and for collections of them."""
    item = _first(value)
    shape: tuple[int, ...] = getattr(item, "shape", ())
    if type(item).__name__ != "ndarray" or len(shape) != 2:
        return False
    channels, samples = shape
    return channels in (1, 2) and samples >= SECOND


def _first(value: object) -> object:
    for _ in range(3):
        if isinstance(value, dict) and value:
            value = next(iter(value.values()))
        elif isinstance(value, list | tuple) and value:
            value = value[0]
        else:
            break
    return value


def main() -> None:
    """Run the command line of the checkout ``argv[1]`` on ``argv[2]``; see :func:`follow_render`."""
    root, spec, found = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    sys.path[0] = str(root)
    scripts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts["ritornello"].partition(":")
    command = getattr(import_module(module), name)
    sys.argv = ["ritornello", "render", spec, "--out", str(found.parent / "out"), "--no-cache", "--quiet"]
    Walk(root, found).start()
    command()
    raise SystemExit(f"the render ended and wrote no {MASTER}")


if __name__ == "__main__":
    main()
