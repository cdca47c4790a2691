"""The command that lists, shows and checks styles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import app, console_for, show_names
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.stylebook.check import StyleCheck

_WIDEST = 100
"""Columns of text that is read in lines."""


@command(
    app,
    epilog="Exit codes of --check: 0 good; 1 it can be used, and something is weak; 2 something is wrong.",
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
    *,
    output: Output,
) -> None:
    """List the styles that `genre` may name, by family; explain one, or check one of your own."""
    if show is not None and check is not None:
        raise UsageError("--show and --check exclude each other", field="--check")
    if show is not None:
        _show(show, output)
    elif check is not None:
        _check(check, output)
    else:
        _list(output)


def _list(output: Output) -> None:
    from composer.stylebook.summaries import style_summaries

    rows = style_summaries()
    documents = [row.document() for row in rows]
    output.document(documents)
    show_names(documents, output)
    from composer.cli.display.styles import styles_list

    output.line(styles_list(rows, _width()))


def _show(name: str, output: Output) -> None:
    from composer.stylebook.card import style_card

    card = style_card(name)
    output.document(card.document())
    from composer.cli.display.styles import style_text

    output.line(style_text(card, _width()))


def _check(name: str, output: Output) -> None:
    from composer.stylebook.check import check_style

    found: StyleCheck = check_style(name)
    output.document(found.document())
    from composer.cli.display.styles import check_text

    output.line(check_text(found, _width()))
    raise typer.Exit(found.exit_code)


def _width() -> int:
    return min(console_for().width, _WIDEST)
