"""Folders of weights, as diffusers pipelines are saved: found, and checked before anything is loaded.

Only safetensors files are read. Their headers tell how many parameters a model has, and whether a
download was cut off, without reading the weights themselves.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from render.backends.tensor_files import count_parameters, probe_file, read_header
from structure.base.errors import MissingWeightsError, WeightsError
from structure.base.jsonfile import read_json

INDEX = "model_index.json"
MODULAR_INDEX = "modular_model_index.json"
"""The index of a modular pipeline, which has its parts, and may say where else they are to be had."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
_LIBRARIES = ("diffusers", "transformers")
_DISPENSABLE = ("feature_extractor", "image_encoder", "safety_checker")
_MADE_BY_ITSELF = (("LongCatAudioDiTPipeline", "scheduler"),)
_WITHOUT_WEIGHTS = ("scheduler", "tokenizer", *_DISPENSABLE)
_OWN_MODULES = {
    "StableAudioPipeline": "stable_audio",
    "StableAudio3Pipeline": "stable_audio_3",
    "StableAudio3AudioToAudioPipeline": "stable_audio_3",
    "StableAudio3InpaintPipeline": "stable_audio_3",
    "AceStepPipeline": "ace_step",
    "AudioLDM2Pipeline": "audioldm2",
    "LongCatAudioDiTPipeline": "longcat_audio_dit",
}
"""The package that diffusers writes as the module of a pipeline's own parts."""


@dataclass(frozen=True)
class ModelFolder:
    """A diffusers pipeline on disk. ``index`` is its ``model_index.json``."""

    path: Path
    index: Mapping[str, Any]

    @property
    def class_name(self) -> str:
        """Name of the pipeline's class."""
        return str(self.index.get("_class_name", ""))

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, str]]:
        """Return the library and class of each part, by name.

        A modular index may have them in a hint.
        """
        found = {}
        for name, entry in self.index.items():
            if not isinstance(entry, Sequence) or isinstance(entry, str) or len(entry) < 2:
                continue
            hint = entry[2].get("type_hint") if len(entry) > 2 and isinstance(entry[2], Mapping) else None
            library, class_name = entry[:2] if entry[0] is not None or hint is None else hint[:2]
            if library is not None:
                found[name] = (str(library), str(class_name))
        return found

    @property
    def components(self) -> tuple[str, ...]:
        """Return the names of the parts that have weights."""
        return tuple(name for name in self.parts if not name.startswith(_WITHOUT_WEIGHTS))

    @property
    def scheduler_class(self) -> str:
        """Name of the scheduler's class, "" where the pipeline has none."""
        return self.parts.get("scheduler", ("", ""))[1]

    def config(self, component: str) -> Mapping[str, Any]:
        """Return a component's ``config.json``, or its ``scheduler_config.json``; {} if it has neither."""
        for name in ("config.json", "scheduler_config.json"):
            if (self.path / component / name).is_file():
                return _json(self.path / component / name)
        return {}

    @cached_property
    def variant(self) -> str | None:
        """Return ``fp16`` where the weights of some part are there in that precision alone; None otherwise.

        Parts that are there in full precision alone are loaded beside them.
        """
        parts = [[file.name for file in self._files(part)] for part in self.components]
        return "fp16" if any(names and all(".fp16." in name for name in names) for names in parts) else None

    @cached_property
    def parameters(self) -> Mapping[str, int]:
        """Return the number of parameters of each component."""
        return {part: sum(count_parameters(file) for file in self._files(part)) for part in self.components}

    @cached_property
    def digest(self) -> str:
        """Return a SHA-256 over the configurations and over samples of the weights.

        Of each file of weights, its size, header and some evenly spaced blocks count: other weights have
        another digest, and gigabytes are not read for it.
        """
        found = hashlib.sha256()
        for file in sorted(self.path.rglob("*")):
            name = file.relative_to(self.path).as_posix()
            if file.suffix == ".json" or file.suffix in (".txt", ".model"):
                found.update(name.encode() + file.read_bytes())
            elif file.suffix == ".safetensors":
                found.update(name.encode() + probe_file(file))
        return found.hexdigest()

    def _files(self, component: str) -> list[Path]:
        every = sorted((self.path / component).glob("*.safetensors"))
        plain = [file for file in every if ".fp16." not in file.name]
        return plain or every


