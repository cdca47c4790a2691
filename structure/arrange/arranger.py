"""All parts of one section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from structure.arrange.arpeggio import write_arpeggio
from structure.arrange.bass import write_bass
from structure.arrange.chords import write_chords
from structure.arrange.context import Player, SectionContext
from structure.arrange.drums import write_drums
from structure.arrange.feel import humanised
from structure.arrange.melody.ornament import ornamented
from structure.arrange.melody.tune import write_lead
from structure.arrange.pad import write_pad
from structure.arrange.swing import swung
from structure.score import Note, Part
from structure.types import Role

_WRITERS: dict[Role, Callable[[SectionContext, Player], list[Note]]] = {
    "drums": write_drums,
    "bass": write_bass,
    "chords": write_chords,
    "pad": write_pad,
    "arpeggio": write_arpeggio,
}


def arrange_section(
    ctx: SectionContext, players: Sequence[Player], *, variation: float = 0.0, variation_seed: int = 0
) -> dict[str, Part]:
    """The part of each playing stem. A stem's notes depend on the section and on the stem alone, save
    that of several leads the first has the melody."""
    parts: dict[str, Part] = {}
    leads = [player.name for player in players if player.role == "lead"]
    for player in players:
        if player.role == "lead":
            notes = write_lead(ctx, player, leads.index(player.name))
        else:
            notes = _WRITERS[player.role](ctx, player)
        notes = ornamented(notes, player.role, ctx, variation, variation_seed, player.name)
        notes = _within(swung(notes, ctx.style.swing, ctx.meter), ctx.length)
        # Visits that vary are still played by the same hand, so that equal notes stay equal.
        notes = humanised(notes, player.role, ctx, ctx.rng(player.name, "feel"))
        if notes:
            parts[player.name] = Part(player.role, tuple(notes))
    return parts


def _within(notes: Sequence[Note], length: Fraction) -> list[Note]:
    """Notes in order that lie in the section; one that would sound twice at once on a pitch is cut."""
    kept: list[Note] = []
    next_onset: dict[int, Fraction] = {}
    seen: set[tuple[Fraction, int]] = set()
    for note in sorted(notes, reverse=True):
        if note.onset >= length or (note.onset, note.pitch) in seen:
            continue
        seen.add((note.onset, note.pitch))
        end = min(note.end, length, next_onset.get(note.pitch, length))
        kept.append(Note(note.onset, end - note.onset, note.pitch, note.velocity))
        next_onset[note.pitch] = note.onset
    return kept[::-1]
