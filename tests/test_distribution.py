"""What is built for others: an sdist and a wheel that runs in an environment without the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_BYTES = 90_000_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is made from it and from nothing else."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def test_both_are_small_and_whole(built: tuple[Path, Path]) -> None:
    sdist, wheel = built
    assert sdist.stat().st_size <= LARGEST_BYTES and wheel.stat().st_size <= LARGEST_BYTES
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "composer",
        "render",
        "structure",
        "songs",
    }
    assert {f"{package}/py.typed" for package in ("composer", "render", "structure", "songs")} <= names
    assert "songs/neon_tides.yaml" in names and "composer/studio/static/index.html" in names
    assert any(name.endswith("denoiser/diffusion_pytorch_model.safetensors") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    with tarfile.open(sdist) as archive:
        parts = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"tests", "docs", "training", "README.md", "pyproject.toml"} <= parts
    assert not {".git", ".venv-test", "node_modules"} & parts


def test_the_wheel_renders_a_song_where_there_is_no_repository(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    (site,) = (
        home.glob("lib/python*/site-packages") if os.name != "nt" else (home / "Lib" / "site-packages",)
    )
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--no-cache-dir"]
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    clean |= {"RITORNELLO_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            env=clean,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run(*pip, "install", "--no-deps", "--no-index", built[1])
    # What it depends on is what is installed here; its own modules come first.
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert run(python, "-c", "import composer; print(composer.__file__)").startswith(str(site))
    ritornello = python.with_name("ritornello" + python.suffix)
    (tmp_path / "short.yaml").write_text(
        "form: [verse]\ngenre: pop\ntempo: 200\nkey: C major\nseed: 3\n"
        "stems: [{name: kit, role: drums}, {name: low, role: bass}]\n"
        "sections: {verse: {bars: 2, chords: C | G}}\nexport: {overview: false}\n"
    )
    made = json.loads(run(ritornello, "render", "short.yaml", "--out", "song", "--json"))
    assert made["folder"] == "song" and (tmp_path / "song" / "stems" / "low.wav").is_file()
    assert "passed" in run(ritornello, "verify", "song")
    # Extras are those of the package that is installed; no index needs to know it.
    told = run(python, "-m", "pip", "install", "--no-index", "--dry-run", "ritornello[picture]")
    assert "satisfied: ritornello[picture]" in told
