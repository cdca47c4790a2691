"""Commands that list what a spec may name: songs, forms, roles, backends; and the schema of it all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import app, console_for, show_list, show_names
from composer.cli.display.output import Output, command

if TYPE_CHECKING:
    from composer.base.trying import Facts


@command(app)
def songs(
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print the spec of one, by its name or its title.")
    ] = None,
    *,
    output: Output,
) -> None:
    """List the bundled songs, or print the spec of one."""
    from composer.cli.display.catalogue import list_bundled_songs, song_document, songs_list

    if show is not None:
        song = song_document(show)
        output.document(song)
        if not output.as_json:
            typer.echo(song["text"], nl=False)
        return
    rows = list_bundled_songs()
    output.document(rows)
    output.line(songs_list(rows, console_for().width))
    show_names(rows, output)


@command(app)
def forms(*, output: Output) -> None:
    """List the forms that `form` may name, with their other names and what they are."""
    from composer.cli.display.catalogue import describe_forms, forms_list

    rows = describe_forms()
    output.document(rows)
    output.line(forms_list(rows, console_for().width))
    show_names(rows, output)


@command(app)
def roles(*, output: Output) -> None:
    """List the roles that a stem may have, and what is written for each."""
    from composer.cli.display.catalogue import list_roles

    show_list(list_roles(), output)


@command(app)
def schema() -> None:
    """Print the JSON schema of song specs, for editors. It is JSON in either case."""
    from structure.base.jsonfile import dumps
    from structure.specs.schema import json_schema

    typer.echo(dumps(json_schema()), nl=False)


@command(app)
def backends(
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Say all that there is to say of one.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Load the model in a folder, and play two seconds with it."),
    ] = None,
    steps: Annotated[
        int, typer.Option(min=1, max=200, help="Diffusion steps of --check; few tell that it runs.")
    ] = 4,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.wav", help="Where --check writes what it played.")
    ] = None,
    *,
    output: Output,
) -> None:
    """List the diffusion backends: whether they can run here, their licences, and what they can do.

    `--show NAME` says what one needs, how to get its weights, and what its licence permits;
    `--check FOLDER` tries a model.
    """
    if show is not None:
        from composer.base.trying import describe_backend

        _print_facts(describe_backend(show), output)
        return
    if check is not None:
        from composer.base.trying import try_model

        _print_facts(try_model(check, steps=steps, out=out), output)
        return
    from composer.base.backends import backend_states

    states = backend_states()
    output.document(states)
    show_names(states, output)
    if not output.talks:
        return
    from composer.cli.display.tables import backends_table

    console = console_for()
    console.print(backends_table(states))
    for state in states:
        if state["advice"]:
            console.print(
                f"{state['name']}: {state['advice']}", markup=False, highlight=False, soft_wrap=True
            )


def _print_facts(facts: Facts, output: Output) -> None:
    output.document(facts.document)
    if output.talks:
        from composer.cli.display.tables import facts_table

        console_for().print(facts_table(facts.words))
