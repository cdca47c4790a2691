"""``ritornello batch``: many songs from many specs, with a table of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import (
    BAD_INPUT,
    FAILS_ITS_CHECKS,
    AddressOption,
    CacheOption,
    EngineOption,
    app,
    clip_cache,
    console_for,
)
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.batch.items import Item
    from composer.batch.run import BatchOptions, BatchResult
    from composer.batch.work import Clips


@command(app)
def batch(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPECS...",
            help="A folder of specs, a pattern such as 'specs/*.yaml', a table (.csv, .tsv) whose columns "
            "are fields of specs, a list (.jsonl), a spec, a bundled song, or a sentence in quotes.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the songs and their table.")] = Path("batch"),
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUES",
            help="Each song with each of these values: tempo=90,100,110. mood=… goes into the description. "
            "May be given several times.",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Each song with each of these seeds: 1-50, or 1,4,7-9."),
    ] = None,
    cuts: Annotated[
        str | None, typer.Option(metavar="LENGTHS", help="Cut-downs of each song: 0:15,0:30,1:00.")
    ] = None,
    alternates: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Other versions of each song: no-drums and the like, instrumental, stems, loop.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Songs side by side; as many as memory and processors allow.")
    ] = None,
    price_per_hour: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="PRICE", help="What this machine costs an hour, for the table."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Make nothing: say how long it will take, and what it will cost."),
    ] = False,
    machines: Annotated[
        str,
        typer.Option("--for", metavar="COUNTS", help="With --dry-run: for how many processors, or GPUs."),
    ] = "1,8,64",
    cache: CacheOption = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Generate every clip anew.")] = False,
    cache_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bound of the clip cache, such as 10GB.")
    ] = None,
    engine: EngineOption = "local",
    address: AddressOption = None,
    *,
    output: Output,
) -> None:
    """Make many songs: each whole and checked in a folder of its own, and a table of all of them.

    No two have the same title or the same tune in the chorus. Begun again, it goes on where it was: what is
    there and unchanged is not made again. A song that cannot be made fails alone. Exits with 3 where a song
    fails its own checks, with 2 where one could not be made; all others are there.
    """
    from composer.batch.alternates import read_alternates
    from composer.batch.cuts import read_cuts
    from composer.batch.items import read_items
    from composer.batch.matrix import read_seeds, read_variations
    from composer.batch.matrix import vary as varied
    from composer.batch.run import BatchOptions, check_out

    clip_cache(cache, no_cache=no_cache, limit=cache_limit)  # says what is wrong with the options
    variations, given = read_variations(vary or ()), read_seeds(seeds) if seeds else ()
    options = BatchOptions(
        clips=_clips(cache, cache_limit, no_cache=no_cache),
        cuts=read_cuts(cuts) if cuts else (),
        alternates=read_alternates(alternates) if alternates else (),
        at_once=jobs,
        price_per_hour=price_per_hour,
    )
    check_out(out, specs)
    items = varied(read_items(specs), variations, given)
    if not dry_run:
        at = _reach_engine(engine, address, output.note)
        options = replace(options, clips=replace(options.clips, engine=engine, address=at))
    if dry_run:
        _estimate(items, out, options, machines, output)
    else:
        _make(items, out, options, output)


def _reach_engine(engine: str, address: str | None, tell: Callable[[str], None]) -> str | None:
    """Reach the engine, and say what is wrong with it, before any song is begun.

    Return the address at which all processes of a batch find the same cluster.
    """
    from composer.engine import choose_engine

    made = choose_engine(engine, address, tell)
    if engine == "local" or (address or "").startswith("ray://"):
        return address
    from composer.engine.many import RayEngine

    if not isinstance(made, RayEngine):
        raise TypeError(f"the engine {engine} has no address")
    return str(made.cluster.ray.get_runtime_context().gcs_address)


def _clips(cache: str | None, limit: str | None, *, no_cache: bool) -> Clips:
    from composer.batch.work import Clips
    from render.clips.caching.cache import default_cache_dir, parse_size
    from render.clips.caching.shared import is_url

    if no_cache:
        return Clips()
    url = cache if cache is not None and is_url(cache) else None
    folder = Path(cache) if cache is not None and url is None else default_cache_dir()
    limit_bytes = None if limit is None else parse_size(limit, "--cache-limit")
    return Clips(folder, limit_bytes, url)


def _make(items: list[Item], out: Path, options: BatchOptions, output: Output) -> None:
    from composer.batch.run import make_batch
    from composer.batch.table import CSV, DONE, FAILED, FAILS, JSONL
    from composer.cli.display.batch import batch_display, songs_table

    with batch_display(len(items), quiet=not output.talks) as watcher:
        result = make_batch(items, out, options, watcher)

    counts = {status: result.count(status) for status in (DONE, FAILS, FAILED)}
    output.document(
        {
            "folder": str(result.folder),
            "table": str(result.folder / JSONL),
            "made": result.made,
            "counts": counts,
            "songs": [dict(row) for row in result.rows],
        }
    )
    if output.talks:
        console_for().print(songs_table(result.rows))
        kept = counts[DONE] + counts[FAILS] - result.made
        parts = [f"{counts[DONE]} of {len(result.rows)} songs done"]
        parts += [f"{kept} of them as they were"] if kept else []
        parts += [f"{counts[FAILS]} fail their checks"] if counts[FAILS] else []
        parts += [f"{counts[FAILED]} could not be made"] if counts[FAILED] else []
        output.line(f"{', '.join(parts)}; the table is {result.folder / CSV}")

    _end_with(result)


def _end_with(result: BatchResult) -> None:
    """Say on standard error what went wrong, and exit with the code for it."""
    from composer.batch.table import FAILED, FAILS

    for row in result.rows:
        if row["status"] == FAILED:
            for line in str(row["error"]).splitlines():
                typer.echo(f"error: {line}", err=True)
        elif row["status"] == FAILS:
            failed = ", ".join(row["failed_checks"])
            typer.echo(f"error: {result.folder / row['folder']}: checks failed: {failed}", err=True)
    if result.count(FAILS):
        raise typer.Exit(FAILS_ITS_CHECKS)
    if result.count(FAILED):
        raise typer.Exit(BAD_INPUT)


def _estimate(items: list[Item], out: Path, options: BatchOptions, machines: str, output: Output) -> None:
    """Say what a batch takes on some numbers of processors, ``1,8,64``, and which songs cannot be made."""
    from composer.base.words import clock
    from composer.batch.estimate import estimate_batch
    from composer.cli.display.batch import estimate_table
    from composer.cli.display.progress import progress_display
    from structure.base.progress import ProgressEvent

    parts = [part.strip() for part in machines.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 1_000_000 for part in parts):
        raise UsageError(f"{machines!r} are no numbers of processors", field="--for", hint="write 1,8,64")
    counts = list(dict.fromkeys(map(int, parts)))

    with progress_display(quiet=not output.talks) as progress:
        found = estimate_batch(
            items, out, options, lambda done, total: progress(ProgressEvent("plan", done, total))
        )

    output.document(found.document(counts))
    if output.talks:
        songs = f"{len(found.seconds)} songs to make, {clock(found.song_s)} of music"
        done = f"; {found.done} are there already" if found.done else ""
        faults = f"; {len(found.faults)} cannot be made" if found.faults else ""
        output.line(f"{songs}{done}{faults}")
    if output.talks and found.seconds:
        console_for().print(estimate_table(found.rows(counts), is_gpu=found.is_gpu))
        there = f"{found.clips_there:.0%} of the clips are in the cache; " if found.clips_there else ""
        output.line(f"{there}measured on a few bars just now")

    for fault in found.faults:
        for line in fault.splitlines():
            typer.echo(f"error: {line}", err=True)
    if found.faults:
        raise typer.Exit(BAD_INPUT)
