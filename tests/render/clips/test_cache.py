"""The cache gives back what it was given, stays under its bound, and never breaks a render."""

import errno
import hashlib
import json
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
from render.clips.caching.cache import ClipCache, default_cache_dir, parse_size
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
        assert cache.get("a" * 64) is None
        assert not cache.has("a" * 64)
        cache.put("a" * 64, Clip(audio, 48_000, 123))
        back = cache.get("a" * 64)
        assert back is not None
        assert cache.has("a" * 64)
        assert (back.sample_rate, back.downbeat_sample) == (48_000, 123)
        assert back.audio.dtype == np.float32
        assert np.array_equal(back.audio, audio)
        assert (cache.hits, cache.misses) == (1, 1)


def test_another_process_finds_what_one_has_kept(tmp_path: Path) -> None:
    ClipCache(tmp_path).put("a" * 64, clip(0.25))
    back = ClipCache(tmp_path).get("a" * 64)
    assert back is not None
    assert np.array_equal(back.audio, clip(0.25).audio)


@pytest.mark.parametrize("damage", ["shorten", "lengthen", "overwrite", "empty"])
def test_a_damaged_file_counts_as_missing_and_goes(tmp_path: Path, damage: str) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    (path,) = tmp_path.rglob("a" * 64 + ".*")
    content = bytearray(path.read_bytes())
    longer = bytes(content) + b"0"
    content[20_000] ^= 255
    damaged = {"shorten": content[:-100], "lengthen": longer, "overwrite": content, "empty": b""}
    path.write_bytes(damaged[damage])
    assert cache.get("a" * 64) is None
    assert (cache.has("a" * 64), cache.damaged) == (False, 1)
    cache.put("a" * 64, clip())
    assert cache.get("a" * 64) is not None


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """Each bit of the header, and some of the samples."""
    cache = ClipCache(tmp_path)
    audio = np.random.default_rng(0).standard_normal((1, 500)).astype(np.float32)
    cache.put("a" * 64, Clip(audio, 44_100, 12))
    (path,) = tmp_path.rglob("a" * 64 + ".*")
    whole = path.read_bytes()
    header_bits = 8 * (len(whole) - audio.nbytes)
    for bit in [*range(header_bits), *range(header_bits, 8 * len(whole), 97)]:
        content = bytearray(whole)
        content[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(content)
        assert cache.get("a" * 64) is None, bit


def test_a_file_under_another_key_is_not_taken_for_its_clip(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    (path,) = tmp_path.rglob("a" * 64 + ".*")
    path.rename(path.with_name("b" * 64 + ".clip"))
    assert cache.get("b" * 64) is None


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
        cache.put(key * 64, clip())
    found = cache.contents()
    assert (found.entries, found.limit_bytes, found.folder) == (2, 100_000, tmp_path)
    assert found.size_bytes <= 100_000


def test_pruning_and_clearing_tell_what_went(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    for age, key in enumerate("abc", 1):
        cache.put(key * 64, clip())
        os.utime(tmp_path / "clips" / f"{key * 64}.clip", (age, age))
    assert (cache.contents().oldest_s, cache.contents().newest_s) == (1.0, 3.0)
    size = cache.contents().size_bytes // 3
    assert cache.prune(2 * size) == (1, size)
    assert [cache.has(key * 64) for key in "abc"] == [False, True, True]
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
    with replacing(clips / ("y" * 64 + ".clip")) as part:
        part.write_bytes(b"being written")
        ClipCache(tmp_path).put("a" * 64, clip())
        assert sorted(p.name for p in clips.iterdir()) == sorted([".hidden", part.name, "a" * 64 + ".clip"])
    assert sorted(p.name for p in clips.iterdir()) == [".hidden", "a" * 64 + ".clip", "y" * 64 + ".clip"]


def test_why_a_clip_could_not_be_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ClipCache(tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        cache.put("a" * 64, clip())
    assert cache.failure == "No space left on device"
    assert list((tmp_path / "clips").iterdir()) == []
    cache.put("a" * 64, clip())
    assert cache.failure is None


def test_what_was_used_longest_ago_goes_first_from_the_folder(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, int(2.5 * CLIP_BYTES))
    for age, key in ((1, "a"), (2, "b")):
        cache.put(key * 64, clip())
        (path,) = tmp_path.rglob(f"{key * 64}.*")
        os.utime(path, ns=(age, age))
    assert cache.get("a" * 64) is not None
    cache.put("c" * 64, clip())
    assert [cache.has(key * 64) for key in "abc"] == [True, False, True]


def test_memory_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    cache = ClipCache(None, int(2.5 * CLIP_BYTES))
    cache.put("a" * 64, clip())
    cache.put("b" * 64, clip())
    cache.get("a" * 64)
    cache.put("c" * 64, clip())
    assert [cache.has(key * 64) for key in "abc"] == [True, False, True]


def test_a_bound_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    for cache in caches(tmp_path, 0):
        cache.put("a" * 64, clip())
        assert not cache.has("a" * 64)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = ClipCache(tmp_path / "file")
    cache.put("a" * 64, clip())
    assert cache.get("a" * 64) is None


def test_what_was_done_to_a_clip_is_kept_with_it(tmp_path: Path) -> None:
    """Its notes and doubts are in the report of a song that is made from the cache, too."""
    for cache in caches(tmp_path):
        cache.put("a" * 64, Clip(clip().audio, 44_100, 7, notes=("stretched", "cut"), doubts=("off",)))
        cache.put("b" * 64, clip())
        one, two = cache.get("a" * 64), cache.get("b" * 64)
        assert one is not None and two is not None
        assert (one.notes, one.doubts) == (("stretched", "cut"), ("off",))
        assert (two.notes, two.doubts) == ((), ())


def test_a_clip_from_the_folder_can_be_changed_without_changing_what_is_kept(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip(0.5))
    first = cache.get("a" * 64)
    assert first is not None
    first.audio[:] = 0.0
    again = cache.get("a" * 64)
    assert again is not None and again.audio.min() == 0.5


def test_hits_misses_and_damage_are_counted(tmp_path: Path) -> None:
    for cache in caches(tmp_path):
        assert (cache.hits, cache.misses, cache.damaged, cache.failure) == (0, 0, 0, None)
        for key in ("a", "b"):
            assert cache.get(key * 64) is None
        cache.put("a" * 64, clip())
        for _ in range(3):
            cache.get("a" * 64)
        assert (cache.hits, cache.misses, cache.damaged) == (3, 2, 0)
    folder = ClipCache(tmp_path / "cache")
    for count in (1, 2):
        folder.put("a" * 64, clip())
        (path,) = tmp_path.rglob("a" * 64 + ".*")
        path.write_bytes(b"nothing of ours")
        assert folder.get("a" * 64) is None
        assert (folder.damaged, folder.misses) == (count, count)


def test_what_another_program_wrote_is_no_clip_however_whole_it_is(tmp_path: Path) -> None:
    """A later format of ours has another first line, and its digest is right all the same."""
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    (path,) = tmp_path.rglob("a" * 64 + ".*")
    content = path.read_bytes()
    line, rest = content.split(b"\n", 1)
    path.write_bytes(line.replace(b"1", b"2") + b"\n" + rest)
    assert cache.get("a" * 64) is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7b", 7),
        (" 3KB ", 3_000),
        ("3KiB", 3 * 1024),
        ("1M", 1_000_000),
        ("1mib", 1024**2),
        ("2.25G", 2_250_000_000),
        ("2TB", 2_000_000_000_000),
        ("2 TiB", 2 * 1024**4),
        ("0.0004k", 0),
        ("123456789012345678901 kB", 123456789012345678901000),
    ],
)
def test_every_unit_counts_by_a_thousand_or_with_an_i_by_1024(text: str, size: int) -> None:
    assert parse_size(text) == pytest.approx(size, rel=1e-15)


def test_a_size_that_cannot_be_read_is_told_with_its_name_and_not_at_length() -> None:
    with pytest.raises(RitornelloError) as caught:
        parse_size("9" * 500, "--limit")
    told = str(caught.value)
    assert told.startswith(f"--limit: '{'9' * 40}' is not a size")
    with pytest.raises(RitornelloError, match="'12 apples'"):
        parse_size("12 apples")
    with pytest.raises(RitornelloError, match=r"^the size: 'x'"):
        parse_size("x")


def test_unless_it_is_told_otherwise_a_folder_holds_four_gibibytes(tmp_path: Path) -> None:
    assert ClipCache(tmp_path).contents().limit_bytes == 4 * 1024**3
    assert ClipCache(tmp_path, 17).contents().limit_bytes == 17


def test_unless_it_is_told_otherwise_memory_holds_half_a_gibibyte() -> None:
    """Four minutes of stereo are 81 MB: six of them, and not seven."""
    cache = ClipCache()
    long = Clip(np.zeros((2, 10_584_000), np.float32), 44_100, 0)  # of zeros, which take no memory
    for key in "abcdefg":
        cache.put(key * 64, long)
    assert [cache.has(key * 64) for key in "abcdefg"] == [False] + 6 * [True]


def test_memory_is_full_to_the_byte() -> None:
    cache = ClipCache(None, 3 * CLIP_BYTES)
    for key in "abc":
        cache.put(key * 64, clip())
    assert [cache.has(key * 64) for key in "abc"] == [True, True, True]
    cache.put("d" * 64, Clip(clip().audio[:, :1], 44_100, 0))
    assert [cache.has(key * 64) for key in "abcd"] == [False, True, True, True]
    cache.put("b" * 64, Clip(np.zeros((1, 20_000), np.float32), 44_100, 0))  # as much as two
    assert [cache.has(key * 64) for key in "bcd"] == [True, False, True]


def test_pruning_stops_as_soon_as_the_rest_fits(tmp_path: Path) -> None:
    """Clips of other sizes, the oldest the largest; of the last it keeps what it may."""
    cache = ClipCache(tmp_path)
    sizes = {}
    for age, (key, samples) in enumerate([("a", 9000), ("b", 100), ("c", 5000), ("d", 2000)], 1):
        cache.put(key * 64, Clip(np.zeros((1, samples), np.float32), 44_100, 0))
        path = tmp_path / "clips" / f"{key * 64}.clip"
        sizes[key] = path.stat().st_size
        os.utime(path, (age, age))
    assert cache.prune(sum(sizes.values())) == (0, 0)
    assert cache.prune(sizes["c"] + sizes["d"] + sizes["b"] - 1) == (2, sizes["a"] + sizes["b"])
    assert [cache.has(key * 64) for key in "abcd"] == [False, False, True, True]
    assert cache.prune() == (0, 0)  # its own limit is far away
    assert cache.prune(0) == (2, sizes["c"] + sizes["d"])


def test_clips_of_the_first_version_are_counted_and_dropped_but_not_read(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    old = tmp_path / "clips" / ("b" * 64 + ".npz")
    old.write_bytes(b"12345")
    os.utime(old, (1.5, 1.5))
    found = cache.contents()
    assert (found.entries, found.oldest_s) == (2, 1.5)
    assert found.newest_s is not None and found.newest_s > 1e9
    assert not cache.has("b" * 64) and cache.get("b" * 64) is None
    assert cache.prune(found.size_bytes - 1) == (1, 5)
    assert not old.exists()


def test_an_empty_cache_has_no_times(tmp_path: Path) -> None:
    found = ClipCache(tmp_path).contents()
    assert (found.entries, found.size_bytes, found.oldest_s, found.newest_s) == (0, 0, None, None)


def test_a_clip_that_another_process_dropped_meanwhile_is_no_error(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    (tmp_path / "clips" / ("e" * 64 + ".clip")).symlink_to(tmp_path / "nowhere")
    assert cache.contents().entries == 1
    assert cache.prune(0)[0] == 1


def test_a_cache_that_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clips' times cannot be set and a broken one cannot be removed; neither is an error."""
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    cache.put("b" * 64, clip())
    (tmp_path / "clips" / ("b" * 64 + ".clip")).write_bytes(b"broken")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    assert cache.get("a" * 64) is not None
    assert cache.get("b" * 64) is None
    assert (cache.hits, cache.misses, cache.damaged) == (1, 1, 1)


def test_a_failure_without_words_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, data: bytes) -> int:
        raise OSError("the share went away")

    monkeypatch.setattr(Path, "write_bytes", fail)
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    assert cache.failure == "the share went away"


def test_a_bound_in_the_environment_is_for_folders_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_CACHE_LIMIT", "1kB")
    cache = ClipCache()
    cache.put("a" * 64, clip())
    assert cache.has("a" * 64)


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    ClipCache(tmp_path).put("a" * 64, clip())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a" * 64 + ".clip"]


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


def written(path: Path, header: bytes, samples: bytes) -> None:
    """Write an entry with a digest that fits, as anybody can."""
    body = header + b"\n" + samples
    path.write_bytes(b"ritornello clip 1\n" + hashlib.blake2b(body, digest_size=32).digest() + body)


_RIGHT = {"key": "a" * 64, "shape": [1, 100], "sample_rate": 44_100, "downbeat_sample": 3}
_SAMPLES = np.full(100, 0.5, "<f4")


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [100, 1]},
        {"shape": [1, 10**12]},
        {"shape": [-1, 100]},
        {"shape": [1, 1, 100]},
        {"shape": "x"},
        {"shape": [2, 100]},
        {"sample_rate": 0},
        {"sample_rate": 44_100.5},
        {"sample_rate": 10**9},
        {"downbeat_sample": -1},
        {"downbeat_sample": None},
        {"notes": "loud"},
        {"notes": [1]},
        {"more": 1},
        {"key": None},
    ],
    ids=str,
)
def test_a_header_of_unknown_origin_is_checked(tmp_path: Path, change: dict[str, object]) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    path = tmp_path / "clips" / ("a" * 64 + ".clip")
    written(path, json.dumps(_RIGHT).encode(), _SAMPLES.tobytes())
    assert cache.get("a" * 64) is not None
    written(path, json.dumps(_RIGHT | change).encode(), _SAMPLES.tobytes())
    assert cache.get("a" * 64) is None
    assert (cache.damaged, path.exists()) == (1, False)


