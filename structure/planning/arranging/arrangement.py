"""All that the arranger lets happen inside sections, one job after another."""

from __future__ import annotations

from structure.planning.arranging.entries import with_entries
from structure.planning.arranging.scene import Scene, Step

STEPS: tuple[Step, ...] = (with_entries,)
"""In the order in which they are done: a step sees the events of those before it."""


def arrange(scene: Scene) -> Scene:
    """Return a scene with what happens in its passages. The same scene gives the same events."""
    for step in STEPS:
        scene = step(scene)
    return scene
