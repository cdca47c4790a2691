"""From a spec to a planned song: the one entry to everything in this package.

Whatever the spec leaves open comes from its description, then from the style, then from the seed. Each
section is planned by itself from seeds of its own, so that editing one leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.base.errors import PlanError
from structure.base.plain_text import clean_text
from structure.description.reading import read_wishes
from structure.forms.places import Layout
from structure.forms.planning import Form
from structure.forms.soloists import with_soloists
from structure.harmony.keys import Key
from structure.picture.fitting import HitFit
from structure.planning.arrangements import with_arrangement
from structure.planning.arranging.endings import tempo_events
from structure.planning.brief import key_or_error
from structure.planning.contexts import Contexts, contexts_of, in_mood, keeps_mode, section_key
from structure.planning.effects import with_effects
from structure.planning.four_parts import with_all_voices
from structure.planning.given.filling import filled_in, notes_on_guesses
from structure.planning.given.keeping import given_notes_kept
from structure.planning.given.pictures import (
    bars_for_hits,
    fit_form,
    notes_on_hits,
    with_hits,
    with_odd_frames,
)
from structure.planning.given.places import with_given
from structure.planning.given.recordings import without_recordings
from structure.planning.joins import joins_of
from structure.planning.players.called import stems_called
from structure.planning.players.ensembles import exact_players
from structure.planning.players.stems import PlannedStem, plan_stems
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.polyphony import in_voices, notes_on_events
from structure.planning.scores import write_visits
from structure.planning.settling import SettledSong, settle
from structure.planning.singing.attendance import undisturbed, with_singers
from structure.planning.singing.sheets import with_bars_for_words, with_sheet
from structure.planning.singing.words import with_words
from structure.planning.soloists import soloists_in_turn, trading_drummer, with_usual_soloists
from structure.planning.song_form import (
    check_length,
    frames_of,
    length_s,
    notes_on_length,
    timed_form,
    with_entries,
)
from structure.planning.visits import plan_visits
from structure.planning.wishes.asked import (
    asked_genres,
    asked_grooves,
    asked_harmonies,
    drones,
    visit_feelings,
)
from structure.planning.wishes.attendance import attendance
from structure.planning.wishes.changes import (
    asked_visit_keys,
    changed_grid,
)
from structure.planning.wishes.colouring import with_moods
from structure.planning.wishes.levels import levelled
from structure.planning.wishes.mixes import mastered_as_asked, mix_as_asked, mixed_as_asked
from structure.planning.wishes.presence import too_rarely_heard
from structure.plans.curves import with_checked_moves
from structure.plans.events import Event
from structure.plans.graph import SectionNode, build_graph
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.presets.forms import Voices
from structure.presets.moods import Feeling
from structure.specs.spec import FormEntry, SongSpec
from structure.specs.wishes import Wishes
from structure.tempo.frames import Frame, with_moments, written_grid


def plan_song(spec: SongSpec, *, seed: int | None = None, wishes: Wishes | None = None) -> SongPlan:
    """Plan a song; ``seed`` takes the place of the spec's, ``wishes`` that of its description's.

    The same spec, seed and wishes give the same plan. Raises PlanError where the spec cannot be met, and
    RitornelloError for an unknown style.
    """
    spec = asked_spec = without_recordings(with_sheet(spec))
    if spec.has_parts:
        spec = filled_in(spec, read_wishes(spec.description or "") if wishes is None else wishes)
    song = settle(spec, spec.seed if seed is None else seed, wishes)
    sized = with_bars_for_words(spec, song.brief.grid)
    if sized is not spec:
        spec, song = sized, replace(song, spec=song.spec.model_copy(update={"sections": sized.sections}))
    song = _sized(song)
    form = timed_form(song)
    if spec.has_parts and form.named is not None and form.named.counterpoint is not None:
        raise PlanError(
            f"parts: a {form.named.name} has voices of equal rank, which leave no place for given notes",
            field="parts",
            hint="leave out `parts`, or ask for another form",
        )
    written = _with_keys(with_entries(spec, form, song.brief), song)
    form, frames, fit = _framed_form(song, form)
    grid = written_grid(frames, song.brief.grid.sample_rate)
    check_length(grid, form.total_bars, song.brief)
    layout = Layout.of(form.walk, form.bars, grid, form.own_bars)
    wishes = with_soloists(
        song.wishes,
        form.named,
        form.walk,
        soloists_in_turn(song.stems, song.brief.style),
        trading_drummer(song.stems, song.brief.style),
    )
    asked = attendance(wishes, song.stems, layout)
    plain_visits = plan_visits(
        written,
        form.walk,
        song.brief.style,
        wishes,
        song.stems,
        layout,
        song.effects.stems,
        asked,
        is_own_form=isinstance(spec.form, tuple),
    )
    plain_visits = tuple(with_singers(plain_visits, song.stems))
    arranged = with_arrangement(
        plain_visits,
        song.stems,
        written,
        wishes,
        asked,
        layout,
        song.brief.style,
        song.seed,
        song.section_seed,
    )
    arranged = undisturbed(arranged, plain_visits, song.stems)
    arranged = with_all_voices(arranged, plain_visits, [stem.player for stem in song.stems])
    arranged = with_usual_soloists(
        with_effects(arranged, song.effects, layout), plain_visits, song.brief.style
    )
    arranged = with_given(arranged, plain_visits, written, song.stems, layout)
    framed = _varied(_framed(arranged, frames, written, song, layout), form)
    visit_plans = _with_character(framed, song, layout)
    contexts = contexts_of(song, form, visit_plans)
    visits = write_visits(song, visit_plans, contexts)
    if form.named is not None and form.named.counterpoint is not None:
        asked_events = [tuple(visit.events) for visit in plain_visits]
        visits = _polyphonic(song, form.named.counterpoint, visits, visit_plans, contexts, asked_events)
    silent = _called_for(visit_plans) - _heard(visits)
    # Solos that a form gives in turn are no wishes, by which somebody would have to be heard.
    is_polyphonic = form.named is not None and form.named.counterpoint is not None
    silent |= too_rarely_heard(visit_plans, visits, song.stems, attendance(song.wishes, song.stems, layout))
    if silent and not is_polyphonic:
        visits = write_visits(song, [_with_followers(plan, silent) for plan in visit_plans], contexts)
    kept = {i for i, plan in enumerate(visit_plans) if plan.keeps_energy}
    visits = given_notes_kept(levelled(visits, song.wishes, layout, kept), visit_plans)
    nodes = [_node(song, ctx, visits) for ctx in contexts.first().values()]
    heard = _heard(visits)
    stems = mixed_as_asked(
        [stem.plan for stem in song.all_stems if stem.plan.name in heard],
        song.wishes,
        [stem.name for stem in spec.stems or ()],
        lambda words: stems_called(words, song.stems),
    )
    voices = {one.sings for one in song.stems if one.sings is not None and one.plan.name in heard}
    if voices:  # they were planned before others who have the tune
        order = [stem.name for stem in spec.stems or () if stem.role != "effects"]
        stems = sorted(stems, key=lambda one: order.index(one.name) if one.name in order else len(order))
    whole = with_moments(changed_grid(song.wishes, layout, frames), _moving(frames, arranged))
    whole, hits = with_hits(whole, spec.hits.cues, fit, form.total_bars)
    planned = SongPlan(
        title=song.brief.title,
        description=clean_text(spec.description or ""),
        genre=song.brief.style.name,
        seed=song.seed,
        key=song.brief.key.name,
        grid=whole,
        stems=tuple(stems),
        graph=build_graph(nodes, form.walk, joins_of(visits, layout.grid.meter)),
        visits=visits,
        tail_s=song.brief.tail_s,
        render=spec.render,
        master=mastered_as_asked(spec.master, song.wishes),
        export=spec.export,
        credits=spec.credits,
        mix=mix_as_asked(
            song.mix.without_voices(voices),
            stems,
            song.wishes,
            lambda words: stems_called(words, song.stems),
        ),
        notes=(
            *(notes_on_length(song.brief, form, layout.grid) if not hits else ()),
            *notes_on_hits(whole, hits),
            *_notes_on_silence(song.all_stems, heard),
            *notes_on_guesses(asked_spec, spec),
            *_notes_on_voices(form, plain_visits),
        ),
        hits=hits,
        own_style=spec.own_style,
    )
    return with_words(with_checked_moves(_with_moods(planned, song, nodes, form)), song.stems)


def _with_moods(plan: SongPlan, song: SettledSong, nodes: Sequence[SectionNode], form: Form) -> SongPlan:
    """Return the plan with notes that show the moods which are asked for, and joins that fit them.

    A form in equal voices keeps its notes.
    """
    if form.named is not None and form.named.counterpoint is not None:
        return plan
    free = {stem.plan.name for stem in song.stems if stem.player.texture == "full" and not stem.player.span}
    found = with_moods(plan, song.wishes, free)
    if found is plan:
        return plan
    joins = joins_of(found.visits, song.brief.grid.meter)
    return replace(found, graph=build_graph(nodes, form.walk, joins))


def _sized(song: SettledSong) -> SettledSong:
    """Return the song, with a usual length that ends soon after the last moment of its picture.

    A song without such moments stays as it is.
    """
    usual = bars_for_hits(song.spec.hits, song.brief.grid)
    return song if usual is None else replace(song, brief=replace(song.brief, usual_bars=usual))


def _framed_form(song: SettledSong, form: Form) -> tuple[Form, tuple[Frame, ...], HitFit]:
    """Return the form, the frames of its visits, and how its downbeats fit the moments of a picture."""
    form, fit = fit_form(song.spec, form, frames_of(song, form), length_s(song.brief))
    return form, with_odd_frames(frames_of(song, form), fit.odd), fit


def _varied(plans: Sequence[VisitPlan], form: Form) -> list[VisitPlan]:
    """Return the visits with what a form by name makes of their theme."""
    likes = [
        form.named.visit_like(entry.section, entry.variation, entry.energy)
        if form.named is not None
        else None
        for entry in form.entries
    ] or [None] * len(plans)
    return [
        plan if like is None else replace(plan, figure=like.figure or "plain", turns=like.mode == "other")
        for plan, like in zip(plans, likes, strict=True)
    ]


def _polyphonic(
    song: SettledSong,
    voices: Voices,
    visits: Sequence[Visit],
    plans: Sequence[VisitPlan],
    contexts: Contexts,
    asked: Sequence[Sequence[Event]],
) -> tuple[Visit, ...]:
    """Return the visits with the notes of a piece in equal voices.

    Their chords become those of their sections in ``contexts``.
    """
    stems = [(stem.plan.name, stem.plan.role, stem.plan.prompt) for stem in song.stems]
    places = [contexts.of(plan) for plan in plans]
    found = in_voices(visits, places, asked, stems, voices, song.brief.key, song.seed)
    for plan, ctx, visit in reversed(list(zip(plans, places, found, strict=True))):
        contexts.put(plan, replace(ctx, chords=visit.music.score.chords))
    return found


def _notes_on_voices(form: Form, plans: Sequence[VisitPlan]) -> tuple[str, ...]:
    """Return what the user should know of events that a form in equal voices does not have."""
    if form.named is None or form.named.counterpoint is None:
        return ()
    return notes_on_events([(plan.label, plan.events) for plan in plans], form.named)


def _with_character(plans: Sequence[VisitPlan], song: SettledSong, layout: Layout) -> list[VisitPlan]:
    """Return the visits with the grooves and the harmony asked for in them, and with who holds one note."""
    grooves, harmonies = asked_grooves(song.wishes, layout), asked_harmonies(song.wishes, layout)
    held = drones(song.wishes, layout)
    found = []
    for i, plan in enumerate(plans):
        called = {name for words in held[i] for name in stems_called(words, song.stems)}
        droning = tuple(stem.plan.name for stem in plan.stems if stem.plan.name in called)
        found.append(replace(plan, grooves=grooves[i], harmonies=harmonies[i], drones=droning))
    return found


def plan_ensemble(spec: SongSpec) -> tuple[StemPlan, ...]:
    """Return all stems that a song of the spec may have.

    They are those of :func:`plan_song`, and those of its style that none of its sections calls for. Raises
    what :func:`plan_song` raises.
    """
    spec = without_recordings(spec)
    song = settle(spec, spec.seed)
    stems = plan_stems(spec, song.brief.style, song.wishes, song.mix, spec.seed, in_every_role=True)
    return tuple(stem.plan for stem in (*stems, *song.effects.stems))


def named_stems(spec: SongSpec) -> tuple[str, ...]:
    """Return the names of the stems that the description asks for by their instruments.

    Empty where they are an exact ensemble, beside which nobody plays anyway. Raises what :func:`plan_song`
    raises.
    """
    song = settle(without_recordings(spec), spec.seed)
    if exact_players(song.wishes):
        return ()
    return tuple(stem.plan.name for stem in song.stems if stem.is_named)


def names_genre(spec: SongSpec) -> bool:
    """Return whether the description names a genre."""
    return bool(asked_genres(read_wishes(spec.description or "")))


def _called_for(plans: Sequence[VisitPlan]) -> set[str]:
    """Return the names of the stems that are to play in any visit."""
    return {stem.plan.name for plan in plans for stem in plan.stems}


def _heard(visits: Sequence[Visit]) -> set[str]:
    """Return the names of the stems that have notes in any visit."""
    return {name for visit in visits for name in visit.music.score.parts}


def _with_followers(plan: VisitPlan, silent: Collection[str]) -> VisitPlan:
    """Return a visit in which stems that found nothing to answer in the whole song go with the melody."""
    stems = (
        replace(stem, player=replace(stem.player, follows=True)) if stem.plan.name in silent else stem
        for stem in plan.stems
    )
    return replace(plan, stems=tuple(stems))


def _notes_on_silence(stems: Sequence[PlannedStem], heard: Collection[str]) -> tuple[str, ...]:
    """Return what the user should know of the stems that are asked for and left out."""
    return tuple(
        f"the stem {stem.plan.name!r} is left out, since no section lets it play"
        for stem in stems
        if stem.is_named and stem.plan.name not in heard
    )


def _with_keys(spec: SongSpec, song: SettledSong) -> SongSpec:
    """Return the spec with keys of visits as lifts, where they are their sections' keys moved."""
    if not isinstance(spec.form, tuple) or all(entry.key is None for entry in spec.form):
        return spec
    entries = tuple(_with_key(entry, i + 1, song) for i, entry in enumerate(spec.form))
    return spec.model_copy(update={"form": entries})