@pytest.mark.parametrize("header", [b"", b"[" * 9000, b"null", b"1" * 70_000, b"\xff"], ids=len)
def test_a_header_that_is_none_is_no_traceback(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "clips").mkdir()
    written(tmp_path / "clips" / ("a" * 64 + ".clip"), header, _SAMPLES.tobytes())
    assert ClipCache(tmp_path).get("a" * 64) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -101.0])
def test_samples_of_unknown_origin_are_checked(tmp_path: Path, value: float) -> None:
    (tmp_path / "clips").mkdir()
    samples = _SAMPLES.copy()
    samples[50] = value
    written(tmp_path / "clips" / ("a" * 64 + ".clip"), json.dumps(_RIGHT).encode(), samples.tobytes())
    assert ClipCache(tmp_path).get("a" * 64) is None


def test_what_does_not_fit_counts_as_damaged(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    assert cache.get("a" * 64, lambda kept: kept.sample_rate == 44_100) is not None
    assert cache.get("a" * 64, lambda kept: kept.sample_rate == 48_000) is None
    assert not cache.has("a" * 64)


def test_what_others_have_in_the_folder_stays(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("a" * 64, clip())
    mine = ["data.npz", "take.clip", "a" * 63 + ".npz", "A" * 64 + ".clip", "notes.txt"]
    for name in mine:
        (tmp_path / "clips" / name).write_bytes(b"mine")
    assert cache.contents().entries == 1
    cache.clear()
    assert sorted(path.name for path in (tmp_path / "clips").iterdir()) == sorted(mine)
