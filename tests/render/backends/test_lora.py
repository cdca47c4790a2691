"""A LoRA changes what a backend plays, by its scale; what is wrong with one is told in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from render.backends import load_backend
from render.backends.base import BackendOptions
from render.clips.players import options_of
from structure.base.errors import BackendError, MissingWeightsError, WeightsError
from structure.specs.spec import RenderSpec
from tests.render.backends.asking import request

Folder = Callable[[str], Path]


@pytest.fixture(scope="module")
def ace_lora(tmp_path_factory: pytest.TempPathFactory, model_folder: Folder) -> Path:
    """A LoRA of rank two for every query and value of the tiny ACE-Step, as diffusers saves one."""
    import diffusers

    folder = model_folder("ace-step")
    network = diffusers.AceStepTransformer1DModel.from_pretrained(folder / "transformer")
    draw = torch.Generator().manual_seed(3)
    weights = {}
    for name, part in network.named_modules():
        if isinstance(part, torch.nn.Linear) and name.endswith(("to_q", "to_v")):
            down = torch.randn(2, part.in_features, generator=draw)
            weights[f"transformer.{name}.lora_A.weight"] = down
            weights[f"transformer.{name}.lora_B.weight"] = torch.randn(part.out_features, 2, generator=draw)
    assert weights
    file = tmp_path_factory.mktemp("lora") / "mine.safetensors"
    save_file(weights, file, metadata={"format": "pt"})
    return file


def load(folder: Path, **options: Any) -> Any:
    return load_backend("ace-step", BackendOptions(model=str(folder), **options))


@pytest.mark.slow
def test_a_lora_changes_the_clip_by_its_scale(ace_lora: Path, model_folder: Folder) -> None:
    folder = model_folder("ace-step")
    asked = request(tail_samples=0, steps=1)
    plain = load(folder).generate(asked).audio
    whole = load(folder, lora=str(ace_lora))
    part = load(folder, lora=str(ace_lora.parent), lora_scale=0.1)
    nothing = load(folder, lora=str(ace_lora), lora_scale=0.0)
    clips = [backend.generate(asked).audio for backend in (whole, part, nothing)]
    moved = [float(np.abs(clip - plain).mean()) for clip in clips]
    assert moved[0] > moved[1] > 0.0 and moved[2] < 1e-5
    assert np.array_equal(load(folder, lora=str(ace_lora)).generate(asked).audio, clips[0])
    prints = {load(folder).fingerprint, whole.fingerprint, part.fingerprint}
    assert len(prints) == 3
    assert load(folder, lora=str(ace_lora)).fingerprint == whole.fingerprint


def test_a_spec_names_its_lora(ace_lora: Path, model_folder: Folder) -> None:
    wish = RenderSpec(
        backend="ace-step", model=str(model_folder("ace-step")), lora=str(ace_lora), lora_scale=0.8
    )
    added = load_backend(wish.backend, options_of(wish))._lora  # type: ignore[attr-defined]
    assert (added.file, added.scale) == (ace_lora, 0.8)
    with pytest.raises(ValidationError, match="lora_scale"):
        RenderSpec(lora=str(ace_lora), lora_scale=-1.0)


def test_a_lora_of_another_model_is_told(tmp_path: Path, model_folder: Folder) -> None:
    file = tmp_path / "other.safetensors"
    save_file({"unet.somewhere.lora_A.weight": torch.zeros(2, 8)}, file)
    backend = load(model_folder("ace-step"), lora=str(file))
    with pytest.raises(WeightsError, match="does not fit a AceStepPipeline"):
        backend.generate(request(tail_samples=0))


@pytest.mark.parametrize("name", ["stable-audio", "audioldm2", "longcat-audio", "minimax-music-3"])
def test_backends_without_a_loader_refuse_one(name: str, model_folder: Folder, ace_lora: Path) -> None:
    with pytest.raises(BackendError, match=r"takes no LoRA.*riffusion, ace-step"):
        load_backend(name, BackendOptions(model="somewhere", lora=str(ace_lora)))
    with pytest.raises(BackendError, match="takes no LoRA"):
        load_backend("auto", BackendOptions(model=str(model_folder("audioldm2")), lora=str(ace_lora)))


def test_a_lora_is_found_checked_and_never_a_pickle(tmp_path: Path, model_folder: Folder) -> None:
    folder = model_folder("ace-step")
    with pytest.raises(MissingWeightsError, match="hf download someone/style"):
        load(folder, lora="someone/style")
    with pytest.raises(MissingWeightsError, match="holds no file of safetensors"):
        load(folder, lora=str(tmp_path))
    (tmp_path / "pytorch_lora_weights.bin").write_bytes(b"pickle")
    with pytest.raises(WeightsError, match="a pickle can run code"):
        load(folder, lora=str(tmp_path))
    (tmp_path / "one.safetensors").write_bytes(b"\x10")
    with pytest.raises(WeightsError, match="is damaged"):
        load(folder, lora=str(tmp_path))
    (tmp_path / "two.safetensors").write_bytes(b"\x10")
    with pytest.raises(WeightsError, match=r"2 files.*one\.safetensors, two\.safetensors.*name one"):
        load(folder, lora=str(tmp_path))
