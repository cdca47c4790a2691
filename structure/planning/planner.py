"""From a spec to a planned song: the one entry to everything in this package.

Whatever the spec leaves open comes from its description, then from the style, then from the seed. Each
section is planned by itself from seeds of its own, so that editing one leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from structure.arrange.context import Player, SectionContext
from structure.arrange.drums import kept_lanes
from structure.arrange.happening.backbeat import without_key
from structure.arrange.happening.band import with_tag
from structure.arrange.happening.effects import write_effects
from structure.arrange.happening.events import played_with, with_events
from structure.arrange.lifts import leading_into
from structure.arrange.pad import with_drone
from structure.base.errors import PlanError
from structure.base.grid import Grid, Meter
from structure.base.labels import kind_of
from structure.base.lengths import LONGEST_S, format_seconds
from structure.base.seeds import derive_seed
from structure.description.reading import read_wishes
from structure.forms.asked import FormAsks, form_asks
from structure.forms.places import Layout
from structure.forms.planning import Form, FormRequest, plan_form
from structure.forms.section_lengths import bar_doubling, section_kind
from structure.forms.soloists import SOLOISTS, with_soloists
from structure.harmony.bars import parse_bars, parse_progression
from structure.harmony.keys import USUAL_TONICS, Key
from structure.harmony.kinds import (
    asked_progression,
    ended,
    harmony_called,
    home_mode_of,
    mode_of,
    recoloured,
)
from structure.harmony.progressions import plan_harmony
from structure.harmony.transposition import lifted
from structure.planning.arrangements import with_arrangement
from structure.planning.arranger import SectionArranger
from structure.planning.arranging.contrasts import contrast_of
from structure.planning.arranging.endings import leaves_no_hold, tempo_events
from structure.planning.brief import Brief, in_mode, key_or_error, read_brief
from structure.planning.effects import EffectsPlan, plan_effects, split_wishes, with_effects
from structure.planning.joins import joins_of
from structure.planning.players.called import stems_called
from structure.planning.players.ensembles import exact_players
from structure.planning.players.stems import PlannedStem, plan_stems
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.prompts import (
    morph_prompt,
    place_words,
    song_negative_prompt,
    song_prompt,
    stem_negative_prompt,
    stem_prompt,
)
from structure.planning.visits import identity_energy, plan_visits
from structure.planning.wishes.asked import (
    asked_genres,
    asked_grooves,
    asked_harmonies,
    drones,
    section_feeling,
)
from structure.planning.wishes.attendance import attendance
from structure.planning.wishes.changes import (
    asked_key,
    asked_visit_keys,
    changed_grid,
    changes_pace,
    section_frame,
    visit_frames,
)
from structure.planning.wishes.happenings import ends_without_hold
from structure.planning.wishes.levels import levelled
from structure.planning.wishes.mixes import mastered_as_asked, mix_as_asked, mixed_as_asked
from structure.planning.wishes.presence import too_rarely_heard
from structure.plans.graph import SectionNode, build_graph
from structure.plans.lengths import of_length
from structure.plans.plan import SongPlan, StemPlan, Visit, VisitMusic, VisitPlace, VisitSound
from structure.plans.score import ChordEvent, Part, SectionScore
from structure.presets.grooves import with_grooves
from structure.presets.mixes import Mix, build_mix, load_mix
from structure.presets.moods import Feeling
from structure.specs.spec import FormEntry, SectionSpec, SongSpec, bar_ranges
from structure.specs.wishes import Wishes
from structure.tempo.frames import Frame, with_moments, written_grid
from structure.tempo.odd_bars import with_odd_bars

_TRIES = 5
"""Lengths in bars that are tried until the song's time is met."""