def _with_key(entry: FormEntry, number: int, song: SettledSong) -> FormEntry:
    if entry.key is None:
        return entry
    own, wanted = section_key(song, entry.section), key_or_error(entry.key, f"form[{number}].key")
    if own.mode != wanted.mode or entry.chords is not None:  # chords of its own stand in its own key
        return entry
    lift = (wanted.root - own.root + 5) % 12 - 5
    return entry.model_copy(update={"lift": lift, "key": None})


def _moving(frames: Sequence[Frame], plans: Sequence[VisitPlan]) -> tuple[Frame, ...]:
    """Return the frames with the arranger's events that change the tempo."""
    return tuple(
        replace(frame, events=tuple(dict.fromkeys((*frame.events, *tempo_events(plan.events)))))
        for frame, plan in zip(frames, plans, strict=True)
    )


def _framed(
    plans: Sequence[VisitPlan], frames: Sequence[Frame], spec: SongSpec, song: SettledSong, layout: Layout
) -> tuple[VisitPlan, ...]:
    """Return the visits with the metre, the mood and the key that they do not have from their sections."""
    keys: list[str | None] = [None] * len(plans)
    if isinstance(spec.form, tuple):
        keys = [entry.key for entry in spec.form]
    if not isinstance(song.spec.form, tuple):
        keys = [
            asked or key for asked, key in zip(asked_visit_keys(song.wishes, layout), keys, strict=True)
        ]
    feelings = visit_feelings(song.wishes, layout)
    return tuple(
        replace(
            plan,
            frame=frame,
            key=_mooded(plan.name, feelings[i], song)
            if key is None
            else key_or_error(key, f"form[{i + 1}].key"),
            feeling=feelings[i],
        )
        for i, (plan, frame, key) in enumerate(zip(plans, frames, keys, strict=True))
    )


def _mooded(name: str, feeling: Feeling, song: SettledSong) -> Key | None:
    """Return the key of a visit whose own mood asks for another mode than its section's, else None."""
    own = section_key(song, name)
    found = own if song.section(name).key or keeps_mode(song.spec, song.wishes) else in_mood(own, feeling)
    return None if found == own else found


def _node(song: SettledSong, ctx: SectionContext, visits: Sequence[Visit]) -> SectionNode:
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
