"""Other titles, chords and forms are shown, and kept in the user's own YAML."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.image
import pytest

from composer.project import Project, find_alternatives, keep_alternative
from structure.base.errors import UsageError
from tests.composer.songmaker import Run

SONG = """# mine
description: dark synthwave about the rain, with a soft bridge
seed: 3
length: 48 bars # short
stems: [{name: low, role: bass}, {name: keys, role: chords}, {name: tune, role: lead}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    path = tmp_path / "rain.yaml"
    path.write_text(SONG)
    return Project.open(path)


def test_other_titles_are_words_of_the_song(project: Project) -> None:
    takes = find_alternatives(project, "title", 5)
    assert (takes[0].value, takes[0].is_current) == (project.plan.title, True)
    assert len({take.value for take in takes}) == 6
    assert [take.plan.title for take in takes] == [take.value for take in takes]
    assert all(take.plan.visits == project.plan.visits for take in takes)
    project.apply(keep_alternative(project, "title", takes[3].number))
    assert project.text == SONG + f"title: {takes[3].value}\n"
    assert [take.number for take in find_alternatives(project, "title", 2) if take.is_current] == [4]


@pytest.mark.slow
def test_other_forms_are_as_long_and_are_kept_with_their_bars(project: Project) -> None:
    now, other = find_alternatives(project, "form", 1)
    assert other.plan.bars == now.plan.bars == 48
    assert other.value != now.value and "sections in 48 bars" in other.differs
    project.apply(keep_alternative(project, "form", other.number))
    assert ", ".join(f"{v.place.name} {v.bars}" for v in project.plan.visits) == other.value
    assert project.text.startswith("# mine") and "# short" in project.text


@pytest.mark.slow
def test_other_chords_of_a_section_are_kept_as_chords(project: Project) -> None:
    section = project.plan.visits[1].place.name
    now, other = find_alternatives(project, "chords", 1, section)
    assert other.value != now.value and "bars have other chords" in other.differs
    project.apply(keep_alternative(project, "chords", other.number, section))
    assert project.spec.sections[section].chords == other.value
    takes = find_alternatives(project, "chords", 1, section)
    assert [take.number for take in takes if take.is_current] == [other.number]


def test_what_cannot_be_is_named(project: Project) -> None:
    with pytest.raises(UsageError, match="no section 'verso'"):
        find_alternatives(project, "chords", 1, "verso")
    with pytest.raises(UsageError, match="no take 9999"):
        keep_alternative(project, "title", 9999)


@pytest.mark.slow
def test_the_command_line_shows_and_keeps_them(run: Run) -> None:
    Path("rain.yaml").write_text(SONG)
    code, out, _ = run("takes", "rain.yaml", "--what", "title", "--count", "3", "--json")
    titles = [take["title"] for take in json.loads(out)["takes"]]
    assert (code, len(titles)) == (0, 4)
    assert "ritornello keep rain.yaml 2 --what title" in run("takes", "rain.yaml", "--what", "title")[1]
    assert run("keep", "rain.yaml", "3", "--what", "title")[0] == 0
    assert f"title: {titles[2]}" in Path("rain.yaml").read_text()
    for wrong, said in (
        (("takes", "rain.yaml", "--what", "chords"), "need --section"),
        (("takes", "rain.yaml", "--what", "form", "--stem", "low"), "have no --stem"),
        (("keep", "rain.yaml", "3"), "named by SECTION STEM TAKE"),
        (("keep", "rain.yaml", "low", "3", "--what", "title"), "named by TAKE"),
    ):
        code, _, err = run(*wrong)
        assert code == 2 and said in err


@pytest.mark.slow
def test_several_plans_are_shown_beside_each_other(run: Run) -> None:
    Path("rain.yaml").write_text(SONG)
    code, out, _ = run("plan", "rain.yaml", "--alternatives", "3", "--png", "plans.png")
    assert code == 0
    assert "ritornello render rain.yaml --seed 4" in out
    height, width, _ = matplotlib.image.imread("plans.png").shape
    assert width == 1560 and height > 900
    code, out, _ = run("plan", "rain.yaml", "--alternatives", "3", "--json")
    rows = json.loads(out)["alternatives"]
    assert [row["seed"] for row in rows] == [3, 4, 5]
    assert len({(row["key"], row["tempo"], row["form"], row["chords"]) for row in rows}) == 3
    assert run("plan", "rain.yaml", "--alternatives", "1")[0] == 2
