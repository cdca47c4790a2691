"""Why one section goes over into the next as it does: by a riser, a fill, a crossfade or a cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from structure.base.grid import Meter
from structure.base.types import EARLY
from structure.plans.graph import TransitionKind
from structure.plans.plan import Visit

_QUIET = 0.4
"""Energy below which neighbouring sections melt into each other."""

_FILLING = 1.25
"""How many times the strokes of the beat before it a last beat has that leads over."""

_DRUM_FILLS = frozenset({38, 39, 40, 41, 45, 47, 50, 60, 61, 62, 63, 64, 65, 66})
"""Keys of snares, claps, toms, timpani and hand drums, which fills are played on."""


def joins_of(visits: Sequence[Visit], meter: Meter) -> Callable[[str, str], TransitionKind]:
    """Return what tells the kind of a step from one section to another, as it is at its first place."""
    kinds: dict[tuple[str, str], TransitionKind] = {}
    for before, after in pairwise(visits):
        # Something rises where a build or a riser lasts to the end of the visit.
        rises = any(
            event.do in ("build", "riser")
            and (event.bars is None or event.bar - 1 + event.bars >= before.bars)
            for event in before.music.events
        )

        # Drums, or a melody that is picked up, may fill its last beat.
        score, strokes = before.music.score, [0, 0]
        end, bar, beat = max(c.end for c in score.chords), meter.bar_quarters, meter.beat_quarters
        drums = [part for part in score.parts.values() if part.role == "drums"]
        for at in (n.onset + EARLY for part in drums for n in part.notes if n.pitch in _DRUM_FILLS):
            strokes[0] += end - bar - beat <= at < end - bar
            strokes[1] += end - beat <= at < end
        is_picked_up = any(e.do == "pickup" and e.bar == before.bars for e in before.music.events)

        kind: TransitionKind = "cut"
        if rises:
            kind = "riser"
        elif is_picked_up or strokes[1] >= max(2, _FILLING * strokes[0]):
            kind = "fill"
        elif max(before.music.energy, after.music.energy) < _QUIET:
            kind = "crossfade"
        kinds.setdefault((before.place.name, after.place.name), kind)
    return lambda source, target: kinds[source, target]
