"""A place that machines share gives back what one of them wrote, and never breaks or delays a render."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import render.clips.caching.shared
from render.backends.request import Clip
from render.clips.caching.cache import ClipCache
from render.clips.caching.entry import decode_clip, encode_clip
from render.clips.caching.kinds import MachineKind, own_kind
from render.clips.caching.shared import SharedClips, is_url
from render.clips.make import make_clips
from render.clips.wanted import ClipPlan
from structure.base.errors import MissingPackageError, UsageError
from tests.render.support import plan_of
from tests.tones import RingingBackend

KEY = "a" * 64


def clip(value: float = 0.5, channels: int = 1) -> Clip:
    return Clip(np.full((channels, 10_000), value, np.float32), 44_100, 4410)


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/shared place" if request.param == "file" else f"memory://{tmp_path.name}"


def test_what_one_machine_makes_another_finds(url: str, tmp_path: Path) -> None:
    audio = np.random.default_rng(0).standard_normal((2, 777)).astype(np.float32)
    one = ClipCache(tmp_path / "one", shared=SharedClips(url))
    assert one.get(KEY) is None
    one.put(KEY, Clip(audio, 48_000, 123, notes=("stretched",)))
    assert one.shared is not None
    assert one.shared.finish()
    for folder in (tmp_path / "two", None):
        other = ClipCache(folder, shared=SharedClips(url))
        back = other.get(KEY)
        assert back is not None
        assert np.array_equal(back.audio, audio)
        assert (back.sample_rate, back.downbeat_sample, back.notes) == (48_000, 123, ("stretched",))
        assert other.has(KEY)  # and keeps it
        assert (other.hits, other.misses, other.failure) == (1, 0, None)


def test_machines_of_several_kinds_leave_their_clips_apart(url: str) -> None:
    shared = SharedClips(url)
    cache = ClipCache(shared=shared)
    cache.put(KEY, clip(0.1))
    cache.put(KEY, clip(0.2), kind="0123abcd")
    shared.finish()
    for kind, value in (("", 0.1), (own_kind().code, 0.1), ("0123abcd", 0.2)):
        back = ClipCache(shared=SharedClips(url)).get(KEY, kind=kind)
        assert back is not None
        assert back.audio[0, 0] == np.float32(value)
    assert ClipCache(shared=SharedClips(url)).get(KEY, kind="ffffffff") is None


def test_a_kind_says_how_another_differs() -> None:
    one = MachineKind("Linux x86_64 AVX2", (("numpy", "2.0"), ("torch", "2.6")))
    other = MachineKind("Linux x86_64 AVX512", (("numpy", "2.0"), ("scipy", "1.14")))
    said = one.differences(other)
    assert (
        said
        == "Linux x86_64 AVX512, not Linux x86_64 AVX2; scipy 1.14, not missing; torch missing, not 2.6"
    )
    assert one.differences(one) == ""
    assert one.code != other.code


@given(data=st.data())
def test_whatever_is_cut_or_changed_on_its_way_is_no_clip(data: st.DataObject) -> None:
    entry = bytearray(encode_clip(KEY, clip()))
    place = data.draw(st.integers(0, len(entry) - 1))
    if data.draw(st.booleans()):
        damaged = bytes(entry[:place])
    else:
        entry[place] ^= data.draw(st.integers(1, 255))
        damaged = bytes(entry)
    assert decode_clip(damaged, KEY) is None
    assert decode_clip(encode_clip(KEY, clip()), "b" * 64) is None


@dataclass
class Faults:
    """A file system in memory that does wrong: ``acts`` are what it does at each call, in turn."""

    acts: list[Any] = field(default_factory=list)
    calls: int = 0
    entries: dict[str, bytes] = field(default_factory=dict)

    def _act(self) -> Any:
        self.calls += 1
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0] if self.acts else None
        if isinstance(act, BaseException):
            raise act
        if isinstance(act, float):
            time.sleep(act)
        if isinstance(act, threading.Event):
            act.wait()
        return act

    def cat_file(self, path: str) -> bytes:
        act = self._act()
        if path not in self.entries:
            raise FileNotFoundError(path)
        return self.entries[path][:act] if isinstance(act, int) else self.entries[path]

    def pipe_file(self, path: str, data: bytes) -> None:
        self._act()
        self.entries[path] = data


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    made = Faults()
    monkeypatch.setattr(render.clips.caching.shared, "_open", lambda url, shown: (made, "root", "memory"))
    monkeypatch.setattr(render.clips.caching.shared, "READ_LIMIT_S", 0.4)
    return made


def test_a_clip_that_was_cut_on_its_way_is_fetched_again(faults: Faults) -> None:
    cache = ClipCache(shared=SharedClips("s3://bucket"))
    cache.put(KEY, clip())
    assert cache.shared is not None
    cache.shared.finish()
    faults.acts = [100, None]
    again = ClipCache(shared=SharedClips("s3://bucket"))
    assert again.get(KEY) is not None
    assert (again.damaged, faults.calls) == (0, 3)
    faults.acts, faults.calls = [100], 0
    broken = ClipCache(shared=SharedClips("s3://bucket"))
    assert broken.get(KEY) is None
    assert (broken.damaged, faults.calls, len(faults.entries)) == (1, 2, 1)


@pytest.mark.parametrize("act", [OSError("500 Internal Server Error"), PermissionError("denied"), 1.0, 0.3])
def test_a_place_that_fails_or_is_slow_is_left_alone(faults: Faults, act: Any) -> None:
    faults.acts = [act]
    cache = ClipCache(shared=SharedClips("s3://bucket/clips"))
    for number in range(50):
        assert cache.get(f"{number:064x}") is None
    assert faults.calls == 3
    assert cache.failure is not None
    assert cache.failure.startswith("s3://bucket/clips ")


def test_a_song_is_whole_without_the_place_and_says_what_is_wrong(faults: Faults) -> None:
    faults.acts = [OSError("503 Slow Down")]
    plan = plan_of((("verse", 2, 0.0), ("chorus", 2, 0.0)))
    made = make_clips(ClipPlan.of(plan, RingingBackend()), ClipCache(shared=SharedClips("s3://bucket")))
    plain = make_clips(ClipPlan.of(plan, RingingBackend()), ClipCache())
    assert {key: c.audio.tobytes() for key, c in made.clips.items()} == {
        key: c.audio.tobytes() for key, c in plain.clips.items()
    }
    (warning,) = made.warnings
    assert "s3://bucket could not be read: 503 Slow Down" in warning


def test_a_slow_writer_holds_up_nobody_and_keeps_no_memory(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_are_made = threading.Event()
    faults.acts = [all_are_made]  # no clip is written before the last one is made
    monkeypatch.setattr(render.clips.caching.shared, "MOST_WAITING_BYTES", 200_000)
    monkeypatch.setattr(render.clips.caching.shared, "READ_LIMIT_S", 600.0)
    shared = SharedClips("s3://bucket")
    cache = ClipCache(limit_bytes=0, shared=shared)
    for number in range(40):
        cache.put(f"{number:064x}", clip())
    all_are_made.set()
    assert shared.finish()
    assert 4 <= len(faults.entries) < 40
    assert cache.failure == "s3://bucket is slower than clips are made: not all were written"


def test_many_writers_and_readers_of_one_clip_never_see_half_of_it(tmp_path: Path) -> None:
    url, stop, bad = f"file://{tmp_path}/clips", threading.Event(), []
    shared = [SharedClips(url) for _ in range(4)]

    def read() -> None:
        while not stop.is_set():
            found = SharedClips(url).read("clips/x.clip")
            if found is not None and decode_clip(found, KEY) is None:
                bad.append(len(found))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        for one in shared:
            one.write("clips/x.clip", encode_clip(KEY, clip()))
    assert all(one.finish() for one in shared)
    stop.set()
    for reader in readers:
        reader.join()
    assert not bad
    assert [path.name for path in (tmp_path / "clips/clips").iterdir()] == ["x.clip"]


def test_a_url_is_told_from_a_path() -> None:
    assert all(map(is_url, ("s3://b/c", "file:///srv/clips", "GS://b", "hdfs+x://host:1/p")))
    assert not any(map(is_url, ("clips", "/srv/clips", "C:\\clips", "./a:b", "://x", "s3:/b")))


def test_what_cannot_be_opened_is_said_in_words() -> None:
    with pytest.raises(UsageError, match=r"--cache nosuch://x: .*nosuch.*; it may be a folder, or a URL"):
        SharedClips("nosuch://x")
    if not any(name == "gcsfs" for name in fsspec.available_protocols()):
        with pytest.raises(UsageError, match="gcsfs"):
            SharedClips("gs://bucket/clips")


def test_a_password_in_a_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render.clips.caching.shared, "_open", lambda url, shown: (Faults(), "", "memory"))
    assert SharedClips("sftp://me:secret@host/clips").place == "sftp://me:***@host/clips"
    assert SharedClips("s3://bucket/a@b:c").place == "s3://bucket/a@b:c"


def test_without_fsspec_one_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(MissingPackageError, match=r"ritornello\[ray\]"):
        SharedClips("file:///tmp/x")


class FaultyServer:
    """An S3 server on loopback that does wrong as often as it is told: ``acts`` are what it does to the
    requests for objects, one after the other: an HTTP status, ``slow``, ``cut`` (the connection ends in the
    middle of a body) or ``short`` (a body that is whole in the eyes of HTTP)."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self.acts: list[Any] = []
        self.requests = 0
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()

    def _answer(self, environ: dict[str, Any], start: Any) -> Any:
        is_object = ".clip" in environ["PATH_INFO"]
        self.requests += is_object
        act = self.acts.pop(0) if is_object and self.acts else None
        if isinstance(act, int):
            start(f"{act} Fault", [("Content-Length", "0")])
            return [b""]
        if act == "slow":
            time.sleep(3.0)
        if act not in ("cut", "short") or environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start)
        kept: list[Any] = []
        body = b"".join(self._app(environ, lambda status, headers, *_: kept.extend((status, headers))))
        half = body[: len(body) // 2]
        headers = [(name, value) for name, value in kept[1] if name.lower() != "content-length"]
        start(kept[0], [*headers, ("Content-Length", str(len(body if act == "cut" else half)))])
        return [half]


@pytest.fixture(scope="module")
def s3() -> Iterator[FaultyServer]:
    for module in ("moto.server", "s3fs"):
        try:
            __import__(module)
        except ImportError:
            what = f"{module} is missing: pip install 'ritornello[ray]' 'moto[server]'"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)
    server = FaultyServer()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("songs")
        yield server
    server.close()


