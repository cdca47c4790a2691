"""No two songs of a batch share a title or a tune; what a table says of a song, and its nearest other."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from composer import plan
from composer.batch.apart import MOST_SEEDS, Apart, OtherSeed, Settled, _roman
from composer.batch.items import Item
from composer.batch.nearest import Likes, Neighbours, likeness
from composer.batch.settled import AS_WRITTEN, Choice
from composer.batch.table import COLUMNS, csv_text, read_rows, write_rows
from composer.batch.tunes import ChorusTune, KnownChoruses, chorus_tune
from composer.batch.words.about import about, facts
from composer.batch.words.names import plain_title, titles_for
from composer.batch.work import Draft
from structure.base.errors import PlanError
from structure.plans.plan import SongPlan
from structure.tunes.tune import Tune, tune_of

PITCHES = st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.integers(55, 80)), min_size=4, max_size=40)


def tune(notes: list[tuple[int, int]], shift: int = 0, stretch: int = 1) -> Tune:
    """A tune of (wait in eighths, pitch), higher by ``shift``, slower by ``stretch``."""
    start, found = Fraction(0), []
    for wait, pitch in notes:
        found.append((start, pitch + shift))
        start += Fraction(wait * stretch, 2)
    return tune_of("", found)


def draft(title: str, notes: Tune | None = None, *, is_given: bool = False) -> Draft:
    made = None if notes is None else ChorusTune(notes, is_given)
    return Draft((title, f"{title} Two"), title, made, 1, 10.0, 2, {})


@given(PITCHES, st.integers(-11, 11), st.integers(1, 3))
def test_a_tune_is_found_in_any_key_and_tempo(
    notes: list[tuple[int, int]], shift: int, stretch: int
) -> None:
    known = KnownChoruses()
    known.add("First", tune(notes))
    assert known.find(tune(notes, shift, stretch)) == "First"


def test_it_is_found_among_many_too() -> None:
    rng = random.Random(4)
    songs = [[(rng.randint(1, 4), rng.randint(55, 80)) for _ in range(20)] for _ in range(150)]
    known = KnownChoruses()
    for number, notes in enumerate(songs):
        known.add(str(number), tune(notes))
    assert [known.find(tune(notes, 2)) for notes in songs] == [str(k) for k in range(150)]


def test_half_a_tune_is_taken_and_a_scale_is_not() -> None:
    notes = [(1, 60), (1, 64), (2, 62), (1, 67), (1, 65), (3, 69), (1, 64), (2, 60), (1, 72), (1, 71)]
    notes += [(1, 67), (2, 65), (1, 62), (1, 64)]
    known = KnownChoruses()
    known.add("First", tune(notes))
    assert known.find(tune([*notes[:11], (2, 50), (1, 53), (4, 48)])) == "First"
    assert known.find(tune([*notes[:6], (2, 50), (1, 53), (4, 48), (1, 50), (1, 55), (1, 40)])) is None
    other = [(2 if k % 3 else 1, pitch) for k, (_, pitch) in enumerate(notes)]
    assert known.find(tune(other)) is None  # the same steps in another rhythm


def settle(apart: Apart, key: str, one: Draft, choice: Choice = AS_WRITTEN, tried: int = 1) -> object:
    return apart.settle(Item(key, key), one, choice, tried, ())


def test_a_tune_that_is_taken_gets_another_seed() -> None:
    notes = tune([(1, 60), (1, 64), (2, 62), (1, 67), (1, 65)])
    apart = Apart()
    assert isinstance(settle(apart, "a", draft("One", notes)), Settled)
    again = settle(apart, "b", draft("Other", notes))
    assert isinstance(again, OtherSeed) and "'One'" in again.note
    assert again.choice.seed is not None and str(again.choice.seed) in again.note
    assert again == settle(apart, "b", draft("Other", notes))  # the same one whenever it is asked
    with pytest.raises(PlanError, match=f"each of {MOST_SEEDS} seeds"):
        settle(apart, "b", draft("Other", notes), tried=MOST_SEEDS)
    assert isinstance(settle(apart, "c", draft("Given", notes, is_given=True)), Settled)


@given(st.lists(st.sampled_from(["Neon Tides", "neon tides!", "The Neon Tides", "Rain"]), max_size=12))
def test_no_two_songs_have_one_title_or_folder(titles: list[str]) -> None:
    apart = Apart()
    made = [settle(apart, str(k), draft(title)) for k, title in enumerate(titles)]
    found = [one for one in made if isinstance(one, Settled)]
    assert len({plain_title(one.title) for one in found}) == len(titles)
    assert len({one.folder.casefold() for one in found}) == len(titles)
    for one, title in zip(found, titles, strict=True):
        assert (one.choice.title is None) == (one.title == title)


def test_what_is_there_keeps_its_title() -> None:
    apart = Apart()
    apart.reserve("old", "Neon Tides", "neon-tides")
    new = settle(apart, "new", draft("Neon Tides"))
    old = apart.settle(Item("old", "old"), draft("Neon Tides"), AS_WRITTEN, 1, (), "neon-tides")
    assert isinstance(new, Settled) and new.title == "Neon Tides Two" and new.folder != "neon-tides"
    assert isinstance(old, Settled) and (old.title, old.folder) == ("Neon Tides", "neon-tides")


@pytest.mark.parametrize(("number", "said"), [(2, "II"), (4, "IV"), (19, "XIX"), (1994, "MCMXCIV")])
def test_numbers_are_roman(number: int, said: str) -> None:
    assert _roman(number) == said


@pytest.fixture(scope="module")
def waltz() -> SongPlan:
    return plan("a slow jazz waltz about the sea with a muted trumpet, 40 seconds", seed=3)


def test_a_song_is_described_by_what_is_in_its_plan(waltz: SongPlan) -> None:
    said = about(waltz)
    assert "3/4" in said.description and waltz.key.split()[0] in said.description
    assert said.instruments[0] == "muted trumpet" and "muted trumpet" in said.description
    assert {"instrumental", "slow", "jazz waltz"} <= set(said.keywords)
    assert said.genre == "jazz waltz" and 2 <= len(said.moods) <= 5
    assert len(set(said.keywords)) == len(said.keywords)
    assert facts(waltz)["length_s"] == pytest.approx(waltz.total_samples / 44_100, abs=0.001)


def test_titles_suit_a_song_and_are_many(waltz: SongPlan) -> None:
    titles = titles_for(waltz, None)
    assert "Sea" in titles[0] and len({plain_title(title) for title in titles}) > 30
    assert titles_for(waltz, "Mine")[0] == "Mine"
    other = titles_for(replace(waltz, description="slow jazz", seed=4), None)
    assert len(set(titles) & set(other)) < 10


def test_the_chorus_has_a_tune(waltz: SongPlan) -> None:
    found = chorus_tune(waltz)
    assert found is not None and len(found.tune.steps) > 5 and not found.is_given
    again = chorus_tune(plan("a slow jazz waltz about the sea with a muted trumpet, 40 seconds", seed=3))
    known = KnownChoruses()
    known.add("x", found.tune)
    assert again is not None and known.find(again.tune) == "x"


ROW = {"title": "A", "genre": "pop", "tempo_bpm": 100.0, "key": "C", "moods": ["sad"], "instruments": ["x"]}


@given(PITCHES, PITCHES, st.floats(30, 300))
@example([(1, 60)], [(1, 60)], 106.0)
def test_likeness_is_symmetric_and_whole_with_itself(
    one: list[tuple[int, int]], other: list[tuple[int, int]], bpm: float
) -> None:
    a, b = Likes.of(ROW, tune(one)), Likes.of({**ROW, "tempo_bpm": bpm}, tune(other))
    assert likeness(a, b) == likeness(b, a) and 0.0 <= likeness(a, b) <= 1.0 + 1e-9
    assert likeness(a, a) == pytest.approx(1.0 if a.passages.size else 0.65)


def test_the_nearest_song_is_the_one_most_alike() -> None:
    near = Neighbours()
    notes = [(1, 60), (1, 64), (2, 62), (1, 67), (1, 65), (2, 60)]
    near.add("a", Likes.of(ROW, tune(notes)))
    assert near.nearest("a") == {}
    near.add("b", Likes.of({**ROW, "title": "B", "genre": "rock"}, None))
    near.add("c", Likes.of({**ROW, "title": "C", "key": "D"}, tune(notes)))
    assert near.nearest("a")["nearest"] == "C" and near.nearest("c")["nearest"] == "A"
    assert near.nearest("b")["nearest"] == "A"


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=15)
@given(st.lists(st.tuples(CELLS, CELLS, st.lists(CELLS, max_size=3)), max_size=5))
@example([("", "", ["=1+1"])])
def test_a_table_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    rows = [
        {"song": str(k), "title": title, "status": "done", "description": text, "moods": moods}
        for k, (title, text, moods) in enumerate(cells)
    ]
    write_rows(folder, rows)
    assert list(read_rows(folder).values()) == rows
    lines = list(csv.reader(io.StringIO((folder / "batch.csv").read_text("utf-8-sig"), newline="")))
    assert len(lines) == len(rows) + 1 and set(lines[0]) <= set(COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines[1:] for cell in line)


def test_columns_that_say_nothing_are_left_out() -> None:
    head = csv_text([{"title": "A", "status": "done", "cost": None, "notes": []}]).splitlines()[0]
    assert head == "title,status"


def test_a_line_that_is_no_row_is_passed_over(tmp_path: Path) -> None:
    write_rows(tmp_path, [{"song": "1", "title": "A"}, {"song": "2", "title": "B"}])
    path = tmp_path / "batch.jsonl"
    path.write_text(path.read_text()[:-8])  # as if it was cut short
    assert list(read_rows(tmp_path)) == ["1"]
