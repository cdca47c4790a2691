"""What is known of the shipped models without loading them."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""Where the shipped pipelines lie, one folder for each of :data:`KINDS`."""

KINDS = ("pitched", "drums")
"""Kinds of stems, each with a model of its own."""
