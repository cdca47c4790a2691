"""Fixtures of the command line's tests: an empty folder to run in, and tones in place of every backend."""

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
