"""Files of tests in several processes: all are run, with their fixtures, and what goes wrong is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIXTURES = """
import os
import pytest

@pytest.fixture(scope="session", autouse=True)
def _told():
    os.environ["TOLD"] = "yes"

@pytest.fixture(scope="session")
def of_folder():
    return os.environ["TOLD"]
"""
FILES = {
    "conftest.py": FIXTURES,
    "inner/conftest.py": FIXTURES.replace("of_folder", "of_inner_folder"),
    "inner/test_one.py": "def test_one(of_folder, of_inner_folder): assert of_inner_folder == 'yes'",
    "inner/test_two.py": "def test_two(of_folder, of_inner_folder): assert of_folder == 'yes'",
    "test_good.py": """
import pytest

@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")

def test_first(shared): assert shared.is_dir()
def test_second(shared, tmp_path): assert tmp_path.is_dir() and shared.is_dir()
@pytest.mark.skip(reason="not today")
def test_third(): pass
""",
    "test_bad.py": """
def test_good(): pass
def test_wrong():
    print("said before")
    assert 1 + 1 == 3
""",
    "test_deadly.py": """
import os

def test_before(): pass
def test_dies(): os._exit(3)
def test_after(): pass
""",
    "test_broken.py": "import nothing_of_this_name\n",
}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    plugin = [
        "-p",
        "tests.processes",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder.parent),
        "-c",
        os.devnull,
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, *options, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_all_that_goes_wrong_is_told_and_the_rest_is_run(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = run(tmp_path, "--processes", "2", "-ra")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 6 passed, 1 skipped, 1 error" in done.stdout
    assert re.search(r"FAILED .*test_bad.py::test_wrong", done.stdout)
    assert "assert (1 + 1) == 3" in done.stdout and "said before" in done.stdout
    assert re.search(r"FAILED .*test_deadly.py::test_dies", done.stdout)
    assert "the process died" in done.stdout
    assert re.search(r"ERROR .*test_broken.py", done.stdout) and "nothing_of_this_name" in done.stdout
    assert "not today" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_is_right_is_right_in_any_number_of_processes(tmp_path: Path) -> None:
    (tmp_path / "test_good.py").write_text(FILES["test_good.py"])
    for count in ("1", "3"):
        done = run(tmp_path, "--processes", count)
        assert (done.returncode, "2 passed, 1 skipped" in done.stdout) == (0, True), (
            done.stdout + done.stderr
        )
    one = run(tmp_path, "--processes", "2", "-k", "second")
    assert one.returncode == 0 and "1 passed" in one.stdout, one.stdout + one.stderr
    nothing = run(tmp_path, "--processes", "1", "-k", "nothing_at_all")
    assert nothing.returncode == 5  # as pytest has it where no test was run
