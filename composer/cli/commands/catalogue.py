"""Commands that list what a spec may name: songs, forms, roles, backends; and the schema of it all."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for, show_list, show_names
from composer.cli.display.output import Output, command


@command(app)
def songs(
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print the spec of one, by its name or its title.")
    ] = None,
    *,
    output: Output,
) -> None:
    """List the bundled songs, or print the spec of one."""
    from composer.cli.display.catalogue import bundled_songs, song_document, songs_list

    if show is not None:
        song = song_document(show)
        output.document(song)
        if not output.as_json:
            typer.echo(song["text"], nl=False)
        return
    rows = bundled_songs()
    output.document(rows)
    output.line(songs_list(rows, console_for().width))
    show_names(rows, output)


@command(app)
def forms(*, output: Output) -> None:
    """List the forms that `form` may name, with their other names and what they are."""
    from composer.cli.display.catalogue import forms_list, known_forms

    rows = known_forms()
    output.document(rows)
    output.line(forms_list(rows, console_for().width))
    show_names(rows, output)


@command(app)
def roles(*, output: Output) -> None:
    """List the roles that a stem may have, and what is written for each."""
    from composer.cli.display.catalogue import known_roles

    show_list(known_roles(), output)


@command(app)
def schema(*, output: Output) -> None:
    """Print the JSON schema of song specs, for editors. It is JSON in either case."""
    from structure.base.jsonfile import dumps
    from structure.specs.schema import json_schema

    typer.echo(dumps(json_schema()), nl=False)


@command(app)
def backends(*, output: Output) -> None:
    """List the diffusion backends: whether they can run here, their licences, and what they can do."""
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
