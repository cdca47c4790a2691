"""The page on styles: its examples are good styles, and its tables have every field."""

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

import composer
from composer.stylebook.check import StyleCheck
from structure.base.labels import KINDS
from structure.presets.arrangements import Arrangement
from structure.presets.families import style_families
from structure.presets.gestures import Ending, Gestures, LeadIn
from structure.presets.harmony import HarmonicRhythm, Modulations, Move
from structure.presets.styles import Feel, Style, StyleStem, Swing
from structure.presets.tunes import TuneStyle
from tests.benchmarks.style_pictures import picture_of

PAGE = Path(__file__).parents[3] / "docs" / "styles.md"
TEXT = PAGE.read_text("utf-8")
EXAMPLES = dict(re.findall(r"```yaml\n# (\w+\.yaml)\n(.*?)```", TEXT, re.S))

INSIDE: dict[str, type[BaseModel]] = {
    "swing": Swing,
    "feel": Feel,
    "tune": TuneStyle,
    "harmonic_rhythm": HarmonicRhythm,
    "modulations": Modulations,
    "arrangement": Arrangement,
    "gestures": Gestures,
    "stems": StyleStem,
}
"""Fields of a style that have fields of their own."""


@cache
def checked(name: str, folder: Path) -> StyleCheck:
    path = folder / name
    path.write_text(EXAMPLES[name], encoding="utf-8")
    return composer.check_style(path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_a_good_style(name: str, tmp_path: Path) -> None:
    found = checked(name, tmp_path)
    assert (found.verdict, found.wrong, found.weak) == ("good", (), ())


def test_the_examples_go_from_three_lines_to_a_whole_style() -> None:
    sizes = [len(text.splitlines()) for text in EXAMPLES.values()]
    assert sizes == sorted(sizes)
    assert len(sizes) == 3
    assert sizes[0] == 3
    assert sizes[-1] > 40


def test_a_song_is_planned_in_the_style_of_three_lines(tmp_path: Path) -> None:
    (tmp_path / "slow_house.yaml").write_text(EXAMPLES["slow_house.yaml"], encoding="utf-8")
    spec = tmp_path / "song.yaml"
    spec.write_text("genre: slow_house.yaml\nform: [build, drop]\nsections: {build: {bars: 4}}\n")
    plan = composer.plan(spec)
    assert 108 <= plan.grid.tempo_bpm <= 114
    assert "drums" in {stem.role for stem in plan.stems}


def told_fields() -> set[str]:
    rows = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}


def test_every_field_is_in_a_table_and_no_other() -> None:
    plain = {name for name in Style.model_fields if name not in INSIDE and name != "name"}
    inside = {
        f"{outer}.{field.alias or name}"
        for outer, model in INSIDE.items()
        for name, field in model.model_fields.items()
    }
    assert told_fields() == plain | inside | {"like"}


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("gestures.endings", get_args(Ending)),
        ("gestures.lead_ins", get_args(LeadIn)),
        ("harmonic_rhythm.moves", get_args(Move)),
    ],
)
def test_allowed_values_are_all_named(field: str, choices: tuple[str, ...]) -> None:
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{field}`"))
    assert all(choice in row for choice in choices)


def test_kinds_of_section_are_all_named() -> None:
    (line,) = re.findall(r"Kinds of section are\n(.*?)\. Roles", TEXT, re.S)
    assert re.findall(r"\w+", line.replace(" and ", " ")) == list(KINDS)


@pytest.mark.parametrize("family", style_families())
def test_the_gallery_has_a_picture_of_each_family(family: str) -> None:
    path = picture_of(family)
    assert all(style in TEXT.split("## Gallery")[1] for style in style_families()[family])
    for picture in (path, path.with_name(f"{path.stem}-sheets.png")):
        assert f"](styles/{picture.name})" in TEXT
        assert 10_000 < picture.stat().st_size <= 200 * 1024
