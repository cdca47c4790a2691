"""The figures of a checkout, on small ones that are made for it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.code_shape import has_participle_name, shape
from tests.benchmarks.code_tree import Checkout, circles, layers

SCRIPT = Path(__file__).with_name("code_shape.py")

FILES = {
    "structure/__init__.py": '"""Plans."""\n',
    "structure/plan.py": '''"""Plan."""

from structure.forms.walk import walk


class RitornelloError(Exception):
    """Root."""


class PlanError(RitornelloError):
    """No plan."""


def plan(bars: int) -> list[int]:
    """The plan."""
    if bars < 1:
        raise RitornelloError("no bars")
    return _doubled(walk(bars)) + _one() + _one()


def _doubled(bars):
    return bars * 2


def _one():
    return [1]
''',
    "structure/forms/walk.py": '''"""Walk."""


def walk(bars: int) -> list[int]:
    """Walk through ``bars`` bars."""
    from structure.plan import PlanError
    from render import mix

    assert mix and PlanError
    return list(range(bars))
''',
    "render/__init__.py": '"""Sound."""\n',
    "render/mix.py": '''"""Mix."""

from dataclasses import dataclass

from structure import plan


@dataclass
class Strip:
    """A strip."""

'''
    + "".join(f"    gain_{number}: float = 0.0\n" for number in range(16))
    + '''

def mix(a: int, b: int, c: int, d: int, e: int, f: int, g: int, *more: int) -> Strip:
    """Mix seven."""
    assert plan and 10.0 ** (a / 20.0)
    return Strip(1, 2, 3, 4, 5, 6)
''',
    "render/model/training/train.py": '"""Train."""\n\nfrom render import mix\n\nprint(mix)\n',
    "tests/test_plan.py": "def test_plan():\n    assert True\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_lines_and_functions_are_counted(root: Path) -> None:
    figures = shape(root)
    runtime, training = figures["code"]["runtime"], figures["code"]["training"]
    assert runtime["source_lines"] == sum(FILES[name].count("\n") for name in list(FILES)[:5])
    assert (runtime["files"], training["files"]) == (5, 1)
    assert runtime["functions"] == 5
    assert runtime["body_lines_max"] == 5  # walk's: two imports, an empty line, two statements
    assert runtime["private_share"] == 0.4
    assert runtime["private_named_once"] == 1  # _doubled; _one is called twice
    assert runtime["private_called_once"] == 1
    assert runtime["participle_names"] == 1
    assert runtime["functions_with_7_parameters_or_more"] == 1
    assert runtime["parameters_annotated_share"] == round(10 / 11, 4)
    assert runtime["public_with_docstring_share"] == 1.0
    assert figures["tests"]["test_lines"] == 2


def test_rows_errors_and_conversions_are_counted(root: Path) -> None:
    runtime = shape(root)["code"]["runtime"]
    assert runtime["records_over_15_fields_names"] == {"Strip": 16}
    assert runtime["wide_positional_classes"] == {"Strip": 1}
    assert runtime["raises_of_root_error"] == 1
    assert runtime["error_classes"] == 2
    assert runtime["inline_10_power_x_by_20"] == 1
    assert runtime["imports_in_functions"] == runtime["own_imports_in_functions"] == 2


def test_circles_and_upward_imports_are_found(root: Path) -> None:
    layout = shape(root)["layout"]
    assert layout["circles_of_folders"] == [["render", "structure", "structure/forms"]]
    assert layout["circles_of_modules"] == [
        ["render/mix.py", "structure/forms/walk.py", "structure/plan.py"]
    ]
    assert layout["upward_imports"] == ["structure/forms/walk.py:7 imports render/mix.py"]
    folders = {row["folder"]: row["modules"] for row in layout["per_folder"]}
    assert folders == {"structure": 1, "structure/forms": 1, "render": 1, "render/model/training": 1}


def test_without_them_there_is_no_circle_but_layers(root: Path) -> None:
    walk = root / "structure/forms/walk.py"
    kept = [line for line in walk.read_text(encoding="utf-8").splitlines() if "    from" not in line]
    walk.write_text("\n".join(line for line in kept if "assert" not in line), encoding="utf-8")
    checkout = Checkout(root)
    assert circles(checkout.folder_graph()) == circles(checkout.module_graph()) == []
    assert checkout.upward_imports() == []
    assert layers(checkout.folder_graph()) == 4  # training, render, structure, forms
    assert layers(checkout.unit_graph("structure")) == 2


def test_training_counts_apart_wherever_it_lies(root: Path) -> None:
    before = shape(root)["code"]
    shutil.move(root / "render/model/training", root / "training")
    after = shape(root)["code"]
    assert after["runtime"] == before["runtime"]
    assert after["training"]["source_lines"] == before["training"]["source_lines"] == 5


def test_mentions_of_a_field_are_listed(root: Path) -> None:
    field = shape(root, field="bars")["field"]
    assert field["files"] == ["structure/forms/walk.py", "structure/plan.py"]
    assert len(field["places"]) == FILES["structure/plan.py"].count("bars") + 4
    assert field["places"][0] == "structure/forms/walk.py:4"


@pytest.mark.parametrize("name", ["conformed", "_told_by_name", "mix_said", "kept_clips"])
def test_participles(name: str) -> None:
    assert has_participle_name(name)


@pytest.mark.parametrize("name", ["conform", "read_plan", "seed", "_feed", "check_meter_is_known", "left"])
def test_no_participles(name: str) -> None:
    assert not has_participle_name(name)


@pytest.mark.slow
def test_the_script_writes_figures_and_a_picture(root: Path, tmp_path: Path) -> None:
    figures, picture = tmp_path / "shape.json", tmp_path / "shape.png"
    command = [sys.executable, str(SCRIPT), "--root", str(root)]
    run = subprocess.run(
        [*command, "--json", str(figures), "--picture", str(picture)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "render/mix.py" in run.stdout
    assert json.loads(figures.read_text(encoding="utf-8"))["layout"]["imports_upwards"] == 1
    from PIL import Image

    with Image.open(picture) as image:
        assert image.size == (1600, 1000)
        red = sum(
            count for count, (r, g, b, *_) in image.getcolors(1 << 20) if r > 190 and g < 90 and b < 90
        )
    assert red > 500  # the circle's arrows
