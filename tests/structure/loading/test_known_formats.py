"""A file that is no spec is named by what it holds, with what can be done with it."""

from pathlib import Path

import pytest

from structure.base.errors import SpecError
from structure.loading.known_formats import name_format
from structure.loading.loader import load_spec
from structure.loading.textfile import decode_text

KNOWN = {
    "a.mid": (b"MThd\0\0\0\6\0\0\0\1\0\x60", "a MIDI file", "new --from a.mid"),
    "b.yaml": (b"MThd\0\0\0\6\0\0\0\1\0\x60", "a MIDI file", "new --from b.mid"),
    "a.musicxml": (b'<?xml version="1.0"?><score-partwise/>', "a MusicXML file", "new --from a.musicxml"),
    "a.abc": (b"X:1\nT:Tune\nK:C\nCDEF|\n", "an ABC file", "new --from a.abc"),
    "a.cho": (b"{title: X}\n[C]Hello [G]world\n", "a ChordPro file", "new --from a.cho"),
    "a.lrc": (b"[ar: Nobody]\n[00:01.00]Hello\n", "an LRC file", "new --from a.lrc"),
    "a.html": (b'<a href="irealb://x">x</a>', "an iReal Pro chart", "new --from a.html"),
    "a.wav": (b"RIFF\x24\0\0\0WAVE", "a WAV file", "docs/recordings.md"),
    "a.flac": (b"fLaC\0\0", "a FLAC file", "docs/recordings.md"),
    "a.pdf": (b"%PDF-1.4", "a PDF", "export MusicXML"),
    "a.png": (b"\x89PNG\r\n", "a picture", "image2audio"),
    "l.yaml": (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\n", "git-lfs", "git lfs pull"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_format_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    data, named, remedy = KNOWN[name]
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    with pytest.raises(SpecError) as refused:
        load_spec(name)
    assert named in str(refused.value) and remedy in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "title: X\n",
        "{title: X, genre: pop}",
        "{title: X}\n",
        "[1]",
        "# a song\n",
        "form: [a]",
        "key: C",
        "",
    ],
)
def test_yaml_is_not_taken_for_another_format(text: str) -> None:
    assert name_format(text.encode(), "a.yaml") is None


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_as_editors_and_shells_write_it_is_read(codec: str) -> None:
    assert decode_text("title: Äé 夜".encode(codec), "a.yaml", "spec") == "title: Äé 夜"


def test_damaged_utf_16_is_refused_in_words() -> None:
    with pytest.raises(SpecError, match="damaged UTF-16"):
        decode_text("title: x".encode("utf-16") + b"\xd8", "a.yaml", "spec")
