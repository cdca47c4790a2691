"""All that the arranger lets happen inside sections, one job after another."""

from __future__ import annotations

from structure.planning.arranging.answers import with_answers
from structure.planning.arranging.breakdowns import with_breakdowns
from structure.planning.arranging.builds import with_builds
from structure.planning.arranging.endings import with_ending
from structure.planning.arranging.entries import with_entries
from structure.planning.arranging.fills import with_fills
from structure.planning.arranging.growth import with_growth
from structure.planning.arranging.guests import with_guests, with_upbeats
from structure.planning.arranging.lead_ins import with_lead_ins
from structure.planning.arranging.scene import Scene, Step

STEPS: tuple[Step, ...] = (
    with_growth,
    with_builds,
    with_answers,
    with_entries,
    with_guests,
    with_upbeats,
    with_breakdowns,
    with_lead_ins,
    with_fills,
    with_ending,
)
"""In the order in which they are done: a step sees the events of those before it."""


def arrange(scene: Scene) -> Scene:
    """Return a scene with what happens in its passages. The same scene gives the same events."""
    for step in STEPS:
        scene = step(scene)
    return scene
