"""plan.json says what is planned, in figures that musicians and programs read alike."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import structure.base.jsonfile
from render.checks.quality import check_energies
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.base.jsonfile import dumps, write_json
from structure.plans.events import Event
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document, read_plan, read_plan_document
from structure.plans.score import Control, Syllable
from structure.presets.mixes import EARLIER_MIX, load_mix
from tests.builders import change_visit
from tests.composer.songmaker import small_plan

OLD_PLANS = Path(__file__).parents[2] / "data" / "plans"

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
    plan = plan_document(small_plan())["plan"]
    assert [visit["music"]["score"] for visit in plan["visits"]] == [0, 1, 1]
    assert len(plan["scores"]) == 2


@pytest.mark.slow
@given(
    form=FORMS,
    tempo=st.floats(40, 220).map(lambda x: round(x, 2)),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "7/8"]),
)
def test_a_plan_survives_the_file(form: tuple[tuple[str, int], ...], tempo: float, meter: str) -> None:
    plan = small_plan(form, tempo, meter)
    document = plan_document(plan)
    back = read_plan_document(json.loads(dumps(document)))
    assert back == plan
    assert plan_document(back) == document
    assert back.grid == Grid.steady(tempo, Meter.parse(meter))


@given(form=FORMS, tempo=st.floats(40, 220).map(lambda x: round(x, 2)))
def test_sections_meet_without_a_gap(form: tuple[tuple[str, int], ...], tempo: float) -> None:
    document = plan_document(small_plan(form, tempo))
    sections = document["sections"]
    assert sections[0]["start_sample"] == 0
    assert all(one["end_sample"] == two["start_sample"] for one, two in pairwise(sections))
    assert sections[-1]["end_sample"] + document["tail_samples"] == document["total_samples"]
    assert sum(section["bars"] for section in sections) == document["total_bars"]


def test_all_that_notes_and_sections_can_carry_survives_the_file() -> None:
    plan = small_plan()
    visit = plan.visits[1]
    part = visit.music.score.parts["low"]
    note = replace(
        part.notes[0],
        offset=Fraction(-1, 24),
        articulation="slide",
        bend=((Fraction(0), -2.0), (Fraction(1, 4), 0.0)),
        syllable=Syllable("lo", "begin"),
    )
    pedal = Control(64, ((Fraction(0), 127), (Fraction(2), 0)))
    part = replace(part, notes=(note, *part.notes[1:]), controls=(pedal,))
    score = replace(visit.music.score, parts={**visit.music.score.parts, "low": part})
    events = (Event(bar=2, do="enter", stem="low", bars=1), Event(bar=3, do="stop", beat=Fraction(5, 2)))
    carrying = replace(plan, visits=(plan.visits[0], change_visit(visit, score=score, events=events)))
    document = json.loads(dumps(plan_document(carrying)))
    assert read_plan_document(document).visits == carrying.visits != plan.visits


def test_what_a_song_does_not_use_is_not_in_its_file() -> None:
    plan = plan_document(small_plan())["plan"]
    assert all(set(visit["music"]) == {"key", "energy", "lift", "score"} for visit in plan["visits"])
    used = {"seed", "variation_seed", "variation", "prompts", "negative_prompts"}
    assert all(set(visit["sound"]) == used for visit in plan["visits"])
    assert all(len(note) == 4 for score in plan["scores"] for note in score["parts"]["low"]["notes"])


def test_the_graph_is_kept() -> None:
    back = read_plan_document(json.loads(dumps(plan_document(small_plan()))))
    assert [section.name for section in back.graph.sections] == ["verse", "chorus"]
    steps = [(edge.source, edge.target, edge.kind) for edge in back.graph.transitions]
    assert steps == [("verse", "chorus", "cut"), ("chorus", "chorus", "cut")]


def set_in(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """A copy of a document with another value at a place."""
    changed: Any = json.loads(dumps(document))
    owner = changed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    return dict(changed)


DAMAGE: list[tuple[tuple[str | int, ...], object, str]] = [
    (("total_samples",), 5, "was changed"),
    (("total_bars",), 1, "was changed"),
    (("sections", 0, "chords", 0, "beat"), 2.0, "was changed"),
    (("sections",), [], "was changed"),
    (("version",), 99, "version 99"),
    (("plan",), None, "is not a plan"),
    (("plan", "visits"), [], "visits"),
    (("plan", "visits", 0, "music", "score"), 7, "there is no score 7"),
    (("plan", "visits", 0, "music", "score"), -1, "there is no score -1"),
    (("plan", "visits", 0, "music", "tone"), "warm", "tone"),
    (("plan", "extra"), 1, "extra"),
    (("plan", "grid", "spans"), [], "begins with a span at 0"),
    (("plan", "grid", "spans", 0, "meter"), "4/5", "4/5"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "fast", "fraction in text"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "1e9999999", "fraction in text"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "1/0", "is not a plan"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "0", "not possible"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["0", "1", 60], r"a note is \[onset"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["0", "1", 60, 300], "not a playable note"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["0", "1", 60, 90, {"loud": 1}], "loud"),
    (("plan", "stems", 0, "name"), "../kit", "stems.0.name"),
    (("plan", "stems", 0, "gain_db"), float("inf"), "Infinity is no number"),
    (("plan", "stems", 0, "gain_db"), 1e300, "stems: kit has a gain"),
    (("plan", "stems", 1, "name"), "kit", "a name of its own"),
    (("plan", "seed"), -1, "seed: -1"),
    (("plan", "tail_s"), 1e300, "tail_s"),
    (("plan", "grid", "sample_rate"), 1, "grid.sample_rate"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "999999999999", "quarters a minute"),
    (("plan", "grid", "spans", 0, "quarters_per_minute"), "1/999999999999", "quarters a minute"),
    (("plan", "visits", 1, "place", "start_bar"), 0, "visits.1: it begins at bar 0, not 2"),
    (("plan", "scores", 0, "bars"), 10**12, "visits.1: it begins at bar"),
    (("plan", "scores", 1, "bars"), 4096, "visits"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["999999999999", "1", 60, 90], "does not lie in"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["0", "999999999999", 60, 90], "does not lie in"),
    (("plan", "scores", 0, "parts", "low", "notes", 0), ["0", "1", 60, 90, {"offset": "99"}], "lie in"),
    (("plan", "scores", 0, "chords", 0, "onset"), "999", "chords"),
    (("plan", "visits", 0, "sound", "repaint"), [[0, 9]], "bars 0 to 9"),
    (("plan", "visits", 0, "sound", "prompts"), {}, "there is none for"),
    (("plan", "visits", 0, "sound", "takes"), {"low": 0}, "takes count from 1"),
    (("plan", "visits", 0, "sound", "init"), {"audio": "a.wav"}, "no file 'a.wav'"),
    (("plan", "title"), "\ud800", "surrogates"),
]

DEEP = {
    "lists": b"[" * 100_000 + b"]" * 100_000,
    "mappings": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a long number": b'{"seed": ' + b"9" * 5000 + b"}",
    "a large number": b'{"seed": 1e999}',
    "no end": b"[" * 100_000,
    "UTF-16": "[1]".encode("utf-16"),
}


@pytest.mark.parametrize("data", DEEP.values(), ids=DEEP)
def test_a_file_that_nobody_wrote_for_us_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(data)
    with pytest.raises(RitornelloError, match=r"plan\.json is not valid JSON"):
        read_plan(tmp_path / "plan.json")


def test_a_file_is_bounded_in_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure.base.jsonfile, "LARGEST_BYTES", 100)
    (tmp_path / "plan.json").write_bytes(b" " * 101)
    with pytest.raises(RitornelloError, match=r"plan\.json is larger than"):
        read_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(("path", "value", "message"), DAMAGE, ids=lambda item: str(item)[:60])
def test_a_damaged_plan_is_refused(
    tmp_path: Path, path: tuple[str | int, ...], value: object, message: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(set_in(plan_document(small_plan()), path, value)))
    with pytest.raises(RitornelloError, match=message) as refused:
        read_plan(file)
    assert str(file) in str(refused.value) and "ritornello render" not in str(refused.value)
    (tmp_path / "song.yaml").write_text("description: a song")
    with pytest.raises(RitornelloError, match=r"`ritornello render .*song\.yaml` makes the song anew"):
        read_plan(file)


def old_plan() -> dict[str, Any]:
    """A plan as it was written in form 1."""
    document: dict[str, Any] = json.loads((OLD_PLANS / "version_1.json").read_text(encoding="utf-8"))
    return document


def same_plan_in_form_2() -> SongPlan:
    """The same song as the first version that wrote form 2 planned it, and wrote it down."""
    return read_plan(OLD_PLANS / "version_2.json")


def test_a_plan_of_version_1_is_the_same_plan_in_version_2() -> None:
    assert read_plan(OLD_PLANS / "version_1.json") == same_plan_in_form_2()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("total_samples",), 5, "was changed"),
        (("tempo_exact",), "fast", "tempo_exact"),
        (("tempo_exact",), "1e9999999", "tempo_exact"),
        (("meter",), "4/5", "4/5"),
        (("sections",), [], "visits"),
        (("sections", 1, "score"), 9, "there is no score 9"),
        (("stems", 0, "name"), "a/b", r"stems\.0\.name"),
    ],
)
def test_a_damaged_plan_of_version_1_is_refused(
    tmp_path: Path, path: tuple[str | int, ...], value: object, message: str
) -> None:
    write_json(tmp_path / "plan.json", set_in(old_plan(), path, value))
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
    write_json(tmp_path / "plan.json", as_written_before_mixes({**old_plan(), "genre": genre}))
    plan, back = same_plan_in_form_2(), read_plan(tmp_path / "plan.json")
    assert [visit.music for visit in back.visits] == [visit.music for visit in plan.visits]
    assert (back.grid, back.master) == (plan.grid, plan.master)
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
    assert "notes" not in plan_document(plan)["plan"]
    noted = replace(plan, notes=("the length of 0:30 is not met",))
    write_json(tmp_path / "plan.json", plan_document(noted))
    assert read_plan(tmp_path / "plan.json").notes == noted.notes