@pytest.mark.slow
def test_an_s3_bucket_is_shared_whatever_its_server_does(s3: FaultyServer) -> None:
    cache = ClipCache(shared=SharedClips("s3://songs/clips"))
    assert cache.get(KEY) is None
    s3.acts = [500, 503]
    cache.put(KEY, clip(0.25))
    assert cache.shared is not None
    assert cache.shared.finish()
    assert cache.failure is None  # the library asked again
    for acts in ([], [500], [503, 500], ["cut"], ["short"], ["slow"], [None, "cut"], [None, "short"]):
        s3.acts = list(acts)
        other = ClipCache(shared=SharedClips("s3://songs/clips"))
        back = other.get(KEY)
        s3.acts = []
        if back is None:
            assert other.failure is not None, acts
            assert other.damaged or "could not be read" in other.failure, acts
        else:
            assert np.array_equal(back.audio, clip(0.25).audio), acts


@pytest.mark.slow
def test_a_song_is_whole_where_the_bucket_is_missing_or_the_server_broken(
    s3: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render.clips.caching.shared, "READ_LIMIT_S", 1.0)
    plan = plan_of((("verse", 2, 0.0), ("chorus", 2, 0.0)))
    plain = make_clips(ClipPlan.of(plan, RingingBackend()), ClipCache())
    for url, acts, said in (
        ("s3://nobody-has-this/clips", [], "could not be written"),
        ("s3://songs/broken", [500] * 1000, "could not be read"),
    ):
        s3.acts = list(acts)
        cache = ClipCache(shared=SharedClips(url))
        made = make_clips(ClipPlan.of(plan, RingingBackend()), cache)
        assert {k: c.audio.tobytes() for k, c in made.clips.items()} == {
            k: c.audio.tobytes() for k, c in plain.clips.items()
        }
        assert cache.shared is not None
        cache.shared.finish()
        s3.acts = []
        assert cache.failure is not None
        assert said in cache.failure
