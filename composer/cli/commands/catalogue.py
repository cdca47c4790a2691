"""Commands that list what a spec may name: songs, forms, roles, backends; and the schema of it all."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for, show_list

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def songs(
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print the spec of one, by its name or its title.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the bundled songs, or print the spec of one."""
    from composer.cli.display.catalogue import bundled_songs, song_document, songs_list
    from structure.base.jsonfile import dumps

    if show is not None:
        song = song_document(show)
        typer.echo(dumps(song) if as_json else song["text"], nl=False)
        return
    rows = bundled_songs()
    if as_json:
        show_list(rows, as_json=True)
    else:
        typer.echo(songs_list(rows, console_for().width))


@app.command()
def forms(as_json: JsonOption = False) -> None:
    """List the forms that `form` may name, with their other names and what they are."""
    from composer.cli.display.catalogue import forms_list, known_forms

    rows = known_forms()
    if as_json:
        show_list(rows, as_json=True)
    else:
        typer.echo(forms_list(rows, console_for().width))


@app.command()
def roles(as_json: JsonOption = False) -> None:
    """List the roles that a stem may have, and what is written for each."""
    from composer.cli.display.catalogue import known_roles

    show_list(known_roles(), as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON schema of song specs, for editors."""
    from structure.base.jsonfile import dumps
    from structure.specs.schema import json_schema

    typer.echo(dumps(json_schema()), nl=False)


@app.command()
def backends(as_json: JsonOption = False) -> None:
    """List the diffusion backends: whether they can run here, their licences, and what they can do."""
    from composer.base.backends import backend_states

    states = backend_states()
    if as_json:
        from structure.base.jsonfile import dumps

        typer.echo(dumps(states), nl=False)
        return
    from composer.cli.display.tables import backends_table

    console = console_for()
    console.print(backends_table(states))
    for state in states:
        if state["advice"]:
            console.print(
                f"{state['name']}: {state['advice']}", markup=False, highlight=False, soft_wrap=True
            )
