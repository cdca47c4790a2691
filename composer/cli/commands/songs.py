"""Commands that begin a song: a spec from words or music, its faults, its plan."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import (
    BAD_INPUT,
    ExplainOption,
    PlannerOption,
    SeedOption,
    SpecArgument,
    StrictOption,
    app,
    check_target,
    console_for,
    spec_input,
    tell_understanding,
)
from composer.cli.display.output import Output, command
from composer.cli.display.watching import WatchOption, find_changed_visits, follow
from structure.base.errors import ExistsError, Fault, PlannerError, SpecError, UsageError

if TYPE_CHECKING:
    from composer.sources.source import Source
    from composer.understanding.understanding import Understanding
    from structure.plans.plan import SongPlan


@command(app)
def plan(
    spec: SpecArgument,
    png: Annotated[Path | None, typer.Option(help="Draw the plan to this PNG file.")] = None,
    lead_sheet: Annotated[
        Path | None, typer.Option(help="Write melody and chords to this .musicxml, .pdf or .svg file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    seed: SeedOption = None,
    planner: PlannerOption = None,
    alternatives: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=12,
            help="Show so many plans, of the song's seed and of those after it, beside each other.",
        ),
    ] = None,
    strict: StrictOption = False,
    explain: ExplainOption = False,
    watch: WatchOption = False,
    *,
    output: Output,
) -> None:
    """Plan a song without rendering it: its sections, chords and stems.

    What was understood of its description is shown first, what was guessed, what was not understood, and
    what became of each wish.
    """
    from composer.sources.source import (
        check_backend,
        plan_source,
        read_source,
        understand_source,
        with_overrides,
    )
    from structure.notation.sheet import check_lead_sheet_path, write_lead_sheet

    if png is not None:
        check_target(png, (".png",), force=force)
    if lead_sheet is not None:
        check_lead_sheet_path(lead_sheet)
        check_target(lead_sheet, (lead_sheet.suffix.lower(),), force=force)

    def read() -> Source:
        source = with_overrides(read_source(spec_input(spec)), seed=seed)
        check_backend(source)
        return source if planner is None else _by_language_model(source, planner, output)

    if alternatives is not None:
        if lead_sheet is not None or watch:
            raise UsageError(
                "a lead sheet is of one plan, and so is what --watch follows",
                field="--lead-sheet" if lead_sheet is not None else "--watch",
                hint="choose it with --seed",
            )
        _show_alternatives(read(), spec, alternatives, png, output)
        return

    def make(source: Source, before: SongPlan | None) -> SongPlan:
        planned = plan_source(source)
        understood = understand_source(source, planned)
        tell_understanding(understood, strict=strict, explain=explain, quiet=not output.talks)
        if png is not None:
            from composer.pictures.plan import write_plan_picture

            write_plan_picture(png, planned)
        if lead_sheet is not None:
            write_lead_sheet(lead_sheet, planned)
        _show_plan(planned, understood, before, output)
        return planned

    if watch:
        follow(Path(spec), read, make, output)
    else:
        make(read(), None)


def _show_plan(
    planned: SongPlan, understood: Understanding, before: SongPlan | None, output: Output
) -> None:
    """Show a plan; of one that was shown ``before``, the sections alone that have changed since."""
    if output.as_json:
        from structure.plans.planfile import plan_document

        told = {"understanding": understood.document()} if understood.sentence else {}
        output.document(plan_document(planned) | told)
    if not output.talks:
        return
    from composer.cli.display.tables import hits_table, plan_heading, plan_table

    console = console_for()
    console.print(plan_heading(planned), markup=False, highlight=False, style="bold")
    console.print(plan_table(planned, find_changed_visits(before, planned)))
    if planned.hits:
        console.print(hits_table(planned))
    for note in planned.notes:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)


def _show_alternatives(source: Source, name: str, count: int, png: Path | None, output: Output) -> None:
    """Plan a song with several seeds, and show how the plans differ."""
    from composer.sources.source import plan_source, with_overrides

    seeds = [(source.spec.seed + i) % 2**63 for i in range(count)]
    plans = {seed: plan_source(with_overrides(source, seed=seed)) for seed in seeds}
    if png is not None:
        from composer.pictures.alternatives import write_alternatives

        write_alternatives(png, {f"seed {seed}": planned for seed, planned in plans.items()})
    from composer.cli.display.tables import alternatives_rows, alternatives_table

    output.document({"alternatives": alternatives_rows(plans)})
    if not output.talks:
        return
    console_for().print(alternatives_table(alternatives_rows(plans)))
    said = f'"{name}"' if " " in name else name
    typer.echo(f"choose one with its seed: ritornello render {said} --seed {seeds[1]}")


@command(app)
def check(
    spec: SpecArgument,
    *,
    output: Output,
) -> None:
    """List all faults of a spec, each with its line and field, without planning a song.

    Exits with 2 where there is one.
    """
    from composer.sources.source import check_source, read_source

    faults: tuple[Fault, ...] = ()
    name = "<stdin>" if spec == "-" else spec
    try:
        check_source(read_source(spec_input(spec)))
    except SpecError as exc:
        if not output.as_json:
            raise
        faults, name = exc.faults, exc.source or name
    output.document({"spec": name, "faults": [asdict(fault) for fault in faults]})
    output.line(f"{name}: no faults")
    if faults:
        raise typer.Exit(BAD_INPUT)


@command(app)
def new(
    description: Annotated[str | None, typer.Argument(help="The song in a sentence, in quotes.")] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="A file of music to build on: MIDI, MusicXML … or a recording."),
    ] = None,
    lyrics: Annotated[
        Path | None,
        typer.Option(help="A text file with words to sing, under [Verse 1], [Chorus] and the like."),
    ] = None,
    quantise: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Of a recording: how near to the grid its notes are brought."),
    ] = 1.0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; standard output if left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    planner: PlannerOption = None,
    strict: StrictOption = False,
    explain: ExplainOption = False,
    *,
    output: Output,
) -> None:
    """Turn a sentence, or a file of music, into a commented song spec.

    With --lyrics the song sings the words of a text file, whose sections are its form.

    With --from the notes, chords and words of the file are kept as they are; the file is copied beside the
    spec, and what it leaves open is planned, from the sentence if there is one. Of a recording the notes
    are heard, and lie beside the spec as MIDI, for you to mend.

    What was understood, what was guessed, what was not understood, and what became of each wish, is said on
    standard error, and in comments of the spec. The seed comes from the words of the sentence.
    """
    from composer.sources.source import (
        plan_source,
        sentence_source,
        understand_source,
        words_source,
    )
    from composer.sources.template import template_of
    from structure.base.files import write_atomically

    if out is not None and out.exists() and not force:
        raise ExistsError(f"{out} exists already", path=out, hint="--force replaces it")
    if description is None and from_file is None and lyrics is None:
        raise UsageError(
            "give a sentence, --from FILE or --lyrics FILE",
            hint='ritornello new "upbeat pop" --out song.yaml',
        )
    if from_file is not None and lyrics is not None:
        raise UsageError(
            "--from and --lyrics do not go together",
            field="lyrics",
            hint="write `lyrics_file:` into the spec",
        )
    if from_file is not None:
        _new_from(from_file, out, description or "", quantise, output)
        return
    source = sentence_source(description or "") if lyrics is None else words_source(lyrics, description)
    source = source if planner is None else _by_language_model(source, planner, output)
    planned = plan_source(source)
    understood = understand_source(source, planned)
    tell_understanding(understood, strict=strict, explain=explain, quiet=not output.talks, to_stderr=True)
    text = template_of(source.spec, planned, understood)
    if out is not None:
        write_atomically(out, text.encode())
    elif not output.as_json:
        typer.echo(text, nl=False)
    output.document({**_describe_file(out), "spec": text, "understanding": understood.document()})


def _new_from(file: Path, out: Path | None, description: str, quantise: float, output: Output) -> None:
    """Write the spec of a file of music, and a copy of the file beside it.

    Say what was guessed and what was left out.
    """
    from composer.sources.imported import begin_from
    from structure.base.files import write_atomically

    begun = begin_from(file, description, quantise, beside=out is not None)
    song, text, data = begun.song, begun.text, begun.data
    for guess in song.guesses:
        output.note(f"guessed: {guess.field}: {guess.value} ({guess.why})")
    for left in song.left_out:
        output.note(f"not taken: {left}")
    output.document(
        {
            **_describe_file(out),
            "spec": text,
            "guesses": [
                {"field": guess.field, "value": guess.value, "why": guess.why} for guess in song.guesses
            ],
            "left_out": list(song.left_out),
        }
    )
    if out is None:
        if not output.as_json:
            typer.echo(text, nl=False)
        return
    beside = out.parent / begun.name
    if song.parts and beside.exists() and beside.read_bytes() != data:
        message = f"{beside} exists already, and is another file"
        raise ExistsError(message, path=beside, hint="rename one of them")
    if song.parts:
        write_atomically(beside, data)
    write_atomically(out, text.encode())


def _describe_file(out: Path | None) -> dict[str, str | None]:
    return {"file": None if out is None else str(out)}


def _by_language_model(source: Source, folder: Path, output: Output) -> Source:
    """Return the source with its gaps filled by a language model.

    Where that fails, say so and return the source as it is.
    """
    from dataclasses import replace

    from composer.sources.language_model import plan_by_language_model
    from composer.sources.source import spec_text

    try:
        spec = plan_by_language_model(source.spec, folder)
    except PlannerError as exc:
        output.note(f"note: {exc}; planning by rules instead")
        return source
    return replace(source, spec=spec, text=spec_text(spec))
