"""From a spec to a planned song: the one entry to everything in this package.

Whatever the spec leaves open comes from its description, then from the style, then from the seed. Each
section is planned by itself from seeds of its own, so that editing one leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from structure.arrange.context import SectionContext
from structure.base.errors import PlanError
from structure.base.grid import Grid
from structure.base.plain_text import clean_text
from structure.description.reading import read_wishes
from structure.forms.places import Layout
from structure.forms.planning import Form
from structure.forms.soloists import with_soloists
from structure.harmony.keys import Key
from structure.picture.fitting import HitFit
from structure.planning.arrangements import with_arrangement
from structure.planning.arranging.endings import count_slow_bars, tempo_events
from structure.planning.brief import key_or_error
from structure.planning.contexts import Contexts, contexts_of, in_mood, keeps_mode, section_key
from structure.planning.effects import with_effects
from structure.planning.four_parts import with_all_voices
from structure.planning.given.filling import fill_in, notes_on_guesses
from structure.planning.given.keeping import keep_given_notes
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
from structure.planning.players.stems import plan_stems
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.polyphony import in_voices, notes_on_events
from structure.planning.scores import write_visits
from structure.planning.settling import SettledSong, settle
from structure.planning.singing.attendance import keep_voices_undisturbed, with_singers
from structure.planning.singing.sheets import with_bars_for_words, with_sheet
from structure.planning.singing.words import with_words
from structure.planning.soloists import soloists_in_turn, trading_drummer, with_usual_soloists
from structure.planning.song_form import (
    check_length,
    frames_of,
    length_s,
    notes_on_length,
    notes_on_times,
    plan_timed_form,
    with_entries,
)
from structure.planning.visits import plan_visits
from structure.planning.wishes.asked import (
    drones,
    find_asked_grooves,
    find_asked_harmonies,
    find_asked_ways,
    visit_feelings,
)
from structure.planning.wishes.attendance import attendance
from structure.planning.wishes.changes import (
    change_grid,
    find_asked_visit_keys,
)
from structure.planning.wishes.colouring import with_moods
from structure.planning.wishes.genres import find_asked_genres, find_placed_styles
from structure.planning.wishes.levels import level_visits
from structure.planning.wishes.mixes import mix_as_asked, mix_stems_as_asked, set_master_as_asked
from structure.planning.wishes.moves import with_moves
from structure.planning.wishes.presence import too_rarely_heard
from structure.planning.wishes.styles import in_styles
from structure.plans.curves import with_checked_moves
from structure.plans.graph import SectionNode, build_graph
from structure.plans.plan import HitPoint, SongPlan, StemPlan, Visit
from structure.presets.forms import Voices
from structure.presets.players import kit_lanes
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes, is_loop
from structure.tempo.frames import Frame, build_written_grid, with_moments


@dataclass(frozen=True, slots=True)
class _Outline:
    """A song with its form, before anything is said of its visits.

    ``spec`` has its parts filled in, ``written`` also what a form by name says of its visits. ``fit`` is
    how downbeats meet the moments of a picture.
    """

    spec: SongSpec
    written: SongSpec
    song: SettledSong
    form: Form
    frames: tuple[Frame, ...]
    fit: HitFit
    layout: Layout

    @property
    def voices(self) -> Voices | None:
        """Return how the voices of equal rank go that the form is for, None for other forms."""
        return None if self.form.named is None else self.form.named.counterpoint


def plan_song(spec: SongSpec, *, seed: int | None = None, wishes: Wishes | None = None) -> SongPlan:
    """Plan a song; ``seed`` takes the place of the spec's, ``wishes`` that of its description's.

    The same spec, seed and wishes give the same plan. Raises PlanError where the spec cannot be met, and
    RitornelloError for an unknown style.
    """
    asked = without_recordings(with_sheet(spec))
    outline = _outline(asked, seed, wishes)
    plain, plans = _visit_plans(outline)
    contexts, visits = _write_notes(outline, plain, plans)

    spec, song, form, layout = outline.spec, outline.song, outline.form, outline.layout
    heard = {name for visit in visits for name in visit.music.score.parts}
    voices = {one.sings for one in song.stems if one.sings is not None and one.plan.name in heard}
    stems = _mix_stems(outline, heard, has_voices=bool(voices))
    nodes = [_node(song, ctx, visits) for ctx in contexts.first().values()]

    # Tempi that change: those of the form, of wishes and of the arranger, then for moments of a picture.
    frames = [
        replace(frame, events=tuple(dict.fromkeys((*frame.events, *tempo_events(plan.events)))))
        for frame, plan in zip(outline.frames, plans, strict=True)
    ]
    grid = with_moments(change_grid(song.wishes, layout, outline.frames), frames)
    grid, hits = with_hits(grid, spec.hits.cues, outline.fit, form.total_bars)

    plan = SongPlan(
        title=song.brief.title,
        description=clean_text(spec.description or ""),
        genre=song.brief.style.name,
        seed=song.seed,
        key=song.brief.key.name,
        grid=grid,
        stems=tuple(stems),
        graph=build_graph(nodes, form.walk, joins_of(visits, layout.grid.meter)),
        visits=visits,
        tail_s=song.brief.tail_s,
        render=spec.render,
        master=set_master_as_asked(spec.master, song.wishes),
        export=spec.export,
        credits=spec.credits,
        mix=mix_as_asked(
            song.mix.without_voices(voices), stems, song.wishes, partial(stems_called, stems=song.stems)
        ),
        notes=_notes(asked, outline, plain, heard, grid, hits),
        hits=hits,
        loops=is_loop(song.wishes),
        own_style=spec.own_style,
    )
    asked_for = (*song.wishes.wishes, *song.effects.wishes)
    plan = with_moves(plan, spec.mix, asked_for, layout, partial(stems_called, stems=song.stems))
    return with_words(with_checked_moves(_with_moods(plan, outline, nodes)), song.stems)


def check_outline(spec: SongSpec) -> None:
    """Raise PlanError where form, length or stems of a spec cannot be met; no note is planned."""
    _visit_plans(_outline(without_recordings(with_sheet(spec)), None, None))


def _outline(spec: SongSpec, seed: int | None, wishes: Wishes | None) -> _Outline:
    """Settle a song and its form, with the metres, the tempi and the places of its visits."""
    if spec.has_parts:
        spec = fill_in(spec, read_wishes(spec.description or "") if wishes is None else wishes)
    song = settle(spec, spec.seed if seed is None else seed, wishes)
    sized = with_bars_for_words(spec, song.brief.grid)
    if sized is not spec:
        spec, song = sized, replace(song, spec=song.spec.model_copy(update={"sections": sized.sections}))
    usual_bars = bars_for_hits(song.spec.hits, song.brief.grid)
    if usual_bars is not None:
        # A song for a picture ends soon after its last moment.
        song = replace(song, brief=replace(song.brief, usual_bars=usual_bars))

    form = plan_timed_form(song)
    if spec.has_parts and form.named is not None and form.named.counterpoint is not None:
        raise PlanError(
            f"parts: a {form.named.name} has voices of equal rank, which leave no place for given notes",
            field="parts",
            hint="leave out `parts`, or ask for another form",
        )
    written = with_entries(spec, form, song.brief)
    if isinstance(written.form, tuple):
        # Keys of visits are lifts, where they are their sections' keys moved.
        entries = list(written.form)
        for i, entry in enumerate(written.form):
            if entry.key is None:
                continue
            own, wanted = section_key(song, entry.section), key_or_error(entry.key, f"form[{i + 1}].key")
            if own.mode == wanted.mode and entry.chords is None:  # chords of its own stand in its own key
                lift = (wanted.root - own.root + 5) % 12 - 5
                entries[i] = entry.model_copy(update={"lift": lift, "key": None})
        written = written.model_copy(update={"form": tuple(entries)})

    form, fit = fit_form(song.spec, form, frames_of(song, form), length_s(song.brief))
    frames = with_odd_frames(frames_of(song, form), fit.odd)
    grid = build_written_grid(frames, song.brief.grid.sample_rate)
    check_length(grid, form.total_bars, song.brief)
    layout = Layout.of(form.walk, form.bars, grid, form.own_bars)
    return _Outline(spec, written, song, form, frames, fit, layout)


def _visit_plans(outline: _Outline) -> tuple[tuple[VisitPlan, ...], list[VisitPlan]]:
    """Return the visits with nothing but what is asked for, and with all that is planned."""
    spec, written, song, layout = outline.spec, outline.written, outline.song, outline.layout
    style, stems, form = song.brief.style, song.stems, outline.form
    asked = attendance(song.wishes, stems, layout)
    wishes = with_soloists(
        song.wishes,
        form.named,
        form.walk,
        soloists_in_turn(stems, style),
        trading_drummer(stems, style),
        [asked.find_away(layout.bars_of(i)) for i in range(len(layout.names))],
        [asked.find_entering(start) for start in layout.starts[:-1]],
    )
    if wishes is not song.wishes:
        asked = attendance(wishes, stems, layout)
    plain = plan_visits(
        written,
        form.walk,
        style,
        wishes,
        stems,
        layout,
        song.effects.stems,
        asked,
        is_own_form=isinstance(spec.form, tuple),
    )
    plain = tuple(with_singers(plain, stems))

    exact = song.brief.exact_bars
    plans = with_arrangement(
        plain,
        stems,
        written,
        wishes,
        asked,
        layout,
        style,
        song.seed,
        song.section_seed,
        count_slow_bars(0.0 if exact is None else float(form.total_bars - exact), song.brief.grid.meter),
    )
    plans = keep_voices_undisturbed(plans, plain, stems)
    plans = with_all_voices(plans, plain, [stem.player for stem in stems])
    plans = with_usual_soloists(with_effects(plans, song.effects, layout), plain, style)
    plans = _frame_visits(with_given(plans, plain, written, stems, layout), outline)

    # The style, the grooves and the harmony that are asked for in each visit, who holds one note in it.
    genres = find_placed_styles(song.wishes, layout)
    grooves, harmonies = find_asked_grooves(song.wishes, layout), find_asked_harmonies(song.wishes, layout)
    held, asked_ways = drones(song.wishes, layout), find_asked_ways(song.wishes, layout)
    of_spec = [(stem.name, way) for stem in spec.stems or () for way in stem.playing]
    for i, plan in enumerate(plans):
        ways = [
            (stem.plan.name, way)
            for who, way in asked_ways[i]
            for stem in stems
            if who is None
            or stem.plan.name in stems_called(who, stems)
            or (kit_lanes(who) and stem.plan.role == "drums")
        ]
        called = {name for words in held[i] for name in stems_called(words, stems)}
        droning = tuple(stem.plan.name for stem in plan.stems if stem.plan.name in called)
        plans[i] = replace(
            plan, grooves=grooves[i], harmonies=harmonies[i], drones=droning, ways=(*of_spec, *ways)
        )
    return plain, in_styles(plans, genres, song.wishes, style, spec.own_style)


def _frame_visits(plans: Sequence[VisitPlan], outline: _Outline) -> list[VisitPlan]:
    """Return the visits with the metre, the mood and the key that they do not have from their sections.

    They also have what a form by name makes of their theme.
    """
    spec, song, layout, named = outline.written, outline.song, outline.layout, outline.form.named
    keys: list[str | None] = [None] * len(plans)
    if isinstance(spec.form, tuple):
        keys = [entry.key for entry in spec.form]
    if not isinstance(song.spec.form, tuple):
        keys = [
            asked or key
            for asked, key in zip(
                find_asked_visit_keys(song.wishes, layout, song.brief.key), keys, strict=True
            )
        ]
    feelings = visit_feelings(song.wishes, layout)
    likes = [
        None if named is None else named.visit_like(entry.section, entry.variation, entry.energy)
        for entry in outline.form.entries
    ] or [None] * len(plans)

    found = []
    for i, (plan, frame, text, like) in enumerate(zip(plans, outline.frames, keys, likes, strict=True)):
        if text is not None:
            key: Key | None = key_or_error(text, f"form[{i + 1}].key")
        else:
            # Its own mood may ask for another mode than its section's.
            own = section_key(song, plan.name)
            stays = song.section(plan.name).key or keeps_mode(song.spec, song.wishes)
            moved = own if stays else in_mood(own, feelings[i])
            key = None if moved == own else moved
        framed = replace(plan, frame=frame, key=key, feeling=feelings[i])
        if like is not None:
            framed = replace(framed, figure=like.figure or "plain", turns=like.mode == "other")
        found.append(framed)
    return found


def _write_notes(
    outline: _Outline, plain: Sequence[VisitPlan], plans: Sequence[VisitPlan]
) -> tuple[Contexts, tuple[Visit, ...]]:
    """Return the sections, and the visits with their notes; ``plain`` are those that are asked for."""
    song, layout = outline.song, outline.layout
    contexts = contexts_of(song, outline.form, plans)
    visits = write_visits(song, plans, contexts, layout)
    if outline.voices is not None:
        # The chords of the sections become those of the piece in equal voices.
        places = [contexts.of(plan) for plan in plans]
        asked = [tuple(visit.events) for visit in plain]
        stems = [(stem.plan.name, stem.plan.role, stem.plan.prompt) for stem in song.stems]
        visits = in_voices(visits, places, asked, stems, outline.voices, song.brief.key, song.seed)
        for plan, ctx, visit in reversed(list(zip(plans, places, visits, strict=True))):
            contexts.put(plan, replace(ctx, chords=visit.music.score.chords))
    else:
        # Stems that found nothing to answer in the whole song, or are heard too rarely, go with the melody.
        # Solos that a form gives in turn are no wishes, by which somebody would have to be heard.
        called_for = {stem.plan.name for plan in plans for stem in plan.stems}
        silent = called_for - {name for visit in visits for name in visit.music.score.parts}
        wanted = attendance(song.wishes, song.stems, layout)
        silent |= too_rarely_heard(plans, visits, song.stems, wanted)
        following = [
            replace(
                plan,
                stems=tuple(
                    replace(stem, player=replace(stem.player, follows=True))
                    if stem.plan.name in silent
                    else stem
                    for stem in plan.stems
                ),
            )
            for plan in plans
        ]
        visits = write_visits(song, following, contexts, layout) if silent else visits
    kept = {i for i, plan in enumerate(plans) if plan.keeps_energy}
    return contexts, keep_given_notes(level_visits(visits, song.wishes, layout, kept), plans)


def _mix_stems(outline: _Outline, heard: Collection[str], *, has_voices: bool) -> list[StemPlan]:
    """Return the stems that are heard, with the pans, the sends and the levels that are asked for."""
    song, written = outline.song, outline.spec.stems or ()
    stems = mix_stems_as_asked(
        [stem.plan for stem in song.all_stems if stem.plan.name in heard],
        song.wishes,
        [stem.name for stem in written],
        partial(stems_called, stems=song.stems),
    )
    if has_voices:  # they were planned before others who have the tune
        order = [stem.name for stem in written if stem.role != "effects"]
        stems.sort(key=lambda one: order.index(one.name) if one.name in order else len(order))
    return stems


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


def _notes(
    asked: SongSpec,
    outline: _Outline,
    plain: Sequence[VisitPlan],
    heard: Collection[str],
    grid: Grid,
    hits: Sequence[HitPoint],
) -> tuple[str, ...]:
    """Return what the user should know of what was guessed, left out or could not be met."""
    song, form = outline.song, outline.form
    notes: list[str] = []
    if not hits:
        notes += notes_on_length(song.brief, form, outline.layout.grid)
        notes += notes_on_times(song, form, outline.layout.grid)
    notes += notes_on_hits(grid, hits)
    notes += [
        f"the stem {stem.plan.name!r} is left out, since no section lets it play"
        for stem in song.all_stems
        if stem.is_named and stem.plan.name not in heard
    ]
    notes += notes_on_guesses(asked, outline.spec)
    if form.named is not None and outline.voices is not None:
        notes += notes_on_events([(plan.label, plan.events) for plan in plain], form.named)
    return tuple(notes)


def _with_moods(plan: SongPlan, outline: _Outline, nodes: Sequence[SectionNode]) -> SongPlan:
    """Return the plan with notes that show the moods which are asked for, and joins that fit them.

    A form in equal voices keeps its notes.
    """
    if outline.voices is not None:
        return plan
    song = outline.song
    free = {stem.plan.name for stem in song.stems if stem.player.texture == "full" and not stem.player.span}
    steady = {
        stem.plan.name for stem in song.stems if stem.player.texture in ("full", "voice", "left_hand")
    }
    found = with_moods(plan, song.wishes, free, steady)
    if found is plan:
        return plan
    joins = joins_of(found.visits, song.brief.grid.meter)
    return replace(found, graph=build_graph(nodes, outline.form.walk, joins))


def plan_ensemble(spec: SongSpec) -> tuple[StemPlan, ...]:
    """Return all stems that a song of the spec may have.

    They are those of :func:`plan_song`, and those of its style that none of its sections calls for. Raises
    what :func:`plan_song` raises.
    """
    spec = without_recordings(spec)
    song = settle(spec, spec.seed)
    stems = plan_stems(spec, song.brief.style, song.wishes, song.mix, spec.seed, in_every_role=True)
    return tuple(stem.plan for stem in (*stems, *song.effects.stems))


def find_named_stems(spec: SongSpec) -> tuple[str, ...]:
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
    return bool(find_asked_genres(read_wishes(spec.description or "")))
