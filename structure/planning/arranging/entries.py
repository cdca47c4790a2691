"""Entries, exits and rests: a sheet for each section, which its returns keep."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from structure.base.sampling import generator
from structure.planning.arranging.scene import Passage, Scene
from structure.planning.arranging.shapes import draw_added_sheet, draw_sheet, of_few
from structure.planning.arranging.sheets import (
    Sheet,
    events_of,
    find_silent_bars,
    fit_line,
    has_enough,
    plain,
)

_SPARE = 0.05
"""Share of the bars that one who is asked for has beyond what it needs, however much it rests."""

_RESTS = 0.5
"""Share of a section in which one may rest, or a little more where it is short."""


def with_entries(scene: Scene) -> Scene:
    """Return a scene in which players enter, rest, thin out and leave inside sections.

    What one does in a section depends on the section, on its chair in the band and on what is asked for;
    on the others only where too few would be left to play.
    """
    # The sections in which one may rest are all of its own. For one that is asked for they are the first
    # ones for which it has bars to spare.
    able: dict[str, set[str]] = {}
    for member in scene.members:
        open_to = [passage for passage in scene.passages if member.name not in passage.closed]
        heard: dict[str, int] = {}
        for passage in open_to:
            if member.name in passage.members:
                bars = passage.bars - len(find_silent_bars(passage, member.name))
                heard[passage.name] = heard.get(passage.name, 0) + bars
        spare = sum(heard.values()) - (member.share + _SPARE) * sum(passage.bars for passage in open_to)
        able[member.name] = set() if member.share else set(heard)
        for name, bars in heard.items() if member.share else ():
            if spare >= _RESTS * bars:
                spare -= _RESTS * bars
                able[member.name].add(name)

    passages = list(scene.passages)
    for i, passage in enumerate(scene.passages):
        if passage.is_open:
            may_rest = {name for name, sections in able.items() if passage.name in sections}
            may_rest -= passage.stays
            passages[i] = passage.with_events(events_of(_sheet(scene, passage, may_rest)))
    return replace(scene, passages=tuple(passages))


def _sheet(scene: Scene, passage: Passage, able: set[str]) -> Sheet:
    """Return the sheet of a passage.

    A passage that does not vary has the sheet of its section's first visit. In the largest refrain all play
    throughout. Only those who are ``able`` to rest do so.
    """
    if passage.is_largest:
        return Sheet()
    habits, own = scene.style.arrangement, passage.index if passage.varies() else 0
    rng = generator(passage.seed, "arrangement", scene.style.name, own)
    first = passage
    if not own:  # the first visit may be longer or shorter
        bars = next(other.bars for other in scene.passages if other.name == passage.name)
        first = replace(passage, index=1, bars=bars)

    members = scene.accompanying(passage)
    if all(member.always for member in scene.members):
        is_again = passage.varies() and any(
            before.name == passage.name and after is passage for before, after in pairwise(scene.passages)
        )
        drawn = of_few(first, members, rng, is_again=is_again)
        lines = {member.name: drawn.states(member.name) for member in members}
    else:
        drawn = draw_sheet(first, habits, rng)
        chairs = {member.chair: member.name for member in passage.lineup}
        lines = {
            member.name: drawn.states(chairs[member.chair])
            if member.chair in chairs
            else draw_added_sheet(first, member, habits).states(member.name)
            for member in members
        }

    # Where too few would be left, nobody rests: those who were to rest play less instead.
    sheet = Sheet()
    for resting in (able, set[str]()):
        sheet = Sheet()
        for member in members:
            states = lines[member.name]
            if states is not None:
                states = (*states, *plain(passage.bars))[: passage.bars]
                line = fit_line(passage, member, states, may_rest=member.name in resting)
                sheet = Sheet((*sheet.lines, *line.lines))
        if has_enough(scene, passage, sheet):
            break
    return sheet
