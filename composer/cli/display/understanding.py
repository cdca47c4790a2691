"""What was understood of a sentence, what was guessed, and what became of it, for people."""

from __future__ import annotations

import textwrap

from rich.table import Table
from rich.text import Text

from composer.understanding.understanding import Understanding, Understood

_STYLES = {"understood": "green", "guessed": "yellow", "not understood": "red"}
_LINES = {"understood": "─", "guessed": "~", "not understood": "?"}
_WIDEST = 100
"""Columns of a sentence that is underlined."""


def understanding_table(understood: Understanding) -> Table:
    """Return a table with a row for each wish that was read, and what became of it."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("", "About", "Asked for"):
        table.add_column(name, no_wrap=not name)
    table.add_column("From", ratio=2)
    table.add_column("What became of it", ratio=3)
    for row in understood.rows:
        table.add_row(
            Text(row.status, style=_STYLES[row.status]),
            Text(row.about),
            Text(row.asked),
            Text(_quote(row), style="dim"),
            Text(row.became, style="" if row.is_met else "red"),
        )
    if language := _language(understood):
        table.caption, table.caption_justify = Text(language), "left"
    return table


def explanation(understood: Understanding, width: int = _WIDEST) -> Text:
    """Return the sentence with its words underlined, and under each line what they did.

    A line is for words that were understood, waves for a guess, question marks for what nobody understood;
    words without a mark say nothing about music.
    """
    # where several signs apply, that of what was understood is written last, and so stays
    marks = [" "] * len(understood.sentence)
    order = ("not understood", "guessed", "understood")
    for row in sorted(understood.rows, key=lambda row: order.index(row.status)):
        if row.span is not None:
            first, end = row.span
            marks[first:end] = [_LINES[row.status]] * (end - first)

    text = Text()
    plain = "".join(" " if sign.isspace() else sign for sign in understood.sentence)
    end = 0
    for line in textwrap.wrap(plain, min(width, _WIDEST), break_on_hyphens=False):
        start = plain.index(line, end) if line in plain[end:] else end
        end = start + len(line)
        under = "".join(marks[start:end]).rstrip()
        text.append(line + "\n", style="bold")
        if under:
            text.append(under + "\n")
        for row in understood.rows:
            if row.span is not None and start <= row.span[0] < end:
                arrow = f"  {_quote(row)} → {row.asked}: {row.became}"
                text.append(arrow + "\n", style=_STYLES[row.status])

    for row in understood.rows:
        if row.span is None:
            text.append(f"  {row.asked}: {row.became}\n", style=_STYLES[row.status])
    if language := _language(understood):
        text.append(language + "\n")
    return text


def _quote(row: Understood) -> str:
    return f"“{' '.join(row.words.split())}”" if row.words else ""


def _language(understood: Understanding) -> str:
    if not understood.language:
        return "The language of this sentence is not one that is read; nothing is guessed."
    return "" if understood.language == "English" else f"Read as {understood.language}."
