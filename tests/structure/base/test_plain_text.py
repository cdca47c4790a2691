"""Text of users is clean where it is shown, names files apart, and keeps its letters in ASCII."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.files import is_file, locate
from structure.base.plain_text import clean_line, clean_text, file_words, in_ascii


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[31mRed\x1b[0m Sky", "Red Sky"),
        ("\x1b]0;owned\x07Title", "Title"),
        ("\x9b31mhi", "hi"),
        ("abc\u202edef\u2066", "abcdef"),
        ("nul\0and\udc80half", "nulandhalf"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("👨\u200d👩\u200d👧 夜の歌", "👨\u200d👩\u200d👧 夜の歌"),
    ],
)
def test_a_line_holds_signs_of_writing_alone(text: str, clean: str) -> None:
    assert clean_line(text) == clean


@given(st.text(st.characters(), max_size=60))
def test_no_text_reaches_a_terminal_or_a_file_raw(text: str) -> None:
    clean = clean_text(text)
    assert all(unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") or sign == "\n" for sign in clean)
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert clean_text(clean) == clean
    clean.encode()
    name = file_words(text, "song")
    assert name and "/" not in name and name == name.strip(".- ") and len(name.encode()) <= 130


def test_titles_in_any_script_name_their_folders_apart() -> None:
    titles = ("夜の歌", "हिन्दी गीत", "Песня", "אור", "äöü", "aou", "🎵", "🎸", "con", "Song 1")
    names = [file_words(title, "song") for title in titles]
    assert len(set(names)) == len(names)
    assert "con" not in names
    assert (
        file_words("Last Light, again: a very long title indeed", "song") == "last-light-again-a-very-long"
    )
    assert file_words("../../etc", "song") == "etc" and file_words("\x1b[0m", "song") == "song"


def test_letters_stay_in_ascii() -> None:
    assert [in_ascii(text) for text in ("Äols", "groß", "A\u0308", "Ísl", "Гитара")] == [
        "Aeols", "gross", "Ae", "Isl", "Gitara",
    ]  # fmt: skip


@pytest.mark.parametrize(("written", "named"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_of_one_sign_or_two_name_one_file(tmp_path: Path, written: str, named: str) -> None:
    file = tmp_path / unicodedata.normalize(written, "Né") / unicodedata.normalize(written, "Chö.wav")
    file.parent.mkdir()
    file.write_bytes(b"")
    found = locate(tmp_path, unicodedata.normalize(named, "Né/Chö.wav"))
    assert is_file(found)
    assert not is_file(locate(tmp_path, "Ne/Cho.wav"))
