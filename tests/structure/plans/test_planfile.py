"""plan.json says what is planned, in figures that musicians and programs read alike."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.checks.quality import check_energies
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.base.jsonfile import dumps, write_json
from structure.plans.planfile import PlanFile, plan_document, plan_file, read_plan, song_plan
from structure.presets.mixes import EARLIER_MIX, load_mix
from tests.composer.songmaker import small_plan

FORMS = st.lists(
    st.tuples(st.sampled_from(["intro", "verse", "chorus"]), st.integers(1, 5)), min_size=1, max_size=6
).map(tuple)


def test_sections_lie_on_the_grid_in_a_song_written_out_by_hand() -> None:
    document = plan_document(small_plan((("verse", 2), ("chorus", 3)), tempo=120.0))
    verse, chorus = document["sections"]
    assert (verse["start_bar"], verse["bars"], verse["start_sample"], verse["end_sample"]) == (
        1,
        2,
        0,
        176_400,
    )
    assert (chorus["start_bar"], chorus["start_sample"], chorus["end_sample"]) == (3, 176_400, 441_000)
    assert document["total_samples"] == 441_000 + document["tail_samples"] == 441_000 + 110_250
    assert document["downbeat_samples"] == [88_200 * bar for bar in range(6)]
    assert document["total_bars"] == 5
    assert document["lead_in_samples"] == 0


def test_chords_count_bars_in_the_song_and_beats_from_one() -> None:
    plan = small_plan((("verse", 2), ("chorus", 3)))
    verse, chorus = plan_document(plan)["sections"]
    assert [(c["bar"], c["beat"]) for c in verse["chords"]] == [(1, 1.0), (2, 1.0)]
    assert [(c["bar"], c["beat"]) for c in chorus["chords"]] == [(3, 1.0), (4, 1.0), (5, 1.0)]


def test_a_chord_in_six_eight_counts_dotted_quarters() -> None:
    plan = small_plan((("verse", 1),), meter="6/8")
    visit = plan.visits[0]
    late = type(visit.music.score.chords[0])("F", Fraction(9, 4), Fraction(3, 4), 5, 5, (5, 9, 0))
    object.__setattr__(visit.music.score, "chords", (visit.music.score.chords[0], late))
    assert plan_document(plan)["sections"][0]["chords"][1] == {"symbol": "F", "bar": 1, "beat": 2.5}


def test_returning_sections_share_a_score() -> None:
    document = plan_document(small_plan())
    assert [section["score"] for section in document["sections"]] == [0, 1, 1]
    assert len(document["scores"]) == 2


@given(
    form=FORMS,
    tempo=st.floats(40, 220).map(lambda x: round(x, 2)),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "7/8"]),
)
def test_a_plan_survives_the_file(form: tuple[tuple[str, int], ...], tempo: float, meter: str) -> None:
    plan = small_plan(form, tempo, meter)
    back = song_plan(PlanFile.model_validate(json.loads(dumps(plan_document(plan)))))
    assert plan_file(back) == plan_file(plan)
    assert (back.visits, back.stems, back.grid, back.total_samples) == (
        plan.visits,
        plan.stems,
        plan.grid,
        plan.total_samples,
    )
    assert back.grid == Grid.steady(tempo, Meter.parse(meter))


@given(form=FORMS, tempo=st.floats(40, 220).map(lambda x: round(x, 2)))
def test_sections_meet_without_a_gap(form: tuple[tuple[str, int], ...], tempo: float) -> None:
    document = plan_document(small_plan(form, tempo))
    sections = document["sections"]
    assert sections[0]["start_sample"] == 0
    assert all(one["end_sample"] == two["start_sample"] for one, two in pairwise(sections))
    assert sections[-1]["end_sample"] + document["tail_samples"] == document["total_samples"]
    assert sum(section["bars"] for section in sections) == document["total_bars"]


def test_the_document_obeys_its_schema() -> None:
    schema = PlanFile.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(dumps(plan_document(small_plan())))
    jsonschema.validate(document, schema)
    del document["sections"][0]["start_sample"]
    with pytest.raises(jsonschema.ValidationError, match="start_sample"):
        jsonschema.validate(document, schema)


def test_the_graph_is_kept() -> None:
    back = song_plan(PlanFile.model_validate(json.loads(dumps(plan_document(small_plan())))))
    assert list(back.graph.nodes) == ["verse", "chorus"]
    assert list(back.graph.edges) == [("verse", "chorus"), ("chorus", "chorus")]
    assert back.graph.edges["verse", "chorus"]["kind"] == "cut"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total_samples": 5}, "was changed"),
        ({"format": 99}, "has format 99"),
        ({"tempo_exact": "fast"}, "is not a plan"),
        ({"meter": "4/5"}, "4/5"),
        ({"sections": []}, "sections"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_damaged_plan_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write_json(tmp_path / "plan.json", {**plan_document(small_plan()), **change})
    with pytest.raises(RitornelloError, match=message):
        read_plan(tmp_path / "plan.json")


def as_written_before_mixes(document: dict[str, Any]) -> dict[str, Any]:
    """A plan as version 0.1.0 wrote it."""
    old = {key: value for key, value in document.items() if key != "mix"}
    old["stems"] = [
        {key: value for key, value in stem.items() if key not in ("delay", "duck")}
        for stem in document["stems"]
    ]
    new_in_sections = ("morph_prompts", "init", "repaint", "repaint_seed", "timbre_variation", "lyrics")
    old["sections"] = [
        {key: value for key, value in section.items() if key not in new_in_sections}
        for section in document["sections"]
    ]
    old["render"] = {key: old["render"][key] for key in ("backend", "steps", "guidance", "crossfade_beats")}
    old["master"] = {key: old["master"][key] for key in ("loudness_lufs", "true_peak_dbtp")}
    return old


@pytest.mark.parametrize(("genre", "mix"), [("house", "club"), ("a style of the user's", "pop")])
def test_a_plan_from_before_there_were_mixes_is_read(tmp_path: Path, genre: str, mix: str) -> None:
    plan = replace(small_plan(), genre=genre)
    write_json(tmp_path / "plan.json", as_written_before_mixes(plan_document(plan)))
    back = read_plan(tmp_path / "plan.json")
    assert (back.visits, back.grid, back.master) == (plan.visits, plan.grid, plan.master)
    assert [(stem.delay, stem.duck) for stem in back.stems] == [(0.0, 0.0)] * len(plan.stems)
    assert back.mix == load_mix(mix).model_copy(update={"preset": EARLIER_MIX})
    write_json(tmp_path / "plan.json", plan_document(back))
    assert read_plan(tmp_path / "plan.json").mix == back.mix


def test_a_song_from_before_there_were_mixes_is_not_judged_by_its_energies() -> None:
    plan = small_plan()
    old = replace(plan, mix=plan.mix.model_copy(update={"preset": EARLIER_MIX}))
    audio = np.random.default_rng(0).standard_normal((2, plan.total_samples)).astype(np.float32)
    assert check_energies(plan, audio).passed is not None
    assert check_energies(old, audio).passed is None


@pytest.mark.parametrize(
    "change", [{"format": 99}, {"tempo": "fast"}, {"tempo_exact": "x"}, {"total_bars": 1}]
)
def test_a_plan_that_is_refused_says_what_to_do(tmp_path: Path, change: dict[str, object]) -> None:
    write_json(tmp_path / "plan.json", {**plan_document(small_plan()), **change})
    with pytest.raises(RitornelloError) as refused:
        read_plan(tmp_path / "plan.json")
    assert "ritornello render" not in str(refused.value)
    (tmp_path / "song.yaml").write_text("description: a song")
    with pytest.raises(RitornelloError, match=r"`ritornello render .*song\.yaml` makes the song anew"):
        read_plan(tmp_path / "plan.json")


def test_what_is_no_json_or_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="does not exist"):
        read_plan(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(RitornelloError, match="is not valid JSON"):
        read_plan(tmp_path / "plan.json")


def test_json_is_laid_out_for_people_and_reads_back() -> None:
    value = {"a": list(range(60)), "b": [["1/2", 3]] * 40, "c": {"d": None, "e": 0.5, "é": "ü"}, "f": []}
    text = dumps(value)
    assert json.loads(text) == value
    assert max(map(len, text.splitlines())) <= 102
    assert '"c": {"d": null, "e": 0.5, "é": "ü"}' in text


def test_notes_are_kept_where_there_are_any(tmp_path: Path) -> None:
    plan = small_plan()
    assert "notes" not in plan_document(plan)
    noted = replace(plan, notes=("the length of 0:30 is not met",))
    write_json(tmp_path / "plan.json", plan_document(noted))
    assert read_plan(tmp_path / "plan.json").notes == noted.notes