@dataclass(frozen=True)
class _Song:
    """What is settled for the whole song before its sections are planned."""

    spec: SongSpec
    wishes: Wishes
    brief: Brief
    seed: int
    stems: tuple[PlannedStem, ...]
    effects: EffectsPlan
    mix: Mix
    prompt: str
    negative_prompt: str

    @property
    def all_stems(self) -> tuple[PlannedStem, ...]:
        """Its players, and after them its effects."""
        return (*self.stems, *self.effects.stems)

    def section(self, name: str) -> SectionSpec:
        """The user's overrides of a section."""
        return self.spec.sections.get(name, SectionSpec())

    def section_seed(self, name: str) -> int:
        """The seed of an identity."""
        return derive_seed(self.base_seed(name), name)

    def feeling(self, name: str) -> Feeling:
        """Which way the mood of the song, and what is asked of the section alone, move its notes.

        An exact ensemble, which cannot set one section off from another by who plays, does so by register
        and density.
        """
        feeling = self.brief.feeling.plus(section_feeling(self.wishes, section_kind(name)))
        if not all(stem.always for stem in self.stems):
            return feeling
        return feeling.plus(contrast_of(section_kind(name), self.section_seed(name), self.brief.style))

    def base_seed(self, name: str) -> int:
        """The seed that the user gives a section, else the song's."""
        own = self.section(name).seed
        return self.seed if own is None else own


def plan_song(spec: SongSpec, *, seed: int | None = None, wishes: Wishes | None = None) -> SongPlan:
    """Plan a song; ``seed`` takes the place of the spec's, ``wishes`` that of its description's.

    The same spec, seed and wishes give the same plan. Raises PlanError where the spec cannot be met, and
    RitornelloError for an unknown style.
    """
    song = _settle(spec, spec.seed if seed is None else seed, wishes)
    form = _timed_form(song)
    written = _with_keys(_with_entries(spec, form), song)
    frames = _frames(song, form)
    grid = written_grid(frames, song.brief.grid.sample_rate)
    _check_length(grid, form.total_bars, song.brief)
    layout = Layout.of(form.walk, form.bars, grid, form.own_bars)
    wishes = with_soloists(song.wishes, form.named, form.walk, _soloists(song.stems))
    plain_visits = plan_visits(
        written,
        form.walk,
        song.brief.style,
        wishes,
        song.stems,
        layout,
        song.effects.stems,
        is_own_form=isinstance(spec.form, tuple),
    )
    arranged = with_arrangement(
        plain_visits,
        song.stems,
        written,
        wishes,
        layout,
        song.brief.style,
        song.seed,
        song.section_seed,
    )
    arranged = with_effects(arranged, song.effects, layout)
    visit_plans = _with_character(_framed(arranged, frames, written, song, layout), song, layout)
    contexts = _contexts(song, form, visit_plans)
    visits = _visits(song, visit_plans, contexts)
    silent = _called_for(visit_plans) - _heard(visits)
    asked = attendance(song.wishes, song.stems, layout)
    silent |= too_rarely_heard(visit_plans, visits, song.stems, asked)
    if silent:
        visits = _visits(song, [_with_followers(plan, silent) for plan in visit_plans], contexts)
    kept = {i for i, plan in enumerate(visit_plans) if plan.keeps_energy}
    visits = levelled(visits, song.wishes, layout, kept)
    nodes = [_node(song, ctx, visits) for ctx in contexts.first().values()]
    heard = _heard(visits)
    stems = mixed_as_asked(
        [stem.plan for stem in song.all_stems if stem.plan.name in heard],
        song.wishes,
        [stem.name for stem in spec.stems or ()],
        lambda words: stems_called(words, song.stems),
    )
    return SongPlan(
        title=song.brief.title,
        description=spec.description or "",
        genre=song.brief.style.name,
        seed=song.seed,
        key=song.brief.key.name,
        grid=with_moments(changed_grid(song.wishes, layout, frames), _moving(frames, arranged)),
        stems=tuple(stems),
        graph=build_graph(nodes, form.walk, joins_of(visits, layout.grid.meter)),
        visits=visits,
        tail_s=song.brief.tail_s,
        render=spec.render,
        master=mastered_as_asked(spec.master, song.wishes),
        export=spec.export,
        mix=mix_as_asked(song.mix, stems, song.wishes, lambda words: stems_called(words, song.stems)),
        notes=(*_notes(song.brief, form, layout.grid), *_notes_on_silence(song.all_stems, heard)),
        own_style=spec.own_style,
    )


