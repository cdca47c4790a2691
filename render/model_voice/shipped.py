"""What is known of the voice's weights without loading them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""Where they lie: those of its networks, and in the folder ``words`` those of its words."""


def is_shipped() -> bool:
    """Return whether the weights are there."""
    return WEIGHTS.is_dir()


@cache
def digest_weights() -> str:
    """Return what tells the weights from all others."""
    digest = hashlib.sha256()
    for path in sorted(WEIGHTS.rglob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
