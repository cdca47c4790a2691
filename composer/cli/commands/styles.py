"""The command that lists, shows and checks styles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from composer.cli.commands.shared import app, console_for
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.stylebook.check import StyleCheck

_WIDEST = 100
"""Columns of text that is read in lines."""


@app.command(
    epilog="Exit codes of --check: 0 good; 1 it can be used, and something is weak; 2 something is wrong."
)
def styles(
    show: Annotated[
        str | None,
        typer.Option(
            metavar="STYLE", help="Explain a style, or one in a YAML file: tempo, grooves, chords."
        ),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            metavar="STYLE", help="Say what is missing, wrong or weak in a style or a YAML file of yours."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the styles that `genre` may name, by family; explain one, or check one of your own."""
    if show is not None and check is not None:
        raise UsageError("--show and --check exclude each other", field="--check")
    if show is not None:
        _show(show, as_json=as_json)
    elif check is not None:
        _check(check, as_json=as_json)
    else:
        _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    from composer.stylebook.summaries import style_summaries

    rows = style_summaries()
    if as_json:
        _print_json([row.document() for row in rows])
        return
    from composer.cli.display.styles import styles_list

    typer.echo(styles_list(rows, _width()))


def _show(name: str, *, as_json: bool) -> None:
    from composer.stylebook.card import style_card

    card = style_card(name)
    if as_json:
        _print_json(card.document())
        return
    from composer.cli.display.styles import style_text

    typer.echo(style_text(card, _width()))


def _check(name: str, *, as_json: bool) -> None:
    from composer.stylebook.check import check_style

    found: StyleCheck = check_style(name)
    if as_json:
        _print_json(found.document())
    else:
        from composer.cli.display.styles import check_text

        typer.echo(check_text(found, _width()))
    raise typer.Exit(found.exit_code)


def _width() -> int:
    return min(console_for().width, _WIDEST)


def _print_json(document: Any) -> None:
    from structure.base.jsonfile import dumps

    typer.echo(dumps(document), nl=False)