def _check_length(grid: Grid, bars: int, brief: Brief) -> None:
    """Raise PlanError for a song that lasts longer than ``length`` may ask for."""
    seconds = grid.seconds_at(grid.quarters_at_bar(bars))
    if seconds > LONGEST_S + _bar_s(brief):
        raise PlanError(
            f"{bars} bars last {format_seconds(seconds)}, but a song lasts "
            f"{format_seconds(LONGEST_S)} at most",
            field="length" if brief.is_length_in_bars else "form",
            hint="ask for fewer bars, or for a faster tempo",
        )


def _soloists(stems: Sequence[PlannedStem]) -> list[str]:
    """Names of the stems that can have a solo, the first choice first."""
    return [stem.plan.name for role in SOLOISTS for stem in stems if stem.plan.role == role]


def _with_character(plans: Sequence[VisitPlan], song: _Song, layout: Layout) -> list[VisitPlan]:
    """The visits with the grooves and the harmony that are asked for in them, and who holds one note."""
    grooves, harmonies = asked_grooves(song.wishes, layout), asked_harmonies(song.wishes, layout)
    held = drones(song.wishes, layout)
    found = []
    for i, plan in enumerate(plans):
        called = {name for words in held[i] for name in stems_called(words, song.stems)}
        droning = tuple(stem.plan.name for stem in plan.stems if stem.plan.name in called)
        found.append(replace(plan, grooves=grooves[i], harmonies=harmonies[i], drones=droning))
    return found


_Which = tuple[str, tuple[str, ...], Meter | None, Key | None]
"""A section's name, the words for its harmony, and the metre and the key that a visit has of its own."""


class _Contexts(dict[_Which, SectionContext]):
    """What the arranger needs of each section."""

    def of(self, plan: VisitPlan) -> SectionContext:
        """That of a visit."""
        return self[_which(plan)]

    def first(self) -> dict[str, SectionContext]:
        """That of the first visit of each section."""
        found: dict[str, SectionContext] = {}
        for (name, *_), ctx in self.items():
            found.setdefault(name, ctx)
        return found


def _which(plan: VisitPlan) -> _Which:
    return plan.name, plan.harmonies, plan.frame.meter if plan.frame else None, plan.key


def _contexts(song: _Song, form: Form, plans: Sequence[VisitPlan]) -> _Contexts:
    found = _Contexts()
    for plan in plans:
        which = _which(plan)
        if which not in found:
            found[which] = _context(song, form, *which)
    return found


def plan_ensemble(spec: SongSpec) -> tuple[StemPlan, ...]:
    """All stems that a song of the spec may have: those of :func:`plan_song`, and those of its style that
    none of its sections calls for. Raises what :func:`plan_song` raises."""
    song = _settle(spec, spec.seed)
    stems = plan_stems(spec, song.brief.style, song.wishes, song.mix, spec.seed, in_every_role=True)
    return tuple(stem.plan for stem in (*stems, *song.effects.stems))


def named_stems(spec: SongSpec) -> tuple[str, ...]:
    """Names of the stems that the description asks for by their instruments; none where they are an exact
    ensemble, beside which nobody plays anyway. Raises what :func:`plan_song` raises."""
    song = _settle(spec, spec.seed)
    if exact_players(song.wishes):
        return ()
    return tuple(stem.plan.name for stem in song.stems if stem.is_named)


def names_genre(spec: SongSpec) -> bool:
    """Whether the description names a genre."""
    return bool(asked_genres(read_wishes(spec.description or "")))


def _called_for(plans: Sequence[VisitPlan]) -> set[str]:
    """Names of the stems that are to play in any visit."""
    return {stem.plan.name for plan in plans for stem in plan.stems}


def _heard(visits: Sequence[Visit]) -> set[str]:
    """Names of the stems that have notes in any visit."""
    return {name for visit in visits for name in visit.music.score.parts}


def _with_followers(plan: VisitPlan, silent: Collection[str]) -> VisitPlan:
    """A visit in which those that found nothing to answer in the whole song go with the melody."""
    stems = (
        replace(stem, player=replace(stem.player, follows=True)) if stem.plan.name in silent else stem
        for stem in plan.stems
    )
    return replace(plan, stems=tuple(stems))


