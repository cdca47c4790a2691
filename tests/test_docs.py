"""What the documentation shows is true: its links, its commands, its specs, its tables."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
import typer

import composer
from composer.cli.commands import shared
from composer.cli.main import app
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.specs.reference import reference_text
from structure.specs.spec import SongSpec
from tests.builders import nonempty

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
SPECS = sorted((ROOT / "docs" / "specs").glob("*.yaml"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text("utf-8")):
        there = page.parent / target if target else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in headings(there), f"{page.name}: {target}#{anchor}"


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def commands_shown() -> Iterator[tuple[str, list[str]]]:
    """Each call of ``ritornello`` in a block of shell, with the page that shows it."""
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                for call in re.findall(r"(?:^|&& |\()ritornello ([^#>|&)]+)", line):
                    yield page.name, shlex.split(call)


def test_commands_that_are_shown_exist_with_their_options() -> None:
    known: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for page, words in nonempty(list(commands_shown())):
        if words[0].startswith("-"):
            continue
        command, rest = known[words[0]], words[1:]
        if hasattr(command, "commands") and rest and rest[0] in command.commands:
            command = command.commands[rest[0]]
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        used = {word.partition("=")[0] for word in rest if re.fullmatch(r"--?[a-z].*", word)}
        assert used <= options | {"--help", "-h"}, (page, words)


def test_the_reference_of_specs_is_that_of_the_models() -> None:
    page = (ROOT / "docs" / "spec.md").read_text("utf-8")
    assert page == reference_text(), "python -m structure.specs.reference > docs/spec.md"
    assert set(SongSpec.model_fields) <= set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_the_cookbook_names_ten_specs_from_three_lines_to_all() -> None:
    named = re.findall(r"\]\(specs/(.+?\.yaml)\)", (ROOT / "docs" / "cookbook.md").read_text("utf-8"))
    assert named == [path.name for path in SPECS] and len(named) == 10
    lines = [len(path.read_text("utf-8").splitlines()) for path in SPECS]
    assert lines[0] == 3 and lines[-1] == max(lines)
    for path in SPECS:
        load_spec(path)


@pytest.mark.slow
def test_the_pages_become_a_site_with_every_public_name(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        str(ROOT / "docs"),
        str(tmp_path),
    ]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    shown = set(re.findall(r'id="[\w.]*?(\w+)"', (tmp_path / "api.html").read_text("utf-8")))
    ours = set(composer.__all__) - {"__version__", "CancelledError"}
    assert ours <= shown, sorted(ours - shown)
    assert "overview.html#make-a-song" in (tmp_path / "first-song.html").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_each_spec_of_the_cookbook_is_planned_without_a_word(path: Path) -> None:
    plan = plan_song(load_spec(path))
    assert plan.bars >= 8 and plan.notes == ()


def test_the_page_of_exit_codes_has_those_of_the_commands() -> None:
    page = (ROOT / "docs" / "exit_codes.md").read_text("utf-8")
    codes = {
        int(code)
        for cell in re.findall(r"^\| ([\d, ]+) \|", page, re.MULTILINE)
        for code in cell.split(",")
    }
    assert codes == {0, shared.DIFFERS, shared.BAD_INPUT, shared.FAILS_ITS_CHECKS, 130, 143}


def test_the_songs_that_can_be_heard_are_bundled_and_small() -> None:
    files = sorted((ROOT / "docs" / "audio").glob("*.opus"))
    assert len(files) >= 5 and sum(path.stat().st_size for path in files) <= 1_000_000
    readme = PAGES[0].read_text("utf-8")
    for path in files:
        assert (ROOT / "songs" / f"{path.stem}.yaml").is_file() and f"docs/audio/{path.name}" in readme
        heard = soundfile.info(path)
        assert (heard.samplerate, heard.channels) == (48_000, 2) and 10.0 < heard.duration < 20.0


def test_what_contributors_are_told_to_open_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in nonempty(re.findall(r"`((?:structure|render|composer|tests|docs)/[\w./-]*)`", text)):
        assert (ROOT / name).exists(), name
