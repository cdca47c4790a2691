"""What a batch reads: folders, patterns, tables, lists, sentences, and the combinations of their fields."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.batch.items import read_items, read_table
from composer.batch.matrix import read_seeds, read_variations, vary
from composer.batch.settled import Choice, source_of
from structure.base.errors import FolderError, RitornelloError, SpecError, UsageError
from tests.composer.songmaker import SHORT_SPEC


def fault_of(path: Path, number: int = 0) -> str:
    """What is wrong with a song of a table or list."""
    item = read_items([str(path)])[number]
    with pytest.raises(RitornelloError) as found:
        source_of(item)
    return str(found.value)


def test_a_folder_and_a_pattern_name_its_specs(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (tmp_path / name).write_text(SHORT_SPEC)
    names = [item.origin for item in read_items([str(tmp_path)])]
    assert names == [str(tmp_path / "a.yml"), str(tmp_path / "b.yaml")]
    assert [item.origin for item in read_items([str(tmp_path / "*.yaml")])] == names[1:]
    assert source_of(read_items([str(tmp_path)])[0]).spec.title == "Small Song"


@pytest.mark.parametrize("name", ["none/*.yaml", "none.yaml", "none.csv", "empty", "word"])
def test_what_names_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    try:
        items = read_items([name])
    except RitornelloError as exc:
        assert name.split("/", maxsplit=1)[0].strip("*") in str(exc)
    else:
        assert name == "none.yaml" and name in items[0].fault


def test_a_table_has_a_song_in_each_row(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text(
        "\ufeffid;description;tempo;mood;master.preset;credits.artist\r\n"
        "A-1;slow jazz;72;wistful;club;Ada Lark\r\n"
        ";;;;;\r\n"
        'A-2;"house; deep";;;;\r\n',
        encoding="utf-8",
    )
    first, second = read_items([str(path)])
    assert (first.number, second.number) == ("A-1", "A-2")
    spec = source_of(first).spec
    assert (spec.description, spec.tempo) == ("wistful, slow jazz", 72)
    assert (spec.master.preset, spec.credits.artist) == ("club", "Ada Lark")
    assert source_of(second).spec.description == "house; deep"
    assert second.origin.endswith("row 4") and first.key != second.key


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Cc"]))
            .map(str.strip)
            .filter(bool),
            st.integers(40, 200),
        ),
        max_size=6,
    )
)
def test_any_table_that_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, int]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["description", "tempo"])
    writer.writerows(rows)
    items = list(read_table(out.getvalue(), Path("t.csv")))
    found = [(dict(item.fields or {})["description"], dict(item.fields or {})["tempo"]) for item in items]
    assert found == rows


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("descripton,tempo", "did you mean 'description'"),
        ("description,tempo,tempo", "there twice"),
        ("description,,tempo", "column 2 has no name"),
        ("title,tempo", "needs a column `description`"),
    ],
)
def test_a_table_with_wrong_columns_is_refused(tmp_path: Path, head: str, said: str) -> None:
    path = tmp_path / "songs.csv"
    path.write_text(f"{head}\na,b,c\n")
    with pytest.raises(SpecError, match=said) as found:
        read_items([str(path)])
    assert str(path) in str(found.value) and found.value.line == 1


def test_a_wrong_cell_is_named_by_file_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("description,tempo,stems\na song,90,\nanother song,fast,\na third,,[{\na,1,2,3\n")
    assert source_of(read_items([str(path)])[0]).spec.tempo == 90
    said = fault_of(path, 1)
    assert "songs.csv: row 3" in said and "column tempo" in said and "'fast'" in said
    assert "songs.csv: row 4, column stems" in fault_of(path, 2)
    assert "row 5: it has 4 cells" in fault_of(path, 3)


def test_an_id_that_is_there_twice_or_is_none_fails_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("id,description\nA,a song\na,b song\n../x,c song\nB,d song\n")
    items = read_items([str(path)])
    assert ["' is there twice" in item.fault for item in items] == [True, True, False, False]
    assert "is no id" in items[2].fault and not items[3].fault


def test_a_list_has_a_song_in_each_line(tmp_path: Path) -> None:
    path = tmp_path / "songs.jsonl"
    lines = [{"description": "slow jazz", "id": "x"}, {"description": "techno", "tempo": "quick"}]
    path.write_text("\n".join([*map(json.dumps, lines), "{broken", "[1]", ""]))
    items = read_items([str(path)])
    assert source_of(items[0]).spec.description == "slow jazz" and items[0].number == "x"
    assert "line 2" in fault_of(path, 1) and "key tempo" in fault_of(path, 1)
    assert "line 3: not valid JSON" in items[2].fault and "line 4: a song is an object" in items[3].fault


def test_a_row_keeps_its_key_when_others_come_before_it(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("description\nslow jazz\nslow jazz\nfunk groove\n")
    before = [item.key for item in read_items([str(path)])]
    path.write_text("description\ntechno beat\nslow jazz\nslow jazz\nfunk groove\n")
    after = [item.key for item in read_items([str(path)])]
    assert len(set(after)) == 4 and after[1:] == before


def test_a_matrix_has_every_combination(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SHORT_SPEC)
    axes = read_variations(["tempo=200,220", 'key="C major",D minor', "mood=sad"])
    songs = vary(read_items([str(path)]), axes, read_seeds("1-3"))
    assert len(songs) == len({song.key for song in songs}) == 12
    specs = [source_of(song).spec for song in songs]
    assert {(s.tempo, s.key, s.seed) for s in specs} == {
        (tempo, key, seed) for tempo in (200, 220) for key in ("C major", "D minor") for seed in (1, 2, 3)
    }
    assert all(spec.description == "sad" for spec in specs)
    assert songs[0].origin.endswith("a.yaml tempo=200 key=C major mood=sad seed=1")


def test_what_was_chosen_goes_over_a_file_whose_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SHORT_SPEC)
    source = source_of(read_items([str(path)])[0], Choice("Other Song", 9))
    assert (source.spec.title, source.spec.seed) == ("Other Song", 9)
    assert "# a song short enough for tests" in source.text


@pytest.mark.parametrize("text", ["", "a", "3-1", "1-", "1,,2", "-4"])
def test_seeds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no seeds"):
        read_seeds(text)
    with pytest.raises(UsageError, match="names more than 100,000 seeds"):
        read_seeds("1-999999999999")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_seeds_are_read_as_they_are_listed(seeds: list[int]) -> None:
    assert read_seeds(",".join(map(str, seeds))) == tuple(dict.fromkeys(seeds))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tempo", "varies nothing"),
        ("tempo=", "varies nothing"),
        ("temp=90", "did you mean 'tempo'"),
        ("seed=1,2", "--seeds 1,2"),
    ],
)
def test_variations_that_are_none_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as found:
        read_variations([text])
    assert said in str(found.value)


def test_a_sentence_is_a_song_and_a_path_is_not() -> None:
    (item,) = read_items(["slow jazz in F"])
    assert source_of(item).spec.description == "slow jazz in F" and source_of(item).spec.seed > 0
    with pytest.raises(FolderError):
        read_items(["folder/of/songs"])