def _notes_on_silence(stems: Sequence[PlannedStem], heard: Collection[str]) -> tuple[str, ...]:
    """What the user should know of the stems that are asked for and left out."""
    return tuple(
        f"the stem {stem.plan.name!r} is left out, since no section lets it play"
        for stem in stems
        if stem.is_named and stem.plan.name not in heard
    )


def _settle(spec: SongSpec, seed: int, wishes: Wishes | None = None) -> _Song:
    wishes = read_wishes(spec.description) if wishes is None and spec.description else wishes or Wishes()
    wishes, for_effects = split_wishes(wishes)
    brief = read_brief(spec, wishes, seed)
    mix = build_mix(load_mix(spec.mix.preset or brief.style.mix), spec.mix)
    stems = plan_stems(spec, brief.style, wishes, mix, seed)
    names = [stem.plan.name for stem in stems]
    is_exact = bool(exact_players(wishes))
    effects = plan_effects(spec, brief.style, for_effects, mix, seed, is_exact=is_exact, taken=names)
    return _Song(
        spec=spec,
        wishes=wishes,
        brief=brief,
        seed=seed,
        stems=stems,
        effects=effects,
        mix=mix,
        prompt=song_prompt(spec, wishes, brief.style.name),
        negative_prompt=song_negative_prompt(spec, wishes),
    )


def _timed_form(song: _Song) -> Form:
    """The song's form, with as many bars as its length takes where sections have tempi of their own."""
    brief = song.brief
    if brief.exact_bars is None or brief.is_length_in_bars or not changes_pace(song.spec, song.wishes):
        return _form(song)
    asked = brief.grid.seconds_at(brief.exact_bars * brief.grid.meter.bar_quarters)
    aim, found = brief.exact_bars, dict[float, Form]()
    for _ in range(_TRIES):
        try:
            form = _form(replace(song, brief=replace(brief, exact_bars=aim)))
        except PlanError as exc:
            return _given_form(song, asked, exc) if not found else found[min(found)]
        grid = written_grid(_frames(song, form), brief.grid.sample_rate)
        has = grid.seconds_at(grid.quarters_at_bar(form.total_bars))
        found.setdefault(abs(has - asked), form)
        if abs(has - asked) <= _bar_s(brief) / 2:
            break
        aim *= Fraction(asked / has).limit_denominator(1000)
    return found[min(found)]


def _given_form(song: _Song, asked: float, fault: PlanError) -> Form:
    """The form whose bars the user gives, if it lasts as long as is asked for, to the bar. Raises ``fault``
    where it does not."""
    form = _form(replace(song, brief=replace(song.brief, exact_bars=None)))
    grid = written_grid(_frames(song, form), song.brief.grid.sample_rate)
    if abs(grid.seconds_at(grid.quarters_at_bar(form.total_bars)) - asked) > _bar_s(song.brief):
        raise fault
    return form


def _bar_s(brief: Brief) -> float:
    return brief.grid.seconds_at(brief.grid.meter.bar_quarters)


def _form(song: _Song) -> Form:
    """The song's form. What only the wishes ask for gives way where not all of it can be: first a length of
    the song, then lengths and times of its sections, last their places."""
    asks = form_asks(song.wishes)
    is_firm, has_length = song.brief.is_length_firm, song.brief.exact_bars is not None
    plain = replace(asks, lengths=(), timed=())
    tries = [(asks, True)]
    if has_length and not is_firm:
        tries.append((asks, False))
    if plain != asks:
        tries.append((plain, True))
    if asks.shapes_walk:
        tries.append((replace(plain, counts={}, least={}, beside=(), starts=None, ends=None), True))
    fault: PlanError | None = None
    for asked, asks_length in tries:
        try:
            return plan_form(
                song.spec, song.brief.style, _request(song, asked, asks_length=asks_length), song.seed
            )
        except PlanError as exc:
            fault = fault or exc
    raise fault or PlanError("no form can be planned")


