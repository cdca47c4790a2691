"""``ritornello export`` and ``ritornello loudness``: what leaves for a DAW or for listeners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import CacheOption, app, clip_cache, console_for
from composer.cli.display.output import Output, command


@command(app)
def export(
    song: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="wav, flac, mp3, ogg, opus, m4a, reaper, dawproject, als, otio, aaf, game, ableton-midi, "
            "lead-sheet, lrc, srt or ustx; more than once for more than one. As the song's spec says, if "
            "left out.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to make; DIR/export if left out.")] = None,
    rate: Annotated[int | None, typer.Option(help="44100, 48000, 88200 or 96000 Hz.")] = None,
    bits: Annotated[int | None, typer.Option(help="24, 16 with dither, or 32 for floating point.")] = None,
    dry: Annotated[
        bool | None, typer.Option("--dry/--no-dry", help="Also stems without their sends.")
    ] = None,
    stems: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Also stems of another kind: dry, wet, mastered or buses; more than once for more.",
        ),
    ] = None,
    versions: Annotated[
        list[str] | None,
        typer.Option(
            "--also", metavar="VERSION", help="Also the master of a part: instrumental or a-cappella."
        ),
    ] = None,
    headroom: Annotated[
        float | None,
        typer.Option(
            metavar="DB", help="Also a premaster with its true peak DB below full scale, such as 1."
        ),
    ] = None,
    mono: Annotated[
        bool | None, typer.Option("--mono/--no-mono", help="Also stems in one channel.")
    ] = None,
    drum_parts: Annotated[
        bool | None, typer.Option("--drum-parts/--no-drum-parts", help="Also drums apart; on by default.")
    ] = None,
    sections: Annotated[
        bool | None, typer.Option("--sections/--no-sections", help="Also the stems of each section.")
    ] = None,
    click: Annotated[
        bool | None, typer.Option("--click/--no-click", help="Also a track of clicks on the beats.")
    ] = None,
    count_in: Annotated[
        int | None, typer.Option("--count-in", metavar="BARS", help="Also bars of clicks before bar 1.")
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(
            "--sign-with",
            metavar="PEM",
            help="Your key and certificate: signs WAV, MP3, FLAC and M4A files (content credentials).",
        ),
    ] = None,
    paper: Annotated[str | None, typer.Option(help="a4 or letter, for sheets as PDF.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of an earlier export.")] = False,
    cache: CacheOption = None,
    *,
    output: Output,
) -> None:
    """Export a rendered song for DAWs and listeners: numbered stems, projects, MIDI, tagged files."""
    from composer.cli.display.progress import progress_display
    from composer.handover.material import export_folder

    clips = clip_cache(cache, no_cache=False)
    with progress_display(quiet=not output.talks) as progress:
        made = export_folder(
            song,
            out,
            to=to,
            again=force,
            cache=clips,
            progress=progress,
            sign_with=sign_with,
            sample_rate=rate,
            bit_depth=bits,
            dry=dry,
            stems=stems,
            versions=versions,
            headroom_db=headroom,
            mono=mono,
            drum_parts=drum_parts,
            sections=sections,
            click=click,
            count_in=count_in,
            paper=paper,
        )
    output.document(made.document)
    if output.talks:
        from composer.cli.display.tables import checks_table, files_table, loudness_tables

        console = console_for()
        console.print(files_table(made.document["files"]))
        console.print(checks_table(made.checks))
        for table in loudness_tables(made.document["loudness"]):
            console.print(table)
        console.print(str(made.folder), markup=False, highlight=False)


@command(app)
def loudness(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="An audio file, or a song's folder.")],
    *,
    output: Output,
) -> None:
    """Measure loudness by EBU R 128, and what streaming services would make of it.

    Of a song, also show the levels of its sections, as planned and as measured, and of its stems.
    """
    from composer.handover.loudness import loudness_documents

    reports = loudness_documents(path)
    output.document(reports)
    if not output.talks:
        return
    from composer.cli.display.tables import describe_mix, loudness_tables, mix_tables

    console = console_for()
    for name, report in reports.items():
        console.print(name, markup=False, highlight=False, style="bold")
        for table in loudness_tables(report):
            console.print(table)
        if "mix" in report:
            console.print(f"Mix: {describe_mix(report['mix'])}", markup=False, highlight=False)
            for table in mix_tables(report["mix"]):
                console.print(table)
