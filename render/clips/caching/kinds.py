"""The kind of machine that makes clips: two of one kind give the same samples, to the last bit.

Sums are rounded in the order in which a library adds, and libraries choose that by the processor: by its
maker, and by how many numbers it takes at once. Their versions count too.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from structure.base.versions import find_installed

_PACKAGES = (
    "diffusers",
    "numpy",
    "onnxruntime",
    "pyworld-prebuilt",
    "scipy",
    "soxr",
    "tokenizers",
    "torch",
    "torchsde",
    "transformers",
)


@dataclass(frozen=True, slots=True)
class MachineKind:
    """What decides how samples are rounded: the processor, and the versions of packages that compute."""

    processor: str
    packages: tuple[tuple[str, str], ...]

    @property
    def code(self) -> str:
        """Return eight hexadecimal digits, for names of files."""
        return hashlib.sha256(repr((self.processor, self.packages)).encode()).hexdigest()[:8]

    def differences(self, other: MachineKind) -> str:
        """Say in words how another machine differs from this one; "" where it is of the same kind."""
        said = []
        if self.processor != other.processor:
            said.append(f"{other.processor}, not {self.processor}")
        here, there = dict(self.packages), dict(other.packages)
        said += [
            f"{name} {there.get(name, 'missing')}, not {here.get(name, 'missing')}"
            for name in sorted(here.keys() | there.keys())
            if here.get(name) != there.get(name)
        ]
        return "; ".join(said)

    def __str__(self) -> str:
        numbers = [f"{name} {version}" for name, version in self.packages if name in ("numpy", "torch")]
        return ", ".join([self.processor, *numbers])


@cache
def own_kind() -> MachineKind:
    """Return the kind of this machine. It asks torch, which takes a second or two to load."""
    import torch

    # who made the processor, where the system says so: libraries have other code for others'
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        maker = platform.processor()
    else:
        wanted = ("vendor_id", "CPU implementer")
        maker = next((line.partition(":")[2].strip() for line in lines if line.startswith(wanted)), "")

    parts = [platform.system(), platform.machine(), maker, torch.backends.cpu.get_cpu_capability()]
    found = ((name, find_installed(name)) for name in _PACKAGES)
    return MachineKind(
        " ".join(part for part in parts if part),
        tuple((name, version) for name, version in found if version is not None),
    )
