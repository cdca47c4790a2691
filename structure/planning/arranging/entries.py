"""Entries, exits and rests: a sheet for each section, kept by its returns; at joins the band turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.base.sampling import generator
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.planning.arranging.shapes import REFRAINS, shaped, stage
from structure.planning.arranging.sheets import (
    Sheet,
    State,
    are_heard,
    events_of,
    fitted,
    free_bars,
    is_playable,
    state_of,
)

_FEW = 4
"""Stems of a song up to which one who plays otherwise is a turn, too."""

_TRIES = 4
"""Shapes that are drawn for a section until one of them can be played."""

_ROUNDS = 2
"""How often the joins of a song are gone through."""

Key = tuple[str, int]
"""A section, and the visit that has a sheet of its own, 0 for all that return as they were."""


def with_entries(scene: Scene) -> Scene:
    """Return a scene in which players enter, rest, thin out and leave inside sections."""
    sheets = _drawn(scene)
    sheets = _turning(scene, sheets)
    passages = [
        passage.with_events(events_of(sheet))
        for passage, sheet in zip(scene.passages, _fitted(scene, sheets), strict=True)
    ]
    return replace(scene, passages=tuple(passages))


Sheets = dict[Key, Sheet]


def _key(passage: Passage) -> Key:
    return passage.name, passage.index if passage.variation else 0


def _fitted(scene: Scene, sheets: Sheets) -> list[Sheet]:
    """The sheet of every passage; what a section is not yet given is plain."""
    return [fitted(scene, passage, sheets.get(_key(passage), Sheet())) for passage in scene.passages]


def _drawn(scene: Scene) -> Sheets:
    """A sheet for each section, and for each visit that varies."""
    sheets: Sheets = {}
    for passage in scene.passages:
        key = _key(passage)
        if key in sheets or not passage.is_open:
            continue
        for number in range(_TRIES):
            sheet = shaped(scene, passage, generator(passage.seed, "arrangement", key[1], number))
            tried = sheets | {key: sheet}
            if is_playable(scene, passage, sheet) and are_heard(scene, _fitted(scene, tried)):
                sheets = tried
                break
        else:
            sheets[key] = Sheet()
    return sheets


# Joins


def _turning(scene: Scene, sheets: Sheets) -> Sheets:
    """The sheets with more entries and rests where one section leads to another and nobody turns."""
    best = _still(scene, sheets)
    for _ in range(_ROUNDS):
        for position in list(best):
            for tried in _ways_to_turn(scene, sheets, position):
                if position not in best:
                    break
                still = _still(scene, tried)
                if len(still) < len(best) and are_heard(scene, _fitted(scene, tried)):
                    sheets, best = tried, still
    return sheets


def _still(scene: Scene, sheets: Sheets) -> list[int]:
    """The passages that begin without anybody coming or going within a bar."""
    fits = list(zip(scene.passages, _fitted(scene, sheets), strict=True))
    return [
        position
        for position, (before, after) in enumerate(pairwise(fits), start=1)
        if not any(_turns(scene, member, before, after) for member in scene.members)
    ]


def _turns(
    scene: Scene, member: Member, before: tuple[Passage, Sheet], after: tuple[Passage, Sheet]
) -> bool:
    (old, old_sheet), (new, new_sheet) = before, after
    states = [state_of(old, old_sheet, member.name, bar) for bar in range(old.bars)[-2:]]
    states += [state_of(new, new_sheet, member.name, bar) for bar in range(new.bars)[:2]]
    if len(scene.members) > _FEW:
        return len({state == "out" for state in states}) > 1
    return len(set(states)) > 1


def _ways_to_turn(scene: Scene, sheets: Sheets, position: int) -> Iterator[Sheets]:
    """Sheets with one more who enters late in the passage, then with one who rests before it."""
    before, after = scene.passages[position - 1], scene.passages[position]
    rng = generator(after.seed, "join", _key(after)[1])
    own = stage(scene, after, rng)
    late = own.colours if after.kind in REFRAINS else own.players[1:]
    for member in late[::-1]:
        at = own.step if 2 * own.step <= after.bars else 1
        yield from _with_line(scene, sheets, after, member, range(at))
    own = stage(scene, before, rng)
    resting = own.colours if before.kind in REFRAINS else own.players[1:]
    for member in (*resting[::-1], *own.players[1:]):
        lasts = 2 if before.bars >= 8 and rng.random() < 0.5 else 1
        yield from _with_line(scene, sheets, before, member, range(before.bars - lasts, before.bars))
    for passage in (after, before):
        for member in scene.accompanying(passage):
            half = range(max(1, passage.bars // 2))
            state: State = "thin" if member.role in ("drums", "arpeggio", "pad") else "hold"
            yield from _with_line(scene, sheets, passage, member, half, state)


def _with_line(
    scene: Scene,
    sheets: Sheets,
    passage: Passage,
    member: Member,
    bars: Sequence[int],
    state: State = "out",
) -> Iterator[Sheets]:
    """The sheets with a state of one player in some bars of a passage, where that can be played."""
    if not free_bars(passage, member).issuperset(bars):
        return
    sheet = sheets.get(_key(passage), Sheet()).written(member.name, bars, state, passage.bars)
    if is_playable(scene, passage, sheet):
        yield sheets | {_key(passage): sheet}
