"""Settle which clips a song wants: what is asked for each stem of each visit, how it is made, its key.

Each clip has a maker of its own (:mod:`render.clips.players`), and is asked for as that one can make it
(:mod:`render.clips.negotiate`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from render.backends.base import Backend
from render.backends.request import ClipRequest
from render.clips.asked import (
    StemRequest,
    build_mix_request,
    build_request,
    build_requests,
    find_singer,
)
from render.clips.assembly import Chained, Link, Spliced, build_assembly_key, same_bars
from render.clips.guide import GuideMaker, GuideRecipe
from render.clips.init_audio import Repaint, Vary, plan_repaint
from render.clips.negotiate import Approach, describe_left_out, negotiate
from render.clips.players import LoadPlayer, Players, load_player
from render.clips.separate import DemucsSeparator, Separator, assign_parts
from structure.base.errors import RitornelloError
from structure.base.types import PLAYERLESS, Role
from structure.plans.comps import CompBars
from structure.plans.passages import find_passages
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.players import list_settings, settings_of
from structure.presets.effects import effects

_TURNED: tuple[Role, ...] = ("pad", "chords", "arpeggio", "lead", "backing", "vocals")
"""Whose sound a reversed swell turns around, the first choice first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedClip:
    """One clip of the song: what to ask for, its key in the cache, and where it goes.

    Most are asked for as they are. Others are made of another clip, which has the key ``base`` and is the
    one that ``approach`` makes: the ``parts`` of a mix, a clip with another take in some bars
    (``repaint``), or a variation of it where the maker's noise cannot be moved (``vary``). A clip that
    ``turns`` has a sound of the clip ``base`` backwards; that one is wanted too. One that has ``pieces`` is
    put together of them by its ``assembly``; a piece that is silent is None.
    """

    visit: Visit
    stem: StemPlan
    request: ClipRequest
    key: str
    approach: Approach
    maker: Backend = field(compare=False, repr=False)
    base: str = ""
    parts: tuple[str, ...] | None = None
    repaint: Repaint | None = None
    vary: Vary | None = None
    turns: bool = False
    pieces: tuple[WantedClip | None, ...] = ()
    assembly: Spliced | Chained | None = None

    @property
    def source_clips(self) -> tuple[WantedClip, ...]:
        """Return the clips that are made for it: itself, where it is not put together of others."""
        if not self.pieces:
            return (self,)
        return tuple(one for piece in self.pieces if piece is not None for one in piece.source_clips)

    @property
    def place(self) -> str:
        """Return its place as ``section/visit/stem``."""
        return clip_place(self.visit.place.name, self.visit.place.index, self.stem.name)

    @property
    def source(self) -> str:
        """Return how its stem was got."""
        if self.parts is not None:
            return "separated from a mix"
        return "asked for in words" if self.approach.conforms else "the backend's own stem"

    @property
    def seconds(self) -> float:
        """Return the length of the clip in seconds."""
        return self.request.total_samples / self.request.grid.sample_rate


