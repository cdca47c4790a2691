"""The command line: exit codes, messages, and that nothing is left behind."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import typer

import render.backends
from composer.base.words import clock, join_repeats
from composer.cli.display.progress import line_of
from composer.cli.main import app
from render.backends.request import Clip, ClipRequest
from songs import song_names
from structure.base.grid import SAMPLE_RATE
from structure.base.progress import ProgressEvent
from tests.composer.songmaker import SHORT_SPEC, Run, names_in
from tests.tones import ToneBackend

HEAVY = (
    "torch",
    "music21",
    "scipy",
    "matplotlib",
    "pedalboard",
    "pydantic",
    "transformers",
    "numpy",
    "yaml",
)


def command_names() -> list[str]:
    """The commands that there are, as a user types them."""
    return sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def left_behind() -> list[str]:
    return names_in(Path())


def test_help_loads_nothing_heavy() -> None:
    script = f"import sys, composer.cli.main; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = f"import sys, composer; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_plan_needs_no_model(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SHORT_SPEC)
    script = (
        "import sys, composer; composer.plan('small.yaml'); "
        "print([m for m in ('torch', 'diffusers', 'transformers', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"


def test_help_names_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    names = command_names()
    assert len(names) >= 20
    listed = {line.strip(" │").partition(" ")[0] for line in out.splitlines()}
    assert set(names) - listed == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", command_names())
def test_every_command_tells_what_it_does_and_is_in_the_documentation(run: Run, name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert len(out.replace("│", " ").split()) > 12
    root = Path(__file__).parents[3]
    documents = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    assert any(f"ritornello {name}" in document.read_text("utf-8") for document in documents)


def test_the_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("ritornello 0.")


@pytest.mark.slow
def test_render_makes_a_song_and_sums_it_up(run: Run, backend: ToneBackend) -> None:
    code, out, err = run("render", "../small.yaml", "--out", "song", "--no-cache")
    assert code == 0
    assert left_behind() == ["song"]
    assert "LUFS" in out and "dBTP" in out and "master.wav" in out and "passed" in out
    assert "Clips 1/3: Verse: low" in err
    assert "Writing files" in err


@pytest.mark.slow
def test_render_is_quiet_when_asked_and_names_its_folder(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q") == (0, "", "")
    assert left_behind() == ["small"]


@pytest.mark.slow
def test_render_refuses_and_replaces_an_existing_song(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q", "--no-cache")[0] == 0
    Path("small/mine.txt").write_text("mine")
    code, _, err = run("render", "../small.yaml", "-q")
    assert (code, backend.made) == (2, 3)
    assert "holds a song already; --force" in err
    assert run("render", "../small.yaml", "-q", "--force", "--seed", "8")[0] == 0
    assert Path("small/mine.txt").read_text() == "mine"
    assert json.loads(Path("small/plan.json").read_text())["seed"] == 8


@pytest.mark.slow
def test_a_spec_from_standard_input(
    run: Run, backend: ToneBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "small.yaml").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run("render", "-", "-q")[0] == 0
    assert left_behind() == ["small-song"]


@pytest.mark.slow
def test_the_cache_is_used_and_can_be_left_out(run: Run, backend: ToneBackend) -> None:
    for number, options in enumerate((["--cache", "c"], ["--cache", "c"], ["--no-cache"])):
        assert run("render", "../small.yaml", "-q", "--out", str(number), *options)[0] == 0
    assert backend.made == 6
    code, _, err = run("render", "../small.yaml", "--cache", "c", "--no-cache")
    assert code == 2 and "exclude each other" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [(RuntimeError("broke"), None), (KeyboardInterrupt(), 130), (OSError(28, "No space left", "x.wav"), 2)],
)
def test_a_render_that_fails_midway_leaves_nothing(
    run: Run, backend: ToneBackend, error: BaseException, code: int | None
) -> None:
    backend.fails_at, backend.error = 3, error
    arguments = ("render", "../small.yaml", "--out", "deep/song", "-q", "--no-cache")
    if code is None:
        with pytest.raises(RuntimeError, match="broke"):
            run(*arguments)
    else:
        assert run(*arguments)[0] == code
    assert left_behind() == []


@pytest.mark.slow
def test_a_failed_replacement_keeps_the_old_song(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q")[0] == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    backend.fails_at, backend.error = backend.made + 1, KeyboardInterrupt()
    assert run("render", "../small.yaml", "-q", "--force", "--no-cache", "--seed", "3")[0] == 130
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["render", "none.yaml"], "none.yaml"),
        (["render", ".."], "folder"),
        (["render", "../small.yaml", "--backend", "embeded"], "did you mean 'embedded'"),
        (["render", "../small.yaml", "--out", "../small.yaml"], "is a file"),
        (["render", "../small.yaml", "--out", ".."], "no song.lock"),
        (["render", "../small.yaml", "--cache", "../small.yaml"], "--cache names a folder"),
        (["render", "../small.yaml", "--out", "/proc/song"], "/proc"),
        (["render", "../small.yaml", "--seed", "-1"], "seed"),
        (["render", "../small.yaml", "--threads", "0"], "threads"),
        (["render"], "SPEC"),
        (["play"], "play"),
        (["plan", "none"], "none"),
        (["plan", "../small.yaml", "--png", "none/x.png"], "none/"),
        (["new", "a song", "--out", "../small.yaml"], "exists already"),
        (["new", "a song", "--out", "none/song.yaml"], "none/"),
        (["verify", "none"], "is not a folder"),
        (["verify", "."], "plan.json does not exist"),
    ],
)
def test_what_the_user_can_mend_is_a_message_and_code_2(
    run: Run, arguments: list[str], message: str
) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert left_behind() == []


def test_all_faults_of_a_spec_are_told_with_their_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("description: x\ntempo: 999\nkeyy: C major\n")
    code, _, err = run("plan", "../bad.yaml")
    assert code == 2
    assert "error: ../bad.yaml:2:" in err and "error: ../bad.yaml:3:" in err and "did you mean 'key'" in err


def test_plan_shows_sections_and_json(run: Run) -> None:
    code, out, _ = run("plan", "../small.yaml")
    assert code == 0
    assert "240 BPM" in out and "A minor" in out and "Verse" in out and "Chorus 2" in out
    assert "Am | F" in out and "same" in out
    code, out, _ = run("plan", "../small.yaml", "--json", "--seed", "77")
    assert (code, json.loads(out)["seed"]) == (0, 77)
    assert left_behind() == []


@pytest.mark.slow
def test_plan_draws(run: Run) -> None:
    assert run("plan", "../small.yaml", "--png", "plan.png")[0] == 0
    assert Path("plan.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_plan_json_is_the_file_that_render_writes(run: Run, backend: ToneBackend) -> None:
    _, out, _ = run("plan", "../small.yaml", "--json")
    assert run("render", "../small.yaml", "-q")[0] == 0
    assert Path("small/plan.json").read_text() == out


@pytest.mark.slow
def test_verify_tells_and_writes_and_fails(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q")[0] == 0
    code, out, _ = run("verify", "small")
    assert code == 0 and "true peak" in out and "FAIL" not in out
    assert json.loads(Path("small/verify.json").read_text())["passed"] is True
    Path("small/master.wav").write_bytes(Path("small/premaster.wav").read_bytes())
    code, out, err = run("verify", "small")
    assert code == 3 and "FAIL" in out
    assert re.search(r"check failed: loudness: -\d+\.\d+ LUFS, allowed -1\d(\.\d+)? ± 0\.5 LUFS", err)
    assert "render the song again" in err
    code, out, _ = run("verify", "small", "--json")
    assert (code, json.loads(out)["passed"]) == (3, False)


@dataclass
class LateBackend(ToneBackend):
    """Tones that come a tenth of a second after their notes."""

    fingerprint: str = "late-tones-1"

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        return replace(clip, audio=np.roll(clip.audio, SAMPLE_RATE // 10, axis=1))


@pytest.mark.slow
def test_a_render_that_fails_its_checks_says_so_and_keeps_its_files(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render.backends, "load_backend", lambda name, options=None: LateBackend())
    code, _, err = run("render", "../small.yaml", "--quiet")
    assert code == 3
    assert "small: check failed: notes sound on the grid" in err and "hint:" in err
    assert {"master.wav", "plan.json", "report.json", "song.lock"} <= set(names_in(Path("small")))
    assert run("verify", "small")[0] == 3


def test_help_tells_the_exit_codes(run: Run) -> None:
    told = " ".join(run("--help")[1].split())
    for words in (
        "0 done",
        "1 it differs",
        "2 bad input",
        "3 a song or an export fails its own checks",
        "130",
    ):
        assert words in told


@pytest.mark.slow
def test_new_gives_a_spec_that_can_be_planned(run: Run) -> None:
    code, out, _ = run("new", "a slow folk song in D major, 40 seconds")
    assert code == 0
    Path("mine.yaml").write_text(out)
    code, planned, _ = run("plan", "mine.yaml", "--json")
    assert code == 0
    assert json.loads(planned)["key"] == "D major"
    assert run("new", "a slow folk song in D major, 40 seconds", "-q", "--out", "same.yaml") == (0, "", "")
    assert Path("same.yaml").read_text() == out


@pytest.mark.slow
def test_lists(run: Run) -> None:
    code, out, _ = run("songs", "--json")
    assert code == 0
    assert [song["name"] for song in json.loads(out)] == list(song_names())
    table = run("songs")[1]
    assert all(name in table for name in song_names())
    assert json.loads(run("schema")[1])["$schema"].endswith("2020-12/schema")
    assert "synthwave" in run("styles")[1]


def test_backends_are_listed_with_what_they_can_do(run: Run, backend: ToneBackend) -> None:
    code, out, _ = run("backends")
    assert code == 0
    assert "embedded" in out and "44.1 kHz mono" in out and "reads notes" in out
    states = {state["name"]: state for state in json.loads(run("backends", "--json")[1])}
    assert list(states) == list(render.backends.backend_names())
    assert states["embedded"]["state"] == "ready"
    assert states["riffusion"]["licence"] == "CreativeML OpenRAIL-M"


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error() -> None:
    script = "import sys; sys.argv = ['ritornello', 'schema']; from composer.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_termination_clears_up(tmp_path: Path) -> None:
    """A termination signal, as Ctrl-C, leaves no half-made folder."""
    (tmp_path / "small.yaml").write_text(SHORT_SPEC)
    script = (
        "import sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import render.backends; from tests.tones import ToneBackend\n"
        "class Slow(ToneBackend):\n"
        "    def generate(self, request):\n"
        "        open('begun', 'w').close(); time.sleep(60)\n"
        "render.backends.load_backend = lambda name, options=None: Slow()\n"
        "sys.argv = ['ritornello', 'render', 'small.yaml', '-q', '--no-cache']\n"
        "from composer.cli.main import main; main()"
    )
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", script, root], cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        while not (tmp_path / "begun").exists() and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
    assert names_in(tmp_path) == ["begun", "small.yaml"]


def test_lines_of_progress_tell_the_time_left() -> None:
    event = ProgressEvent("clips", 1, 4, "Verse 1: bass", 10.0, 40.0)
    assert line_of(event, 15.0) == "Clips 2/4: Verse 1: bass (0:15 left)"
    assert line_of(ProgressEvent("clips", 0, 4, "x", 0.0, 40.0), None) == "Clips 1/4: x"
    assert line_of(ProgressEvent("master", 0, 1), None) == "Mastering"
    assert line_of(ProgressEvent("master", 1, 1), 3.0) == ""


def test_figures_are_written_for_people() -> None:
    assert [clock(s) for s in (0, 59.4, 187, 3600)] == ["0:00", "0:59", "3:07", "60:00"]
    assert join_repeats(["Am", "F", "Am", "F"], " | ") == "Am | F (×2)"
    assert join_repeats(["Am", "F", "Am"], " | ") == "Am | F | Am"


@pytest.mark.slow
def test_the_embedded_model_renders_a_song_end_to_end(run: Run) -> None:
    code, _, err = run("render", "../small.yaml", "--out", "song")
    assert (code, left_behind()) == (0, ["song"]), err
    first = json.loads(Path("song/song.lock").read_text())
    assert first["backend"]["name"] == "embedded"
    assert run("verify", "song")[0] == 0
    assert run("render", "../small.yaml", "--out", "again", "--no-cache", "-q")[0] == 0
    assert json.loads(Path("again/song.lock").read_text()) == first
