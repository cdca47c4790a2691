"""A batch from beginning to end: with tones in place of the model, and small songs."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import composer.batch.run
from composer.batch.alternates import read_alternates
from composer.batch.cuts import choose_pieces, read_cuts
from composer.batch.estimate import Estimate, estimate_batch
from composer.batch.items import Item, read_items
from composer.batch.matrix import read_seeds, vary
from composer.batch.memory import BASE_BYTES, song_bytes, songs_at_once
from composer.batch.run import BatchOptions, BatchResult, Nobody, check_out, make_batch
from composer.batch.settled import AS_WRITTEN, Choice, source_of
from composer.batch.work import Clips, Draft, MakeTask, PlanTask
from composer.batch.workers import Report, Task
from composer.folder.verify import check_folder
from composer.sources.source import plan_source
from render.renderer import render_song
from structure.base.errors import FolderError, UsageError
from tests.composer.batch.inline import InlineWorkers
from tests.composer.songmaker import SHORT_SPEC, Run
from tests.tones import ToneBackend

TUNEFUL = """\
description: a small pop song
tempo: 200
seed: 5
stems:
  - {name: low, role: bass}
  - {name: tune, role: lead}
sections:
  verse: {bars: 2}
  chorus: {bars: 4}
form: [verse, chorus]
export: {midi: false, musicxml: false, overview: false}
"""
BAD = SHORT_SPEC.replace("tempo: 240", "tempo: fast")


def written(folder: Path, **texts: str) -> list[Item]:
    """The items of a folder in which these specs lie."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return read_items([str(folder)])


def made(items: list[Item], out: Path, **options: Any) -> tuple[BatchResult, InlineWorkers]:
    """The batch of some items, made with tones."""
    workers = InlineWorkers()
    clips = Clips(backend=ToneBackend())
    return make_batch(items, out, BatchOptions(clips=clips, **options), workers=workers), workers


def made_songs(workers: InlineWorkers) -> list[MakeTask]:
    return [task for task in workers.tasks if isinstance(task, MakeTask)]


