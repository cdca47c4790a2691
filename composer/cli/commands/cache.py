"""``ritornello cache``: what the clip cache holds, and making room in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import app, clip_cache, console_for

if TYPE_CHECKING:
    from render.clips.cache import CacheContents

FolderOption = Annotated[
    Path | None, typer.Option("--cache", metavar="FOLDER", help="Another folder than the user's cache.")
]

cache_app = typer.Typer(help="Show the clip cache, or make room in it.", invoke_without_command=True)
app.add_typer(cache_app, name="cache")


@cache_app.callback()
def show(
    context: typer.Context,
    folder: FolderOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the clip cache, or make room in it.

    The environment variable RITORNELLO_CACHE moves it, RITORNELLO_CACHE_LIMIT bounds it.
    """
    if context.invoked_subcommand is not None:
        return
    found = clip_cache(folder, no_cache=False).contents()
    if as_json:
        from dataclasses import asdict

        from structure.base.jsonfile import dumps

        typer.echo(dumps({**asdict(found), "folder": str(found.folder)}), nl=False)
        return
    from composer.cli.display.tables import facts_table

    console_for().print(facts_table(_facts(found)))


@cache_app.command()
def prune(
    to: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Such as 1GB or 500MB; its limit if left out.")
    ] = None,
    folder: FolderOption = None,
) -> None:
    """Drop the clips that were used longest ago until the cache has a size."""
    from render.clips.cache import parse_size

    cache = clip_cache(folder, no_cache=False)
    _tell(*cache.prune(None if to is None else parse_size(to, "--to")))


@cache_app.command()
def clear(folder: FolderOption = None) -> None:
    """Drop every clip; they are made again when they are needed."""
    _tell(*clip_cache(folder, no_cache=False).clear())


def _tell(dropped: int, freed_bytes: int) -> None:
    from rich.filesize import decimal

    typer.echo(f"dropped {dropped} clip{'' if dropped == 1 else 's'}, {decimal(freed_bytes)}")


def _facts(found: CacheContents) -> dict[str, str]:
    from rich.filesize import decimal

    from composer.base.words import day_and_time

    return {
        "Folder": str(found.folder),
        "Clips": str(found.entries),
        "Size": decimal(found.size_bytes),
        "Limit": decimal(found.limit_bytes),
        "Used longest ago": day_and_time(found.oldest_s) if found.oldest_s is not None else "—",
        "Used last": day_and_time(found.newest_s) if found.newest_s is not None else "—",
    }
