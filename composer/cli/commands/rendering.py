"""``ritornello render``: a song, some of its sections, or an old song again from its lock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composer.cli.commands.shared import (
    DIFFERS,
    AddressOption,
    CacheOption,
    EngineOption,
    ExplainOption,
    SeedOption,
    StrictOption,
    app,
    clip_cache,
    console_for,
    end_where_checks_fail,
    limit_threads,
    spec_input,
    tell_understanding,
)
from composer.cli.display.output import Output, command
from composer.cli.display.watching import WatchOption, follow
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.history.reproduce import LockedSong
    from composer.sources.source import Source
    from composer.understanding.understanding import Understanding
    from render.backends.base import Backend
    from render.clips.caching.cache import ClipCache
    from render.clips.engine import Engine
    from structure.base.progress import Stopwatch
    from structure.plans.plan import SongPlan


@command(app)
def render(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="SPEC",
            help="A YAML file, a bundled song, a sentence in quotes, or - for stdin; not with --lock.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to make; ./<song name> if left out.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SECTION",
            help="Only this section's visits, back to back: chorus, or its second visit chorus:2. "
            "May be given several times.",
        ),
    ] = None,
    lock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A song.lock: make that song again, bit for bit.")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="Replaces the spec's diffusion backend.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Replaces the spec's weights: a folder, or a name on the hub.")
    ] = None,
    seed: SeedOption = None,
    master: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET", help="streaming, club, broadcast, film or vinyl: replaces the spec's."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the song in an existing folder.")] = False,
    no_voice: Annotated[
        bool, typer.Option("--no-voice", help="Nobody sings: an instrument plays the tune of the words.")
    ] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Generate every clip anew.")] = False,
    cache: CacheOption = None,
    cache_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bound of the clip cache, such as 10GB.")
    ] = None,
    engine: EngineOption = "local",
    address: AddressOption = None,
    watch: WatchOption = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads to use.")] = None,
    strict: StrictOption = False,
    explain: ExplainOption = False,
    *,
    output: Output,
) -> None:
    """Render a song: master, stems, score, plan, report and picture in one folder.

    What was understood of a sentence or description, and what became of each wish, is shown before anything
    is rendered. Exits with 3 where the song fails its own checks, or its export does; the song's files are
    kept.
    """
    limit_threads(threads)
    from composer.engine import choose_engine
    from composer.folder.remaster import master_spec
    from composer.sources.source import read_source, with_only, with_overrides

    clips = clip_cache(cache, no_cache=no_cache, limit=cache_limit)
    if lock is not None:
        if any(given is not None for given in (spec, seed, backend, model, master)) or only or watch:
            raise UsageError(
                "--lock says it all: leave SPEC, --seed, --backend, --model, --master, --only and --watch "
                "out",
                field="--lock",
            )
        _reproduce(lock, out, clips, choose_engine(engine, address, output.note), output, force=force)
        return
    if spec is None:
        raise typer.BadParameter("name a song, or give --lock", param_hint="SPEC")

    named, maker = spec, choose_engine(engine, address, output.note)

    def read() -> Source:
        source = with_overrides(
            read_source(spec_input(named)),
            seed=seed,
            backend=backend,
            model=model,
            master=None if master is None else master_spec(master),
            singer="none" if no_voice else None,
        )
        return with_only(source, only or ())

    def make(source: Source, before: SongPlan | None) -> SongPlan:
        again = force or before is not None
        plan, folder = _make(source, out, clips, maker, output, force=again, strict=strict, explain=explain)
        try:
            _end_with(folder, output)
        except typer.Exit:
            if not watch:
                raise
        return plan

    if watch:
        follow(Path(named), read, make, output)
    else:
        make(read(), None)


def _make(
    source: Source,
    out: Path | None,
    clips: ClipCache,
    engine: Engine,
    output: Output,
    *,
    force: bool,
    strict: bool,
    explain: bool,
) -> tuple[SongPlan, Path]:
    """Plan a song, say what was understood of it, and render it to the folder that is returned."""
    from composer.sources.source import plan_source, understand_source
    from structure.base.progress import Stopwatch

    watch = Stopwatch()
    with watch.time("plan"):
        plan = plan_source(source)
        understood = understand_source(source, plan)
    tell_understanding(understood, strict=strict, explain=explain, quiet=not output.talks)
    for note in (*plan.notes, *_unsung(plan)):
        output.note(f"note: {note}")
    folder = _render(source, plan, out, clips, engine, watch, output, force=force, understood=understood)
    return plan, folder


def _unsung(plan: SongPlan) -> list[str]:
    """Say before anything is made which words will not be sung."""
    from render.backends import backend_entry
    from render.model_voice.choice import stems_with_words, why_not_sung
    from structure.plans.players import settings_of

    if not any(stem.role in ("vocals", "backing") for stem in plan.stems):
        return []
    voices = [stem for stem in plan.stems if stem.name in stems_with_words(plan)]
    asked = [settings_of(plan, visit, stem).backend for visit in plan.visits for stem in voices]
    can_sing = all(
        backend_entry(name).capabilities().sings_lyrics for name in asked or [plan.render.backend]
    )
    reason = why_not_sung(plan, can_sing)
    return [reason] if reason else []


def _render(
    source: Source,
    plan: SongPlan,
    out: Path | None,
    clips: ClipCache,
    engine: Engine,
    watch: Stopwatch,
    output: Output,
    *,
    force: bool,
    locked: LockedSong | None = None,
    understood: Understanding | None = None,
) -> Path:
    """Render a plan to its folder, and sum it up."""
    from composer.base.pace import Expected
    from composer.cli.display.progress import progress_display
    from composer.engine import describe_work
    from composer.folder.layout import stage_folder
    from composer.history.reproduce import check_backend
    from composer.rendering.song import folder_files, render_source, write_song

    folder = out if out is not None else Path(source.name)
    with progress_display(quiet=not output.talks, expected=[Expected.of_song(plan)]) as progress:

        def backend() -> Backend:
            from composer.base.backends import song_backend

            loaded = song_backend(plan)
            if locked is not None:
                check_backend(locked, plan, loaded)
            return loaded

        with stage_folder(folder, folder_files(plan), replace=force) as work:
            song = render_source(
                source, plan, backend, clips, progress, watch, engine, understood=understood
            )
            failure = write_song(song, work, progress, older=folder)
    if work_said := describe_work(engine):
        output.note(work_said)
    if output.talks:
        _show_summary(folder, plan)
    if failure is not None:
        raise failure
    return folder


def _reproduce(
    lock: Path, out: Path | None, clips: ClipCache, engine: Engine, output: Output, *, force: bool
) -> None:
    """Make a locked song again and hold its files against the lock; exit with 1 where they differ."""
    from dataclasses import replace

    from composer.history.reproduce import differing_files, doubts, plan_locked_song, read_locked_song
    from structure.base.progress import Stopwatch

    song = read_locked_song(lock)
    song = replace(song, source=replace(song.source, name=f"{song.path.resolve().parent.name}-again"))
    unsure = doubts(song.lock)
    if unsure:
        output.note(f"note: it may not come out the same to the bit: {'; '.join(unsure)}")
    watch = Stopwatch()
    with watch.time("plan"):
        plan = plan_locked_song(song)
    folder = _render(song.source, plan, out, clips, engine, watch, output, force=force, locked=song)
    wrong = differing_files(song, folder)
    if wrong:
        output.document(_document(folder) | {"differs": wrong})
        reason = f" ({'; '.join(unsure)})" if unsure else ""
        typer.echo(f"error: not the same as in {song.path}: {', '.join(wrong)}{reason}", err=True)
        raise typer.Exit(DIFFERS)
    n_files = len(song.lock["files"])
    output.line(f"the same, bit for bit, as in {song.path}: {n_files} WAV files and the plan")
    _end_with(folder, output, {"differs": []})


def _end_with(folder: Path, output: Output, more: Mapping[str, Any] | None = None) -> None:
    """Give the report to programs, and end with what the song's own checks say."""
    document = _document(folder)
    for stage, seconds in document["report"]["timings"]["stages_s"].items():
        output.detail(f"{stage}: {seconds:.2f} s")
    output.document({**document, **(more or {})})
    end_where_checks_fail(folder, document["report"]["checks"])


def _document(folder: Path) -> dict[str, Any]:
    from structure.base.jsonfile import read_json
    from structure.base.names import REPORT

    return {"folder": str(folder), "report": read_json(folder / REPORT)}


def _show_summary(folder: Path, plan: SongPlan) -> None:
    """Show a song as it was rendered, and what became of the one that it replaced, if it did."""
    from rich.filesize import decimal

    from composer.cli.display.tables import plan_heading, summary_table
    from composer.history.certificate import describe_certificate, read_certificate
    from composer.history.versions import disk_use, list_versions
    from structure.base.jsonfile import read_json
    from structure.base.names import CHANGES, REPORT

    report = read_json(folder / REPORT)
    console = console_for()
    console.print(plan_heading(plan), markup=False, highlight=False, style="bold")
    console.print(summary_table(report, report["files"]))
    console.print(str(folder), markup=False, highlight=False)
    if not (folder / CHANGES).is_file():
        return

    for line in describe_certificate(read_certificate(folder), plan):
        typer.echo(line)
    kept = list_versions(folder)
    if kept:
        typer.echo(
            f"the song before is version {kept[-1].number} of {len(kept)}, {decimal(disk_use(folder))} "
            f"in all: ritornello versions {folder}"
        )