@pytest.mark.slow
def test_songs_are_whole_apart_and_not_made_again(tmp_path: Path) -> None:
    items = vary(written(tmp_path / "specs", a=TUNEFUL), {"tempo": (200, 220)})
    items += written(tmp_path / "other", bad=BAD)
    out = tmp_path / "out"
    first, workers = made(items, out, price_per_hour=3.6, at_once=1)
    assert workers.is_closed and first.made == 2
    assert [row["status"] != "failed" for row in first.rows] == [True, True, False]
    assert "bad.yaml:4: tempo" in first.rows[2]["error"]
    one, two = first.rows[:2]
    assert one["title"] != two["title"] and one["seed"] == 5 != two["seed"]
    assert any("the chorus was that of" in note for note in two["notes"])
    assert one["nearest"] == two["title"]
    assert one["cost"] == pytest.approx(
        one["render_s"] / 1000, abs=0.06 / 1000
    )  # seconds are rounded to 0.1
    for row in (one, two):
        lock = check_folder(out / row["folder"])[-1]
        assert lock.name == "files match the lock" and lock.passed
        assert (out / row["folder"] / "song.yaml").is_file()
    lines = [json.loads(line) for line in (out / "batch.jsonl").read_text().splitlines()]
    assert lines == [dict(row) for row in first.rows]
    cells = list(csv.DictReader((out / "batch.csv").read_text("utf-8-sig").splitlines()))
    assert [line["title"] for line in cells] == [row["title"] for row in first.rows]

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    again, _ = made(items, out)
    assert again.made == 0 and {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")} == before
    assert [row["title"] for row in again.rows] == [row["title"] for row in first.rows]
    assert again.rows[1]["notes"] == two["notes"] and again.rows[0]["render_s"] == one["render_s"]

    with (out / two["folder"] / "master.wav").open("r+b") as file:  # damaged: made again, the same
        file.seek(5000)
        file.write(b"xxxx")
    mended, _ = made(items, out)
    assert mended.made == 1 and check_folder(out / two["folder"])[-1].passed

    (out / "batch.jsonl").unlink()  # without its table it is found in the folders
    (out / "batch.csv").unlink()
    found, _ = made(items, out)
    assert found.made == 0 and [row["seed"] for row in found.rows[:2]] == [one["seed"], two["seed"]]


@pytest.mark.slow
def test_a_new_song_gives_way_to_those_that_are_there(tmp_path: Path) -> None:
    (old,) = written(tmp_path / "specs", b=SHORT_SPEC)
    out = tmp_path / "out"
    first, _ = made([old], out)
    assert first.rows[0]["title"] == "Small Song"
    items = written(tmp_path / "specs", a=SHORT_SPEC.replace("240", "230"))
    both, _ = made(items, out)
    assert both.made == 1 and [row["title"] for row in both.rows][1] == "Small Song"
    assert both.rows[0]["title"] != "Small Song"
    assert any("'Small Song' is another song's" in note for note in both.rows[0]["notes"])


@pytest.mark.slow
def test_cuts_and_alternates_lie_beside_the_song(tmp_path: Path) -> None:
    spec = SHORT_SPEC.replace("bars: 2, chords: C | G", "bars: 8").replace("240", "180")
    spec = spec.replace("bars: 2, chords: Am | F", "bars: 4")
    items = written(tmp_path / "specs", a=spec)
    out = tmp_path / "out"
    options = {"cuts": read_cuts("0:08,1:00"), "alternates": read_alternates("no-drums,no-lead,stems,loop")}
    (row,) = made(items, out, **options)[0].rows
    assert list(row["cuts"]) == ["0:08"] and list(row["alternates"]) == ["no-drums", "loop", "stems"]
    assert any(note.startswith("no cut of 1:00: the song lasts") for note in row["notes"])
    assert any("the song has no lead" in note for note in row["notes"])
    cut, rate = soundfile.read(out / row["cuts"]["0:08"]["file"])
    assert len(cut) == 8 * rate and np.abs(cut[-20:]).max() < 1e-3 and np.abs(cut).max() > 0.1
    assert row["cuts"]["0:08"]["loudness_lufs"] == pytest.approx(-14.0, abs=0.5)
    loop, _ = soundfile.read(out / row["alternates"]["loop"]["file"])
    assert len(loop) == round(8 * 4 * 60 / 180 * rate)
    assert all((out / name).is_file() for name in row["alternates"]["stems"]["files"])
    master, _ = soundfile.read(out / row["folder"] / "master.wav")
    without, _ = soundfile.read(out / row["alternates"]["no-drums"]["file"])
    assert without.shape == master.shape and not np.allclose(without, master, atol=1e-3)
    files = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    assert made(items, out, **options)[0].made == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")} == files
    assert made(items, out, cuts=read_cuts("0:07"))[0].made == 1
    assert (out / row["folder"] / "cuts").is_dir() and not (out / row["cuts"]["0:08"]["file"]).exists()


def test_a_process_that_dies_costs_one_song_at_most(tmp_path: Path) -> None:
    items = written(tmp_path / "specs", a=SHORT_SPEC, b=BAD, c=SHORT_SPEC.replace("240", "200"))
    deaths: list[PlanTask] = []

    def die(task: object) -> bool:
        is_first = isinstance(task, PlanTask) and task.item is items[0] and not deaths
        if is_first or (isinstance(task, PlanTask) and task.item is items[2]):
            deaths.append(task)
        return (
            is_first or (isinstance(task, PlanTask) and task.item is items[2]) or isinstance(task, MakeTask)
        )

    result = make_batch(items, tmp_path / "out", workers=InlineWorkers(die=die))
    assert result.count("failed") == 3 and "SIGKILL" in result.rows[2]["error"]
    assert len([task for task in deaths if task.item is items[2]]) == 2  # tried twice
    assert "SIGKILL" in result.rows[0]["error"] and "tempo" in result.rows[1]["error"]
    assert result.rows[0]["title"] == "Small Song"  # it was planned at the second try


class Slow:
    """Workers that tell of half a song, and fail when the others are under way; songs take 30 and 90 s."""

    def __init__(self) -> None:
        self.coming: list[Report] = []
        self.last: list[Report] = []

    @property
    def running(self) -> int:
        return len(self.last)

    def submit(self, number: int, task: Task) -> None:
        if isinstance(task, PlanTask):
            drawn = Draft((f"Song {number}",), None, None, number, 30.0, 1, {"clips": 30.0 + 60.0 * number})
            self.coming.append(Report(number, is_over=True, result=drawn))
        else:
            self.coming.append(Report(number, told=(0.5, "clips", None)))
            self.last.append(Report(number, is_over=True, error=UsageError("no more")))

    def reports(self, timeout_s: float) -> list[Report]:
        if self.coming:
            return [self.coming.pop(0)]
        found, self.last = self.last, []
        return found

    def close(self) -> None:
        pass


def test_what_is_done_of_a_batch_goes_by_the_time_that_its_songs_take(tmp_path: Path) -> None:
    """Of a song of 30 s and one of 90 s: half of the first, of both; one fails, and then the other."""
    shares: list[float] = []

    class Listening(Nobody):
        def under_way(self, number: int, name: str, share: float, stage: str, batch: float) -> None:
            shares.append(batch)

        def over(self, number: int, row: Any, batch: float) -> None:
            shares.append(batch)

    items = written(tmp_path / "specs", a=TUNEFUL, b=TUNEFUL.replace("seed: 5", "seed: 6"))
    workers = Slow()
    make_batch(items, tmp_path / "out", BatchOptions(at_once=2), Listening(), lambda threads: workers)
    assert shares == pytest.approx([15 / 120, 60 / 120, 45 / 90, 1.0])


def test_a_batch_is_alone_in_its_folder(tmp_path: Path) -> None:
    with composer.batch.run._alone(tmp_path), pytest.raises(FolderError, match="another batch is at work"):
        make_batch([], tmp_path, workers=InlineWorkers())
    assert make_batch([], tmp_path, workers=InlineWorkers()).rows == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["batch.csv", "batch.jsonl"]


def test_a_table_of_the_users_own_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "batch.csv").write_text("description\na song\n")
    with pytest.raises(FolderError, match="made from"):
        check_out(tmp_path, [str(tmp_path / "batch.csv")])
    with pytest.raises(FolderError, match="file of your own"):
        check_out(tmp_path)
    with pytest.raises(FolderError, match="is a file"):
        check_out(tmp_path / "batch.csv")


