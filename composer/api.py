"""What :mod:`composer` offers in Python: one function for each command, and typed throughout.

Everything heavy is imported inside functions, so that looking a name up is quick.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.clips.clip import ClipOptions, ClipWish, MadeClip
    from composer.folder.remaster import Remaster
    from composer.handover.layout import ExportOptions
    from composer.handover.write import HandOver
    from composer.rendering.song import Song
    from composer.stylebook.card import StyleCard
    from composer.stylebook.check import StyleCheck
    from composer.stylebook.summaries import StyleSummary
    from composer.understanding.understanding import Understanding
    from render.audio.types import Audio
    from render.backends.base import Backend
    from render.checks.check import Check
    from render.clips.caching.cache import ClipCache
    from render.clips.engine import Engine
    from structure.base.progress import Progress
    from structure.plans.plan import SongPlan
    from structure.specs.spec import MasterSpec, SongSpec


def compose(
    spec: SongSpec | SongPlan | Mapping[str, Any] | str | Path,
    *,
    backend: str | Backend | None = None,
    seed: int | None = None,
    master: str | Mapping[str, Any] | MasterSpec | None = None,
    only: Sequence[str] = (),
    cache: ClipCache | str | Path | bool = True,
    progress: Progress | None = None,
    strict: bool = False,
    engine: Engine | None = None,
) -> Song:
    """Plan and render a song.

    ``spec`` is a spec, a mapping like one, YAML text, the path of a YAML file, the name or the title of a
    bundled song, or a sentence, whose words then give the seed; or what :func:`plan` gave. ``backend``,
    ``seed`` and ``master`` override what it says; ``master`` is the name of a preset (streaming, club,
    broadcast, film, vinyl) or what a spec has under ``master:``. ``only`` makes these sections alone, back
    to back: ``chorus``, its second visit ``chorus:2``, or a label such as ``Chorus 2``. ``cache`` keeps
    clips in the user's cache (True), in a folder, at the URL of a place that machines share, or not at all
    (False). ``engine`` makes them, such as what :func:`composer.engine.choose_engine` gives; this machine
    where it is left out. ``progress`` is called with each
    :class:`structure.base.progress.ProgressEvent`; where it raises :class:`CancelledError`, the work ends
    there, and the clips that were made stay in the cache. ``strict`` refuses to render what was not
    understood or cannot be met; ``song.understanding`` says it in either case. The same arguments give the
    same samples, also in several threads at once.

    Raises SpecError, PlanError, WishError, UsageError, AudioFileError or BackendError: each a
    RitornelloError, which is whatever the caller can mend.

    >>> song = compose("neon_tides", seed=7)  # doctest: +SKIP
    >>> song.stems["bass"].shape == song.master.shape  # doctest: +SKIP
    True
    """
    from composer.base.backends import song_backend
    from composer.folder.remaster import read_master
    from composer.rendering.song import render_source
    from composer.sources.source import (
        plan_source,
        read_source,
        understand_source,
        with_only,
        with_overrides,
    )
    from structure.base.progress import Stopwatch, silent
    from structure.plans.plan import SongPlan

    report = progress or silent
    if isinstance(spec, SongPlan):
        if seed is not None or master is not None or only or isinstance(backend, str):
            raise UsageError(
                "a plan has its seed, master, sections and backend",
                field="spec",
                hint="plan it with others",
            )
        return _compose_planned(spec, backend, cache, report, engine, strict=strict)
    name = backend if backend is None or isinstance(backend, str) else backend.name
    wanted_master = None if master is None else read_master(master)
    read = with_overrides(read_source(spec), seed=seed, backend=name, master=wanted_master)
    source = with_only(read, only)
    watch = Stopwatch()
    with watch.time("plan", report):
        planned = plan_source(source)
        if strict:
            understand_source(source, planned).check()
    made = backend if backend is not None and not isinstance(backend, str) else None
    return render_source(
        source, planned, lambda: made or song_backend(planned), _clip_cache(cache), report, watch, engine
    )


def _compose_planned(
    plan: SongPlan,
    backend: Backend | None,
    cache: ClipCache | str | Path | bool,
    report: Progress,
    engine: Engine | None,
    *,
    strict: bool,
) -> Song:
    """Render what :func:`plan` gave."""
    from composer.base.backends import song_backend
    from composer.rendering.song import render_source
    from composer.sources.source import Source, understand_source

    source = plan.made_from
    if not isinstance(source, Source):
        raise UsageError(
            "this plan does not know its spec",
            field="spec",
            hint="compose what `plan` returns, or the song.yaml beside the plan.json",
        )
    if strict:
        understand_source(source, plan).check()
    load = partial(song_backend, plan) if backend is None else lambda: backend
    return render_source(source, plan, load, _clip_cache(cache), report, engine=engine)


def plan(
    spec: SongSpec | Mapping[str, Any] | str | Path, *, seed: int | None = None, strict: bool = False
) -> SongPlan:
    """Plan a song without rendering it; ``spec`` and ``strict`` as in :func:`compose`.

    >>> [visit.place.label for visit in plan("neon_tides").visits][:2]  # doctest: +SKIP
    ['Intro', 'Verse 1']
    """
    from composer.sources.source import plan_source, read_source, understand_source, with_overrides

    source = with_overrides(read_source(spec), seed=seed)
    planned = replace(plan_source(source), made_from=source)
    if strict:
        understand_source(source, planned).check()
    return planned


def understand(
    spec: SongSpec | Mapping[str, Any] | str | Path, *, seed: int | None = None
) -> Understanding:
    """Say what is understood of a sentence or a description, and what becomes of each wish in the plan.

    Nothing is rendered. ``spec`` is as in :func:`compose`.

    >>> [(row.status, row.asked, row.became) for row in understand("slow jazz in F").rows][:1]
    ... # doctest: +SKIP
    [('understood', 'slow', 'planned: 74 BPM')]
    """
    from composer.sources.source import read_source, understand_source, with_overrides

    return understand_source(with_overrides(read_source(spec), seed=seed))


def new_spec(description: str, *, strict: bool = False) -> str:
    """Turn a sentence into a complete, commented song spec in YAML, with every planned choice in it.

    ``strict`` is as in :func:`compose`.
    """
    from composer.sources.source import plan_source, sentence_source, understand_source
    from composer.sources.template import template_of

    source = sentence_source(description)
    planned = plan_source(source)
    understood = understand_source(source, planned)
    if strict:
        understood.check()
    return template_of(source.spec, planned, understood)


def songs() -> tuple[str, ...]:
    """Return the names of the bundled songs."""
    from songs import song_names

    return song_names()


def styles() -> tuple[StyleSummary, ...]:
    """Return the styles that a spec's ``genre`` may name, family by family, each in a line."""
    from composer.stylebook.summaries import style_summaries

    return style_summaries()


