"""``ritornello verify``: a song's files against its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for, end_where_checks_fail
from composer.cli.display.output import Output, command


@command(app)
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="OLD",
            help="The folder of the song before, or the number of a version: check what changes.json says "
            "was left alone of it.",
        ),
    ] = None,
    *,
    output: Output,
) -> None:
    """Check a rendered song against its plan; exit with 3 where a check fails.

    With --against, what changes.json says was left alone of the song before is checked too, from the files
    of both.
    """
    from composer.folder.report import checks_document
    from composer.folder.verify import verify_folder

    checks = verify_folder(folder)
    if against is not None:
        from composer.folder.song import SongFolder
        from composer.history.certificate import check_certificate
        from composer.history.versions import song_or_version

        with song_or_version(against, folder) as older:
            checks += check_certificate(SongFolder.open(folder), SongFolder.open(older))
    document = checks_document(checks)
    output.document(document)
    if output.talks:
        from composer.cli.display.tables import checks_table

        console_for().print(checks_table(checks))
    end_where_checks_fail(folder, document["checks"])
