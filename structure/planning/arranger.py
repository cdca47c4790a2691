"""All parts of one section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from structure.arrange.arpeggio import write_arpeggio
from structure.arrange.bass import write_bass
from structure.arrange.chords import write_chords
from structure.arrange.context import MID_FROM, Player, SectionContext, Texture
from structure.arrange.drums import keep_lanes, write_drums
from structure.arrange.feel import Hand, articulate
from structure.arrange.hands import write_left_hand, write_thumb, write_voice
from structure.arrange.happening.answers import answers_here, answers_to, rests_of, with_answers
from structure.arrange.happening.textures import thin_out
from structure.arrange.melody.counter import second_voice
from structure.arrange.melody.figuration import apply_figure, simple, turn_to_mode
from structure.arrange.melody.instrument import in_range, instrument_of
from structure.arrange.melody.ornament import ornament_notes
from structure.arrange.melody.tune import goes_along, write_lead, write_melody
from structure.arrange.pad import write_pad
from structure.arrange.swing import apply_swing
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.harmony.bars import chord_at
from structure.harmony.pitch import fold_into_range
from structure.planning.four_parts import orchestrate, set_voices
from structure.plans.given import GivenPart
from structure.plans.score import Note, Part, SectionScore, in_order, without_overlaps

_WRITERS: dict[Role, Callable[[SectionContext, Player], list[Note]]] = {
    "drums": write_drums,
    "bass": write_bass,
    "chords": write_chords,
    "pad": write_pad,
    "arpeggio": write_arpeggio,
}

_TEXTURES: dict[Texture, Callable[[SectionContext, Player], list[Note]]] = {
    "left_hand": write_left_hand,
    "thumb": write_thumb,
    "voice": write_voice,
}

_SPARSE = 0.3
"""From here on a mood asks for fewer notes."""

_THINNED: tuple[Role, ...] = ("chords", "arpeggio", "drums")
"""Who plays fewer strokes then: melodies have phrases of their own, and a bass its chords to begin."""

_LEAD = Player("lead", "lead")
"""Stands for the lead of the style."""


def arrange_section(
    ctx: SectionContext, players: Sequence[Player], *, variation: float = 0.0, variation_seed: int = 0
) -> dict[str, Part]:
    """Return the part of each playing stem, by its name; see :class:`SectionArranger`."""
    return SectionArranger(ctx).parts(players, variation, variation_seed)


class SectionArranger:
    """Writes the parts of a section for each of its visits.

    A stem's notes depend on the section and on the stem alone, save that of several leads the first has
    the melody. What visits have in common is written once.
    """

    def __init__(
        self,
        ctx: SectionContext,
        leads: Sequence[Player] = (_LEAD,),
        voices: Sequence[Player] = (),
        bearer: int = 0,
        theme: SectionContext | None = None,
        figure: str = "",
        families: Sequence[Player] = (),
    ) -> None:
        """Prepare to write the parts of a section.

        ``leads`` are the song's, in order: chords lie under the first and, where it goes with it, the
        second, whether they play in a visit or rest. ``voices`` are those of a setting from the highest,
        of whom the ``bearer``-th, counted from 0, has the melody. ``theme`` is the section whose melody
        this one varies, by a ``figure``. ``families`` are players of an orchestra who double the voices.
        """
        self._ctx = ctx
        self._theme, self._figure = theme, figure
        self._voices = {player.name: place for place, player in enumerate(voices)}
        self._singers, self._bearer, self._families = voices, bearer, families
        self._settings: dict[tuple[str, int, int], dict[str, list[Note]]] = {}
        self._leads = leads[:2]
        given = [ctx.given.part(lead.name) for lead in leads] if ctx.given else []
        self._given_tune = next((part for part in given if part is not None), None)
        self._melodies: dict[int, list[Note]] = {}  # by the seed that they are drawn from
        self._line: list[Note] | None = None
        self._heard: list[Note] | None = None
        self._written: dict[tuple[Player, int, int], list[Note]] = {}
        self._played: dict[tuple[Player, int, int], Part | None] = {}
        self._hands: dict[tuple[str, Role], Hand] = {}

    @property
    def context(self) -> SectionContext:
        """Return the section that it writes for."""
        return self._ctx

    def score(self, players: Sequence[Player], variation: float, variation_seed: int) -> SectionScore:
        """Return the parts and the chords of a visit; see :meth:`parts`."""
        parts = self.parts(players, variation, variation_seed)
        return SectionScore(self._ctx.bars, self._ctx.chords, parts)

    def parts(
        self, players: Sequence[Player], variation: float = 0.0, variation_seed: int = 0
    ) -> dict[str, Part]:
        """Return the part of each of ``players`` in a visit that is varied by ``variation`` (0…1)."""
        found: dict[str, Part] = {}
        leads = [player for player in players if player.role == "lead"]
        for player in players:
            rank = leads.index(player) if player in leads else 0
            part = self._part(player, rank, leads[0] if rank else player, variation, variation_seed)
            if part is not None:
                found[player.name] = part
        return found

    def _part(self, player: Player, rank: int, first: Player, variation: float, seed: int) -> Part | None:
        """Return the part of a player, or None.

        ``first`` is the lead that has the melody; it may be the player itself.
        """
        given = None if self._ctx.given is None else self._ctx.given.part(player.name)
        if given is not None and given.fills(self._ctx.bars):
            return self._own(given)
        if player.role == "lead" and given is None and self._given_tune is not None:
            rank = max(rank, 1)  # who has the tune is given
        part = self._plan_part(player, rank, first, variation, seed)
        return part if given is None else self._own(given, part)

    def _own(self, given: GivenPart, part: Part | None = None) -> Part | None:
        """Return the notes that a stem is given, and around them those of another part.

        The given notes are varied as far as the user says. None where there are no notes.
        """
        ctx = self._ctx
        varied = ornament_notes(list(given.notes), given.role, ctx, given.amount, ctx.seed, given.stem)
        given = replace(given, notes=tuple(varied))
        notes = given.lay_over(part.notes if part else (), ctx.meter.bar_quarters)
        return Part(given.role, notes) if notes else None

    def _plan_part(
        self, player: Player, rank: int, first: Player, variation: float, seed: int
    ) -> Part | None:
        """Return the part of a player as the planner writes it."""
        which = player, rank, first.take
        if which not in self._written:
            self._written[which] = self._write(player, rank, first)
        notes = self._written[which]
        role: Role = player.role if player.name not in self._voices else self._role_in_setting(player)
        varied = ornament_notes(notes, role, self._ctx, variation, seed, player.name)
        if player.without:
            return self._play(keep_lanes(varied, player), player)
        if varied is not notes:
            return self._play(varied, player)
        if which not in self._played:
            self._played[which] = self._play(notes, player)
        return self._played[which]

    def _write(self, player: Player, rank: int, first: Player) -> list[Note]:
        ctx = self._ctx.for_take(player)
        if player.name in self._voices or player.texture == "family":
            return self._setting(player, first, ctx).get(player.name, [])
        if player.role == "lead":
            return write_lead(ctx, player, rank, self._tune(first))
        write = _TEXTURES.get(player.texture, _WRITERS[player.role])
        if write is write_chords:
            write = partial(write_chords, tune=self._find_heard_tune())
        sings = answers_here(ctx)
        if player.role == "drums" and sings:
            ctx = replace(ctx, rests=tuple(rests_of(self._tune(), ctx)))
        if player.role == "drums" and player.follows:
            # Drums that are asked for, and would hardly play, have a fuller groove.
            ctx = replace(ctx, energy=max(ctx.energy, MID_FROM))
        notes = articulate(self._thin(write(ctx, player), player), player.role, self._ctx)
        if player.counters and sings:
            line = self._answers() if player.take == 1 else answers_to(self._tune(), ctx)
            notes = with_answers(notes, line, player)

        # Pitched parts are moved by octaves into the range that a player is given.
        if player.span is None or not notes:
            return notes
        low, high = player.span
        middle = sum(note.pitch for note in notes) / len(notes)
        octaves = round(((low + high) / 2 - middle) / 12) if player.role == "bass" else 0
        return [
            replace(note, pitch=fold_into_range(note.pitch + 12 * octaves, low, high)) for note in notes
        ]

    def _thin(self, notes: list[Note], player: Player) -> list[Note]:
        """Return the notes, with fewer strokes where a mood asks for that.

        It is done only where no quieter figure is left to take. A hand of somebody who plays with two stays
        as it is: it makes room for the other by its places.
        """
        ctx = self._ctx
        is_asked = ctx.feeling.density <= -_SPARSE and ctx.level == "low"
        if not is_asked or player.role not in _THINNED or player.texture != "full" or not notes:
            return notes
        if player.adds:
            notes = keep_lanes(notes, player) or notes  # of claps alone some are left
        return thin_out(Part(player.role, tuple(sorted(notes, key=in_order))), Fraction(0), ctx.length, ctx)

    def _role_in_setting(self, player: Player) -> Role:
        """Return the role by which a voice of a setting is varied.

        The voice with the melody is a lead. Inner voices and the bass are pads, which stay as they are.
        """
        return "lead" if self._voices[player.name] == self._bearer else "pad"

    def _setting(self, player: Player, first: Player, ctx: SectionContext) -> dict[str, list[Note]]:
        """Return the notes of all voices in the take of one player, written once."""
        which = (player.name if player.take != 1 else "", player.take, first.take)
        if which not in self._settings:
            singer = self._singers[self._bearer]
            lead = player if singer.name == player.name else replace(singer, take=1)
            found = set_voices(ctx, self._singers, self._bearer, self._tune(lead))
            families = [p for p in self._families if p.name != player.name or p.take == player.take]
            self._settings[which] = orchestrate(ctx, found, self._singers, families)
        return self._settings[which]

    def _answers(self) -> list[Note]:
        """Return the line that answers the melody, written once."""
        if self._line is None:
            self._line = answers_to(self._tune(), self._ctx)
        return self._line

    def _find_heard_tune(self) -> list[Note]:
        """Return the melody as it is heard in the first take, written once.

        Its second voice is there too, where the second lead goes along with it. Each is in the octave of
        its instrument. A tune that is given stays as it is.
        """
        if self._heard is None:
            ctx, heard = self._ctx, []
            if self._given_tune is not None:
                self._heard = self._tune()
                return self._heard
            for rank, lead in enumerate(self._leads):
                if rank and not goes_along(lead, ctx):
                    continue
                line = second_voice(self._tune(), ctx) if rank else self._tune()
                heard += in_range(line, instrument_of(lead, ctx), ctx)
            self._heard = sorted(heard, key=in_order)
        return self._heard

    def _tune(self, player: Player | None = None) -> list[Note]:
        """Return the section's melody, written once for each take.

        It is in the take of the lead that has it. The rest of the band hears the first take.
        """
        ctx = self._ctx if player is None else self._ctx.for_take(player)
        if ctx.seed not in self._melodies:
            self._melodies[ctx.seed] = self._melody(ctx, player)
        return self._melodies[ctx.seed]

    def _melody(self, ctx: SectionContext, player: Player | None) -> list[Note]:
        """Return the tune that is given, with a melody where it is silent or there is none."""
        given = self._given_tune
        if given is None:
            return write_melody(ctx) if self._theme is None else self._vary_theme(player)
        around = () if given.fills(ctx.bars) else write_melody(ctx)
        return list(given.lay_over(around, ctx.meter.bar_quarters))

    def _vary_theme(self, player: Player | None) -> list[Note]:
        """Return the melody of the theme, in the mode and the figure of this variation."""
        theme = self._theme or self._ctx
        tune = simple(write_melody(theme if player is None else theme.for_take(player)), theme)
        key, to = theme.key, self._ctx.key
        if key.family != to.family:
            tune = [
                replace(
                    note,
                    pitch=turn_to_mode(
                        note.pitch,
                        key,
                        to,
                        keeps_leading=chord_at(theme.chords, note.onset).root == (key.root + 7) % 12,
                    ),
                )
                for note in tune
            ]
        return apply_figure(tune, self._ctx, self._figure)

    def _play(self, notes: Sequence[Note], player: Player) -> Part | None:
        ctx = self._ctx
        notes = without_overlaps(apply_swing(notes, ctx.style.swing, ctx.meter), ctx.length)
        # Visits that vary are still played by the same hand, so that equal notes stay equal.
        hand = self._hands.get((player.name, player.role))
        if hand is None:
            hand = Hand(player.role, ctx, ctx.rng(player.name, "feel"))
            self._hands[player.name, player.role] = hand
        notes = hand.play(notes)
        return Part(player.role, tuple(notes)) if notes else None