def test_songs_side_by_side_fit_into_memory() -> None:
    gib = 1 << 30
    assert songs_at_once(100 * gib, 7) == 7 and songs_at_once(0, 7) == 1
    assert songs_at_once(2 * BASE_BYTES + 1, 7) == 2
    assert abs(song_bytes(120, 8) / gib - 1.94) < 0.1 and abs(song_bytes(900, 8) / gib - 6.24) < 0.4


def test_the_time_of_many_processors_is_that_of_their_longest() -> None:
    found = Estimate(
        seconds=(10.0, 20.0, 30.0, 40.0),
        song_s=9,
        done=0,
        faults=(),
        pace=1,
        is_gpu=True,
        price_per_hour=36.0,
    )
    assert [found.makespan_s(count) for count in (1, 2, 4, 64)] == [100.0, 60.0, 40.0, 40.0]
    assert [row["cost"] for row in found.rows([1, 2])] == [1.0, 1.2]


@pytest.mark.parametrize("text", ["", "x", "0:01", "2:00:00", "4 bars"])
def test_lengths_of_cuts_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no length of a cut"):
        read_cuts(text)


def test_alternates_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'no-drums'"):
        read_alternates("stems,no-drum")


@pytest.mark.slow
def test_a_cut_is_made_of_whole_bars_and_holds_the_chorus(tmp_path: Path) -> None:
    from composer import plan

    for seed, text in enumerate(("driving synthwave", "sad waltz for piano", "fast metal, ends suddenly")):
        song = plan(f"{text}, two minutes", seed=seed)
        for length in (15.0, 30.0, 60.0):
            pieces = choose_pieces(song, length)
            assert pieces is not None and pieces[-1].end == song.bars
            music = sum(
                song.grid.sample_at_bar(piece.end) - song.grid.sample_at_bar(piece.first)
                for piece in pieces
            )
            assert length - 7 < music / 44_100 < length - 0.8
            assert all(a.end < b.first for a, b in pairwise(pieces))
        assert choose_pieces(song, 3600) is None


@pytest.mark.slow
def test_an_estimate_makes_nothing(tmp_path: Path) -> None:
    items = vary(written(tmp_path / "specs", a=SHORT_SPEC, b=BAD), {}, read_seeds("1-2"))
    told: list[tuple[int, int]] = []
    options = BatchOptions(clips=Clips(backend=ToneBackend()), cuts=(5.0,), price_per_hour=1.0)
    found = estimate_batch(
        items, tmp_path / "out", options, lambda *now: told.append(now), workers=InlineWorkers()
    )
    assert len(found.seconds) == 2 and len(found.faults) == 2 and found.pace > 0
    assert told[-1] == (4, 4) and not (tmp_path / "out").exists()
    rows = found.rows([1, 2])
    one, two = found.makespan_s(1), found.makespan_s(2)
    assert one == pytest.approx(2 * two, rel=0.1) and rows[0]["cost"] >= 0
    assert [row["seconds"] for row in rows] == [round(one, 1), round(two, 1)]


@pytest.mark.slow
def test_an_estimate_leaves_out_clips_that_the_cache_has(tmp_path: Path) -> None:
    (item,) = written(tmp_path / "specs", a=SHORT_SPEC)
    clips = Clips(tmp_path / "cache", backend=ToneBackend())
    cold = PlanTask(item, clips=clips).run(lambda _: None)
    assert cold.clips_there == 0.0 and not (tmp_path / "cache").exists()
    render_song(plan_source(source_of(item, AS_WRITTEN)), ToneBackend(), clips.open())
    warm = PlanTask(item, clips=clips).run(lambda _: None)
    assert warm.clips_there == pytest.approx(1.0)
    assert warm.expected_s == {**cold.expected_s, "clips": pytest.approx(0.0)}
    other = PlanTask(item, Choice(None, 99), clips).run(lambda _: None)
    assert 0.0 <= other.clips_there < 1.0
    found = estimate_batch([item], tmp_path / "out", BatchOptions(clips=clips), workers=InlineWorkers())
    assert found.clips_there == pytest.approx(1.0) and found.document([1])["clips_there"] == 1.0


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch, backend: ToneBackend) -> InlineWorkers:
    """Workers of the command line that stay in this process, with tones in place of every backend."""
    workers = InlineWorkers()
    defaults = (*make_batch.__defaults__[:-1], workers)
    monkeypatch.setattr(make_batch, "__defaults__", defaults)
    monkeypatch.setattr(estimate_batch, "__defaults__", (*estimate_batch.__defaults__[:-1], workers))
    return workers


