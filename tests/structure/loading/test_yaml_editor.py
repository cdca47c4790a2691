"""Edits of YAML change what they are asked to, and no other character."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from structure.base.errors import RitornelloError, SpecError
from structure.loading.yaml_editor import remove_value, scalar_text, set_value, value_at
from structure.loading.yaml_reader import DEEPEST, Path, read_yaml

TEXT = """\
# a song
title: Small   # its title
genre: "../styles/Mine.yaml"  # my own

stems:
  - {name: kit, role: drums}   # struck
  - name: low
    role: bass

sections:
  # the quiet one
  verse: {bars: 2, chords: Am | F}

  chorus:
    bars: 2   # two
    chords: >-
      C
      G

form:
- verse

- chorus: {lift: 2} # up
seed:
"""


def data_of(text: str) -> Any:
    document = read_yaml(text, "test")
    assert not document.faults
    return document.data


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("title",), "Big: Song", "title: Small   #", 'title: "Big: Song"   #'),
        (("genre",), "pop", '"../styles/Mine.yaml"', "pop"),
        (("sections", "verse", "bars"), 4, "bars: 2, chords", "bars: 4, chords"),
        (("sections", "chorus", "bars"), 3, "bars: 2   #", "bars: 3   #"),
        (("sections", "chorus", "chords"), "F | G", ">-\n      C\n      G\n", "F | G\n"),
        (("sections", "chorus", "key"), "D", "      G\n", "      G\n    key: D\n"),
        (("sections", "verse", "prompt"), "soft", "Am | F}", "Am | F, prompt: soft}"),
        (("stems", 0, "pan"), -0.5, "role: drums}", "role: drums, pan: -0.5}"),
        (("stems", 1, "pan"), 1, "role: bass\n", "role: bass\n    pan: 1\n"),
        (("form", 0), {"section": "verse", "lift": 1}, "- verse", "- {section: verse, lift: 1}"),
        (("form", 1, "chorus", "lift"), -2, "lift: 2}", "lift: -2}"),
        (("form", 2), "verse", "{lift: 2} # up\n", "{lift: 2} # up\n- verse\n"),
        (("seed",), 7, "seed:", "seed: 7"),
        (("mix", "preset"), "club", "seed:\n", "seed:\nmix: {preset: club}\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_value_is_set_and_nothing_else(path: Path, value: Any, old: str, new: str, newline: str) -> None:
    assert TEXT.count(old) == 1
    before = TEXT.replace("\n", newline)
    edited = set_value(before, path, value)
    assert edited == before.replace(old.replace("\n", newline), new.replace("\n", newline))
    assert value_at(data_of(edited), path) == value


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("title",), "title: Small   # its title\n", ""),
        (("stems", 0), "  - {name: kit, role: drums}   # struck\n", ""),
        (("stems", 1, "name"), "name: low\n    role", "role"),
        (("stems", 0, "role"), ", role: drums", ""),
        (("stems", 0, "name"), "name: kit, ", ""),
        (("sections", "chorus", "bars"), "    bars: 2   # two\n", ""),
        (("sections", "verse"), "  verse: {bars: 2, chords: Am | F}\n", ""),
        (("form", 1, "chorus", "lift"), "{lift: 2}", "{}"),
        (("seed",), "seed:\n", ""),
    ],
)
def test_a_value_is_removed_and_nothing_else(path: Path, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert remove_value(TEXT, path) == TEXT.replace(old, new)


def test_what_is_long_is_written_over_several_lines() -> None:
    form = [f"section_{k}" for k in range(12)]
    edited = set_value(TEXT, ("form",), form)
    assert "form:\n- section_0\n- section_1\n" in edited
    parts = {"verse": {"bars": 4, "prompt": "soft " * 12}, "chorus": {"bars": 8, "prompt": "loud " * 12}}
    edited = set_value("seed: 1\n", ("sections",), parts)
    assert edited.startswith("seed: 1\nsections:\n  verse:\n    bars: 4\n    prompt: ")
    assert data_of(edited)["sections"] == parts


@pytest.mark.parametrize(
    "text",
    [
        "verse: &v {bars: 2, key: C} # one\nchorus: *v # two\n",
        "base: &v {bars: 2}\nverse: {<<: *v, key: C}\nchorus: {<<: *v, key: C}\n",
    ],
)
def test_an_edit_of_what_is_shared_changes_one_place_alone(text: str) -> None:
    for name, other in (("verse", "chorus"), ("chorus", "verse")):
        edited = data_of(set_value(text, (name, "bars"), 4))
        assert edited[name] == {"bars": 4, "key": "C"} and edited[other] == {"bars": 2, "key": "C"}
    assert "# two" in set_value(text + "# two\n", ("verse", "bars"), 4)


LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 8)}]\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: !!python/name:os.system\n",
        "a: [" * (DEEPEST + 1),
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n"
        + "".join(
            f"{k}: &{k} [{', '.join(['*' + p] * 8)}]\n" for p, k in zip("abcdef", "bcdefg", strict=True)
        ),
        "a: 1\n---\nb: 1\n",
        "a: \x01\n",
    ],
)
def test_text_that_the_reader_refuses_is_not_edited(text: str) -> None:
    with pytest.raises(SpecError):
        set_value(text, ("x",), 1)
    with pytest.raises(SpecError):
        remove_value(text, ("a",))


@pytest.mark.parametrize(
    "path", [("title", "x"), ("stems", 5, "name"), ("stems", -1), ("stems", "low"), ("sections", 0)]
)
def test_a_path_that_cannot_be_is_refused(path: Path) -> None:
    with pytest.raises(RitornelloError):
        set_value(TEXT, path, 1)
    with pytest.raises(RitornelloError, match="there is no"):
        remove_value(TEXT, path)
    with pytest.raises(RitornelloError, match="cannot be written as YAML"):
        set_value(TEXT, ("title",), object())


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    ("title",), ("seed",), ("stems",), ("stems", 0), ("stems", 1, "role"), ("stems", 2), ("form", 1),
    ("form", 1, "chorus"), ("sections", "verse"), ("sections", "chorus"), ("sections", "chorus", "bars"),
    ("sections", "new"),
]  # fmt: skip


@pytest.mark.slow
@given(st.sampled_from(PATHS), values)
def test_any_value_can_be_set_anywhere_and_all_comments_around_it_stay(path: Path, value: Any) -> None:
    edited = data_of(set_value(TEXT, path, value))
    assert json.dumps(value_at(edited, path)) == json.dumps(value)
    before = data_of(TEXT)
    for name in before:
        if name != path[0]:
            assert edited[name] == before[name]
    text = set_value(TEXT, path, value)
    assert text.startswith("# a song\n") and "# its title" in text and "# my own" in text


@given(texts)
@example("A?")
def test_a_scalar_is_text_for_readers_of_both_versions_of_yaml(text: str) -> None:
    for line in (f"key: {scalar_text(text)}", f"key: [{scalar_text(text)}]"):
        assert data_of(line)["key"] in (text, [text])
        assert yaml.safe_load(line)["key"] in (text, [text])


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "N",
        "null",
        "~",
        "1_000",
        "3:20",
        "1e3",
        "0x1F",
        "2026-11-25",
        "",
        "4/4",
        "-",
    ],
)
def test_words_that_mean_something_to_some_reader_are_quoted(word: str) -> None:
    assert scalar_text(word) == f'"{word}"'
