"""``ritornello render``: a song, some of its sections, or an old song again from its lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import (
    DIFFERS,
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
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.history.reproduce import LockedSong
    from composer.sources.source import Source
    from composer.understanding.understanding import Understanding
    from render.backends.base import Backend
    from render.clips.cache import ClipCache
    from structure.base.progress import Stopwatch
    from structure.plans.plan import SongPlan


@app.command()
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
    cache: Annotated[Path | None, typer.Option(help="Folder of the clip cache.")] = None,
    cache_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bound of the clip cache, such as 10GB.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads to use.")] = None,
    strict: StrictOption = False,
    explain: ExplainOption = False,
) -> None:
    """Render a song: master, stems, score, plan, report and picture in one folder.

    What was understood of a sentence or description, and what became of each wish, is shown before anything
    is rendered. Exits with 3 where the song fails its own checks, or its export does; the song's files are
    kept.
    """
    limit_threads(threads)
    from composer.folder.remaster import master_spec
    from composer.sources.source import (
        plan_source,
        read_source,
        understand_source,
        with_only,
        with_overrides,
    )
    from structure.base.progress import Stopwatch

    clips = clip_cache(cache, no_cache=no_cache, limit=cache_limit)
    if lock is not None:
        if any(given is not None for given in (spec, seed, backend, model, master)) or only:
            raise UsageError(
                "--lock says it all: leave SPEC, --seed, --backend, --model, --master and --only out",
                field="--lock",
            )
        _reproduce(lock, out, clips, force=force, quiet=quiet)
        return
    if spec is None:
        raise typer.BadParameter("name a song, or give --lock", param_hint="SPEC")
    source = with_overrides(
        read_source(spec_input(spec)),
        seed=seed,
        backend=backend,
        model=model,
        master=None if master is None else master_spec(master),
        singer="none" if no_voice else None,
    )
    source = with_only(source, only or ())
    watch = Stopwatch()
    with watch.time("plan"):
        plan = plan_source(source)
        understood = understand_source(source, plan)
    tell_understanding(understood, strict=strict, explain=explain, quiet=quiet)
    for note in () if quiet else (*plan.notes, *_unsung(plan)):
        typer.echo(f"note: {note}", err=True)
    folder = _render(source, plan, out, clips, watch, force=force, quiet=quiet, understood=understood)
    _end_where_checks_fail(folder)


def _unsung(plan: SongPlan) -> list[str]:
    """Say before anything is made what will not be sung as asked: words, or by whom."""
    from render.backends import backend_entry
    from render.voice.backend import unused_models, why_not_sung

    can_sing = backend_entry(plan.render.backend).capabilities().sings_lyrics
    reason = why_not_sung(plan, can_sing)
    return [*([reason] if reason else []), *(() if can_sing else unused_models(plan))]


def _render(
    source: Source,
    plan: SongPlan,
    out: Path | None,
    clips: ClipCache,
    watch: Stopwatch,
    *,
    force: bool,
    quiet: bool,
    locked: LockedSong | None = None,
    understood: Understanding | None = None,
) -> Path:
    """Render a plan to its folder, and sum it up."""
    from composer.cli.display.progress import progress_display
    from composer.folder.layout import staged
    from composer.history.reproduce import check_backend
    from composer.rendering.song import folder_files, render_source, write_song

    folder = out if out is not None else Path(source.name)
    with progress_display(quiet=quiet) as progress:

        def backend() -> Backend:
            from composer.base.backends import song_backend

            loaded = song_backend(plan.render)
            if locked is not None:
                check_backend(locked, plan, loaded)
            return loaded

        with staged(folder, folder_files(plan), replace=force) as work:
            song = render_source(source, plan, backend, clips, progress, watch, understood=understood)
            failure = write_song(song, work, progress, older=folder)
    if not quiet:
        _show_summary(folder, plan)
        _show_changes(folder, plan)
    if failure is not None:
        raise failure
    return folder


def _show_changes(folder: Path, plan: SongPlan) -> None:
    """Say what became of the song that was replaced, if one was."""
    from rich.filesize import decimal

    from composer.history.certificate import certificate_said, read_certificate
    from composer.history.versions import disk_use, list_versions
    from structure.base.names import CHANGES

    if not (folder / CHANGES).is_file():
        return
    for line in certificate_said(read_certificate(folder), plan):
        typer.echo(line)
    kept = list_versions(folder)
    if kept:
        typer.echo(
            f"the song before is version {kept[-1].number} of {len(kept)}, {decimal(disk_use(folder))} "
            f"in all: ritornello versions {folder}"
        )


def _reproduce(lock: Path, out: Path | None, clips: ClipCache, *, force: bool, quiet: bool) -> None:
    """Make a locked song again and hold its files against the lock; exit with 1 where they differ."""
    from dataclasses import replace

    from composer.history.reproduce import differing_files, doubts, locked_plan, read_locked_song
    from structure.base.progress import Stopwatch

    song = read_locked_song(lock)
    song = replace(song, source=replace(song.source, name=f"{song.path.resolve().parent.name}-again"))
    unsure = doubts(song.lock)
    if unsure and not quiet:
        typer.echo(f"note: it may not come out the same to the bit: {'; '.join(unsure)}", err=True)
    watch = Stopwatch()
    with watch.time("plan"):
        plan = locked_plan(song)
    folder = _render(song.source, plan, out, clips, watch, force=force, quiet=quiet, locked=song)
    wrong = differing_files(song, folder)
    if wrong:
        reason = f" ({'; '.join(unsure)})" if unsure else ""
        typer.echo(f"error: not the same as in {song.path}: {', '.join(wrong)}{reason}", err=True)
        raise typer.Exit(DIFFERS)
    if not quiet:
        n_files = len(song.lock["files"])
        typer.echo(f"the same, bit for bit, as in {song.path}: {n_files} WAV files and the plan")
    _end_where_checks_fail(folder)


def _end_where_checks_fail(folder: Path) -> None:
    from structure.base.jsonfile import read_json
    from structure.base.names import REPORT

    end_where_checks_fail(folder, read_json(folder / REPORT)["checks"])


def _show_summary(folder: Path, plan: SongPlan) -> None:
    from composer.cli.display.tables import plan_heading, summary_table
    from structure.base.jsonfile import read_json
    from structure.base.names import REPORT

    report = read_json(folder / REPORT)
    console = console_for()
    console.print(plan_heading(plan), markup=False, highlight=False, style="bold")
    console.print(summary_table(report, report["files"]))
    console.print(str(folder), markup=False, highlight=False)
