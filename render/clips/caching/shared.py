"""Clips in a place that many machines share: a folder of a file server, or a bucket, by its URL.

What is there has a name that says its content, so that all writers write the same. It appears whole or not
at all: object stores put an object at once, and elsewhere a file is written under a name of its own and
renamed. Nothing that goes wrong there breaks a render, or holds it up for long: a place that fails, or is
slower than making clips, is left alone for a while. What is written is written meanwhile.
"""

from __future__ import annotations

import atexit
import importlib
import posixpath
import queue
import re
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from structure.base.errors import MissingPackageError, UsageError
from structure.base.files import write_atomically

READ_LIMIT_S = 10.0
"""A clip that takes longer to fetch is made sooner."""

WRITE_LIMIT_S = 60.0
END_LIMIT_S = 30.0
"""How long the end of the process waits for what is still to be written."""

MOST_WAITING_BYTES = 256 * 1024**2
"""What is to be written beyond this is left out: others make it again."""

_MOST_FAULTS = 3
_REST_S = 60.0
_WRITERS = 4
_URL = re.compile(r"[a-z][a-z0-9+.-]+://.+", re.IGNORECASE)
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"})
"""Protocols whose writes appear at once; a rename there is a copy."""

_T = TypeVar("_T")


def is_url(text: str) -> bool:
    """Return whether a name is a URL, such as ``s3://bucket/clips``, and no path."""
    return _URL.fullmatch(text) is not None


class SharedClips:
    """Bytes by name in a place with a URL. Methods may be called from several threads.

    ``failure`` says in words what went wrong last; None where nothing did. Raises UsageError for a URL that
    nothing is known of, MissingPackageError where what reads its kind is not installed.
    """

    def __init__(self, url: str) -> None:
        self.place = re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:***@", url)  # a password is not shown
        self.failure: str | None = None
        self._files, self._root, self._protocol = _open(url, self.place)
        self._lock = threading.Lock()
        self._faults = 0
        self._rests = 0
        self._rests_until = 0.0
        self._waiting: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._is_idle = threading.Condition(self._lock)
        self._writers: list[threading.Thread] = []

    def read(self, name: str) -> bytes | None:
        """Return what has a name; None where there is nothing, and where the place does not answer."""
        path = self._path(name)

        def fetch() -> bytes | None:
            try:
                return bytes(self._files.cat_file(path))
            except FileNotFoundError:
                return None

        return self._try("read", fetch, READ_LIMIT_S)

    def write(self, name: str, data: bytes) -> None:
        """Write something under a name, soon, in the background. It may be left out."""
        with self._lock:
            if self._is_resting():
                return
            if self._waiting_bytes + len(data) > MOST_WAITING_BYTES:
                self.failure = "is slower than clips are made: not all were written"
                return
            self._waiting_bytes += len(data)
            if len(self._writers) < _WRITERS:
                if not self._writers:
                    atexit.register(self.finish)
                writer = threading.Thread(target=self._write_on, name="shared-clips", daemon=True)
                self._writers.append(writer)
                writer.start()
        self._waiting.put((name, data))

    def finish(self, limit_s: float = END_LIMIT_S) -> bool:
        """Wait until all is written, no longer than ``limit_s``; false where something is not."""
        with self._is_idle:
            return self._is_idle.wait_for(lambda: self._waiting_bytes == 0, limit_s)

    def _write_on(self) -> None:
        while True:
            name, data = self._waiting.get()
            with self._lock:
                rests = self._is_resting()
            if not rests:
                self._try("written", partial(self._put, name, data), WRITE_LIMIT_S)
            with self._is_idle:
                self._waiting_bytes -= len(data)
                self._is_idle.notify_all()

    def _put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        if self._protocol in _OBJECT_STORES:
            self._files.pipe_file(path, data)
            return
        self._files.makedirs(posixpath.dirname(path), exist_ok=True)
        if self._protocol == "file":
            write_atomically(Path(path), data)
            return
        part = f"{path}.{secrets.token_hex(8)}.part"
        try:
            self._files.pipe_file(part, data)
            self._files.mv(part, path)
        except BaseException:
            if self._files.exists(part):
                self._files.rm(part)
            raise

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name)

    def _is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _try(self, done: str, act: Callable[[], _T], limit_s: float) -> _T | None:
        """Do something at the shared place, and count what goes wrong.

        After some faults in a row the place rests, longer each time. An answer that comes late counts as a
        fault, but is returned. Returns None where the action failed, or was not tried.
        """
        with self._lock:
            if self._is_resting():
                return None
        begun = time.monotonic()
        fault, made = "", None
        try:
            made = _within(limit_s, act)
        except Exception as exc:  # noqa: BLE001  (whatever a protocol's library raises)
            fault = f"could not be {done}: {_describe_error(exc)}"
        if not fault and time.monotonic() - begun > READ_LIMIT_S / 2:
            fault = "is slow"
        with self._lock:
            self._faults = self._faults + 1 if fault else 0
            if not fault:
                self._rests = 0
                return made
            self.failure = fault
            if self._faults >= _MOST_FAULTS:
                self._rests_until = time.monotonic() + _REST_S * 2 ** min(self._rests, 4)
                self._rests, self._faults = self._rests + 1, 0
        return made


def _within(limit_s: float, act: Callable[[], _T]) -> _T:
    """Return what an action returns, or raise what it raises.

    Raises TimeoutError where it takes longer than ``limit_s`` seconds. It then goes on in its thread,
    which keeps no process from ending.
    """
    came: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            came.put((act(), None))
        except BaseException as exc:  # noqa: BLE001  (it is raised where it is waited for)
            came.put((None, exc))

    threading.Thread(target=run, name="shared-clip", daemon=True).start()
    try:
        made, failure = came.get(timeout=limit_s)
    except queue.Empty:
        raise TimeoutError(f"no answer within {limit_s:g} s") from None
    if failure is not None:
        raise failure
    return made  # type: ignore[return-value]


def _open(url: str, shown: str) -> tuple[Any, str, str]:
    """Return the file system of a URL, the path in it, and its protocol."""
    try:
        core = importlib.import_module("fsspec.core")
    except ImportError as exc:
        raise MissingPackageError("a cache that machines share", "fsspec", "ray") from exc
    protocol = urlsplit(url).scheme.lower()
    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if protocol in ("s3", "s3a"):
        options["config_kwargs"] = {"connect_timeout": 3, "read_timeout": READ_LIMIT_S}
    if protocol in ("file", "local"):
        options = {}
    try:
        files, root = core.url_to_fs(url, **options)
    except ImportError as exc:
        extra = protocol in ("s3", "s3a")
        if extra:
            raise MissingPackageError(f"the cache {shown}", "s3fs", "ray") from exc
        raise UsageError(f"--cache {shown}: {exc}", field="--cache") from exc
    except Exception as exc:  # whatever a protocol's library raises
        hint = (
            "it may be a folder, or a URL such as file:///srv/clips, s3://bucket/clips, gs://bucket/clips"
        )
        raise UsageError(f"--cache {shown}: {_describe_error(exc)}", field="--cache", hint=hint) from exc
    return files, root.rstrip("/"), "file" if protocol == "local" else protocol


def _describe_error(exc: BaseException) -> str:
    """Return what an error says in one short line."""
    words = " ".join(str(exc).split()) or type(exc).__name__
    return words if len(words) <= 200 else words[:199] + "…"
