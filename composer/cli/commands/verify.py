"""``ritornello verify``: a song's files against its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for, end_where_checks_fail


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a rendered song against its plan; exit with 3 where a check fails."""
    from composer.folder.report import checks_document
    from composer.folder.verify import verify_folder

    checks = verify_folder(folder)
    document = checks_document(checks)
    if as_json:
        from structure.base.jsonfile import dumps

        typer.echo(dumps(document), nl=False)
    else:
        from composer.cli.display.tables import checks_table

        console_for().print(checks_table(checks))
    end_where_checks_fail(folder, document["checks"])
