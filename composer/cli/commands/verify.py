"""``ritornello verify``: a song's files against its plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import app, console_for, end_where_checks_fail
from composer.cli.display.output import Output, command

if TYPE_CHECKING:
    from composer.folder.tunes import TuneMatch


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
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail too where something could not be measured.")
    ] = False,
    tunes: Annotated[
        bool,
        typer.Option(
            "--tunes",
            help="Also compare its tunes with folk and classical ones; reading them takes minutes, once.",
        ),
    ] = False,
    *,
    output: Output,
) -> None:
    """Check a rendered song against its plan; exit with 3 where a check fails.

    What could not be measured is counted apart, with the reason; with --strict it counts as failed.

    With --against, what changes.json says was left alone of the song before is checked too, from the files
    of both. With --tunes, ten notes or more of a lead or a voice that are those of a known tune, in any
    key, are named; sixteen with the same rhythm fail a check, unless they are your own.
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
    matches = _matches(folder, quiet=not output.talks) if tunes else []
    if tunes:
        from composer.folder.tunes import check_tunes

        checks += (check_tunes(matches),)
    document = checks_document(checks)
    if tunes:
        document = {**document, "tunes": [match.document() for match in matches]}
    output.document(document)
    if output.talks:
        from composer.cli.display.tables import checks_table, tunes_table

        console_for().print(checks_table(checks))
        if matches:
            console_for().print(tunes_table(matches))
    end_where_checks_fail(folder, document["checks"], strict=strict)


def _matches(folder: Path, *, quiet: bool) -> list[TuneMatch]:
    """Compare the tunes of the song in a folder with known ones."""
    from composer.cli.display.progress import progress_display
    from composer.folder.song import SongFolder
    from composer.folder.tunes import match_tunes
    from render.clips.caching.cache import default_cache_dir
    from structure.base.progress import ProgressEvent
    from structure.tunes.known import load_known_tunes

    with progress_display(quiet=quiet) as progress:

        def tell(done: int, total: int) -> None:
            if done % 100 == 0 or done == total:
                progress(ProgressEvent("tunes", done, total))

        known = load_known_tunes(default_cache_dir(), tell)
    return match_tunes(SongFolder.open(folder).plan, known)
