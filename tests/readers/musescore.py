"""The engine of MuseScore 4, as the npm package ``webmscore`` has it; it runs in node without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido
import pytest
from lxml import etree

_FOLDER = Path(os.environ.get("RITORNELLO_READERS", Path(__file__).parent)) / "node_modules" / "webmscore"


@dataclass(frozen=True)
class MuseScoreReading:
    """What MuseScore made of a score: its MIDI, the score as it writes it again, and facts about it."""

    midi: mido.MidiFile
    score: etree._Element
    facts: dict[str, Any]


def read_with_musescore(path: Path, folder: Path) -> MuseScoreReading:
    """Open a MusicXML file; ``folder`` is for what comes of it. Skips where MuseScore is not installed."""
    node = shutil.which("node")
    if node is None or not _FOLDER.is_dir():
        pytest.skip("apt-get install nodejs npm; npm install --no-save --prefix tests/readers webmscore")
    script = Path(__file__).with_suffix(".cjs")
    made = subprocess.run(
        [node, script, _FOLDER, path, folder], capture_output=True, text=True, timeout=120, check=False
    )
    assert made.returncode == 0, f"MuseScore does not open {path}: {made.stderr[-500:]}"
    return MuseScoreReading(
        mido.MidiFile(folder / "read.mid"),
        etree.parse(folder / "read.musicxml").getroot(),
        json.loads((folder / "read.json").read_text()),
    )
