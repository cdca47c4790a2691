"""Settle which clips a song wants: what is asked for each stem of each visit, how it is made, its key.

Where a backend lacks something, the next best is chosen: parts of a clip are repainted by the backend's
own inpainting, else by generating all of it from the audio that is there, else anew, and spliced in with
crossfades; the score goes in as audio where notes are not read; a clip that is longer than the backend's
longest is made in pieces that meet on bar lines. What cannot be done at all is left out, and said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from render.backends.base import Backend, Capabilities
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio, content_of
from render.clips.assembly import Chained, Link, Spliced, assembled_key, same_bars
from render.clips.conform import VERSION as CONFORM_VERSION
from render.clips.guide import GuideMaker, GuideRecipe
from render.clips.init_audio import Repaint, plan_repaint, read_init_audio
from render.clips.pieces import split_into_pieces
from render.clips.separate import DemucsSeparator, Separator, assign_parts
from render.effects.backend import EffectsBackend
from render.recordings.backend import RecordingBackend
from render.recordings.placing import piece_audio
from render.voice.backend import installed_singer, stems_with_words
from structure.base.errors import RitornelloError
from structure.base.seeds import derive_seed
from structure.base.types import MELODIC, PITCHLESS, PLAYERLESS, Role
from structure.forms.section_lengths import section_kind
from structure.plans.comps import CompBars
from structure.plans.passages import find_passages
from structure.plans.plan import InitFile, SongPlan, StemPlan, Visit, VisitSound
from structure.presets.effects import effects

PRE_ROLL_S = 0.1
"""Least pre-roll of a clip; half a crossfade where that is longer."""

CLIP_TAIL_S = 2.5
"""How long a clip goes on after its section, for what rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a clip is made. ``request`` is what the backend is asked for, save the guide, which is made when
    it is needed. ``sources`` are the stems that are to sound in it. ``kept`` is audio to splice it into.
    ``pieces`` are the bars of each piece, () where it is made at once. ``conforms``: its time, key and
    level are to be brought to the score's. ``left_out`` names what the backend cannot do."""

    request: ClipRequest
    sources: tuple[ClipRequest, ...]
    guide: GuideRecipe | None = None
    kept: InitAudio | None = None
    pieces: tuple[int, ...] = ()
    conforms: bool = False
    left_out: tuple[str, ...] = ()

    def key(self, backend_fingerprint: str, guide_fingerprint: str) -> str:
        """SHA-256 over everything that decides the clip's samples."""
        plain = self.request.content_hash(backend_fingerprint)
        if not (self.guide or self.kept or self.pieces or self.conforms):
            return plain
        content = [
            plain,
            [source.content_hash("") for source in self.sources],
            [content_of(self.guide), guide_fingerprint] if self.guide else None,
            content_of(self.kept),
            self.pieces,
            CONFORM_VERSION if self.conforms else None,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StemRequest:
    """What any backend would be asked for one stem of one visit."""

    visit: Visit
    stem: StemPlan
    request: ClipRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedClip:
    """One clip of the song: what to ask for, its key in the cache, and where it goes.

    Most are asked for as they are. Others are made of another clip, which has the key ``base`` and is the
    one that ``approach`` makes: the ``parts`` of a mix, or a clip with another take in some bars
    (``repaint``). A clip that ``turns`` has a sound of the clip ``base`` backwards; that one is wanted too.
    One that has ``pieces`` is put together of them by its ``assembly``; a piece that is silent is None.
    """

    visit: Visit
    stem: StemPlan
    request: ClipRequest
    key: str
    approach: Approach
    base: str = ""
    parts: tuple[str, ...] | None = None
    repaint: Repaint | None = None
    turns: bool = False
    pieces: tuple[WantedClip | None, ...] = ()
    assembly: Spliced | Chained | None = None

    @property
    def made_of(self) -> tuple[WantedClip, ...]:
        """The clips that are made for it: itself, where it is not put together of others."""
        if not self.pieces:
            return (self,)
        return tuple(one for piece in self.pieces if piece is not None for one in piece.made_of)

    @property
    def place(self) -> str:
        """``section/visit/stem``."""
        return clip_place(self.visit.place.name, self.visit.place.index, self.stem.name)

    @property
    def source(self) -> str:
        """How its stem was got."""
        if self.parts is not None:
            return "separated from a mix"
        return "asked for in words" if self.approach.conforms else "the backend's own stem"

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.request.total_samples / self.request.grid.sample_rate


@dataclass(frozen=True, eq=False)
class ClipPlan:
    """A song's plan, and what makes its clips. Stems are taken from a mix of each visit where there is a
    ``separator``. Stems of effects come from ``effects``, and the user's own from ``recordings``, whatever
    the backend is; voices with words from ``singer``, if there is one and the backend does not sing."""

    plan: SongPlan
    backend: Backend
    guides: GuideMaker = field(default_factory=GuideMaker)
    separator: Separator | None = None
    effects: Backend = field(default_factory=EffectsBackend)
    recordings: Backend = field(default_factory=RecordingBackend)
    singer: Backend | None = field(default_factory=installed_singer)

    @classmethod
    def of(cls, plan: SongPlan, backend: Backend, separator: Separator | None = None) -> ClipPlan:
        """Return the plan of clips with ``separator``; without one demucs takes the backend's mixes apart,
        where the song wants that and the backend does not make stems.

        Raises RitornelloError where demucs or its weights are missing.
        """
        if separator is None and plan.render.stems != "ask" and not backend.capabilities.makes_stems:
            separator = DemucsSeparator()
        return cls(plan, backend, separator=separator)

    @cached_property
    def wanted(self) -> tuple[WantedClip, ...]:
        """Every clip of the song as the backend can make it, in the song's order.

        Raises RitornelloError where a section is longer than the backend can make it.
        """
        asked = build_requests(self.plan)
        visits = groupby(asked, key=lambda one: one.visit.place.start_bar)
        return tuple(clip for _, group in visits for clip in self._want_visit([*group]))

    def backend_for(self, stem: StemPlan) -> Backend:
        """Return what makes the clips of a stem."""
        if stem.role == "audio":
            return self.recordings
        if self.singer is not None and stem.name in self._sung:
            return self.singer
        return self.effects if stem.role == "effects" else self.backend

    @cached_property
    def _sung(self) -> frozenset[str]:
        """Names of the stems whose words the singer sings."""
        can_sing = self.backend.capabilities.sings_lyrics
        return frozenset() if can_sing or self.plan.render.singer == "none" else stems_with_words(self.plan)

    def _want_visit(self, asked: Sequence[StemRequest]) -> Iterator[WantedClip]:
        """Ask for the stems of a visit: its effects alone, its players alone or as a mix."""
        asked_of_players = [one for one in asked if one.stem.role not in PLAYERLESS]
        together: list[StemRequest] = []
        players: list[WantedClip] = []
        for one in asked_of_players:
            if self.separator is not None and self.backend_for(one.stem) is self.backend:
                together.append(one)
            else:
                players.append(self._want_alone(one))
        if self.separator is not None and together:
            players += self._want_parts(self.separator, together)
        made = {clip.stem.name: clip for clip in players}
        for one in asked:
            if one.stem.role == "audio":
                yield self._want_recording(one)
                continue
            yield made[one.stem.name] if one.stem.name in made else self._want_effects(one, players)

    def _want_recording(self, one: StemRequest) -> WantedClip:
        """Ask for what plays of a recording: it is one take, and nothing is made anew in it."""
        approach, key = self._settle(one.visit, one.request, backend=self.recordings)
        return WantedClip(
            visit=one.visit, stem=one.stem, request=approach.request, key=key, approach=approach
        )

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
        """What the backend cannot do of what the song asks for, in words."""
        return describe_left_out(self.backend.name, [(one.stem.name, one.approach) for one in self.wanted])

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
        rings = self.backend_for(one.stem).capabilities.follows_score
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
        """Ask for a passage. Where most of its bars are those of another visit of its section, the others
        are put into the clip of that one."""
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
        runs = [(bar, is_same) for bar, is_same in enumerate(same) if bar == 0 or is_same != same[bar - 1]]
        starts = tuple(self._first_sample(one.request, bar) for bar, _ in runs)
        return self._assemble(one, [section if is_same else own for _, is_same in runs], Spliced(starts))

    def _find_alike(self, one: StemRequest) -> Iterator[tuple[WantedClip, list[bool]]]:
        """Yield the clips of other visits of a passage's section that differ from it in their notes alone,
        and which of their bars do not."""
        name, grid = one.stem.name, one.request.grid
        lines = [grid.quarters_at_bar(bar) for bar in range(one.visit.bars + 1)]
        for visit in self.plan.visits:
            is_there = visit.place.name == one.visit.place.name and visit.bars == one.visit.bars
            if is_there and name in visit.music.score.parts and not visit.sound.repaint:
                request = build_request(self.plan, visit, one.stem)
                if replace(request, notes=one.request.notes) == one.request:
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
        clips = [self._want_take(taken) if (taken := self._taken(one, bars)) else None for bars in comp]
        starts = tuple(self._first_sample(one.request, bars.first) for bars in comp)
        return self._assemble(one, clips, Spliced(starts))

    def _taken(self, one: StemRequest, bars: CompBars) -> StemRequest | None:
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
            key=assembled_key([None if clip is None else clip.key for clip in clips], assembly),
            approach=there.approach,
            pieces=tuple(clips),
            assembly=assembly,
        )

    def _want_take(self, one: StemRequest) -> WantedClip:
        """Ask for one take of a stem, with another one in the bars that are to be repainted."""
        approach, key = self._settle(one.visit, one.request, backend=self.backend_for(one.stem))
        clip = WantedClip(
            visit=one.visit, stem=one.stem, request=approach.request, key=key, approach=approach
        )
        repaint = plan_repaint(one.visit, one.stem, approach.request)
        return clip if repaint is None else replace(clip, key=repaint.key(key), base=key, repaint=repaint)

    def _want_parts(self, separator: Separator, asked: Sequence[StemRequest]) -> Iterator[WantedClip]:
        """Ask for the mix of a visit, and take its stems out of it."""
        visit = asked[0].visit
        sources = [one.request for one in asked]
        approach, mix = self._settle(visit, build_mix_request(self.plan, visit, sources), sources)
        assigned = assign_parts(
            [(one.stem.name, one.stem.role) for one in asked], find_singer(self.plan, visit)
        )
        for one in asked:
            parts = assigned[one.stem.name]
            content = json.dumps([mix, separator.fingerprint, parts])
            yield WantedClip(
                visit=visit,
                stem=one.stem,
                request=one.request,
                key=hashlib.sha256(content.encode()).hexdigest(),
                approach=approach,
                base=mix,
                parts=parts,
            )

    def _settle(
        self,
        visit: Visit,
        request: ClipRequest,
        sources: Sequence[ClipRequest] = (),
        backend: Backend | None = None,
    ) -> tuple[Approach, str]:
        """Return how a clip is made, by the song's backend where no other is given, and its key."""
        backend = backend or self.backend
        can, wish = backend.capabilities, self.plan.render
        strength = can.guide_strength if wish.guide_strength is None else wish.guide_strength
        recipe = None if wish.guide == "none" else GuideRecipe(wish.guide, strength)
        try:
            approach = negotiate(request, can, backend.name, recipe, sources)
        except RitornelloError as exc:
            raise exc.with_context(
                f"section {visit.place.name!r} ", field=f"sections.{visit.place.name}"
            ) from exc
        guide = self.guides.fingerprint(approach.guide.kind) if approach.guide else ""
        return approach, approach.key(backend.fingerprint, guide)


