"""Whatever happens to a render, nothing is half-written, and the next one gives the same bytes.

The renders run in processes of their own (see :mod:`renders`), which are killed, starved of disk, refused
the network, or set upon each other.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.composer.folder.renders import Lines, stage_song
from tests.composer.songmaker import SHORT_SPEC

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

Answer = dict[str, Any]

MOMENTS = 12
"""How often a render is killed; each step of what is written is killed by itself in the tests below."""

RENDER = ("render", "song.yaml", "-q", "--cache", "cache", "--out", "song")


@dataclass
class Jobs:
    """Does jobs in fresh processes; see :mod:`renders`."""

    process: subprocess.Popen[str]

    def __call__(self, folder: Path, *arguments: str, **what: Any) -> Answer:
        (answer,) = self.at_once([{"folder": str(folder), "arguments": arguments, **what}])
        return answer

    def at_once(self, requests: list[dict[str, Any]]) -> list[Answer]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(requests) + "\n")
        self.process.stdin.flush()
        answers: list[Answer] = json.loads(self.process.stdout.readline())
        for answer in answers:
            assert "Traceback" not in answer["errors"], answer["errors"]
        return answers


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """For renders, which begin at once as all is loaded."""
    yield from serve("--warm")


@pytest.fixture(scope="module")
def stages() -> Iterator[Jobs]:
    """For songs that are staged, in small processes."""
    yield from serve()


def serve(*options: str) -> Iterator[Jobs]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("renders.py")), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Jobs(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec in it."""
    (tmp_path / "song.yaml").write_text(SHORT_SPEC)
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hashes of an undisturbed render's files, save of the report, which holds times."""
    place = tmp_path_factory.mktemp("undisturbed")
    (place / "song.yaml").write_text(SHORT_SPEC)
    assert jobs(place, *RENDER)["code"] == 0
    return digests(place / "song")


