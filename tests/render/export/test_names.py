"""File names hold on Windows, macOS and Linux, whatever a song is called."""

import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.export.names import number_names, safe_name
from structure.base.plain_text import clean_line, clean_text

titles = st.one_of(
    st.text(st.characters(codec=None), max_size=200),
    st.lists(
        st.sampled_from(
            [*"/\\:*?\"<>| .\t\x00\x1b\x7f\x85", "nul", "COM", "¹", "7", ".txt", "\u202e", "\u200d",
             "\ufeff", "é", "e\u0301", "日本", "🎵", "ß", "SS"]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(titles)
def test_a_name_is_allowed_on_each_system(text: str) -> None:
    name = safe_name(text)
    for suffix in (".wav", " Premaster.wav", ".dawproject"):
        file = name + suffix
        assert len(file.encode()) <= 255
        assert PureWindowsPath(file).name == file
        assert not PureWindowsPath(file).is_reserved()
        assert Path("out", file).name == file
    assert not set(name) & set('<>:"/\\|?*')
    assert all(unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") for sign in name)
    assert not set(name) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff\u200b"
    )
    assert name[0] not in " ."
    assert name[-1] not in " ."
    assert unicodedata.is_normalized("NFC", name)
    assert safe_name(name) == name


@given(titles, st.lists(titles, max_size=4))
def test_a_taken_name_is_not_given_again(text: str, others: list[str]) -> None:
    taken = [safe_name(other) for other in others]
    first = safe_name(text, taken=taken)
    second = safe_name(text, taken=[*taken, first])
    seen = {unicodedata.normalize("NFKC", name.casefold()) for name in taken}
    for name in (first, second):
        assert unicodedata.normalize("NFKC", name.casefold()) not in seen
    assert first.casefold() != second.casefold()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nul.txt", "nul_.txt"),
        ("COM¹", "COM¹_"),
        ("lpt3 .wav", "lpt3_.wav"),
        ("CONIN$", "CONIN$_"),
        ("Console", "Console"),
        ("Song \u202egpj.exe", "Song gpj.exe"),
        ("a\x1b[31mred\x07", "ared"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("नि\u200dर", "नि\u200dर"),
    ],
)
def test_names_that_break_things_elsewhere(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_a_title_like_a_stem_is_told_from_it() -> None:
    stems = number_names(["drums", "bass"])
    assert safe_name("01 drums", taken=stems) == "01 drums (2)"
    assert safe_name("01 Drums", taken=[*stems, "01 Drums (2)"]) == "01 Drums (3)"


@given(titles)
def test_plain_texts_stay_plain_and_keep_their_lines(text: str) -> None:
    plain = clean_text(text)
    assert clean_text(plain) == plain
    assert plain.encode().decode() == plain
    assert not set(plain) & {chr(sign) for sign in (*range(9), *range(11, 32), *range(127, 160))}
    assert "\n" not in clean_line(text)


def test_words_of_every_script_are_left_as_they_are() -> None:
    for text in ("Été à Paris", "夜に駆ける", "שלום עולם", "في الليل", "Ночь", "ราตรี", "한밤", "🎵 ¡Olé!"):
        assert clean_text(text) == text == clean_line(text)