def _request(song: _Song, asks: FormAsks, *, asks_length: bool) -> FormRequest:
    sections = song.spec.sections
    return FormRequest(
        total_bars=song.brief.total_bars if asks_length else None,
        usual_bars=song.brief.usual_bars,
        doubling=bar_doubling(song.brief.style, song.brief.grid),
        exact_bars=song.brief.exact_bars if asks_length else None,
        fixed_bars={name: s.bars for name, s in sections.items() if s.bars is not None},
        chord_bars={
            name: len(_given_chords(song, name, section.chords))
            for name, section in sections.items()
            if section.chords is not None
        },
        names=tuple(name for name in sections if kind_of(name) is not None),
        bar_s=float(song.brief.grid.seconds_at(song.brief.grid.quarters_at_bar(1))),
        asks=asks,
        is_loose=not song.brief.is_length_in_bars,
    )


def _notes(brief: Brief, form: Form, grid: Grid) -> tuple[str, ...]:
    """What the user should know of how the spec was met; ``grid`` has its sections' own tempi."""
    if brief.exact_bars is None or brief.total_bars == form.total_bars:
        return ()
    asked_s = brief.grid.seconds_at(brief.exact_bars * brief.grid.meter.bar_quarters)
    has_s = grid.seconds_at(grid.quarters_at_bar(form.total_bars))
    if not grid.is_steady and not brief.is_length_in_bars and abs(asked_s - has_s) <= _bar_s(brief):
        return ()
    asked = "" if brief.is_length_in_bars else f" of {format_seconds(asked_s)}"
    return (
        f"the length{asked} that is asked for is {brief.total_bars} bars; "
        f"the sections of its form add up to {form.total_bars} ({format_seconds(has_s)})",
    )


def _with_entries(spec: SongSpec, form: Form) -> SongSpec:
    """The spec with what a form by name says of its visits in the place of its name."""
    return spec if isinstance(spec.form, tuple) else spec.model_copy(update={"form": form.entries or None})


def _with_keys(spec: SongSpec, song: _Song) -> SongSpec:
    """The spec with keys of visits as lifts, where they are their sections' own keys moved up or down."""
    if not isinstance(spec.form, tuple) or all(entry.key is None for entry in spec.form):
        return spec
    entries = tuple(_with_key(entry, i + 1, song) for i, entry in enumerate(spec.form))
    return spec.model_copy(update={"form": entries})


def _with_key(entry: FormEntry, number: int, song: _Song) -> FormEntry:
    if entry.key is None:
        return entry
    own, wanted = _section_key(song, entry.section), key_or_error(entry.key, f"form[{number}].key")
    if own.mode != wanted.mode:
        return entry
    lift = (wanted.root - own.root + 5) % 12 - 5
    return entry.model_copy(update={"lift": lift, "key": None})


def _frames(song: _Song, form: Form) -> tuple[Frame, ...]:
    spec = _with_entries(song.spec, form)
    return visit_frames(spec, song.wishes, form.walk, form.bars, song.brief.grid, form.own_bars)


def _moving(frames: Sequence[Frame], plans: Sequence[VisitPlan]) -> tuple[Frame, ...]:
    """The frames with what the arranger lets change the tempo."""
    return tuple(
        replace(frame, events=tuple(dict.fromkeys((*frame.events, *tempo_events(plan.events)))))
        for frame, plan in zip(frames, plans, strict=True)
    )


def _framed(
    plans: Sequence[VisitPlan], frames: Sequence[Frame], spec: SongSpec, song: _Song, layout: Layout
) -> tuple[VisitPlan, ...]:
    """The visits with the metre and the key that they do not have from their sections."""
    keys: list[str | None] = [None] * len(plans)
    if isinstance(spec.form, tuple):
        keys = [entry.key for entry in spec.form]
    if not isinstance(song.spec.form, tuple):
        keys = [
            asked or key for asked, key in zip(asked_visit_keys(song.wishes, layout), keys, strict=True)
        ]
    return tuple(
        replace(
            plan,
            frame=frame,
            key=None if key is None else key_or_error(key, f"form[{i + 1}].key"),
        )
        for i, (plan, frame, key) in enumerate(zip(plans, frames, keys, strict=True))
    )