def negotiate(
    wanted: ClipRequest,
    can: Capabilities,
    backend: str,
    guide: GuideRecipe | None = None,
    sources: Sequence[ClipRequest] = (),
) -> Approach:
    """How ``backend`` makes a clip; ``guide`` is how its guide is to be made where it needs one.

    Raises RitornelloError where not even a bar fits the backend's longest clip.
    """
    request, kept, left_out = _fit_init(wanted, can)
    guided = guide if not can.follows_score and can.takes_init_audio and request.init is None else None
    begins_from_audio = guided is not None or request.init is not None
    hears_negative = can.negative_prompt and (can.negative_with_init or not begins_from_audio)
    if request.negative_prompt and not hears_negative:
        left_out += ("negative prompts" if not can.negative_prompt else "negative prompts with a guide",)
        request = replace(request, negative_prompt="")
    if request.lyrics and not can.sings_lyrics:
        left_out += ("lyrics",)
        request = replace(request, lyrics="")
    if not can.sings_lyrics and any(note.syllable is not None for note in request.notes):
        notes = tuple(replace(note, syllable=None) for note in request.notes)
        request = replace(request, notes=notes, voice="", language="")
    if request.morph_prompt and not can.morphs:
        left_out += ("morphs",)
        request = replace(request, morph_prompt="")
    if can.follows_score:
        request = replace(request, key="")
    heard = [replace(source, lyrics="", morph_prompt="", init=None) for source in sources or (wanted,)]
    return Approach(
        request=request,
        sources=tuple(heard),  # in a guide nobody sings
        guide=guided,
        kept=kept,
        pieces=split_into_pieces(request, can, backend),
        conforms=not can.follows_score and wanted.init is None,
        left_out=left_out,
    )