def style(name: str | Path) -> StyleCard:
    """Explain a style, by its name or its YAML file: tempo, feel, grooves, chords, instruments, mix.

    Raises SpecError for a name that no style has, with a suggestion, and for a file with faults.

    >>> style("tango").facts["Tempo"]
    '114–132 BPM, songs of 2:40–3:40'
    """
    from composer.stylebook.card import style_card

    return style_card(name)


def check_style(name: str | Path) -> StyleCheck:
    """Say what is missing, wrong or weak in a style, by its YAML file or its name.

    Some small songs are planned with it; what a listener would miss in all of them is among what is weak.
    Faults of a file are in the result, each with its line. Raises SpecError where there is no such style
    and no such file.
    """
    from composer.stylebook.check import check_style as check

    return check(name)


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of song specs, for editors."""
    from structure.specs.schema import json_schema

    return json_schema()


def export(
    song: str | Path,
    to: Sequence[str] | str | None = None,
    *,
    out: str | Path | None = None,
    replace: bool = False,
    cache: ClipCache | str | Path | bool = True,
    progress: Progress | None = None,
    sign_with: str | Path | None = None,
    **options: Unpack[ExportOptions],
) -> HandOver:
    """Export the song in a folder to ``out``, or to the folder ``export`` in it.

    ``to`` and ``options`` (``sample_rate``, ``bit_depth``, ``dry``, ``drum_parts``, ``sections``) are as in
    :meth:`Song.export`. ``cache`` is where dry stems find their clips; ``sign_with`` is a PEM file with the
    key and the certificates that sign audio files.

    Raises FolderError where the folder holds no song or no stems, or the target is not ours, UsageError for
    options that are not allowed, CheckError where what was written fails a check.

    >>> export("night_drive", ["wav", "reaper"], sample_rate=48000).files  # doctest: +SKIP
    """
    from composer.handover.material import export_folder
    from structure.base.progress import silent

    return export_folder(
        Path(song),
        None if out is None else Path(out),
        to=to,
        again=replace,
        cache=_clip_cache(cache),
        progress=progress or silent,
        sign_with=None if sign_with is None else Path(sign_with),
        **options,
    )


def remaster(
    song: str | Path,
    preset: str | None = None,
    *,
    reference: str | Path | None = None,
    out: str | Path | None = None,
    replace: bool = False,
) -> Remaster:
    """Master the song in a folder again, from its premaster, and write that to a file.

    The file is ``out``, or ``master-<preset>.wav`` in the folder. ``preset`` is streaming, club,
    broadcast, film or vinyl; ``reference`` is a recording to follow instead. Nothing else in the folder
    changes.

    Raises FolderError where the folder holds no song, ExistsError where the file is there and ``replace``
    is false, AudioFileError where the premaster or the recording cannot be read.

    >>> remaster("night_drive", "club").loudness_lufs  # doctest: +SKIP
    -9.0
    """
    from composer.folder.remaster import remaster as master_again

    return master_again(
        Path(song),
        preset,
        None if reference is None else Path(reference),
        None if out is None else Path(out),
        replace=replace,
    )


def clip(
    prompt: str,
    *,
    seconds: float = 20.0,
    seed: int | None = None,
    strict: bool = False,
    cache: ClipCache | str | Path | bool = True,
    progress: Progress | None = None,
    **options: Unpack[ClipOptions],
) -> MadeClip:
    """Make a clip of some bars from a prompt, whose words are its seed where none is given.

    ``options`` are ``tempo`` (beats a minute), ``key``, ``negative`` (what it must not sound like),
    ``steps``, ``guidance``, ``init`` (a path) with ``strength``, ``repaint`` (bars), ``loop`` and
    ``backend``. ``strict`` is as in :func:`compose`.

    Raises UsageError that names the field for what is not allowed, AudioFileError for ``init``,
    BackendError where the backend cannot make it, WishError.
    """
    from composer.clips.clip import ClipWish, plan_clip, understand_wish
    from composer.sources.sentences import sentence_seed

    wish = ClipWish(prompt, seconds, sentence_seed(prompt) if seed is None else seed, **options)
    planned = plan_clip(wish)
    if strict:
        understand_wish(planned, wish).check()
    return _make_clip(planned, wish, cache, progress)


def morph(
    start: str,
    end: str,
    *,
    seconds: float = 40.0,
    seed: int | None = None,
    cache: ClipCache | str | Path | bool = True,
    progress: Progress | None = None,
    **options: Unpack[ClipOptions],
) -> MadeClip:
    """Make a clip that turns from one prompt into another; arguments as in :func:`clip`."""
    from composer.clips.clip import ClipWish
    from composer.clips.morph import plan_morph
    from composer.sources.sentences import sentence_seed

    wish = ClipWish(start, seconds, sentence_seed(start) if seed is None else seed, **options)
    return _make_clip(plan_morph(wish, end), wish, cache, progress)


def vary(
    made: MadeClip,
    distance: float = 0.3,
    *,
    take: int = 1,
    cache: ClipCache | str | Path | bool = True,
    progress: Progress | None = None,
) -> MadeClip:
    """Make another take of a clip, ``distance`` (0…1) away from it: the same notes, another sound."""
    from composer.clips.clip import ClipWish, plan_take

    wish = ClipWish(made.plan.description, backend=made.plan.render.backend, loop=made.loop)
    return _make_clip(plan_take(made.plan, distance, take), wish, cache, progress)


def radio(
    *prompts: str,
    seed: int = 0,
    tempo: float | None = None,
    key: str | None = None,
    hold: int = 2,
    bars: int = 8,
    backend: str | Backend = "embedded",
) -> Generator[Audio, str | None, None]:
    """Play on without an end: blocks of ``bars`` bars that follow each other without a gap.

    Blocks are float32 (2, samples) at 44.1 kHz. ``prompts`` take turns, each for ``hold`` blocks; ``send``
    asks for another one, which comes next. The same arguments give the same samples.

    Raises UsageError or BackendError, at the first block, for what cannot be.

    >>> stream = radio("lofi hip hop", "synthwave", seed=4)  # doctest: +SKIP
    >>> block = next(stream)  # doctest: +SKIP
    >>> block = stream.send("dark techno")  # turns into it  # doctest: +SKIP
    """
    from composer.clips.radio import Radio
    from render.backends import load_backend

    player = load_backend(backend) if isinstance(backend, str) else backend
    station = Radio(prompts, player, seed=seed, tempo=tempo, key=key, hold=hold, bars=bars)
    for chunk in station.chunks():
        asked = yield chunk.audio
        if asked is not None:
            station.add(asked)


def _make_clip(
    planned: SongPlan,
    wish: ClipWish,
    cache: ClipCache | str | Path | bool,
    progress: Progress | None,
) -> MadeClip:
    from composer.clips.clip import render_clip
    from render.backends import load_backend
    from structure.base.progress import silent

    backend = load_backend(wish.backend)
    return render_clip(planned, backend, _clip_cache(cache), progress or silent, loop=wish.loop)


def verify(folder: str | Path) -> tuple[Check, ...]:
    """Check the song in a folder against its plan and its lock, and write verify.json there.

    Raises FolderError or PlanFileError where there is no plan to check it against, LockError where the lock
    is damaged. A file of audio that is missing or damaged fails a check.
    """
    from composer.folder.verify import verify_folder

    return verify_folder(Path(folder))


def _clip_cache(cache: ClipCache | str | Path | bool) -> ClipCache:
    from render.clips.caching.cache import ClipCache, default_cache_dir, open_shared
    from render.clips.caching.shared import is_url

    if isinstance(cache, ClipCache):
        return cache
    if isinstance(cache, bool):
        return ClipCache(default_cache_dir(), shared=open_shared()) if cache else ClipCache()
    if is_url(str(cache)):
        return ClipCache(default_cache_dir(), shared=open_shared(str(cache)))
    return ClipCache(Path(cache))