def digests(song: Path) -> dict[str, str]:
    files = sorted(path for path in song.rglob("*") if path.is_file() and path.name != "report.json")
    return {
        path.relative_to(song).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def check_whole_or_absent(folder: Path, undisturbed: dict[str, str]) -> None:
    if (folder / "song").exists():
        assert digests(folder / "song") == undisturbed
    for entry in (folder / "cache" / "clips").glob("*.clip"):
        assert entry.stat().st_size > 100_000  # a clip of 2 bars and its tail, as a whole


@pytest.mark.slow
def test_kill_9_at_random_moments(jobs: Jobs, folder: Path, undisturbed: dict[str, str]) -> None:
    """Each fourth killed render is followed by one that is left alone."""
    rng = random.Random(20)
    killed = 0
    whole_s = jobs(folder, *RENDER)["seconds"]
    for moment in range(MOMENTS):
        again = ["--force"] if (folder / "song").exists() else []
        answer = jobs(folder, *RENDER, *again, kill_after_s=rng.uniform(0.02, 1.1) * whole_s)
        killed += answer["code"] == -signal.SIGKILL
        check_whole_or_absent(folder, undisturbed)
        if moment % 4 == 3:
            again = ["--force"] if (folder / "song").exists() else []
            answer = jobs(folder, *RENDER, *again)
            assert answer["code"] == 0, answer
            assert digests(folder / "song") == undisturbed
            assert hidden(folder) == hidden(folder / "cache" / "clips") == []
            for path in [*(folder / "song").rglob("*"), *(folder / "cache" / "clips").iterdir()]:
                if moment % 8 == 3 and path.is_file():  # begin from nothing half of the time
                    path.unlink()
            if moment % 8 == 3:
                (folder / "song" / "stems").rmdir()
                (folder / "song").rmdir()
    assert killed >= MOMENTS // 4  # the others were done before their moment came


@pytest.mark.slow
def test_killed_at_any_step_a_folder_holds_the_old_song_or_the_new(stages: Jobs, tmp_path: Path) -> None:
    """Every step of the file system, of making a song's folder and of replacing one."""
    steps = {}
    for text in ("", "x"):
        steps[text] = replaced_once(stages, tmp_path / f"count{text}", text)["steps"]
        assert steps[text] > 10
    for text, count in steps.items():
        for step in range(1, count + 1):
            place = tmp_path / f"{text}{step}"
            answer = replaced_once(stages, place, text, kill_at_step=step)
            assert answer["code"] == -signal.SIGKILL
            assert song_text(place) in ("", text, text + "x"), step  # "": between the two renames
            assert stages(place, stage="song")["code"] == 0
            assert song_text(place) in (text + "x", text + "xx")
            assert (not text) or (place / "song" / "mine.txt").read_text() == "mine"
            assert hidden(place) == [], step


@pytest.mark.slow
def test_ended_at_any_line_a_folder_holds_the_old_song_or_the_new(tmp_path: Path) -> None:
    """As by Ctrl-C or SIGTERM, whose handlers may run before any line: each is an end of this process that
    is caught, which leaves behind what the end of a process of its own does."""
    for text in ("", "x"):
        older = tmp_path / f"older{text}"
        older.mkdir()
        if text:
            stage_song_of_mine(older)
        lines = staged_until(shutil.copytree(older, tmp_path / f"count{text}"), None)
        assert lines > 50
        for line in range(1, lines + 1):
            place = shutil.copytree(older, tmp_path / f"{text}{line}")
            with pytest.raises(SystemExit) as end:
                staged_until(place, line)
            assert end.value.code == 128 + signal.SIGTERM
            assert song_text(place) in (text, text + "x"), line
            left = [
                name for name in hidden(place) if not (song_text(place) == "xx" and name.endswith(".old"))
            ]
            assert left == [], line  # a replaced song may be left when the new one stands
            assert (not text) or (place / "song" / "mine.txt").read_text() == "mine"


def stage_song_of_mine(place: Path) -> None:
    """A song with a file of the user's own beside it."""
    assert stage_song(place / "song") == 0
    (place / "song" / "mine.txt").write_text("mine")


def staged_until(place: Path, line: int | None) -> int:
    """Stage a song here, to the end or to a line; gives how many lines of the folder's modules were run."""
    lines, before = Lines(line or 0), sys.gettrace()
    sys.settrace(lines.trace)
    try:
        assert stage_song(place / "song") == 0
    finally:
        sys.settrace(before)
    return lines.count


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_step_loses_nothing(stages: Jobs, tmp_path: Path) -> None:
    for text in ("", "x"):
        count = replaced_once(stages, tmp_path / f"count{text}", text)["steps"]
        for step in range(1, count + 1):
            place = tmp_path / f"{text}{step}"
            answer = replaced_once(stages, place, text, full_at_step=step)
            assert answer["code"] in (0, 2), answer  # 0: it was full when only a leftover was to be removed
            assert song_text(place) in ((text,) if answer["code"] else (text + "x",)), step
            assert stages(place, stage="song")["code"] == 0
            assert hidden(place) == [], step


def replaced_once(stages: Jobs, place: Path, text: str, **what: Any) -> Answer:
    """Stage a song in a new folder, over an older one with a file of the user's own where ``text``
    says so."""
    place.mkdir()
    if text:
        assert stages(place, stage="song")["code"] == 0
        (place / "song" / "mine.txt").write_text("mine")
    return stages(place, stage="song", **what)


def song_text(place: Path) -> str:
    """The text that both WAV files of a staged song have; "" where there is no song."""
    if not (place / "song").exists():
        return ""
    texts = {(place / "song" / name).read_text() for name in ("master.wav", "stems/kit.wav")}
    assert len(texts) == 1 and (place / "song" / "song.lock").is_file()
    return texts.pop()


@pytest.mark.slow
@pytest.mark.parametrize("largest", [150_000, 2_000_000])
def test_files_that_do_not_fit_are_a_message(
    jobs: Jobs, folder: Path, undisturbed: dict[str, str], largest: int
) -> None:
    """A limit on the size of files stands for a full disk: first no clip fits, then the clips and no
    WAV."""
    answer = jobs(folder, *RENDER, largest_file=largest)
    assert answer["code"] == 2
    assert "cannot be written as a whole; is the disk full?" in answer["errors"]
    assert ".wav" in answer["errors"]
    assert not (folder / "song").exists()
    assert hidden(folder) == hidden(folder / "cache" / "clips") == []
    assert jobs(folder, *RENDER)["code"] == 0
    assert digests(folder / "song") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_render_clears_up_and_keeps_its_clips(
    jobs: Jobs, folder: Path, undisturbed: dict[str, str], number: signal.Signals
) -> None:
    assert jobs(folder, *RENDER)["code"] == 0
    before = digests(folder / "song")
    steps = jobs(folder, *RENDER, "--force")["steps"]
    answer = jobs(folder, *RENDER, "--force", signal=number, signal_at_step=steps // 2)
    assert answer["code"] == (130 if number == signal.SIGINT else 128 + number)
    assert digests(folder / "song") == before == undisturbed
    assert hidden(folder) == hidden(folder / "cache" / "clips") == []


@pytest.mark.slow
def test_two_renders_share_a_cache_at_once(jobs: Jobs, folder: Path, undisturbed: dict[str, str]) -> None:
    """Both begin without clips, and with a cache so small that each drops the other's."""
    for limit in ("4GB", "1MB"):
        answers = jobs.at_once(
            [
                {
                    "folder": str(folder),
                    "arguments": [
                        *RENDER[:3],
                        "--cache",
                        limit,
                        "--cache-limit",
                        limit,
                        "--out",
                        name + limit,
                    ],
                }
                for name in ("one", "two")
            ]
        )
        assert [answer["code"] for answer in answers] == [0, 0]
        for name in ("one", "two"):
            assert digests(folder / f"{name}{limit}") == undisturbed
    assert sum(path.stat().st_size for path in (folder / "1MB" / "clips").iterdir()) <= 1_000_000


@pytest.mark.slow
def test_of_two_renders_into_one_folder_one_wins_and_the_other_says_so(
    jobs: Jobs, folder: Path, undisturbed: dict[str, str]
) -> None:
    """First into a folder that is not there yet, then both over the song that is."""
    for more in ((), ("--force",)):
        answers = jobs.at_once([{"folder": str(folder), "arguments": [*RENDER, *more]}] * 2)
        assert sorted(answer["code"] for answer in answers) == [0, 2], answers
        errors = next(answer["errors"] for answer in answers if answer["code"])
        assert "being written by somebody else" in errors or "holds a song already" in errors
        assert digests(folder / "song") == undisturbed
        assert hidden(folder) == [] and [path.name for path in folder.glob("song-*")] == []


@pytest.mark.slow
def test_folders_that_cannot_be_written_are_a_message(
    jobs: Jobs, folder: Path, undisturbed: dict[str, str]
) -> None:
    answer = jobs(folder, *RENDER, read_only=str(folder))
    assert (answer["code"], "Permission denied" in answer["errors"]) == (2, True)
    assert sorted(path.name for path in folder.iterdir()) == ["song.yaml"]
    assert jobs(folder, *RENDER)["code"] == 0
    answer = jobs(folder, *RENDER, "--force", read_only=str(folder))
    assert (answer["code"], "Permission denied" in answer["errors"]) == (2, True)
    assert digests(folder / "song") == undisturbed
    answer = jobs(folder, *RENDER[:-1], "other", read_only=str(folder / "cache"))
    assert answer["code"] == 0  # a cache that cannot be written can be read
    assert digests(folder / "other") == undisturbed


@pytest.mark.slow
def test_a_render_needs_no_network(jobs: Jobs, folder: Path, undisturbed: dict[str, str]) -> None:
    assert jobs(folder, *RENDER, no_network=True)["code"] == 0
    assert digests(folder / "song") == undisturbed
