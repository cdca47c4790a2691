"""Audio on a shelf is the same in memory and on the disk, whatever was let go in between."""

from pathlib import Path

import numpy as np
import pytest

import render.audio.shelf
from render.audio.shelf import Pile, Shelf, let_all_go


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (2, 50_000)).astype(np.float32)


@pytest.mark.parametrize("most", [0, 10**9])
def test_what_is_put_there_comes_back(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(render.audio.shelf, "MOST_IN_MEMORY", most)
    shelf = Shelf(3 * noise(0).nbytes)
    for number, name in enumerate("abc"):
        shelf.put(name, noise(number))
    for audio in shelf.values():
        np.multiply(audio, 2.0, out=audio)
    shelf.let_go()
    assert list(shelf) == ["a", "b", "c"] and len(shelf) == 3
    for number, audio in enumerate(shelf.values()):
        np.testing.assert_array_equal(audio, 2 * noise(number))
    held = shelf["a"]
    assert shelf["b"].any()  # lets the first one go, which is still whole for who holds it
    np.testing.assert_array_equal(held, 2 * noise(0))
    shelf.drop("a")
    assert list(shelf) == ["b", "c"]
    np.testing.assert_array_equal(held, 2 * noise(0))


def test_without_room_on_the_disk_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(render.audio.shelf, "MOST_IN_MEMORY", 0)
    monkeypatch.setattr(render.audio.shelf.os, "posix_fallocate", full, raising=False)
    shelf = Shelf(1)
    made = shelf.make("a", (2, 100))
    made += 1.0
    assert shelf["a"].sum() == 200.0


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux")
@pytest.mark.parametrize("is_all", [False, True])
def test_what_is_let_go_leaves_memory(is_all: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def mapped_kib() -> int:
        status = Path("/proc/self/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["RssFile"].split()[0]) + int(fields["RssShmem"].split()[0])

    monkeypatch.setattr(render.audio.shelf, "MOST_IN_MEMORY", 0)
    shelf = Shelf(1)
    shelf.make("a", (2, 4_000_000))[:] = 1.0
    full = mapped_kib()
    (let_all_go if is_all else shelf.let_go)()
    assert full - mapped_kib() > 25_000
    assert shelf["a"].sum() == 8_000_000.0


def test_a_pile_keeps_samples_where_they_are_too_many_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.audio.shelf.MOST_IN_MEMORY", 5000)
    monkeypatch.setattr("render.audio.shelf._PILE_BYTES", 9000)
    pile, rng = Pile(), np.random.default_rng(0)
    pieces = [rng.standard_normal((1 + k % 2, 300 + 217 * k)).astype(np.float32) for k in range(8)]
    kept = [pile.put(piece) for piece in pieces]
    assert kept[0] is pieces[0], "little of it stays where it is"
    assert not any(np.shares_memory(one, piece) for one, piece in zip(kept[4:], pieces[4:], strict=True))
    for one, piece in zip(kept, pieces, strict=True):
        assert np.array_equal(one, piece)