def _section_key(song: _Song, name: str, harmonies: Sequence[str] = ()) -> Key:
    text = song.section(name).key
    if text is not None:
        return key_or_error(text, f"sections.{name}.key")
    asked = asked_key(song.wishes, name)
    key = song.brief.key if asked is None else key_or_error(asked, "key")
    if song.spec.key is not None:
        return key
    family = next((mode for words in reversed(harmonies) if (mode := home_mode_of(words))), key.family)
    if family != key.family:
        key = Key(USUAL_TONICS[family][key.root], family)
    return in_mode(key, next((mode for words in reversed(harmonies) if (mode := mode_of(words))), None))


def _given_chords(song: _Song, name: str, text: str) -> Sequence[object]:
    try:
        return parse_bars(text, _section_key(song, name))
    except ValueError as exc:
        raise PlanError(f"sections.{name}.chords: {exc}", field=f"sections.{name}.chords") from exc


def _chords(
    song: _Song, form: Form, name: str, key: Key, meter: Meter, harmonies: Sequence[str], *, closes: bool
) -> tuple[ChordEvent, ...]:
    """The user's chords, else those that the words for the harmony mean, else those of a form by name, else
    planned ones that lead on, or home at the end of the song."""
    text, bars = song.section(name).chords, form.bars[name]
    if text is None and form.named is not None:
        # A solo has the changes of what it is played over.
        over = form.named.changes.get(name, name)
        name = over if form.bars.get(over) == bars else name
        text = song.section(name).chords
    if text is not None:
        return _parsed(text, key, bars, meter, name)
    kinds = [kind for words in harmonies if (kind := harmony_called(words)) is not None]
    seed = song.base_seed(name)
    found: tuple[ChordEvent, ...] | None = None
    for kind in reversed(kinds):
        found = found or asked_progression(kind, name, key, bars, meter, seed)
    if found is None and form.named is not None:
        own = form.named.progression(name, key.family, bars, seed)
        found = None if own is None else _parsed(own, key, bars, meter, name)
    if found is None:
        pace = song.feeling(name).harmony
        found = plan_harmony(name, bars, key, meter, song.brief.style, seed, closes=closes, pace=pace)
    for kind in kinds:
        found = ended(recoloured(found, kind, key), kind, key, bars, meter)
    return found


def _parsed(text: str, key: Key, bars: int, meter: Meter, name: str) -> tuple[ChordEvent, ...]:
    try:
        return parse_progression(text, key, bars, meter)
    except ValueError as exc:
        raise PlanError(f"sections.{name}.chords: {exc}", field=f"sections.{name}.chords") from exc


def _context(
    song: _Song,
    form: Form,
    name: str,
    harmonies: tuple[str, ...] = (),
    meter: Meter | None = None,
    key: Key | None = None,
) -> SectionContext:
    """All that the arranger needs of a section identity; ``meter`` and ``key`` are a visit's own."""
    style, closes = song.brief.style, form.walk[-1] == name
    frame = section_frame(song.spec, song.wishes, name, form.bars[name], song.brief.grid)
    meter, key = meter or frame.meter, key or _section_key(song, name, harmonies)
    return SectionContext(
        name=name,
        kind=section_kind(name),
        bars=form.bars[name],
        meter=meter,
        tempo_bpm=float(frame.quarters_per_minute / meter.beat_quarters),
        key=key,
        chords=_chords(song, form, name, key, meter, harmonies, closes=closes),
        energy=identity_energy(name, song.section(name), style, song.wishes),
        seed=song.section_seed(name),
        style=style,
        ends_song=closes and form.walk.count(name) == 1,
        feeling=song.feeling(name),
    )


