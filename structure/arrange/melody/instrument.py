"""What a player can play: range and breath of the instrument that a stem's prompt names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from structure.arrange.context import Player, SectionContext
from structure.arrange.melody.dissonance import leans
from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.harmony.bars import chord_at
from structure.harmony.pitch import fold_into_range
from structure.plans.score import Note
from structure.presets.programs import guess_program


@dataclass(frozen=True, slots=True)
class Instrument:
    """Lowest and highest comfortable MIDI pitch, and the breath of a player.

    ``breath_s`` is None for players who need no breath. ``speaks_ms`` is how long after its note the tone
    of a wind instrument rises the most.
    """

    low: int
    high: int
    breath_s: float | None = None
    speaks_ms: float = 0.0


_ANY = Instrument(48, 91)
_USUAL = (62, 81)
"""Where melodies of all sections lie, nearly always."""

_LOWEST_SHIFT = -9
_STEP = 2
_BREATH_S = 0.3
"""Seconds that a breath takes."""

_BREATH_SHARE = Fraction(2, 3)
"""A note is not cut to less than this share of its length for a breath."""


@cache
def _instruments() -> dict[int, Instrument]:
    rows = read_data("instruments.yaml")
    return {
        program: Instrument(row["low"], row["high"], row.get("breath_s"), row.get("speaks_ms", 0.0))
        for row in rows
        for program in row["programs"]
    }


def instrument_of(player: Player, ctx: SectionContext) -> Instrument:
    """Return the instrument of a stem, by its prompt.

    Where it has none, the prompt is that of the style's stem of its name or role.
    """
    if player.span is not None:
        breath_s = _instrument(player.prompt, player.role).breath_s
        return Instrument(*player.span, breath_s=breath_s)
    own = [stem for stem in ctx.style.stems if stem.role == player.role]
    named = next((stem for stem in own if stem.name == player.name), own[0] if own else None)
    prompt = player.prompt or (named.prompt if named else "")
    return _instrument(prompt, player.role)


def speaking_s(prompt: str, role: Role) -> float:
    """Return the seconds until a note of a prompt's instrument speaks; 0 where it does at once."""
    return 0.0 if role == "drums" else _instrument(prompt, role).speaks_ms / 1000.0


def range_of(prompt: str, role: Role) -> tuple[int, int]:
    """Return the lowest and the highest comfortable MIDI pitch of the instrument of a prompt."""
    instrument = _instrument(prompt, role)
    return instrument.low, instrument.high


@cache
def _instrument(prompt: str, role: Role) -> Instrument:
    return _instruments().get(guess_program(prompt, role), _ANY)


def style_shift(ctx: SectionContext) -> int:
    """Return by how many semitones melodies of the style lie lower than usual, as its own lead does.

    The number is 0 or less.
    """
    lead = next((stem for stem in ctx.style.stems if stem.role == "lead"), None)
    if lead is None:
        return 0
    return max(_LOWEST_SHIFT, min(0, _instrument(lead.prompt, "lead").high - _USUAL[1] + 1))


def in_range(notes: Sequence[Note], instrument: Instrument, ctx: SectionContext) -> list[Note]:
    """Return the notes in the octave that suits the instrument.

    Single ones that are still out of its range are moved by an octave, and with them those that are foreign
    to the chord and a step away, if they can. The octave is the same for all sections, so that a chorus
    stays above its verse.
    """
    low, high = (pitch + style_shift(ctx) for pitch in _USUAL)

    def outside(octaves: int) -> int:
        below, above = instrument.low - low - 12 * octaves, high + 12 * octaves - instrument.high
        return max(0, below) + max(0, above)

    shift = min((0, -1, 1, -2, 2), key=lambda octaves: (outside(octaves), abs(octaves)))
    lines = [note.pitch + 12 * shift for note in notes]
    moves = [fold_into_range(pitch, instrument.low, instrument.high) - pitch for pitch in lines]

    # Where a foreign note and the next one would part, both are moved alike.
    for here, note in enumerate(notes[:-1]):
        interval = abs(lines[here + 1] - lines[here])
        if moves[here] == moves[here + 1] or not 0 < interval <= _STEP:
            continue
        if note.pitch % 12 in chord_at(ctx.chords, note.onset).pitch_classes:
            continue
        for move in (moves[here], moves[here + 1]):  # it goes on by step in either octave
            both = (lines[here] + move, lines[here + 1] + move)
            if instrument.low <= min(both) and max(both) <= instrument.high:
                moves[here] = moves[here + 1] = move
                break
    return [note.at_pitch(pitch + move) for note, pitch, move in zip(notes, lines, moves, strict=True)]


def with_breaths(notes: Sequence[Note], instrument: Instrument, ctx: SectionContext) -> list[Note]:
    """Return the notes with breaths, taken from the ends of long notes, before a player runs out of air.

    None is taken between a note that leans on its chord and the one that it steps into.
    """
    if instrument.breath_s is None or not notes:
        return list(notes)
    quarter_s = 60.0 / (ctx.tempo_bpm * float(ctx.meter.beat_quarters))
    breath = Fraction(max(1, round(_BREATH_S / quarter_s * 24)), 24)
    most = Fraction(round(instrument.breath_s / quarter_s * 24), 24)
    played = list(notes)
    began = 0
    for index in range(1, len(played)):
        if played[index].onset - played[index - 1].end >= breath:
            began = index
        elif played[index].end - played[began].onset > most and index > began:
            # The longest note of the later half is where a phrase is parted with the least harm.
            half = (played[began].onset + played[index].onset) / 2
            later = [i for i in range(began, index) if played[i].onset >= half] or [index - 1]
            options = [i for i in later if not leans(played[i], ctx)] or later
            place = max(options, key=lambda i: (played[i].duration, i))
            length = max(played[place].duration - breath, played[place].duration * _BREATH_SHARE)
            played[place] = replace(played[place], duration=length)
            began = place + 1
    return played
