"""How songs end: on a chord that is held, slower and slower, at once, with a tag, or ever softer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from structure.base.grid import Meter
from structure.base.sampling import pick_weighted
from structure.planning.arranging.habits import is_free, song_rng
from structure.planning.arranging.scene import Scene
from structure.plans.events import WHOLE_BAND, Event

_SLOWS_OVER = 2
"""Bars of a ritardando, where there is room."""

_LATE_BARS, _LATE_QUARTERS = 0.463, 0.136
"""A song ends later for it, by a part of a bar and, since the tempo falls in steps, of a quarter."""

_FADES_OVER = 8
"""Bars of a fade, where there is room."""

_LINE = 2
"""Bars of a last line that comes once more, and of the chord after it."""

_TEMPO = ("ritardando", "accelerando", "fermata")


def with_ending(scene: Scene) -> Scene:
    """Return a scene that ends as the style and the seed have it, where nobody says how."""
    last = scene.passages[-1]
    if scene.is_ending_asked or last.repeats or not is_free(scene, last, *_TEMPO, "stop", "shot", "tag"):
        return scene
    weights = {way: w for way, w in scene.style.gestures.endings.items() if way not in scene.refused}
    if not sum(weights.values()):
        return scene
    way = pick_weighted(song_rng(scene, "ending"), weights)

    events: list[Event] = []
    if way == "ritardando":
        events = [Event(max(1, last.bars + 1 - scene.slows_over), "ritardando")]
    elif way == "stop":
        events = [Event(last.bars, "shot")]
    elif way == "tag" and last.bars >= 3 * _LINE:
        events = [Event(last.bars, "tag")]
    elif way == "fade" and last.bars >= _FADES_OVER // 2:
        events = [Event(max(1, last.bars + 1 - _FADES_OVER), "fade")]
    return replace(scene, passages=(*scene.passages[:-1], last.with_events(events)))


def count_slow_bars(bars_over: float, meter: Meter) -> int:
    """Return over how many bars a song may slow down at its end.

    It is ``bars_over`` bars longer than asked at a steady tempo, and stays less than one with it.
    """
    late = _LATE_BARS + _LATE_QUARTERS / float(meter.bar_quarters)
    return _SLOWS_OVER if bars_over + late < 1 else 1


def leaves_no_hold(events: Iterable[Event], bars: int) -> bool:
    """Return whether events of a last section of ``bars`` bars leave no chord to be held.

    That is so where all fade out, or stop or strike shortly in the last bar.
    """
    return any(
        event.stem == WHOLE_BAND
        and (
            (event.do == "fade" and event.bars is None and event.bar > 1)
            or (event.do in ("stop", "shot") and event.bar == bars)
        )
        for event in events
    )


def tempo_events(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return those events that change the tempo."""
    return tuple(event for event in events if event.do in _TEMPO)