def _visits(song: _Song, plans: Sequence[VisitPlan], contexts: _Contexts) -> tuple[Visit, ...]:
    """The visits with their notes, one after another from bar 0."""
    visits: list[Visit] = []
    arrangers: dict[object, SectionArranger] = {}
    scores: dict[object, SectionScore] = {}
    for position, plan in enumerate(plans):
        ctx = contexts.of(plan)
        if plan.grooves:
            ctx = replace(ctx, style=with_grooves(ctx.style, plan.grooves))
        plain = replace(ctx, ends_song=False)
        if position == len(plans) - 1 and not _repeats_to_the_letter(song.spec):
            is_open = ends_without_hold(song.wishes) or leaves_no_hold(plan.events, plan.bars or ctx.bars)
            ctx = replace(ctx, ends_song=not is_open)
        turns_by = _turn(plan, plans[position + 1], contexts) if plan.prepares_lift else 0
        ctx = leading_into(ctx, turns_by)
        variation_seed = derive_seed(ctx.seed, "variation", plan.index)
        # Visits that are the same share one score, which is arranged once.
        varied = variation_seed if plan.variation else 0
        happens = (plan.events, position == 0) if plan.events else ()
        which = (
            plan.name,
            plan.stems,
            plan.effects,
            plan.variation,
            varied,
            ctx.ends_song,
            turns_by,
            happens,
            plan.force,
            plan.kit_rests,
            plan.grooves,
            plan.harmonies,
            plan.drones,
            plan.bars,
            ctx.meter,
            ctx.key,
        )
        if which not in scores:
            same = (plan.name, ctx.ends_song, turns_by, plan.grooves, plan.harmonies, ctx.meter, ctx.key)
            arranger = arrangers.setdefault(same, SectionArranger(ctx))
            before = (plan.name, False, 0, *same[3:])
            earlier = arrangers.setdefault(before, SectionArranger(plain)) if plan.bars else arranger
            written = _written(plan, variation_seed, arranger, earlier)
            here = replace(ctx, bars=written.bars, chords=written.chords)
            _check_events(plan, here)
            scores[which] = _score(here, plan, written, opens_song=position == 0)
        visits.append(_visit(song, plan, ctx, scores[which], variation_seed, visits))
    return tuple(visits)


def _turn(plan: VisitPlan, after: VisitPlan, contexts: _Contexts) -> int:
    """Semitones from the key of a visit up to that of the next, 0…11."""
    here, there = contexts.of(plan).key.root + plan.lift, contexts.of(after).key.root + after.lift
    return (there - here) % 12


def _repeats_to_the_letter(spec: SongSpec) -> bool:
    """Whether the user asks the last visit itself to repeat its section, to the last note."""
    return isinstance(spec.form, tuple) and spec.form[-1].variation == 0


def _written(
    plan: VisitPlan, seed: int, arranger: SectionArranger, earlier: SectionArranger
) -> SectionScore:
    """The notes of a section as a visit of its length plays them; ``earlier`` writes what comes before the
    last time in a visit that is longer."""
    players = [stem.player for stem in plan.stems]
    score = arranger.score(players, plan.variation, seed)
    if plan.bars is None:
        return score
    before = earlier.score(players, plan.variation, seed) if plan.bars > score.bars else score
    return of_length(score, before, plan.bars, arranger.context.meter.bar_quarters)


def _score(
    ctx: SectionContext, plan: VisitPlan, written: SectionScore, *, opens_song: bool
) -> SectionScore:
    parts = dict(written.parts)
    if plan.force != 1.0:
        parts = {name: played_with(part, plan.force) for name, part in parts.items()}
    for name in plan.drones:
        if name in parts:
            parts[name] = with_drone(parts[name], ctx)
    if plan.events:
        players = [stem.player for stem in plan.stems]
        parts = with_events(parts, plan.events, ctx, opens_song=opens_song)
        parts = {name: kept for name, part in parts.items() if (kept := _kept(part, name, players)).notes}
    for key, bars in plan.kit_rests:
        parts = without_key(parts, key, bars, ctx.meter)
    score = SectionScore(ctx.bars, ctx.chords, parts)
    tags = sum(event.do == "tag" for event in plan.events)
    if tags:
        score = with_tag(score, ctx, tags + 1)
    if plan.effects:
        sounds = {stem.plan.name: stem.plan.prompt for stem in plan.effects}
        heard = write_effects(sounds, plan.events, ctx, opens_song=opens_song)
        score = replace(score, parts={**score.parts, **heard})
    return score if plan.frame is None else with_odd_bars(score, ctx.meter, plan.frame.meters)


