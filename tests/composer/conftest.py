"""Fixtures of the command line's tests: an empty folder to run in, and tones in place of every backend."""

import hashlib
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import render.backends
from tests.composer.songmaker import SHORT_SPEC, Run, run_command
from tests.tones import ToneBackend


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> ToneBackend:
    """Tones in place of every backend."""
    tones = ToneBackend()
    monkeypatch.setattr(render.backends, "load_backend", lambda name, options=None: tones)
    return tones


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in an empty folder; gives exit code, standard output and error."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "small.yaml").write_text(SHORT_SPEC)

    return partial(run_command, capsys)


@pytest.fixture(scope="session")
def kept_songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where songs that several tests begin with are kept; no test writes there."""
    return tmp_path_factory.mktemp("kept-songs")


@pytest.fixture
def render_once(run: Run, backend: ToneBackend, kept_songs: Path) -> Callable[..., Path]:
    """Render a spec into a folder by the command line, or copy what the same command made before."""

    def render(spec: str, *options: str, out: str) -> Path:
        what = repr((Path(spec).read_text(), spec, options, out))
        kept = kept_songs / hashlib.sha256(what.encode()).hexdigest()[:16]
        if not kept.exists():
            assert run("render", spec, "-q", *options, "--out", out)[0] == 0
            shutil.copytree(out, kept)
        else:
            shutil.copytree(kept, out)
        return Path(out)

    return render