def find_model(
    backend: str,
    wanted: str | None,
    usual: Sequence[str],
    classes: Iterable[str],
    *,
    gated: bool = False,
    others: Mapping[str, str] | None = None,
) -> ModelFolder:
    """Find the folder of a backend's model, and check it.

    ``usual`` are hub names to try in turn where ``wanted`` is None; ``classes`` are the pipelines that the
    backend runs, ``others`` those of all backends by name.

    Raises RitornelloError with the command that mends it: weights that are missing, half downloaded or
    pickled, a folder of something else.
    """
    failure: MissingWeightsError | None = None
    runs = list(classes)
    for name in usual if wanted is None else ():  # of several that would do, the first that is whole
        path = in_cache(name)
        if path is not None:
            try:
                return _check_folder(path, backend, name, runs, others or {})
            except MissingWeightsError as exc:
                failure = failure or exc
    if failure is not None:
        raise failure
    path = _locate(backend, wanted, usual, gated=gated)
    return _check_folder(path, backend, wanted or usual[0], runs, others or {})


def look_into(backend: str, wanted: str) -> ModelFolder:
    """Find a model's folder, of which nothing but the index is read.

    Raises WeightsError where it has none.
    """
    path = _locate(backend, wanted, (), gated=False)
    return ModelFolder(path, _index(path, backend))


def _check_folder(
    path: Path, backend: str, name: str, classes: Sequence[str], others: Mapping[str, str]
) -> ModelFolder:
    """Return the model in a folder, after checking that all of its weights are there.

    Raises RitornelloError where they are not, or where the backend does not run this pipeline.
    """
    folder = ModelFolder(path, _index(path, backend))
    if folder.class_name not in classes:
        other = others.get(folder.class_name)
        raise WeightsError(
            f"{folder.path} holds a {folder.class_name or 'pipeline without a name'}, and the backend "
            f"{backend!r} runs {', '.join(classes)}",
            path=folder.path,
            field="model",
            hint=f"choose it with --backend {other}" if other and other != backend else "",
        )

    for component in folder.components:
        _check_component(folder, component, name)
    for part in folder.parts:
        dispensable = part.startswith(_DISPENSABLE) or (folder.class_name, part) in _MADE_BY_ITSELF
        if not dispensable and not (path / part).is_dir():
            raise MissingWeightsError(
                f"{path / part} is missing",
                path=path / part,
                hint=_how_to_repair(folder, name),
            )
    return folder


def is_network_error(error: BaseException) -> bool:
    """Return whether an error is that of a download, such as one without a network."""
    from urllib.error import URLError

    return isinstance(error, URLError)


def download_command(hub_id: str, *, gated: bool = False) -> str:
    """Return what a user types to get a model's weights."""
    command = f"hf download {hub_id}"
    if not gated:
        return command
    return f"accept the licence on https://huggingface.co/{hub_id}, then: hf auth login && {command}"


def in_cache(hub_id: str) -> Path | None:
    """Return the newest copy of a pipeline's repository in the Hugging Face cache; nothing is downloaded.

    Returns None where there is no copy, or where it has no index.
    """
    path = find_repository(hub_id)
    return path if path is not None and _index_file(path) is not None else None


def is_hub_name(name: str) -> bool:
    """Return whether a name may be that of a repository on the hub."""
    return _HUB_ID.match(name) is not None


