"""A hundredth of all attacks, so that nothing falls and the scripts go on working."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = (
    "edited plans",
    "edited locks",
    "edited clips",
    "fuzzed specs",
    "killed renders",
    "clocks that go back",
    "writes that a disk dropped",
    "renders in one process",
)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_falls_to_a_few_of_each_attack() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run.py")), "--share", "0.01"],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for kind in KINDS:
        assert f"{kind}: " in done.stdout
    assert "FAULT" not in done.stdout
