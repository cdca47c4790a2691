"""The visits of a song with their notes: those of the section, with what happens in each visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from structure.arrange.articulation.marks import with_articulation
from structure.arrange.bass import with_shared_riff
from structure.arrange.context import Player, SectionContext
from structure.arrange.drums import keep_lanes
from structure.arrange.happening.backbeat import without_key
from structure.arrange.happening.band import with_tag
from structure.arrange.happening.effects import write_effects
from structure.arrange.happening.events import play_with_force, with_events, with_silences
from structure.arrange.lifts import leading_into
from structure.arrange.pad import with_drone
from structure.base.errors import PlanError
from structure.base.seeds import derive_seed
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.harmony.kinds import end_at_home, harmony_called
from structure.harmony.scales import keep_to_steps
from structure.harmony.transposition import lift_score
from structure.planning.arranger import SectionArranger
from structure.planning.arranging.endings import leaves_no_hold
from structure.planning.contexts import Contexts
from structure.planning.four_parts import bearer_of, lower_bearer, set_players, variation_of
from structure.planning.one_player import by_one_player
from structure.planning.players.comps import apply_comps
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.prompts import (
    join_prompts,
    morph_prompt,
    place_words,
    song_prompt,
    sounds_in,
    stem_negative_prompt,
    stem_prompt,
)
from structure.planning.settling import SettledSong
from structure.planning.wishes.happenings import ends_without_hold
from structure.plans.comps import CompBars, bar_lines
from structure.plans.lengths import of_length
from structure.plans.plan import Visit, VisitMusic, VisitPlace, VisitSound
from structure.plans.score import SectionScore
from structure.presets.grooves import with_grooves
from structure.presets.styles import load_style
from structure.specs.spec import bar_ranges
from structure.specs.wishes import is_loop
from structure.tempo.odd_bars import with_odd_bars


def write_visits(
    song: SettledSong, plans: Sequence[VisitPlan], contexts: Contexts, layout: Layout
) -> tuple[Visit, ...]:
    """Return the visits with their notes, one after another from bar 0.

    Raises PlanError for events, and for bars to repaint, beyond the end of their sections.
    """
    visits: list[Visit] = []
    scores = _Scores(_Band.of(song.stems, plans))
    for position, plan in enumerate(plans):
        ctx = contexts.of(plan)
        if plan.grooves:
            ctx = replace(ctx, style=with_grooves(ctx.style, plan.grooves))
        plain = replace(ctx, ends_song=False)
        form = song.spec.form
        repeats_to_the_letter = isinstance(form, tuple) and form[-1].variation == 0
        if position == len(plans) - 1 and not repeats_to_the_letter:
            is_open = ends_without_hold(song.wishes) or leaves_no_hold(plan.events, plan.bars or ctx.bars)
            ctx = replace(ctx, ends_song=not is_open)
            kinds = [harmony_called(words) for words in plan.harmonies]
            comes_home = bool(kinds) and not is_loop(song.wishes)
            if comes_home and not any(kind is not None and kind.ends for kind in kinds):
                # A progression that is asked for goes round; the song comes home all the same.
                ctx = replace(ctx, chords=end_at_home(ctx.chords, ctx.key, ctx.meter))

        # It may turn to the key of the next visit, by the semitones up to it.
        after = plans[position + 1] if position + 1 < len(plans) else None
        turns_by = 0
        has_tune = plan.given is not None and bool(plan.given.parts_with_pitch)
        if after is not None and (plan.prepares_lift or contexts.goes_elsewhere(plan, after)):
            there = contexts.of(after).key.root + after.lift
            turns_by = 0 if has_tune else (there - contexts.of(plan).key.root - plan.lift) % 12
        ctx = theme = leading_into(ctx, turns_by)
        if plan.figure:
            ctx, plain = variation_of(ctx, plan), variation_of(plain, plan)

        here = _Here(ctx, plain, theme, turns_by, opens_song=position == 0)
        usual = (ctx.meter,) * (plan.bars or ctx.bars)
        lines = bar_lines(usual if plan.frame is None else plan.frame.meters)
        score, comps = apply_comps(plan, partial(scores.of, here), lines)

        repainted = bar_ranges(plan.repaint.bars) if plan.repaint else ()
        if repainted and repainted[-1][1] > score.bars:
            raise PlanError(
                f"sections.{plan.name}.repaint.bars: bar {repainted[-1][1]} is to be repainted, but the "
                f"section has {score.bars} bars",
                field=f"sections.{plan.name}.repaint.bars",
            )
        visits.append(_visit(song, plan, ctx, score, comps, repainted, visits, layout))
    return tuple(visits)


@dataclass(frozen=True)
class _Here:
    """Where a visit is.

    It has the visit's section there, and the section where it neither ends the song nor turns to another
    key. Then come the section whose melody it varies, by how many semitones it turns, and whether it opens
    the song.
    """

    ctx: SectionContext
    plain: SectionContext
    theme: SectionContext
    turns_by: int
    opens_song: bool


@dataclass(frozen=True)
class _Band:
    """Who plays in the song.

    It has its leads, the voices of a setting, who of them has the melody in each section, and the families
    of an orchestra.
    """

    leads: tuple[Player, ...]
    voices: tuple[Player, ...]
    bearers: Mapping[str, int]
    families: tuple[Player, ...]

    @classmethod
    def of(cls, stems: Sequence[PlannedStem], plans: Sequence[VisitPlan]) -> _Band:
        """Return that of a song."""
        players = [stem.player for stem in stems if not stem.is_guest]
        voices = tuple(set_players(players))
        # Intros and outros have the melody in the same voice as the first other section.
        names = list(dict.fromkeys(plan.name for plan in plans)) if voices else []
        inner = [name for name in names if section_kind(name) not in ("intro", "outro")]
        return cls(
            tuple(stem.player for stem in stems if stem.plan.role == "lead"),
            voices,
            {name: bearer_of(inner.index(name) if name in inner else 0, voices) for name in names},
            tuple(player for player in players if player.texture == "family"),
        )

    def bearer(self, plan: VisitPlan) -> int:
        """Return which voice has the melody in a visit."""
        return lower_bearer(self.voices) if plan.figure == "lower" else self.bearers.get(plan.name, 0)


class _Scores:
    """The scores of visits. Those that are the same share one, which is arranged once."""

    def __init__(self, band: _Band) -> None:
        self._band = band
        self._arrangers: dict[object, SectionArranger] = {}
        self._scores: dict[object, SectionScore] = {}

    def of(self, here: _Here, plan: VisitPlan) -> SectionScore:
        """Return the score of a visit in the takes that it has.

        Raises PlanError for events beyond its end.
        """
        ctx, seed = here.ctx, _variation_seed(here.ctx, plan)
        varied = seed if plan.variation else 0
        which = (
            plan.name,
            plan.stems,
            plan.effects,
            plan.variation,
            varied,
            ctx.ends_song,
            here.turns_by,
            (plan.events, here.opens_song) if plan.events else (),
            plan.force,
            plan.kit_rests,
            plan.grooves,
            plan.harmonies,
            plan.drones,
            plan.ways,
            plan.bars,
            ctx.meter,
            ctx.key,
            ctx.chords[-1],
            plan.feeling,
            plan.figure,
            plan.own_music,
            tuple((name, take.notes) for name, take in plan.takes),
            plan.given,
        )
        if which not in self._scores:
            tune = (plan.feeling, plan.given, plan.figure, plan.own_music)
            how = (plan.grooves, plan.harmonies, ctx.meter, ctx.key, tune, ctx.energy, ctx.chords[-1])
            arranger = self._arranger((plan.name, ctx.ends_song, here.turns_by, *how), ctx, here, plan)
            before = (plan.name, False, 0, *how)
            earlier = self._arranger(before, here.plain, here, plan) if plan.bars else arranger

            # What comes before the last time in a visit that is longer ends no song, and turns nowhere.
            players = _players(plan)
            written = arranger.score(players, plan.variation, seed)
            if plan.bars not in (None, written.bars):
                is_longer = plan.bars > written.bars
                first = earlier.score(players, plan.variation, seed) if is_longer else written
                written = of_length(written, first, plan.bars, arranger.context.meter.bar_quarters)
            ctx = replace(ctx, bars=written.bars, chords=written.chords)
            self._scores[which] = _score(ctx, plan, written, varied, opens_song=here.opens_song)
        return self._scores[which]

    def _arranger(
        self, which: object, ctx: SectionContext, here: _Here, plan: VisitPlan
    ) -> SectionArranger:
        if which not in self._arrangers:
            band, theme = self._band, here.theme if plan.figure else None
            self._arrangers[which] = SectionArranger(
                ctx, band.leads, band.voices, band.bearer(plan), theme, plan.figure, band.families
            )
        return self._arrangers[which]


def _variation_seed(ctx: SectionContext, plan: VisitPlan) -> int:
    return derive_seed(ctx.seed, "variation", plan.index)


def _players(plan: VisitPlan) -> list[Player]:
    """Return who plays in a visit, each in the take that is asked for."""
    takes = {name: take.notes for name, take in plan.takes}
    return [
        replace(stem.player, take=takes[stem.plan.name])
        if takes.get(stem.plan.name, 1) != 1
        else stem.player
        for stem in plan.stems
    ]


def _score(
    ctx: SectionContext, plan: VisitPlan, written: SectionScore, seed: int, *, opens_song: bool
) -> SectionScore:
    """Return the notes of a section with all that happens in a visit.

    Raises PlanError for an event that lies beyond it.
    """
    for event in plan.events:
        if event.bar > ctx.bars or event.beat >= ctx.meter.beats_per_bar + 1:
            place = f"bar {event.bar}, beat {float(event.beat):g}"
            raise PlanError(
                f"sections.{plan.name}.events: {event.do} at {place} lies beyond the section, which has "
                f"{ctx.bars} bars of {ctx.meter.beats_per_bar} beats",
                field=f"sections.{plan.name}.events",
            )

    parts = dict(written.parts)
    if plan.force != 1.0:
        parts = {name: play_with_force(part, plan.force) for name, part in parts.items()}
    for name in plan.drones:
        if name in parts:
            parts[name] = with_drone(parts[name], ctx)
    for words in plan.harmonies:
        kind = harmony_called(words)
        steps = kind.steps.get(ctx.key.family, ()) if kind is not None else ()
        parts = {name: keep_to_steps(part, ctx.key, steps) for name, part in parts.items()}
    players = _players(plan)
    if plan.events:
        parts = with_events(parts, plan.events, ctx, opens_song=opens_song, players=players, seed=seed)
        # Players go on to leave out what they always do.
        for player in players:
            if player.without and player.name in parts:
                part = parts[player.name]
                parts[player.name] = replace(part, notes=tuple(keep_lanes(part.notes, player)))
        parts = {name: part for name, part in parts.items() if part.notes}
    for key, bars in plan.kit_rests:
        parts = without_key(parts, key, bars, ctx.meter)

    score = SectionScore(ctx.bars, ctx.chords, parts)
    tags = sum(event.do == "tag" for event in plan.events)
    if tags:
        score = with_tag(score, ctx, tags + 1)
        score = replace(score, parts=with_silences(score.parts, plan.events, ctx))
    played = with_articulation(score.parts, ctx, players, plan.ways)
    score = replace(score, parts=with_shared_riff(by_one_player(played, players, ctx), players, ctx))
    if plan.effects:
        sounds = {stem.plan.name: stem.plan.prompt for stem in plan.effects}
        heard = write_effects(sounds, plan.events, ctx, opens_song=opens_song)
        score = replace(score, parts={**score.parts, **heard})
    return score if plan.frame is None else with_odd_bars(score, ctx.meter, plan.frame.meters)


def _visit(
    song: SettledSong,
    plan: VisitPlan,
    ctx: SectionContext,
    score: SectionScore,
    comps: Mapping[str, Sequence[CompBars]],
    repainted: tuple[tuple[int, int], ...],
    before: Sequence[Visit],
    layout: Layout,
) -> Visit:
    """Return a visit with its notes, in its own key, and with what backends need to know of it."""
    key = ctx.key.transpose(plan.lift)
    section = song.section(plan.name)
    heard = [stem.plan for stem in plan.stems if stem.plan.name in score.parts]
    sounding = [stem.plan for stem in plan.effects if stem.plan.name in score.parts]
    start_bar = before[-1].end_bar if before else 0
    place = VisitPlace(name=plan.name, label=plan.label, index=plan.index, start_bar=start_bar)
    words = {stem.name: place_words(song.wishes, stem, layout, len(before)) for stem in heard}
    sounds, of_song = {stem.name: stem.prompt for stem in heard}, song.prompt
    if plan.genre is not None:
        named = {stem.plan.name for stem in plan.stems if stem.is_named}
        sounds = sounds_in(load_style(plan.genre, song.spec.own_style), heard, named)
        of_song = join_prompts(plan.genre, song_prompt(song.spec, song.wishes, plan.genre))
    music = VisitMusic(
        key=key.name,
        energy=plan.energy,
        lift=plan.lift,
        score=lift_score(score, plan.lift, key),
        events=plan.events,
        swing=None if ctx.style.swing == song.brief.style.swing else ctx.style.swing,
        genre=plan.genre,
        takes={name: take.notes for name, take in plan.takes if take.notes != 1},
    )
    sound = VisitSound(
        seed=ctx.seed,
        variation_seed=_variation_seed(ctx, plan),
        variation=plan.variation,
        prompts={
            stem.name: stem_prompt(sounds[stem.name], plan.prompt, of_song, words[stem.name])
            for stem in heard
        }
        | {stem.name: stem.prompt for stem in sounding},
        negative_prompts={
            stem.name: stem_negative_prompt(stem.negative_prompt, section, song.negative_prompt)
            for stem in heard
        },
        morph_prompts={
            s.name: morph_prompt(s.prompt, s.role, plan.morph_to) for s in heard if plan.morph_to
        },
        init=plan.init,
        repaint=repainted,
        repaint_seed=plan.repaint.seed if plan.repaint else 0,
        lyrics=plan.lyrics,
        backend=plan.backend,
        takes={name: take.sound for name, take in plan.takes if take.sound != 1},
        comp={
            name: tuple(
                replace(
                    one, part=lift_score(SectionScore(1, (), {name: one.part}), plan.lift, key).parts[name]
                )
                for one in comp
            )
            for name, comp in comps.items()
            if name in score.parts
        },
    )
    return Visit(place=place, music=music, sound=sound)
