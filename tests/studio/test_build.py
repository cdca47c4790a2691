"""The page that is in the package is the one that its sources make."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composer.studio.messages.schema import typescript
from tests.studio.conftest import STATIC, WEB, need_packages


def test_types_of_the_page_are_those_of_the_server() -> None:
    assert (WEB / "src" / "net" / "messages.ts").read_text(encoding="utf-8") == typescript()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.slow
def test_the_built_page_is_that_of_its_sources(tmp_path: Path) -> None:
    need_packages()
    subprocess.run(["npm", "run", "--silent", "check"], cwd=WEB, check=True)
    command = [
        "npm",
        "run",
        "--silent",
        "build",
        "--",
        "--outDir",
        str(tmp_path / "built"),
        "--emptyOutDir",
    ]
    subprocess.run(command, cwd=WEB, check=True, stdout=subprocess.DEVNULL)
    made, kept = _files(tmp_path / "built"), _files(STATIC)
    assert sorted(made) == sorted(kept)
    differ = [name for name in made if made[name] != kept[name]]
    assert not differ, "run `npm run build` in composer/studio/web"