def find_repository(hub_id: str) -> Path | None:
    """Return the newest copy of any repository in the Hugging Face cache; nothing is downloaded.

    Returns None where there is no copy.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError, OSError, ValueError):
        return None


def _locate(backend: str, wanted: str | None, usual: Sequence[str], *, gated: bool) -> Path:
    if wanted is None:
        raise MissingWeightsError(
            f"the weights of the backend {backend!r} are not on this machine",
            field="model",
            hint=f"get them with: {download_command(usual[0], gated=gated)}",
        )
    path = Path(wanted).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise WeightsError(
            f"{wanted} is a file",
            path=path,
            field="model",
            hint=f"`model` names a folder that holds {INDEX}, or a repository on the hub",
        )
    if path.is_absolute() or wanted.startswith((".", "~")) or not _HUB_ID.match(wanted):
        raise MissingWeightsError(
            f"there is no folder {wanted}",
            path=path,
            field="model",
            hint="`model` names a folder or a repository on the hub",
        )
    found = in_cache(wanted)
    if found is None:
        raise MissingWeightsError(
            f"there is no folder {wanted}, and no repository of this name in the Hugging Face cache",
            path=path,
            field="model",
            hint=f"get it with: {download_command(wanted, gated=gated and wanted in usual)}",
        )
    return found


def _index(path: Path, backend: str) -> Mapping[str, Any]:
    index = _index_file(path)
    if index is None:
        inside = [child.name for child in sorted(path.iterdir()) if _index_file(child) is not None]
        hint = f"did you mean {path / inside[0]}?" if inside else "it is none that diffusers has saved"
        raise WeightsError(
            f"{path} has no {INDEX}, so the backend {backend!r} cannot load it", path=path, hint=hint
        )
    return _json(index)


def _index_file(path: Path) -> Path | None:
    """Return the index in a folder, the modular one before the other; None where there is none."""
    return next((path / name for name in (MODULAR_INDEX, INDEX) if (path / name).is_file()), None)


def _json(path: Path) -> Mapping[str, Any]:
    data = read_json(path, WeightsError)
    if not isinstance(data, dict):
        raise WeightsError(f"{path} is damaged: it holds no JSON object", path=path)
    return data


def _check_component(folder: ModelFolder, component: str, name: str) -> None:
    """Check that a component's weights are there, as safetensors, and whole."""
    place, mend = folder.path / component, _how_to_repair(folder, name)
    library = folder.parts[component][0]
    if library not in (*_LIBRARIES, _OWN_MODULES.get(folder.class_name)):
        index = _index_file(folder.path)
        raise WeightsError(
            f"{index}: {component} comes from {library!r}; only classes of diffusers and transformers are "
            "loaded, and no code from a folder",
            path=index,
            field=component,
        )
    if "auto_map" in folder.config(component):
        raise WeightsError(
            f"{place / 'config.json'} names code of its own (auto_map), which is never run",
            path=place / "config.json",
            field="auto_map",
            hint="take weights that are of a class of diffusers or transformers",
        )
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else []
    if not files:
        pickles = [file for file in sorted(place.glob("*")) if file.suffix in PICKLES]
        if pickles:
            raise WeightsError(
                f"{pickles[0]} is a pickle, which can run code when it is read, and is refused",
                path=pickles[0],
                hint=f"turn it into safetensors with: python -m render.backends.convert {folder.path}",
            )
        raise MissingWeightsError(f"{place} holds no safetensors file", path=place, hint=mend)
    if not folder.config(component):
        config = place / "config.json"
        raise MissingWeightsError(f"{config} is missing", path=config, hint=mend)

    shards: set[str] = set()
    for index in place.glob("*.safetensors.index.json"):
        shards |= set(_json(index).get("weight_map", {}).values())
    for shard in (place / name for name in sorted(shards)):
        if not shard.is_file():
            raise MissingWeightsError(f"{shard} is missing", path=shard, hint=mend)
    for file in files:
        read_header(file)


def _how_to_repair(folder: ModelFolder, name: str) -> str:
    """Say what a user types to get what is missing in a folder."""
    is_hub_id = _HUB_ID.match(name) and not Path(name).is_dir()
    repository = name if is_hub_id else f"OWNER/NAME --local-dir {folder.path}"
    return f"get it with: {download_command(repository)}"
