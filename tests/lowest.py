"""Prints the lowest versions that the package says it runs with, as pip takes them: ``numpy==1.26``.

``pip install $(python tests/lowest.py)`` installs them. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def lowest(requirements: list[str]) -> list[str]:
    """Each requirement with its lower bound as the version, and without an upper one."""
    found = [re.fullmatch(r"([\w.-]+)>=([\w.]+)(?:,<[\w.]+)?", line) for line in requirements]
    if wrong := [line for line, match in zip(requirements, found, strict=True) if match is None]:
        raise ValueError(f"no lower bound: {', '.join(wrong)}")
    return [f"{match[1]}=={match[2]}" for match in found if match is not None]


if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(more for name in sys.argv[1:] for more in project["optional-dependencies"][name]),
    ]
    print(*lowest(wanted), sep="\n")
