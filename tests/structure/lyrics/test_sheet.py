"""Sheets of words, as people write them for other systems."""

from __future__ import annotations

import pytest

from structure.base.errors import PlanError
from structure.lyrics.sheet import read_sheet, without_tags

SHEET = """\
[Intro]

[Verse 1: softly]
down by the river
I lost my way

[Chorus]
carry me home

[Strophe 2]
[whispered]
over the hill

[Guitar solo]
[Chorus]
[Outro]
home
"""


def test_tags_are_sections_and_a_chorus_that_is_named_again_is_sung_again() -> None:
    assert [(block.section, block.words) for block in read_sheet(SHEET)] == [
        ("intro", ""),
        ("verse", "down by the river\nI lost my way"),
        ("chorus", "carry me home"),
        ("verse", "over the hill"),
        ("solo", ""),
        ("chorus", "carry me home"),
        ("outro", "home"),
    ]


@pytest.mark.parametrize("text", ["Verse 1:\nla la\nChorus:\noh", "## Verse 1\nla la\n## Chorus\noh"])
def test_tags_are_written_in_several_ways(text: str) -> None:
    assert [(block.section, block.words) for block in read_sheet(text)] == [
        ("verse", "la la"),
        ("chorus", "oh"),
    ]


def test_without_tags_the_stanza_that_returns_is_the_chorus() -> None:
    blocks = read_sheet("one\ntwo\n\nOh, home\n\nthree\nfour\n\noh home\n")
    assert [block.section for block in blocks] == ["verse", "chorus", "verse", "chorus"]


def test_a_line_with_a_colon_may_be_words() -> None:
    (block,) = read_sheet("she said: stay\nI said:\nno")
    assert block.words == "she said: stay\nI said:\nno"


def test_a_sheet_without_words_is_an_error_with_what_to_write() -> None:
    with pytest.raises(PlanError, match="no words to sing") as caught:
        read_sheet("[Intro]\n[Solo]\n")
    assert "[Verse]" in (caught.value.hint or "")


def test_lines_keep_their_numbers_without_tags() -> None:
    assert without_tags("[Verse]\nla\n[soft]\nla").splitlines() == ["", "la", "", "la"]
