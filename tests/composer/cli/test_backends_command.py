"""``backends --show`` and ``--check``: what one backend is, and whether the model in a folder plays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from composer.base.trying import describe_backend, try_model
from composer.cli.main import app
from render.backends import ENTRIES
from structure.base.errors import BackendError, CheckError, MissingWeightsError, WeightsError
from tests.render.backends import tiny_more


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_more.save_longcat_audio(tmp_path_factory.mktemp("models") / "voice")


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_each_backend_is_described(name: str) -> None:
    facts = describe_backend(name)
    assert facts.document["name"] == name
    assert facts.words["licence"] and facts.words["makes"] and facts.words["state"]
    assert ("get it" in facts.words) == (name != "auto")
    if facts.document["models"]:
        assert facts.document["models"][0] in facts.words["get it"]
        assert facts.document["know"]


def test_one_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(BackendError, match="did you mean 'minimax-music-3'"):
        describe_backend("minimax-musik")


@pytest.mark.slow
def test_show_and_check_from_the_command_line(model: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["backends", "--show", "audioldm2"])
    assert shown.exit_code == 0 and "CC BY-NC-SA" in shown.output and "hf download" in shown.output
    wave = tmp_path / "two.wav"
    command = ["backends", "--check", str(model), "--steps", "2", "--out", str(wave), "--json"]
    played = CliRunner().invoke(app, command)
    assert played.exit_code == 0, played.output
    found = json.loads(played.stdout)
    assert found["backend"] == "longcat-audio" and found["seconds_of_sound"] == pytest.approx(2.0, abs=0.01)
    assert soundfile.info(str(wave)).duration == pytest.approx(2.0, abs=0.01)


@pytest.mark.slow
def test_a_model_that_plays_nothing_or_no_numbers_is_told(model: Path, tmp_path: Path) -> None:
    import shutil

    for value, said in ((0.0, "silent"), (float("nan"), "not all numbers")):
        broken = Path(shutil.copytree(model, tmp_path / said.replace(" ", "-")))
        file = broken / "vae" / "diffusion_pytorch_model.safetensors"
        weights = load_file(file)
        changed = {
            name: torch.full_like(weight, value) if name.startswith("decoder") else weight
            for name, weight in weights.items()
        }
        save_file(changed, file, metadata={"format": "pt"})
        with pytest.raises(CheckError, match=said):
            try_model(broken, steps=1)


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"has no model_index\.json"):
        try_model(tmp_path, steps=1)
    with pytest.raises(MissingWeightsError, match="there is no folder"):
        try_model(tmp_path / "nowhere", steps=1)
    (tmp_path / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    with pytest.raises(WeightsError, match=r"a FluxPipeline, which makes no sound.*audioldm2"):
        try_model(tmp_path, steps=1)