def test_the_command_refuses_what_is_wrong_before_it_begins(run: Run) -> None:
    Path("t.csv").write_text("descripton\nx\n")
    for line, said in (
        (("none/*.yaml",), "no file is like"),
        (("t.csv",), "did you mean 'description'"),
        (("../small.yaml", "--vary", "temp=4"), "did you mean 'tempo'"),
        (("../small.yaml", "--cuts", "x"), "no length of a cut"),
        (("../small.yaml", "--dry-run", "--for", "many"), "no numbers of processors"),
        (("../small.yaml", "--cache", "../small.yaml"), "is a file"),
    ):
        code, _, err = run("batch", *line)
        assert code == 2 and said in err, line
        assert not Path("batch").exists()


def test_a_song_that_fails_has_its_line_and_the_code_is_2(run: Run, inline: InlineWorkers) -> None:
    Path("a.yaml").write_text(BAD)
    code, out, err = run("batch", "a.yaml", "--out", "o")
    assert code == 2 and "error: a.yaml:4: tempo" in err and "0 of 1 songs done" in out
    assert "Song 1/1" in err and run("batch", "a.yaml", "--out", "o", "-q")[1] == ""


@pytest.mark.slow
def test_the_command_makes_songs_and_tells_of_them(run: Run, inline: InlineWorkers) -> None:
    code, out, err = run("batch", "../small.yaml", "--vary", "tempo=230", "--seeds", "1-2", "--json")
    told = json.loads(out)
    assert told["made"] == 2 and len(told["songs"]) == 2 and told["table"] == "batch/batch.jsonl"
    fails = [row for row in told["songs"] if row["failed_checks"]]
    assert code == (3 if fails else 0)
    assert [row["status"] for row in told["songs"]] == [
        "fails its checks" if row in fails else "done" for row in told["songs"]
    ]
    code, out, err = run("batch", "../small.yaml", "--vary", "tempo=230", "--seeds", "1-2")
    assert "of them as they were" in out or fails
    assert ("checks failed" in err) == bool(fails)
    code, out, _ = run("batch", "../small.yaml", "--seeds", "3", "--dry-run", "--price-per-hour", "1")
    assert code == 0 and "1 songs to make" in out and "CPUs" in out and "Cost" in out


SCRIPT = """\
import sys
from pathlib import Path
from composer.batch.items import read_items
from composer.batch.matrix import vary
from composer.batch.run import BatchOptions, make_batch
from composer.batch.work import Clips
from tests.tones import ToneBackend

if __name__ == "__main__":
    options = BatchOptions(clips=Clips(backend=ToneBackend()), at_once=1)
    items = vary(read_items([sys.argv[1]]), {}, (1, 2, 3))
    result = make_batch(items, Path(sys.argv[2]), options)
    print(result.made, len(result.rows))
"""


@pytest.mark.slow
def test_a_batch_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    written(tmp_path / "specs", a=SHORT_SPEC)
    (tmp_path / "batch.py").write_text(SCRIPT)
    out = tmp_path / "out"
    command = [sys.executable, str(tmp_path / "batch.py"), str(tmp_path / "specs"), str(out)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        while not list(out.glob("[!.]*/song.lock")):
            assert running.poll() is None
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=120)  # its processes have its output too, and end by themselves
    for lock in out.glob("[!.]*/song.lock"):
        assert check_folder(lock.parent)[-1].passed
    whole = {lock.parent: lock.stat().st_ino for lock in out.glob("[!.]*/song.lock")}
    text = (out / "batch.jsonl").read_text()
    assert all(json.loads(line)["title"] for line in text.splitlines())
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    count, rows = map(int, done.stdout.split())
    assert '"failed"' not in (out / "batch.jsonl").read_text()
    assert rows == 3 and count <= 3 - len(whole)
    assert {folder: (folder / "song.lock").stat().st_ino for folder in whole} == whole
    assert len(list(out.glob("[!.]*/song.lock"))) == 3
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    titles = [json.loads(line)["title"] for line in (out / "batch.jsonl").read_text().splitlines()]
    assert len(set(titles)) == 3
