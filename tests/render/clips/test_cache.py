"""The cache gives back what it was given, stays under its bound, and never breaks a render."""

import errno
import os
from pathlib import Path

import numpy as np
import platformdirs
import platformdirs.windows
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from render.backends.request import Clip
from render.clips.cache import ClipCache, default_cache_dir, parse_size
from structure.base.errors import RitornelloError
from structure.base.files import replacing

CLIP_BYTES = 40_000


def clip(value: float = 0.5) -> Clip:
    return Clip(np.full((1, 10_000), value, np.float32), 44_100, 4410)


def caches(tmp_path: Path, limit: int | None = None) -> list[ClipCache]:
    return [ClipCache(None, limit), ClipCache(tmp_path / "cache", limit)]


def test_a_clip_comes_back_bit_by_bit(tmp_path: Path) -> None:
    audio = np.random.default_rng(0).standard_normal((2, 777)).astype(np.float32)
    for cache in caches(tmp_path):
        assert cache.get("a") is None
        assert not cache.has("a")
        cache.put("a", Clip(audio, 48_000, 123))
        back = cache.get("a")
        assert back is not None
        assert cache.has("a")
        assert (back.sample_rate, back.downbeat_sample) == (48_000, 123)
        assert back.audio.dtype == np.float32
        assert np.array_equal(back.audio, audio)
        assert (cache.hits, cache.misses) == (1, 1)


def test_another_process_finds_what_one_has_kept(tmp_path: Path) -> None:
    ClipCache(tmp_path).put("a", clip(0.25))
    back = ClipCache(tmp_path).get("a")
    assert back is not None
    assert np.array_equal(back.audio, clip(0.25).audio)


@pytest.mark.parametrize("damage", ["shorten", "lengthen", "overwrite", "empty"])
def test_a_damaged_file_counts_as_missing_and_goes(tmp_path: Path, damage: str) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a", clip())
    (path,) = tmp_path.rglob("a.*")
    content = bytearray(path.read_bytes())
    longer = bytes(content) + b"0"
    content[20_000] ^= 255
    damaged = {"shorten": content[:-100], "lengthen": longer, "overwrite": content, "empty": b""}
    path.write_bytes(damaged[damage])
    assert cache.get("a") is None
    assert (cache.has("a"), cache.damaged) == (False, 1)
    cache.put("a", clip())
    assert cache.get("a") is not None


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """Each bit of the header, and some of the samples."""
    cache = ClipCache(tmp_path)
    audio = np.random.default_rng(0).standard_normal((1, 500)).astype(np.float32)
    cache.put("a", Clip(audio, 44_100, 12))
    (path,) = tmp_path.rglob("a.*")
    whole = path.read_bytes()
    header_bits = 8 * (len(whole) - audio.nbytes)
    for bit in [*range(header_bits), *range(header_bits, 8 * len(whole), 97)]:
        content = bytearray(whole)
        content[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(content)
        assert cache.get("a") is None, bit


def test_a_file_under_another_key_is_not_taken_for_its_clip(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a", clip())
    (path,) = tmp_path.rglob("a.*")
    path.rename(path.with_name("b.clip"))
    assert cache.get("b") is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("500", 500),
        ("2k", 2000),
        ("1.5 GB", 1_500_000_000),
        ("1GiB", 1 << 30),
        ("3 mib", 3 << 20),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1e9", "GB", "1 PB", "nan", "9" * 30])
def test_other_sizes_are_refused(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="is not a size; write it as"):
        parse_size(text)
    if text:
        monkeypatch.setenv("RITORNELLO_CACHE_LIMIT", text)
        with pytest.raises(RitornelloError, match="RITORNELLO_CACHE_LIMIT: "):
            ClipCache(tmp_path)


def test_the_environment_bounds_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_CACHE_LIMIT", "100kB")
    cache = ClipCache(tmp_path)
    for key in "abcd":
        cache.put(key, clip())
    found = cache.contents()
    assert (found.entries, found.limit_bytes, found.folder) == (2, 100_000, tmp_path)
    assert found.size_bytes <= 100_000


def test_pruning_and_clearing_tell_what_went(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    for age, key in enumerate("abc", 1):
        cache.put(key, clip())
        os.utime(tmp_path / "clips" / f"{key}.clip", (age, age))
    assert (cache.contents().oldest_s, cache.contents().newest_s) == (1.0, 3.0)
    size = cache.contents().size_bytes // 3
    assert cache.prune(2 * size) == (1, size)
    assert [cache.has(key) for key in "abc"] == [False, True, True]
    (tmp_path / "clips" / ".d.clip.0123abcd.part").write_bytes(b"half")
    (tmp_path / "clips" / "notes.txt").write_text("mine")
    assert cache.clear() == (2, 2 * size)
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["notes.txt"]
    assert ClipCache(tmp_path / "none").contents().entries == 0
    with pytest.raises(ValueError, match="in memory"):
        ClipCache().contents()


def test_leftovers_of_killed_processes_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / ".x.clip.0123abcd.part").write_bytes(b"half")
    (clips / ".hidden").write_bytes(b"mine")
    with replacing(clips / "y.clip") as part:
        part.write_bytes(b"being written")
        ClipCache(tmp_path).put("a", clip())
        assert sorted(p.name for p in clips.iterdir()) == sorted([".hidden", part.name, "a.clip"])
    assert sorted(p.name for p in clips.iterdir()) == [".hidden", "a.clip", "y.clip"]


def test_why_a_clip_could_not_be_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ClipCache(tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        cache.put("a", clip())
    assert cache.failure == "No space left on device"
    assert list((tmp_path / "clips").iterdir()) == []
    cache.put("a", clip())
    assert cache.failure is None


def test_what_was_used_longest_ago_goes_first_from_the_folder(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, int(2.5 * CLIP_BYTES))
    for age, key in ((1, "a"), (2, "b")):
        cache.put(key, clip())
        (path,) = tmp_path.rglob(f"{key}.*")
        os.utime(path, ns=(age, age))
    assert cache.get("a") is not None
    cache.put("c", clip())
    assert [cache.has(key) for key in "abc"] == [True, False, True]


def test_memory_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    cache = ClipCache(None, int(2.5 * CLIP_BYTES))
    cache.put("a", clip())
    cache.put("b", clip())
    cache.get("a")
    cache.put("c", clip())
    assert [cache.has(key) for key in "abc"] == [True, False, True]


def test_a_bound_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    for cache in caches(tmp_path, 0):
        cache.put("a", clip())
        assert not cache.has("a")


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = ClipCache(tmp_path / "file")
    cache.put("a", clip())
    assert cache.get("a") is None


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    ClipCache(tmp_path).put("a", clip())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.clip"]


def test_the_environment_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_CACHE", str(tmp_path / "here"))
    assert default_cache_dir() == tmp_path / "here"


@pytest.mark.parametrize(
    ("system", "folder"),
    [(Unix, ".cache"), (MacOS, "Library/Caches"), (Windows, "AppData/Local")],
)
def test_the_cache_lies_where_the_system_keeps_those_of_users(system, folder, tmp_path, monkeypatch):
    for variable in ("RITORNELLO_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda _: str(tmp_path / "AppData/Local"))
    assert default_cache_dir() == tmp_path / folder / "ritornello"
    assert not default_cache_dir().exists()
    if system is Unix:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
        assert default_cache_dir() == tmp_path / "elsewhere" / "ritornello"
