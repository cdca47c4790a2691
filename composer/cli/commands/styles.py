"""The command that lists, shows and checks styles."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for, show_names
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

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
        from composer.cli.display.styles import style_text
        from composer.stylebook.card import style_card

        card = style_card(show)
        output.document(card.document())
        output.line(style_text(card, _width()))
    elif check is not None:
        from composer.cli.display.styles import check_text
        from composer.stylebook.check import check_style

        found = check_style(check)
        output.document(found.document())
        output.line(check_text(found, _width()))
        raise typer.Exit(found.exit_code)
    else:
        from composer.cli.display.styles import styles_list
        from composer.stylebook.summaries import style_summaries

        rows = style_summaries()
        documents = [row.document() for row in rows]
        output.document(documents)
        show_names(documents, output)
        output.line(styles_list(rows, _width()))


def _width() -> int:
    return min(console_for().width, _WIDEST)
