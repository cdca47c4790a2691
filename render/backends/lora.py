"""Fine-tunes that are added to a model: LoRA, loaded by diffusers, from safetensors only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.backends.base import BackendOptions
from render.backends.tensor_files import probe_file, read_header
from render.backends.weights import PICKLES, download_command, find_repository, is_hub_name
from structure.base.errors import MissingPackageError, MissingWeightsError, WeightsError

_NAME = "ritornello"
_USUAL = "pytorch_lora_weights.safetensors"


@dataclass(frozen=True, slots=True)
class Lora:
    """A file of LoRA weights, and how much of it is added (1: as it was trained)."""

    file: Path
    scale: float

    @property
    def digest(self) -> str:
        """Return what tells it from another one, in a line."""
        return f"{probe_file(self.file).hex()[:32]}*{self.scale:g}"

    def add_to(self, pipeline: Any) -> None:
        """Add it to a loaded pipeline. Raises WeightsError where it is for another model."""
        from importlib.util import find_spec

        if find_spec("peft") is None:
            raise MissingPackageError("a LoRA", "peft", "backends")
        try:
            pipeline.load_lora_weights(
                str(self.file.parent),
                weight_name=self.file.name,
                adapter_name=_NAME,
                local_files_only=True,
                use_safetensors=True,
            )
            added = any(_NAME in names for names in pipeline.get_list_adapters().values())
            if added:
                pipeline.set_adapters([_NAME], [self.scale])
        except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as exc:
            raise self._misfit(pipeline, str(exc)) from exc
        if not added:
            raise self._misfit(pipeline, "none of its weights are for a part of this model")

    def _misfit(self, pipeline: Any, reason: str) -> WeightsError:
        first = reason.strip().splitlines()[0] if reason.strip() else "it does not fit"
        return WeightsError(
            f"{self.file} does not fit a {type(pipeline).__name__}: {first}", path=self.file, field="lora"
        )


def find_lora(options: BackendOptions) -> Lora | None:
    """Find the LoRA that options name, and check it; return None where they name none.

    ``lora`` is a file, a folder with one file of safetensors in it, or a repository in the Hugging Face
    cache. Raises RitornelloError where it is not there, pickled, damaged, or one of several.
    """
    wanted = options.lora
    if wanted is None:
        return None
    path = Path(wanted).expanduser()
    if not path.exists():
        found = find_repository(wanted) if is_hub_name(wanted) else None
        if found is None:
            hint = f"get it with: {download_command(wanted)}" if is_hub_name(wanted) else ""
            raise MissingWeightsError(
                f"there is no LoRA {wanted}",
                path=path,
                field="lora",
                hint=hint or "name its file or folder",
            )
        path = found
    file = path if path.is_file() else _file_in(path)
    if file.suffix != ".safetensors":
        raise WeightsError(
            f"{file} is no file of safetensors; a pickle can run code when it is read, and is refused",
            path=file,
            field="lora",
        )
    read_header(file)
    return Lora(file, options.lora_scale)


def _file_in(folder: Path) -> Path:
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    if folder / _USUAL in files:
        return folder / _USUAL
    if files:
        raise WeightsError(
            f"{folder} holds {len(files)} files of safetensors: {', '.join(file.name for file in files)}",
            path=folder,
            field="lora",
            hint="name one of them",
        )
    pickles = sorted(file for file in folder.iterdir() if file.suffix in PICKLES)
    if pickles:
        return pickles[0]
    raise MissingWeightsError(f"{folder} holds no file of safetensors", path=folder, field="lora")