def _fit_init(
    wanted: ClipRequest, can: Capabilities
) -> tuple[ClipRequest, InitAudio | None, tuple[str, ...]]:
    """Return the request with the init audio that the backend takes, audio to splice its clip into, and
    what is left out."""
    init = wanted.init
    if init is None:
        return wanted, None, ()
    if init.repaint is not None and not can.inpaints:
        inner = replace(init, repaint=None) if can.takes_init_audio else None
        return replace(wanted, init=inner), init, ()
    if init.repaint is None and not can.takes_init_audio:
        return replace(wanted, init=None), None, ("audio to begin from",)
    return wanted, None, ()


def describe_left_out(backend: str, approaches: Iterable[tuple[str, Approach]]) -> tuple[str, ...]:
    """Say what a backend cannot do, a sentence a thing; ``approaches`` come with their stems' names."""
    found: dict[str, dict[str, None]] = {}
    for stem, approach in approaches:
        for thing in approach.left_out:
            found.setdefault(thing, {})[stem] = None
    return tuple(
        f"the backend {backend!r} does not sing; the lyrics are left out"
        if thing == "lyrics"
        else f"the backend {backend!r} takes no {thing}; left out for {', '.join(stems)}"
        for thing, stems in found.items()
    )


def clip_place(section: str, visit: int, stem: str) -> str:
    """Return where a clip stands in the song: ``section/visit/stem``."""
    return f"{section}/{visit}/{stem}"


