"""``ritornello studio``: a song made, heard and changed in the browser."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Annotated

import typer

from composer.cli.commands.shared import CacheOption, app, clip_cache
from composer.cli.display.output import Output, command
from structure.base.errors import MissingPackageError


@command(app)
def studio(
    song: Annotated[
        str | None,
        typer.Argument(
            metavar="[SONG]",
            help="A YAML file, a song's folder, a bundled song, or a sentence in quotes.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; others need --token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; any free one if left out.")] = 0,
    token: Annotated[
        str | None,
        typer.Option(metavar="SECRET", help="Who knows it may do all; drawn if left out."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    cache: CacheOption = None,
    *,
    output: Output,
) -> None:
    """Open the studio: a page in your browser on which a song is made, heard and changed.

    It runs on this machine, and nobody else can reach it. Songs are in the folder of the one that you open,
    or in this folder. Ctrl-C ends it; nothing is lost.
    """
    for package in ("fastapi", "uvicorn"):
        if find_spec(package) is None:
            raise MissingPackageError("the studio", package, "studio")
    from composer.studio.app import Studio
    from composer.studio.begin import begin_with, root_of
    from composer.studio.serve import serve

    made = Studio(root_of(song), clip_cache(cache, no_cache=False))
    if song is not None:
        begin_with(made.desk, song)
    serve(made, host, port, token, browser=browser, say=partial(_say, output))


def _say(output: Output, url: str) -> None:
    output.document({"url": url})
    output.line(f"The studio is open at {url}")
    output.line("Ctrl-C ends it.")
