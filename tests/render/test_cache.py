"""The cache gives back what it was given, stays under its bound, and never breaks a render."""

import os
from pathlib import Path

import numpy as np
import pytest

from render.cache import ClipCache, default_cache_dir
from render.request import Clip

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


@pytest.mark.parametrize("damage", ["shorten", "overwrite", "empty"])
def test_a_damaged_file_counts_as_missing(tmp_path: Path, damage: str) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a", clip())
    (path,) = tmp_path.rglob("a.*")
    content = bytearray(path.read_bytes())
    content[20_000] ^= 255
    path.write_bytes({"shorten": content[:-100], "overwrite": content, "empty": b""}[damage])
    assert cache.get("a") is None
    cache.put("a", clip())
    assert cache.get("a") is not None


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
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.npz"]


def test_the_environment_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_CACHE", str(tmp_path / "here"))
    assert default_cache_dir() == tmp_path / "here"
    monkeypatch.delenv("RITORNELLO_CACHE")
    assert default_cache_dir().name == "ritornello"
