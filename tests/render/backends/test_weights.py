"""What is wrong with weights, devices and schedulers is said before anything is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import render.backends.devices as devices
from render.backends import ENTRIES, backend_names, load_backend
from render.backends.base import BackendOptions
from render.backends.convert import convert
from render.backends.devices import Placement, estimate_bytes, placement
from render.backends.embedded import EmbeddedBackend
from render.backends.loading import load
from render.backends.weights import ModelFolder, find_model
from structure.base.errors import (
    DeviceError,
    MissingWeightsError,
    NoRoomError,
    RitornelloError,
    WeightsError,
)

Folder = Callable[[str], Path]
CLASSES = ("StableAudioPipeline",)


@pytest.fixture
def copy(model_folder: Folder, tmp_path: Path) -> Path:
    """A copy of the tiny Stable Audio to break."""
    return Path(shutil.copytree(model_folder("stable-audio"), tmp_path / "model"))


@pytest.fixture(autouse=True)
def empty_hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    import huggingface_hub.constants

    cache = tmp_path / "hub"
    cache.mkdir()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


def opened(backend: str, **options: Any) -> None:
    load_backend(backend, BackendOptions(**options))


@pytest.mark.parametrize(
    ("backend", "command"),
    [
        ("riffusion", "hf download riffusion/riffusion-model-v1"),
        ("stable-audio", "hf auth login && hf download stabilityai/stable-audio-open-1.0"),
        ("ace-step", "hf download ACE-Step/acestep-v15-xl-turbo-diffusers"),
        ("minimax-music-3", "hf download MiniMaxAI/MiniMax-Music3"),
        ("longcat-audio", "hf download ruixiangma/LongCat-AudioDiT-1B-Diffusers"),
        ("audioldm2", "hf download cvssp/audioldm2-music"),
        ("stable-audio-3", "hf auth login && hf download stabilityai/stable-audio-3-medium"),
    ],
)
def test_missing_weights_come_with_the_command_that_gets_them(backend: str, command: str) -> None:
    with pytest.raises(RitornelloError, match="not on this machine") as caught:
        opened(backend)
    assert command in str(caught.value)


def test_weights_are_found_in_the_hub_cache(model_folder: Folder, empty_hub_cache: Path) -> None:
    repository = empty_hub_cache / "models--riffusion--riffusion-model-v1"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    snapshot = repository / "snapshots" / ("0" * 40)
    shutil.copytree(model_folder("riffusion"), snapshot)
    assert (
        find_model("riffusion", None, ("riffusion/riffusion-model-v1",), ("StableDiffusionPipeline",)).path
        == snapshot
    )
    opened("riffusion", model="riffusion/riffusion-model-v1")
    with pytest.raises(RitornelloError, match="hf download somebody/else"):
        opened("riffusion", model="somebody/else")


def test_an_older_copy_that_is_whole_does_where_the_newest_was_half_downloaded(
    model_folder: Folder, empty_hub_cache: Path
) -> None:
    name, classes = "riffusion/riffusion-model-v1", ("StableDiffusionPipeline",)
    repository = empty_hub_cache / "models--riffusion--riffusion-model-v1"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("1" * 40)
    older, newest = (repository / "snapshots" / (digit * 40) for digit in "01")
    shutil.copytree(model_folder("riffusion"), older)
    shutil.copytree(model_folder("riffusion"), newest)
    assert find_model("riffusion", None, (name,), classes).path == newest
    shutil.rmtree(newest / "unet")
    assert find_model("riffusion", None, (name,), classes).path == older
    assert find_model("riffusion", name, (), classes).path == older
    shutil.rmtree(older / "unet")
    with pytest.raises(RitornelloError, match=f"{'1' * 40}.unet"):
        find_model("riffusion", name, (), classes)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="there is no folder"):
        opened("riffusion", model=str(tmp_path / "nowhere"))


def test_a_folder_that_names_the_loader_as_its_class(copy: Path) -> None:
    index = json.loads((copy / "model_index.json").read_text())
    index["_class_name"] = "AutoPipelineForText2Audio"
    (copy / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match="which makes no sound"):
        opened("auto", model=str(copy))


def test_a_file_in_place_of_a_folder(copy: Path) -> None:
    with pytest.raises(RitornelloError, match="is a file"):
        opened("stable-audio", model=str(copy / "model_index.json"))


def test_a_folder_above_the_pipeline_is_seen(copy: Path) -> None:
    with pytest.raises(RitornelloError, match=r"did you mean .*model\?"):
        opened("stable-audio", model=str(copy.parent))


def test_a_model_of_another_backend_names_that_backend(model_folder: Folder) -> None:
    with pytest.raises(RitornelloError, match=r"StableAudioPipeline.*--backend stable-audio"):
        opened("riffusion", model=str(model_folder("stable-audio")))


def test_a_class_from_elsewhere_is_never_loaded(copy: Path) -> None:
    index = json.loads((copy / "model_index.json").read_text())
    index["vae"] = ["os", "system"]
    (copy / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(RitornelloError, match="only classes of diffusers"):
        opened("stable-audio", model=str(copy))


def test_pickles_are_refused_and_can_be_converted(copy: Path) -> None:
    weights = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    before = load_file(weights)
    torch.save(before, weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(RitornelloError, match=r"is a pickle.*render\.backends\.convert"):
        opened("stable-audio", model=str(copy))
    assert convert(copy) == [weights]
    after = load_file(weights)
    assert before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)
    opened("stable-audio", model=str(copy))


class Runs:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_that_runs_code_is_not_converted(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Runs()}, copy / "vae" / "diffusion_pytorch_model.bin")
    (copy / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(RitornelloError, match="does not hold weights alone"):
        convert(copy)
    assert not (tmp_path / "ran").exists()


def test_half_a_download_is_seen(copy: Path) -> None:
    file = copy / "vae" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(RitornelloError, match=r"cut off.*download it again"):
        opened("stable-audio", model=str(copy))


def test_a_missing_shard_is_seen(copy: Path) -> None:
    index = {"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    place = copy / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    place.write_text(json.dumps(index))
    with pytest.raises(RitornelloError, match=r"00002-of-00002\.safetensors is missing"):
        opened("stable-audio", model=str(copy))


def test_missing_component_is_seen(copy: Path) -> None:
    shutil.rmtree(copy / "text_encoder")
    with pytest.raises(RitornelloError, match="text_encoder holds no safetensors"):
        opened("stable-audio", model=str(copy))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("longcat-audio", "tokenizer"),
        ("longcat-audio", "transformer"),
        pytest.param("audioldm2", "scheduler", marks=pytest.mark.slow),
        pytest.param("minimax-music-3", "vocoder", marks=pytest.mark.slow),
        pytest.param("minimax-music-3", "tokenizer", marks=pytest.mark.slow),
    ],
)
def test_a_part_that_is_missing_is_named_before_anything_is_loaded(
    name: str, part: str, model_folder: Folder, tmp_path: Path
) -> None:
    whole = model_folder(name)
    half = Path(shutil.copytree(whole, tmp_path / "half"))
    shutil.rmtree(half / part)
    with pytest.raises(MissingWeightsError, match=rf"{part}.*hf download"):
        opened(name, model=str(half))
    with pytest.raises(MissingWeightsError, match=part):
        opened("auto", model=str(half))


def test_a_configuration_that_is_missing_is_named(copy: Path) -> None:
    (copy / "vae" / "config.json").unlink()
    with pytest.raises(MissingWeightsError, match=r"vae/config\.json is missing"):
        opened("stable-audio", model=str(copy))


def test_a_configuration_that_names_code_is_refused(copy: Path) -> None:
    config = json.loads((copy / "text_encoder" / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling_mine.Mine"}
    (copy / "text_encoder" / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=r"names code of its own \(auto_map\), which is never run"):
        opened("stable-audio", model=str(copy))


@pytest.mark.slow
def test_a_modular_index_is_followed_to_nowhere_else(model_folder: Folder, tmp_path: Path) -> None:
    """Its parts come from the folder, whatever repository it names; code in the folder is not read."""
    half = Path(shutil.copytree(model_folder("minimax-music-3"), tmp_path / "half"))
    index = json.loads((half / "modular_model_index.json").read_text())
    index["vocoder"][2]["pretrained_model_name_or_path"] = "someone/elsewhere"
    (half / "modular_model_index.json").write_text(json.dumps(index))
    (half / "modular_config.json").write_text('{"auto_map": {"ModularPipelineBlocks": "mine.Blocks"}}')
    (half / "mine.py").write_text("raise SystemExit('this was run')")
    backend: Any = load_backend("minimax-music-3", BackendOptions(model=str(half)))
    assert backend._pipeline.vocoder is not None
    index["vocoder"][:2] = ["mine", "Vocoder"]
    (half / "modular_model_index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match="vocoder comes from 'mine'; only classes of diffusers"):
        opened("minimax-music-3", model=str(half))


def test_minimax_moves_whole_parts_only(model_folder: Folder) -> None:
    with pytest.raises(DeviceError, match=r"moves whole parts.*choose offload model"):
        opened("minimax-music-3", model=str(model_folder("minimax-music-3")), offload="sequential")


def test_parameters_are_counted_from_headers(model_folder: Folder) -> None:
    import diffusers

    folder = find_model("stable-audio", str(model_folder("stable-audio")), (), CLASSES)
    vae = diffusers.AutoencoderOobleck.from_pretrained(folder.path / "vae")
    assert folder.parameters["vae"] == sum(weight.numel() for weight in vae.parameters())


def test_digest_follows_any_weight(copy: Path) -> None:
    index = json.loads((copy / "model_index.json").read_text())
    before = ModelFolder(copy, index).digest
    file = copy / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    last = sorted(weights)[-1]
    weights[last] = weights[last] + 1e-3
    save_file(weights, file, metadata={"format": "pt"})
    assert ModelFolder(copy, index).digest != before


def test_half_precision_files_are_used_where_there_are_no_others(copy: Path) -> None:
    index = json.loads((copy / "model_index.json").read_text())
    assert ModelFolder(copy, index).variant is None
    for file in copy.rglob("*.safetensors"):
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    assert ModelFolder(copy, index).variant == "fp16"


def test_parts_of_which_only_one_has_half_precision_alone_are_loaded_together(copy: Path) -> None:
    """As a cache has them in which some parts were fetched for another pipeline."""
    for file in (copy / "transformer").glob("*.safetensors"):
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    folder = find_model("stable-audio", str(copy), (), CLASSES)
    assert folder.variant == "fp16"
    where = placement(BackendOptions(device="cpu"), folder.parameters)
    pipeline = load("StableAudioPipeline", folder, where, None)
    assert all(pipeline.components[part] is not None for part in ("transformer", "vae", "text_encoder"))


@pytest.mark.parametrize(
    ("backend", "model", "wrong", "hint"),
    [
        ("riffusion", "riffusion", "EulerDiscret", "did you mean 'EulerDiscreteScheduler'"),
        ("stable-audio", "stable-audio", "DDIM", "allowed: CosineDPMSolverMultistepScheduler"),
        ("ace-step", "ace-step", "FlowMatchEulr", "did you mean 'FlowMatchEulerDiscreteScheduler'"),
    ],
)
def test_unknown_schedulers(backend: str, model: str, wrong: str, hint: str, model_folder: Folder) -> None:
    with pytest.raises(RitornelloError) as caught:
        opened(backend, model=str(model_folder(model)), scheduler=wrong)
    assert hint in str(caught.value)


def test_unknown_backend() -> None:
    with pytest.raises(RitornelloError, match="did you mean 'riffusion'"):
        load_backend("rifusion")


def test_torchsde_is_asked_for_by_name(model_folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.backends.pipelines.stable_audio.find_spec", lambda name: None)
    with pytest.raises(RitornelloError, match=r"pip install 'ritornello\[backends\]'"):
        opened("stable-audio", model=str(model_folder("stable-audio")))


def test_embedded_backend_takes_no_options_but_a_device() -> None:
    for wrong in ({"model": "somewhere"}, {"dtype": "float16"}, {"device": "cuda", "offload": "model"}):
        with pytest.raises(RitornelloError, match="takes no model"):
            opened("embedded", **wrong)
    if not torch.cuda.is_available():
        with pytest.raises(RitornelloError, match="torch finds no cuda device here"):
            opened("embedded", device="cuda")
    assert EmbeddedBackend(device="cuda").fingerprint != EmbeddedBackend().fingerprint
    opened("embedded", device="cpu")
    assert backend_names()[0] == "embedded"


def test_what_backends_can_do_is_known_without_their_weights() -> None:
    can = {entry.name: entry.capabilities() for entry in ENTRIES}
    singing = [name for name in can if can[name].sings_lyrics]
    assert singing == ["ace-step", "minimax-music-3", "longcat-audio"]
    assert [name for name in can if can[name].follows_score] == ["embedded"]
    assert can["riffusion"].window_s == pytest.approx(5.11)
    assert can["stable-audio"].window_s == pytest.approx(47.55, abs=0.01)


def test_a_device_that_is_not_there() -> None:
    missing = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(RitornelloError, match=f"no {missing} device.*pytorch.org"):
        placement(BackendOptions(device=missing), {})  # type: ignore[arg-type]


def test_float16_wants_a_gpu() -> None:
    with pytest.raises(RitornelloError, match="CPU does not compute in float16"):
        placement(BackendOptions(device="cpu", dtype="float16"), {})


def test_offload_wants_a_gpu() -> None:
    with pytest.raises(RitornelloError, match="nothing to move on cpu"):
        placement(BackendOptions(device="cpu", offload="model"), {})


def test_too_little_memory_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: 4_000_000_000)
    with pytest.raises(
        NoRoomError, match=r"about 5\.0 GB of memory on cpu in float32, and 4\.0 GB are free"
    ):
        placement(BackendOptions(device="cpu"), {"unet": 1_000_000_000})
    placement(BackendOptions(device="cpu", dtype="bfloat16"), {"unet": 1_000_000_000})


def test_offload_needs_room_for_the_largest_part_only() -> None:
    parameters = {"unet": 800, "vae": 100, "text_encoder": 100}
    whole = estimate_bytes(Placement("cuda", "float16", "none"), parameters)
    parted = estimate_bytes(Placement("cuda", "float16", "model"), parameters)
    assert (whole, parted) == (2500, 2000)


def test_gpu_runs_in_half_precision_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(devices, "free_bytes", lambda device: 10**12)
    assert placement(BackendOptions(), {"unet": 1}) == Placement("cuda", "float16", "none")
    assert placement(BackendOptions(), {"unet": 1}, "bfloat16").dtype == "bfloat16"
