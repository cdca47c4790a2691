"""Turns a folder's pickled weights into safetensors: ``python -m render.backends.convert FOLDER``.

torch reads the pickles with ``weights_only``, which builds tensors and plain containers and calls nothing
else, and refuses a file that wants more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from structure.base.errors import MissingWeightsError, WeightsError
from structure.base.files import replacing

_NAMES = {"pytorch_model.bin": "model.safetensors"}
"""transformers names its files otherwise than diffusers, which only changes the ending."""


def convert(folder: Path) -> list[Path]:
    """Write each ``.bin`` of a pipeline's parts as safetensors beside it; returns the files written.

    Raises RitornelloError where there is nothing to convert, or a pickle holds more than weights.
    """
    found = sorted(folder.glob("*/*.bin"))
    if not found:
        raise MissingWeightsError(f"{folder} has no .bin files in its subfolders", path=folder)
    written = []
    for file in found:
        target = file.with_name(_NAMES.get(file.name, f"{file.stem}.safetensors"))
        if target.exists():
            continue
        try:
            weights = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as exc:  # torch raises many kinds here
            raise WeightsError(
                f"{file} does not hold weights alone, and stays as it is: {exc}", path=file
            ) from exc
        tensors = {
            name: value.contiguous().clone()
            for name, value in weights.items()
            if isinstance(value, torch.Tensor)
        }
        with replacing(target) as part:
            save_file(tensors, part, metadata={"format": "pt"})
        written.append(target)
    return written


def main(arguments: list[str]) -> int:
    """Convert the folder that the command line names."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m render.backends.convert FOLDER\n")
        return 2
    try:
        for path in convert(Path(arguments[0])):
            sys.stdout.write(f"{path}\n")
    except WeightsError as exc:
        sys.stderr.write(f"error: {exc}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
