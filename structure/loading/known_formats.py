"""Names files that are no YAML by what they hold, and says what can be done with them."""

from __future__ import annotations

import re
from pathlib import Path

from structure.base.files import POINTER

_HEAD = 4096

_MUSIC = "`ritornello new --from {file} -o song.yaml` makes a spec of it"
_RECORDING = "a spec names it, as `audio:` of a stem of role audio or under `parts:`: docs/recordings.md"

_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (POINTER, "a pointer of git-lfs and not the file itself", "run `git lfs pull`"),
    (b"MThd", "a MIDI file", _MUSIC),
    (b"RIFF", "a WAV file", _RECORDING),
    (b"RF64", "a WAV file", _RECORDING),
    (b"FORM", "an AIFF file", _RECORDING),
    (b"fLaC", "a FLAC file", _RECORDING),
    (b"OggS", "an Ogg file", _RECORDING),
    (b"ID3", "an MP3 file", _RECORDING),
    (b"\xff\xfb", "an MP3 file", _RECORDING),
    (b"PK\x03\x04", "a ZIP file, as compressed MusicXML is", "rename it to .mxl if it is one; " + _MUSIC),
    (b"%PDF", "a PDF", "its music is a picture there; export MusicXML or MIDI from where it was made"),
    (b"\x89PNG", "a picture", "`ritornello image2audio` reads spectrograms"),
    (b"\xff\xd8\xff", "a picture", "`ritornello image2audio` reads spectrograms"),
    (b"\x1f\x8b", "a gzip file", "unpack it first"),
)
"""How files begin, what they are then, and what to do."""

_CHORDPRO = (
    r"\s*\{\s*(title|t|subtitle|st|artist|key|capo|start_of_\w+|so[cvb])\s*(:[^,{}\n]*)?\}[ \t]*\r?\n"
    r"[\s\S]*(^\{|\[[A-H])"
)
"""A directive that is a line of its own, which a mapping of YAML is not, and more of them, or chords."""

_TEXTS: tuple[tuple[str, str, str], ...] = (
    (r"\s*<[\s\S]*<(score-partwise|score-timewise)\b", "a MusicXML file", _MUSIC),
    (r"[\s\S]*\birealb(ook)?://", "an iReal Pro chart", _MUSIC),
    (r"\s*<(!doctype html|html)\b", "a web page", ""),
    (r"(%[^\n]*\n|\s)*X:\s*\d+[^\n]*\n[\s\S]*^K:", "an ABC file", _MUSIC),
    (r"\s*\*\*kern\b", "a Humdrum file", _MUSIC),
    (r"(\[[a-z]+:[^\]\n]*\]\s*)*\[\d{1,3}:\d{2}(\.\d+)?\]", "an LRC file", _MUSIC),
    (_CHORDPRO, "a ChordPro file", _MUSIC),
    (r"\s*1\r?\n\d\d:\d\d:\d\d[,.]\d+ -->", "an SRT file: subtitles", ""),
)
"""Patterns at the start of a text, what it is then, and what to do."""


def name_format(data: bytes, file: str) -> tuple[str, str] | None:
    """Return what a file holds that is no YAML, and what can be done with it; None where it may be YAML."""
    for beginning, name, hint in _BEGINNINGS:
        if data.startswith(beginning):
            return name, hint.format(file=_as_named(file, name))
    head = data[:_HEAD].decode("utf-8-sig", errors="replace")
    for pattern, name, hint in _TEXTS:
        if re.match(pattern, head, re.IGNORECASE | re.MULTILINE):
            return name, hint.format(file=_as_named(file, name))
    return None


def _as_named(file: str, name: str) -> str:
    """Return the file's name, with another ending where its own would not lead to its reader."""
    endings = {
        "a MIDI file": (".mid", ".midi", ".kar", ".rmi", ".smf"),
        "an ABC file": (".abc",),
        "a MusicXML file": (".musicxml", ".xml"),
        "an iReal Pro chart": (".html", ".ireal"),
        "a ChordPro file": (".cho", ".chopro", ".chordpro", ".crd", ".pro", ".txt"),
        "an LRC file": (".lrc",),
        "a Humdrum file": (".krn",),
    }.get(name)
    if endings is None or Path(file).suffix.lower() in endings:
        return file
    return str(Path(file).with_suffix(endings[0]))