def build_requests(plan: SongPlan) -> list[StemRequest]:
    """Return every clip of the song in its order, as any backend would be asked for it; silent stems have
    none."""
    return [
        StemRequest(visit, stem, build_request(plan, visit, stem))
        for visit in plan.visits
        for stem in plan.stems
        if stem.name in visit.music.score.parts and visit.music.score.parts[stem.name].notes
    ]


def build_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """Return what is asked of a backend for one stem of one visit; it says nothing of where it stands."""
    request = _build_plain_request(plan, visit, stem)
    if stem.role == "audio":
        return _with_recording(plan, visit, stem, request)
    if stem.role == "effects" or visit.sound.init is None:
        return request
    file = plan.init_audio.get(visit.sound.init.audio)
    return replace(request, init=read_init_audio(visit.sound.init, file, request))


def _build_plain_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """Return a request without audio to begin from. One for effects has their notes and nothing to read."""
    grid, start = plan.grid_of(visit), plan.position_quarters(visit)
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    sound, part = visit.sound, visit.music.score.parts[stem.name]
    request = ClipRequest(
        role=stem.role,
        prompt=sound.prompts.get(stem.name, stem.prompt),
        negative_prompt=sound.negative_prompts.get(stem.name, stem.negative_prompt),
        notes=part.notes,
        controls=part.controls,
        grid=grid,
        body_quarters=plan.grid.quarters_at_bar(visit.end_bar) - start,
        pre_roll_samples=pre_roll,
        tail_samples=round(CLIP_TAIL_S * grid.sample_rate),
        latent=LatentRecipe(
            _latent_seed(sound, stem.name),
            derive_seed(sound.variation_seed, stem.name),
            sound.variation,
        ).canonical(),
        timbre=LatentRecipe(
            derive_seed("timbre", plan.seed, stem.name),
            derive_seed("timbre", sound.variation_seed, stem.name),
            sound.timbre_variation,
        ).canonical(),
        steps=plan.render.steps,
        guidance=plan.render.guidance,
        morph_prompt=sound.morph_prompts.get(stem.name, ""),
        lyrics=tag_lyrics(visit) if find_singer(plan, visit) == stem.name else "",
        key=visit.music.key,
        voice=stem.voice,
        language=stem.language,
    )
    if stem.role == "effects":
        return replace(request, **_UNREAD)
    return request


