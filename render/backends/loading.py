"""Loads a diffusers pipeline from a checked folder of weights onto its device."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import torch

from render.backends.devices import Placement
from render.backends.lora import Lora
from render.backends.weights import ModelFolder
from render.model.text import quiet_loading
from structure.base.errors import MissingPackageError, WeightsError

_DOES_NOT_FIT = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError)
"""What diffusers and transformers raise where a folder's files do not fit together."""


def load(
    class_name: str,
    folder: ModelFolder,
    where: Placement,
    scheduler: str | None,
    lora: Lora | None = None,
    **extra: Any,
) -> Any:
    """Load a pipeline of a diffusers class, ready to be called.

    ``scheduler`` is the class of the one to use in place of the model's own; ``lora`` is added to the
    weights. Raises RitornelloError where the folder's files do not fit together.
    """
    import diffusers

    pipeline_class = find_class(class_name)
    try:
        # random weights are drawn before the file's take their place
        with quiet_loading(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.filterwarnings("ignore", "`torch.nn.utils.weight_norm` is deprecated", FutureWarning)
            pipeline = pipeline_class.from_pretrained(
                str(folder.path),
                dtype=where.torch_dtype,
                local_files_only=True,
                use_safetensors=True,
                variant=folder.variant,
                low_cpu_mem_usage=find_spec("accelerate") is not None,
                **extra,
            )
    except _DOES_NOT_FIT as exc:
        raise WeightsError(
            f"{folder.path} cannot be loaded as a {class_name}: {exc}", path=folder.path
        ) from exc
    if scheduler is not None:
        pipeline.scheduler = getattr(diffusers, scheduler).from_config(pipeline.scheduler.config)
    if lora is not None:
        with quiet_loading(), torch.random.fork_rng(devices=[]):
            lora.add_to(pipeline)
    pipeline.set_progress_bar_config(disable=True)
    place(pipeline, where)
    return pipeline


def find_class(class_name: str) -> Any:
    """Return a pipeline's class.

    Raises MissingPackageError where diffusers is too old for it.
    """
    import diffusers

    try:
        return getattr(diffusers, class_name)
    except (AttributeError, RuntimeError, ImportError) as exc:
        raise MissingPackageError(
            f"{class_name} (diffusers {diffusers.__version__} has none)", "diffusers>=0.42.1", "backends"
        ) from exc


def load_parts(blocks: Any, folder: ModelFolder, where: Placement, scheduler: str | None) -> Any:
    """Load a modular pipeline of ``blocks``, ready to be called, each of its parts from the folder's own.

    The folder's index says which class a part is of, and nothing else of it is followed: it may name other
    repositories, and code. Raises RitornelloError where the folder's files do not fit together.
    """
    import diffusers
    import transformers

    libraries = {"diffusers": diffusers, "transformers": transformers}
    manager = diffusers.ComponentsManager() if where.offload == "model" else None
    pipeline = blocks.init_pipeline(components_manager=manager)
    parts = {}
    with quiet_loading(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", "`torch.nn.utils.weight_norm` is deprecated", FutureWarning)
        for name, (library, class_name) in folder.parts.items():
            weighty = name in folder.components
            extra = (
                {"dtype": where.torch_dtype, "use_safetensors": True, "variant": folder.variant}
                if weighty
                else {}
            )
            try:
                part_class = getattr(libraries[library], class_name)
                parts[name] = part_class.from_pretrained(
                    str(folder.path / name), local_files_only=True, **extra
                )
            except _DOES_NOT_FIT as exc:
                raise WeightsError(
                    f"{folder.path / name} cannot be loaded as a {class_name}: {exc}",
                    path=folder.path / name,
                ) from exc
    pipeline.update_components(**parts)
    if scheduler is not None:
        pipeline.update_components(
            scheduler=getattr(diffusers, scheduler).from_config(pipeline.scheduler.config)
        )
    pipeline.set_progress_bar_config(disable=True)
    if manager is not None:
        manager.enable_auto_cpu_offload(device=where.device)
    else:
        pipeline.to(where.device)
    _settle(pipeline.components.values(), where)
    return pipeline


@contextmanager
def quiet_generation() -> Iterator[None]:
    """Silence what transformers says of old names that diffusers still uses, until the block ends."""
    with warnings.catch_warnings(), quiet_logs("transformers"):
        warnings.filterwarnings("ignore", message=".*past_key_values.*", category=FutureWarning)
        yield


@contextmanager
def quiet_logs(name: str) -> Iterator[None]:
    """Let a library's logger report errors only, until the block ends."""
    logger = logging.getLogger(name)
    usual = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(usual)


def fingerprint(
    code: tuple[object, ...],
    folder: ModelFolder,
    scheduler: str | None,
    where: Placement,
    lora: Lora | None = None,
) -> str:
    """Return what decides a backend's samples, in one line.

    It has the backend's ``code`` (name and version), the weights, the scheduler, device and precision, the
    LoRA, and the versions of torch and diffusers.
    """
    import diffusers

    added = () if lora is None else (lora.digest,)
    model = (folder.digest[:32], scheduler, where.device, where.dtype, *added)
    return ":".join(map(str, (*code, *model, torch.__version__, diffusers.__version__)))


def sharing(pipeline: Any, class_name: str, **extra: Any) -> Any:
    """Return a pipeline of another diffusers class with the weights of a loaded one."""
    import diffusers

    other = getattr(diffusers, class_name)(**pipeline.components, **extra)
    other.set_progress_bar_config(disable=True)
    return other


def place(pipeline: Any, where: Placement) -> None:
    """Move a pipeline to its device, or have it moved part by part while it runs."""
    if where.offload == "model":
        pipeline.enable_model_cpu_offload(device=where.device)
    elif where.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=where.device)
    else:
        pipeline.to(where.device)
    _settle(pipeline.components.values(), where)


def _settle(parts: Iterable[object], where: Placement) -> None:
    for part in parts:
        if isinstance(part, torch.nn.Module):
            part.eval()
            for weight in part.parameters() if where.device == "cpu" else ():
                # a copy out of the mapped file: BLAS rounds otherwise where data is not aligned
                weight.data = weight.data.clone(memory_format=torch.contiguous_format)
