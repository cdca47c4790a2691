"""A table as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as HTML, under its caption; ``heads`` name the columns."""
    cells = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    lines = "".join(f"<tr>{line}</tr>" for line in cells)
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<p>{escape(caption)}</p><table><tr>{head}</tr>{lines}</table>"
