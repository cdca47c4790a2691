"""``ritornello cache``: what the clip cache holds, and making room in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, clip_cache, console_for
from composer.cli.display.output import Output, command, speaking

FolderOption = Annotated[
    Path | None, typer.Option("--cache", metavar="FOLDER", help="Another folder than the user's cache.")
]

cache_app = typer.Typer(help="Show the clip cache, or make room in it.", invoke_without_command=True)
app.add_typer(cache_app, name="cache")


def show(
    context: typer.Context,
    folder: FolderOption = None,
    *,
    output: Output,
) -> None:
    """Show the clip cache, or make room in it.

    The environment variable RITORNELLO_CACHE moves it, RITORNELLO_CACHE_LIMIT bounds it.
    """
    if context.invoked_subcommand is not None:
        return
    found = clip_cache(folder, no_cache=False).contents()
    from dataclasses import asdict

    output.document({**asdict(found), "folder": str(found.folder)})
    if output.talks:
        from rich.filesize import decimal

        from composer.base.words import day_and_time
        from composer.cli.display.tables import facts_table

        facts = {
            "Folder": str(found.folder),
            "Clips": str(found.entries),
            "Size": decimal(found.size_bytes),
            "Limit": decimal(found.limit_bytes),
            "Used longest ago": day_and_time(found.oldest_s) if found.oldest_s is not None else "—",
            "Used last": day_and_time(found.newest_s) if found.newest_s is not None else "—",
        }
        console_for().print(facts_table(facts))


cache_app.callback()(speaking(show))


@command(cache_app)
def prune(
    to: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Such as 1GB or 500MB; its limit if left out.")
    ] = None,
    folder: FolderOption = None,
    *,
    output: Output,
) -> None:
    """Drop the clips that were used longest ago until the cache has a size."""
    from render.clips.caching.cache import parse_size

    cache = clip_cache(folder, no_cache=False)
    _tell(output, *cache.prune(None if to is None else parse_size(to, "--to")))


@command(cache_app)
def clear(folder: FolderOption = None, *, output: Output) -> None:
    """Drop every clip; they are made again when they are needed."""
    _tell(output, *clip_cache(folder, no_cache=False).clear())


def _tell(output: Output, dropped: int, freed_bytes: int) -> None:
    from rich.filesize import decimal

    output.document({"dropped": dropped, "freed_bytes": freed_bytes})
    output.line(f"dropped {dropped} clip{'' if dropped == 1 else 's'}, {decimal(freed_bytes)}")