@dataclass(frozen=True, eq=False)
class ClipPlan:
    """A song's plan, and what makes its clips.

    Where its settings want it so, stems are taken by the ``separator`` from a mix that their backend makes
    of them.
    """

    plan: SongPlan
    players: Players
    guides: GuideMaker = field(default_factory=GuideMaker)
    separator: Separator | None = None

    @classmethod
    def of(
        cls,
        plan: SongPlan,
        backend: Backend,
        separator: Separator | None = None,
        load: LoadPlayer = load_player,
    ) -> ClipPlan:
        """Return the plan of clips of a song.

        ``backend`` is the song's own; ``load`` loads the others that it names. Without a ``separator``
        demucs takes mixes apart, where the song wants that. Raises RitornelloError where demucs or its
        weights are missing.
        """
        asks = all(settings.stems == "ask" for _, settings in list_settings(plan))
        players = Players(plan, backend, load)
        if separator is None and not asks and players.any_separated():
            separator = DemucsSeparator()
        return cls(plan, players, separator=separator)

    @cached_property
    def all_clips(self) -> tuple[WantedClip, ...]:
        """Return every clip of the song as the backend can make it, in the song's order.

        Raises RitornelloError where a section is longer than the backend can make it.
        """
        asked = build_requests(self.plan)
        visits = groupby(asked, key=lambda one: one.visit.place.start_bar)
        return tuple(clip for _, group in visits for clip in self._want_visit([*group]))

    def _want_visit(self, asked: Sequence[StemRequest]) -> Iterator[WantedClip]:
        """Ask for the stems of a visit: its effects alone, its players alone or as mixes."""
        made: dict[str, WantedClip] = {}
        together: dict[int, list[StemRequest]] = {}
        for one in asked:
            if one.stem.role in PLAYERLESS:
                continue
            if self.separator is not None and self.players.is_separated(one.visit, one.stem):
                together.setdefault(id(self._maker(one)), []).append(one)
            else:
                made[one.stem.name] = self._want_alone(one)
        if self.separator is not None:
            for mixed in together.values():
                made |= {clip.stem.name: clip for clip in self._want_parts(self.separator, mixed)}
        players = [made[one.stem.name] for one in asked if one.stem.name in made]
        for one in asked:
            if one.stem.role == "audio":
                yield self._want_recording(one)
                continue
            yield made[one.stem.name] if one.stem.name in made else self._want_effects(one, players)

    def _maker(self, one: StemRequest) -> Backend:
        return self.players.maker(one.visit, one.stem)

    def _want_recording(self, one: StemRequest) -> WantedClip:
        """Ask for what plays of a recording: it is one take, and nothing is made anew in it."""
        return self._want_once(one)

    def _want_effects(self, one: StemRequest, players: Sequence[WantedClip]) -> WantedClip:
        """Ask for effects; a reversed swell among them turns the harmony of its visit around, if any."""
        clip = self._want_alone(one)
        sources = [player for player in players if not player.base]
        source = min(
            (s for s in sources if s.stem.role in _TURNED),
            key=lambda s: _TURNED.index(s.stem.role),
            default=None,
        )
        swells = any(note.pitch == effects()["reverse_swell"].key for note in one.request.notes)
        if not swells or source is None or clip.base:
            return clip
        key = hashlib.sha256(json.dumps([clip.key, "turned", source.key]).encode()).hexdigest()
        return replace(clip, key=key, base=source.key, turns=True)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Return what backends cannot do of what the song asks for, in words."""
        makers = {one.maker.name: None for one in self.all_clips}
        return tuple(
            said
            for name in makers
            for said in describe_left_out(
                name, [(one.stem.name, one.approach) for one in self.all_clips if one.maker.name == name]
            )
        )

    def _want_alone(self, one: StemRequest) -> WantedClip:
        """Ask for a stem by itself: passage by passage where its section comes several times."""
        passages = find_passages(self.plan, one.visit, one.stem.name)
        if one.stem.role == "effects" or len(passages) == 1:
            return self._want_passage(one)
        places = [
            (passage, self._want_section(passage, one.stem))
            if passage.music.score.parts[one.stem.name].notes
            else (passage, None)
            for passage in passages
        ]
        links = tuple(self._link(one, passage, clip) for passage, clip in places)
        rings = self._maker(one).capabilities.follows_score
        return self._assemble(one, [clip for _, clip in places], Chained(links, rings))

    def _link(self, one: StemRequest, passage: Visit, clip: WantedClip | None) -> Link:
        """Return where a passage lies in the clip of its visit."""
        first = passage.place.start_bar - one.visit.place.start_bar
        grid, before = one.request.grid, one.request.pre_roll_samples
        return Link(
            start=before + grid.sample_at_bar(first),
            end=before + grid.sample_at_bar(first + passage.bars),
            attack=clip is not None and any(note.onset <= 0 for note in clip.request.notes),
            fade=self.plan.crossfade_into(passage),
        )

    def _want_section(self, passage: Visit, stem: StemPlan) -> WantedClip:
        """Ask for a passage.

        Where at least half of its bars are those of another visit of its section, the other bars are put
        into that visit's clip.
        """
        one = StemRequest(passage, stem, build_request(self.plan, passage, stem))
        own = self._want_passage(one)
        alike = [
            (other, same)
            for other, same in self._find_alike(one)
            if not own.pieces and not other.pieces and 2 * sum(same) >= len(same)
        ]
        if not alike or any(other.key == own.key for other, _ in alike):
            return own
        section, same = max(alike, key=lambda found: sum(found[1]))
        return self._join_bars(one, [section if is_same else own for is_same in same])

    def _find_alike(self, one: StemRequest) -> Iterator[tuple[WantedClip, list[bool]]]:
        """Yield the clips of visits of a passage's section that differ from it in their notes at most.

        With each comes a list that says of every bar whether its notes are the same.
        """
        name, grid = one.stem.name, one.request.grid
        lines = [grid.quarters_at_bar(bar) for bar in range(one.visit.bars + 1)]
        for visit in self.plan.visits:
            is_there = visit.place.name == one.visit.place.name and visit.bars == one.visit.bars
            if is_there and name in visit.music.score.parts and not visit.sound.repaint:
                request = build_request(self.plan, visit, one.stem)
                is_same_maker = self.players.maker(visit, one.stem) is self._maker(one)
                if is_same_maker and replace(request, notes=one.request.notes) == one.request:
                    same = same_bars(request.notes, one.request.notes, lines)
                    yield self._want_passage(StemRequest(visit, one.stem, request)), same

    @staticmethod
    def _first_sample(request: ClipRequest, bar: int) -> int:
        """Return where a bar begins in a clip; the first has the pre-roll with it."""
        return request.pre_roll_samples + request.grid.sample_at_bar(bar) if bar else 0

    def _want_passage(self, one: StemRequest) -> WantedClip:
        """Ask for one passage of a stem, its bars from the takes that they are to be from."""
        comp = one.visit.sound.comp.get(one.stem.name, ())
        if not comp:
            return self._want_take(one)
        clips = [
            self._want_take(taken) if (taken := self._request_take(one, bars)) else None for bars in comp
        ]
        starts = tuple(self._first_sample(one.request, bars.first) for bars in comp)
        return self._assemble(one, clips, Spliced(starts))

    def _request_take(self, one: StemRequest, bars: CompBars) -> StemRequest | None:
        """Return what is asked for the take that some bars are from; None where it is silent."""
        if not bars.part.notes:
            return None
        name, visit = one.stem.name, one.visit
        takes = {stem: take for stem, take in visit.sound.takes.items() if stem != name}
        takes |= {name: bars.sound} if bars.sound != 1 else {}
        parts = {**visit.music.score.parts, name: bars.part}
        taken = replace(
            visit,
            music=replace(visit.music, score=replace(visit.music.score, parts=parts)),
            sound=replace(visit.sound, takes=takes, comp={}),
        )
        return StemRequest(taken, one.stem, build_request(self.plan, taken, one.stem))

    def _join_bars(self, one: StemRequest, by_bar: Sequence[WantedClip]) -> WantedClip:
        """Ask for a clip each of whose bars is from the clip that stands for it in ``by_bar``."""
        runs = [bar for bar, clip in enumerate(by_bar) if bar == 0 or clip is not by_bar[bar - 1]]
        starts = tuple(self._first_sample(one.request, bar) for bar in runs)
        return self._assemble(one, [by_bar[bar] for bar in runs], Spliced(starts))

    def _assemble(
        self, one: StemRequest, clips: Sequence[WantedClip | None], assembly: Spliced | Chained
    ) -> WantedClip:
        """Ask for a clip that is put together of others; one alone is that one."""
        if len(clips) == 1 and clips[0] is not None:
            return replace(clips[0], visit=one.visit)
        there = next(clip for clip in clips if clip is not None)
        return WantedClip(
            visit=one.visit,
            stem=one.stem,
            request=one.request,
            key=build_assembly_key([None if clip is None else clip.key for clip in clips], assembly),
            approach=there.approach,
            maker=there.maker,
            pieces=tuple(clips),
            assembly=assembly,
        )

    def _want_take(self, one: StemRequest) -> WantedClip:
        """Ask for one take of a stem, with another one in the bars that are to be repainted."""
        clip = self._want_once(one)
        repaint = plan_repaint(one.visit, one.stem, clip.request)
        latent, can = one.request.latent, clip.maker.capabilities
        is_moved = can.takes_latents or not can.takes_init_audio or one.request.init is not None
        if is_moved or not latent.amount:
            if repaint is None:
                return clip
            return replace(clip, key=repaint.key(clip.key), base=clip.key, repaint=repaint)

        vary = Vary(latent.variation_seed, latent.amount)
        varied = replace(clip, key=vary.key(clip.key), base=clip.key, vary=vary)
        if repaint is None:
            return varied

        # The bars that are kept are those of the variation, which is made from the clip: both are joined.
        other = self._want_once(replace(one, request=repaint.request_other_take(one.request)))
        ranges = one.visit.sound.repaint
        is_new = [any(first <= bar < end for first, end in ranges) for bar in range(one.visit.bars)]
        return self._join_bars(one, [other if new else varied for new in is_new])

    def _want_once(self, one: StemRequest) -> WantedClip:
        """Ask for a stem as its maker plays it at once."""
        approach, key = self._settle(one, one.request)
        return WantedClip(
            visit=one.visit,
            stem=one.stem,
            request=approach.request,
            key=key,
            approach=approach,
            maker=self._maker(one),
        )

    def _want_parts(self, separator: Separator, asked: Sequence[StemRequest]) -> Iterator[WantedClip]:
        """Ask for one mix of some stems of a visit, and take each out of it."""
        visit = asked[0].visit
        sources = [one.request for one in asked]
        names = [one.stem.name for one in asked]
        singer = name if (name := find_singer(self.plan, visit)) in names else None
        mixed = build_mix_request(self.plan, visit, sources, is_sung=singer is not None)
        approach, mix = self._settle(asked[0], mixed, sources)
        assigned = assign_parts([(one.stem.name, one.stem.role) for one in asked], singer)
        for one in asked:
            parts = assigned[one.stem.name]
            content = json.dumps([mix, separator.fingerprint, parts])
            yield WantedClip(
                visit=visit,
                stem=one.stem,
                request=one.request,
                key=hashlib.sha256(content.encode()).hexdigest(),
                approach=approach,
                maker=self._maker(one),
                base=mix,
                parts=parts,
            )

    def _settle(
        self, one: StemRequest, request: ClipRequest, sources: Sequence[ClipRequest] = ()
    ) -> tuple[Approach, str]:
        """Return how the maker of a stem makes a clip for it, and the clip's key."""
        maker, wish = self._maker(one), settings_of(self.plan, one.visit, one.stem)
        can = maker.capabilities
        strength = can.guide_strength if wish.guide_strength is None else wish.guide_strength
        recipe = None if wish.guide == "none" else GuideRecipe(wish.guide, strength)
        try:
            approach = negotiate(request, can, maker.name, recipe, sources)
        except RitornelloError as exc:
            name = one.visit.place.name
            raise exc.with_context(f"section {name!r} ", field=f"sections.{name}") from exc
        guide = self.guides.fingerprint(approach.guide.kind) if approach.guide else ""
        return approach, approach.key(maker.fingerprint, guide)


@dataclass(frozen=True, slots=True)
class PlayedBy:
    """A backend that played some clips of a song, and in which way it was asked for them.

    ``places`` are the places of these clips.
    """

    name: str
    fingerprint: str
    way: str
    places: tuple[str, ...]


def describe_players(wanted: Sequence[WantedClip]) -> tuple[PlayedBy, ...]:
    """Return what played which clips, in the order in which the song needs them first."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for item in wanted:
        key = item.maker.name, item.maker.fingerprint, item.source
        found.setdefault(key, []).append(item.place)
    return tuple(PlayedBy(*key, tuple(places)) for key, places in found.items())


def clip_place(section: str, visit: int, stem: str) -> str:
    """Return where a clip stands in the song: ``section/visit/stem``."""
    return f"{section}/{visit}/{stem}"
