"""Commands that plan, render, list and verify songs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.commands.shared import (
    PlannerOption,
    SeedOption,
    SpecArgument,
    app,
    clip_cache,
    console_for,
    limit_threads,
    show_list,
    source_of,
)
from structure.errors import RitornelloError

if TYPE_CHECKING:
    from rich.console import Console

    from composer.source import Source
    from render.backends.base import Backend
    from structure.plan import SongPlan


@app.command()
def render(
    spec: SpecArgument,
    out: Annotated[Path | None, typer.Option(help="Folder to make; ./<song name> if left out.")] = None,
    backend: Annotated[str | None, typer.Option(help="Replaces the spec's diffusion backend.")] = None,
    seed: SeedOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the song in an existing folder.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Generate every clip anew.")] = False,
    cache: Annotated[Path | None, typer.Option(help="Folder of the clip cache.")] = None,
    cache_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bound of the clip cache, such as 10GB.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads to use.")] = None,
) -> None:
    """Render a song: master, stems, score, plan, report and picture in one folder."""
    limit_threads(threads)
    from composer.pipeline import plan_source, render_source, write_song
    from composer.progress import progress_display
    from composer.project import song_files, staged
    from render.backends import load_backend

    clips = clip_cache(cache, no_cache=no_cache, limit=cache_limit)
    source = source_of(spec, seed=seed, backend=backend)
    folder = out if out is not None else Path(source.name)
    with progress_display(quiet=quiet) as progress:
        timings: dict[str, float] = {}
        plan = plan_source(source, progress, timings)
        with staged(folder, song_files(plan), replace=force) as work:
            song = render_source(
                source, plan, lambda: load_backend(plan.render.backend), clips, progress, timings
            )
            write_song(song, work, progress)
    if not quiet:
        _show_summary(folder, plan)


@app.command()
def plan(
    spec: SpecArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print plan.json.")] = False,
    png: Annotated[Path | None, typer.Option(help="Draw the plan to this PNG file.")] = None,
    lead_sheet: Annotated[
        Path | None, typer.Option(help="Write melody and chords to this .musicxml, .pdf or .svg file.")
    ] = None,
    seed: SeedOption = None,
    planner: PlannerOption = None,
) -> None:
    """Plan a song without rendering it: its sections, chords and stems."""
    from composer.lead_sheet import check_lead_sheet_path, write_lead_sheet
    from composer.pipeline import plan_source

    if lead_sheet is not None:
        check_lead_sheet_path(lead_sheet)
    source = source_of(spec, seed=seed)
    source = source if planner is None else _by_language_model(source, planner)
    planned = plan_source(source)
    if png is not None:
        from composer.plan_picture import write_plan_picture

        write_plan_picture(png, planned)
    if lead_sheet is not None:
        write_lead_sheet(lead_sheet, planned)
    if as_json:
        from composer.jsonfile import dumps
        from composer.planfile import plan_document

        typer.echo(dumps(plan_document(planned)), nl=False)
        return
    from composer.tables import plan_heading, plan_table

    console = console_for()
    _show_understanding(console, source.spec.description)
    console.print(plan_heading(planned), markup=False, highlight=False, style="bold")
    console.print(plan_table(planned))


@app.command()
def new(
    description: Annotated[str, typer.Argument(help="The song in a sentence, in quotes.")],
    out: Annotated[Path | None, typer.Option(help="File to write; standard output if left out.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    planner: PlannerOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not say what was understood.")] = False,
) -> None:
    """Turn a sentence into a complete, commented song spec.

    What was understood and what was guessed is said on standard error.
    """
    from composer.source import read_source
    from structure.files import write_atomically
    from structure.planner import plan_song
    from structure.template import template_of

    if out is not None and out.exists() and not force:
        raise RitornelloError(f"{out} exists already; --force replaces it")
    source = read_source({"description": description})
    if not quiet:
        _show_understanding(console_for(to_stderr=True), description)
    source = source if planner is None else _by_language_model(source, planner)
    text = template_of(source.spec, plan_song(source.spec))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(out, text.encode())


@app.command()
def songs(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the bundled songs."""
    from composer.catalogue import bundled_songs

    show_list(bundled_songs(), as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON schema of song specs, for editors."""
    from composer.jsonfile import dumps
    from structure.schema import json_schema

    typer.echo(dumps(json_schema()), nl=False)


@app.command()
def styles(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the styles that `genre` may name."""
    from composer.catalogue import known_styles

    show_list(known_styles(), as_json=as_json)


@app.command()
def backends() -> None:
    """List the diffusion backends and what they can do."""
    from composer.tables import backends_table
    from render.backends import backend_names, load_backend

    found: dict[str, Backend | str] = {}
    for name in backend_names():
        try:
            found[name] = load_backend(name)
        except RitornelloError as exc:
            found[name] = str(exc)
    console_for().print(backends_table(found))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
) -> None:
    """Check a rendered song against its plan; exit with 1 where a check fails."""
    from composer.tables import checks_table
    from composer.verification import verify_folder

    checks = verify_folder(folder)
    console_for().print(checks_table(checks))
    if any(check.passed is False for check in checks):
        raise typer.Exit(1)


def _by_language_model(source: Source, folder: Path) -> Source:
    """The source with its gaps filled by a language model; where that fails, a message and the source."""
    from dataclasses import replace

    from composer.language_planner import PlannerError, plan_by_language_model
    from composer.source import spec_text

    try:
        spec = plan_by_language_model(source.spec, folder)
    except PlannerError as exc:
        typer.echo(f"note: {exc}; planning by rules instead", err=True)
        return source
    return replace(source, spec=spec, text=spec_text(spec))


def _show_understanding(console: Console, description: str | None) -> None:
    if not (description or "").strip():
        return
    from composer.understanding import understanding_table
    from structure.description.reading import read_description

    table = understanding_table(read_description(description or ""))
    if table.row_count:
        console.print(table)
        console.print()


def _show_summary(folder: Path, plan: SongPlan) -> None:
    from composer.jsonfile import read_json
    from composer.project import REPORT
    from composer.tables import plan_heading, summary_table

    report = read_json(folder / REPORT)
    console = console_for()
    console.print(plan_heading(plan), markup=False, highlight=False, style="bold")
    console.print(summary_table(report, report["files"]))
    console.print(str(folder), markup=False, highlight=False)
