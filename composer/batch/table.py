"""The table of a batch: ``batch.jsonl`` for programs, ``batch.csv`` for people, a row for each song."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from structure.base.errors import FolderError, SpecError
from structure.base.files import write_atomically
from structure.base.jsonfile import parse_json
from structure.loading.textfile import read_text

JSONL, CSV = "batch.jsonl", "batch.csv"

DONE, FAILS, FAILED = "done", "fails its checks", "failed"
"""What became of a song: it is there; it is there, but fails checks of its own; it is not."""

COLUMNS = (
    *(
        "id",
        "title",
        "status",
        "folder",
        "length",
        "length_s",
        "tempo_bpm",
        "key",
        "meter",
        "genre",
        "moods",
    ),
    *("instruments", "description", "keywords", "loudness_lufs", "true_peak_dbtp", "checks"),
    *(
        "failed_checks",
        "render_s",
        "cost",
        "nearest",
        "nearest_likeness",
        "cuts",
        "alternates",
        "seed",
        "bars",
    ),
    *("from", "notes", "error"),
)
"""Columns of the CSV table. The lines of ``batch.jsonl`` have ``song`` too, which tells them apart."""

_LARGEST_KIB = 1024 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, Any]


def read_rows(folder: Path) -> dict[str, Row]:
    """Return the rows of an earlier table in a folder, by their keys; none where there is no table.

    A line that is no row, such as one that somebody has edited by hand, is passed over: its song is looked
    for in its folder again. Raises FolderError where the table cannot be read.
    """
    path = folder / JSONL
    if not path.is_file():
        return {}
    try:
        text = read_text(path, "table", _LARGEST_KIB)
    except SpecError as exc:
        raise FolderError(exc.message, path=path) from exc
    rows: dict[str, Row] = {}
    for line in text.split("\n"):
        try:
            row = parse_json(line.encode(errors="surrogatepass"))
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("song"), str):
            rows[row["song"]] = row
    return rows


def write_rows(folder: Path, rows: Iterable[Row]) -> None:
    """Write both tables, each whole or not at all."""
    listed = list(rows)
    lines = "".join(json.dumps(dict(row), ensure_ascii=False, allow_nan=False) + "\n" for row in listed)
    write_atomically(folder / JSONL, lines.encode(errors="replace"))
    write_atomically(folder / CSV, csv_text(listed).encode("utf-8-sig", errors="replace"))


def csv_text(rows: Sequence[Row]) -> str:
    """Return rows as CSV.

    Columns that no row fills, such as a cost where no price was given, are left out; ``title`` and
    ``status`` are always there.
    """
    filled = [
        column
        for column in COLUMNS
        if column in ("title", "status") or any(row.get(column) not in (None, "", [], {}) for row in rows)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(filled)
    writer.writerows([_cell(row.get(column)) for column in filled] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    """Return a value as text for a spreadsheet: lists with semicolons, files by their names.

    No text is left that a spreadsheet would take for a formula.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    parts = value if isinstance(value, (Mapping, list)) else [value]
    text = "; ".join(" ".join(str(part).split()) for part in parts)
    return f"'{text}" if text.startswith(_FORMULA) else text