def _with_recording(plan: SongPlan, visit: Visit, stem: StemPlan, request: ClipRequest) -> ClipRequest:
    """Return a request that holds what plays of a recording, and nothing else that would decide its key."""
    piece = visit.sound.recordings[stem.name]
    file = plan.recordings.get(piece.file) or InitFile(path=Path(piece.file), where=f"stems.{stem.name}")
    try:
        audio = piece_audio(
            piece,
            file,
            request.pre_roll_samples,
            request.body_samples,
            request.tail_samples,
            request.grid.sample_rate,
        )
    except RitornelloError as exc:
        raise exc.with_context(f"{file.where}: ", field=file.where) from exc
    same = {**_UNREAD, "latent": LatentRecipe(0), "init": InitAudio(audio, 0.0)}
    return replace(request, **same)


def _latent_seed(sound: VisitSound, stem: str) -> int:
    """Return the seed that a stem's clip is made from in a section: another one for each take."""
    take = sound.takes.get(stem, 1)
    return derive_seed(sound.seed, stem) if take == 1 else derive_seed(sound.seed, stem, "take", take)


_TURNED: tuple[Role, ...] = ("pad", "chords", "arpeggio", "lead", "backing", "vocals")
"""Whose sound a reversed swell turns around, the first choice first."""

_UNREAD: dict[str, Any] = {
    "prompt": "",
    "negative_prompt": "",
    "morph_prompt": "",
    "key": "",
    "timbre": LatentRecipe(0),
    "steps": None,
    "guidance": None,
}
"""Fields that decide nothing of an effect, and are to change no clip's key."""


def build_mix_request(plan: SongPlan, visit: Visit, sources: Sequence[ClipRequest]) -> ClipRequest:
    """Return a request for all stems of a visit at once. Its notes are those of its sources."""
    prompts = dict.fromkeys(request.prompt for request in sources)
    unwanted = dict.fromkeys(request.negative_prompt for request in sources if request.negative_prompt)
    takes = [part for stem, take in sorted(visit.sound.takes.items()) for part in (stem, take)]
    latent = LatentRecipe(
        derive_seed(visit.sound.seed, "mix", *takes),
        derive_seed(visit.sound.variation_seed, "mix"),
        visit.sound.variation,
    )
    return replace(
        sources[0],
        role="mix",
        prompt="; ".join(prompts),
        negative_prompt="; ".join(unwanted),
        notes=(),
        latent=latent.canonical(),
        timbre=LatentRecipe(derive_seed("timbre", plan.seed, "mix")),
        lyrics=tag_lyrics(visit) if find_singer(plan, visit) else "",
    )


def find_singer(plan: SongPlan, visit: Visit) -> str | None:
    """Return the stem that sings in a visit: its vocals, its first lead stem, or its first that has pitch.

    None where there are no lyrics.
    """
    if not visit.sound.lyrics:
        return None
    heard = [stem for stem in plan.stems if stem.name in visit.music.score.parts]
    pitched = [stem for stem in heard if stem.role not in PITCHLESS]
    melodic = [stem for role in MELODIC for stem in heard if stem.role == role] or pitched
    return melodic[0].name if melodic else None


def tag_lyrics(visit: Visit) -> str:
    """Return the words of a visit under a tag such as [verse], unless they begin with one of their own."""
    if not visit.sound.lyrics or visit.sound.lyrics.startswith("["):
        return visit.sound.lyrics
    return f"[{section_kind(visit.place.name)}]\n{visit.sound.lyrics}"
