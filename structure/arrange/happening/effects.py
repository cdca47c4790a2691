"""The part of a stem of effects: which effect sounds when, written from the events of a visit.

It is written like the part of a drum kit (:mod:`structure.presets.effects`): a riser is one note that ends
on the bar line to which it leads, an impact one that begins on its beat. What stays, such as rain, is a
note a bar, each right after the one before, so that a fade or a rest finds it as it finds any other part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from structure.arrange.context import SectionContext
from structure.arrange.happening.events import with_events
from structure.plans.events import WHOLE_BAND, Event
from structure.plans.score import Note, Part, in_order
from structure.presets.effects import effect_of_event, staying_effect

_FORCE, _STAYING = 104, 96
"""Velocities of what leads or strikes, before the section's energy, and of what stays."""

_OWN = ("enter", "leave", "rest", "stop")
"""Events that an effect hears where they are for its stem alone; a fade it always hears."""


def write_effects(
    stems: Mapping[str, str], events: Sequence[Event], ctx: SectionContext, *, opens_song: bool = False
) -> dict[str, Part]:
    """Return the part of each stem of effects that sounds in a visit; ``stems`` maps names to prompts.

    A stem whose prompt names what stays has it all through the section. Effects that the events say for
    all are played by the first stem that has none of these.
    """
    bar = ctx.meter.bar_quarters
    free = [name for name, prompt in stems.items() if staying_effect(prompt) is None]
    parts: dict[str, Part] = {}
    for name, prompt in stems.items():
        names = (name, WHOLE_BAND) if name == next(iter(free or stems)) else (name,)
        notes: list[Note] = []
        for event in events:
            effect = effect_of_event(event.do)
            if event.stem not in names or effect is None:
                continue
            start = (event.bar - 1) * bar + (event.beat - 1) * ctx.meter.beat_quarters
            lasts = event.bars or effect.bars
            end = min(start + lasts * bar, ctx.length) if lasts else ctx.length
            if effect.does == "leads":
                end = -(-end // bar) * bar  # what begins within a bar leads to a bar line all the same
            end = min(end, ctx.length)
            if 0 <= start < end:
                notes.append(Note(start, end - start, effect.key, ctx.velocity(_FORCE)))

        staying = staying_effect(prompt)
        if staying is not None:
            notes += [Note(number * bar, bar, staying.key, _STAYING) for number in range(ctx.bars)]
        part = Part("effects", tuple(sorted(set(notes), key=in_order)))
        heard = [e for e in events if e.do == "fade" or (e.stem == name and e.do in _OWN)]
        parts |= with_events({name: part}, heard, ctx, opens_song=opens_song)
    return {name: part for name, part in parts.items() if part.notes}
