"""The table of readers in the docs names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORMATS = (
    *("MusicXML", "PDF", "MIDI", "DAWproject", "REAPER", "WAV"),
    *("FLAC", "MP3", "Opus", "OTIO", "AAF", "Live set", "M4A", "EDL", "game", "file names"),
)


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "export.md").read_text().partition("## Who reads what")[2]
    lines = [line for line in text.splitlines() if re.match(r"\| .*`test_", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_line_of_the_table_is_a_test() -> None:
    known = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.name in ("handover", "export", "notation", "picture")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    named = [row[3].strip("`") for row in rows()]
    assert len(named) == len(set(named)) >= 40
    assert set(named) <= known


def test_the_table_has_each_format_and_most_by_two_readers() -> None:
    found = {name: {row[0] for row in rows() if name in row[1]} for name in FORMATS}
    assert all(found.values())
    assert sum(len(readers) >= 2 for readers in found.values()) >= 5