def _kept(part: Part, name: str, players: Sequence[Player]) -> Part:
    """A part without what its player leaves out, whatever happens."""
    player = next(player for player in players if player.name == name)
    if not player.without:
        return part
    return replace(part, notes=tuple(kept_lanes(part.notes, player)))


def _check_events(plan: VisitPlan, ctx: SectionContext) -> None:
    """Raise PlanError for an event that lies beyond its section."""
    for event in plan.events:
        if event.bar > ctx.bars or event.beat >= ctx.meter.beats_per_bar + 1:
            place = f"bar {event.bar}, beat {float(event.beat):g}"
            raise PlanError(
                f"sections.{plan.name}.events: {event.do} at {place} lies beyond the section, which has "
                f"{ctx.bars} bars of {ctx.meter.beats_per_bar} beats",
                field=f"sections.{plan.name}.events",
            )


def _visit(
    song: _Song,
    plan: VisitPlan,
    ctx: SectionContext,
    score: SectionScore,
    variation_seed: int,
    before: Sequence[Visit],
) -> Visit:
    key = ctx.key.transposed(plan.lift)
    section = song.section(plan.name)
    words = place_words(song.wishes, section_kind(plan.name), plan.index)
    heard = [stem.plan for stem in plan.stems if stem.plan.name in score.parts]
    sounding = [stem.plan for stem in plan.effects if stem.plan.name in score.parts]
    place = VisitPlace(
        name=plan.name,
        label=plan.label,
        index=plan.index,
        start_bar=before[-1].end_bar if before else 0,
    )
    music = VisitMusic(
        key=key.name,
        energy=plan.energy,
        lift=plan.lift,
        score=lifted(score, plan.lift, key),
        events=plan.events,
        swing=None if ctx.style.swing == song.brief.style.swing else ctx.style.swing,
    )
    sound = VisitSound(
        seed=ctx.seed,
        variation_seed=variation_seed,
        variation=plan.variation,
        prompts={stem.name: stem_prompt(stem.prompt, section, song.prompt, words) for stem in heard}
        | {stem.name: stem.prompt for stem in sounding},
        negative_prompts={
            stem.name: stem_negative_prompt(stem.negative_prompt, section, song.negative_prompt)
            for stem in heard
        },
        morph_prompts={
            stem.name: morph_prompt(stem.prompt, stem.role, plan.morph_to)
            for stem in heard
            if plan.morph_to
        },
        init=plan.init,
        repaint=_repainted(plan, score.bars),
        repaint_seed=plan.repaint.seed if plan.repaint else 0,
        lyrics=plan.lyrics,
    )
    return Visit(place=place, music=music, sound=sound)


def _repainted(plan: VisitPlan, bars: int) -> tuple[tuple[int, int], ...]:
    ranges = bar_ranges(plan.repaint.bars) if plan.repaint else ()
    if ranges and ranges[-1][1] > bars:
        raise PlanError(
            f"sections.{plan.name}.repaint.bars: bar {ranges[-1][1]} is to be repainted, but the section "
            f"has {bars} bars",
            field=f"sections.{plan.name}.repaint.bars",
        )
    return ranges


def _node(song: _Song, ctx: SectionContext, visits: Sequence[Visit]) -> SectionNode:
    mine = [visit for visit in visits if visit.place.name == ctx.name]
    heard = {name for visit in mine for name in visit.music.score.parts}
    return SectionNode(
        name=ctx.name,
        kind=ctx.kind,
        bars=ctx.bars,
        energy=ctx.energy,
        key=ctx.key.name,
        chords=tuple(chord.symbol for chord in ctx.chords),
        stems=tuple(stem.plan.name for stem in song.all_stems if stem.plan.name in heard),
        prompt=song.section(ctx.name).prompt or "",
        seed=ctx.seed,
        variation=max(visit.sound.variation for visit in mine),
        visits=len(mine),
    )
