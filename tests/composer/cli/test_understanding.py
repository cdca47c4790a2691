"""The command line says what it understood, what it guessed, and what became of each wish."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

import composer
from composer.cli.display.understanding import explanation
from composer.understanding.understanding import Understanding, Understood, understand_song
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from structure.specs.wishes import Outcome, Wishes
from tests.composer.songmaker import Run, names_in
from tests.composer.sources.tiny_model import save_tiny_model
from tests.tones import ToneBackend

CLEAR = "slow jazz in F, two minutes"
ODD = "slow jazz in F, 30 seconds, blorptastic"


def row_of(understood: Understanding, words: str) -> Understood:
    return next(row for row in understood.rows if words in row.words)


@pytest.mark.slow
def test_each_wish_says_what_became_of_it_in_the_plan() -> None:
    text = "pop in D minor, 90 bpm, no drums, sax solo after the second chorus, blorptastic"
    understood = composer.understand(text)
    assert row_of(understood, "90 bpm").status == "understood"
    assert "90" in row_of(understood, "90 bpm").became
    assert row_of(understood, "D minor").became == "planned: D minor"
    assert row_of(understood, "no drums").result == "obeyed"
    solo = row_of(understood, "solo")
    assert solo.became.startswith("planned") and "bars" in solo.became
    odd = row_of(understood, "blorptastic")
    assert (odd.status, odd.result, odd.is_met) == ("not understood", "not_understood", False)
    assert [outcome.result for outcome in understood.outcomes].count("not_understood") == 1


@pytest.mark.slow
def test_a_guess_is_told_from_what_was_understood() -> None:
    understood = composer.understand("music for a puppet show, blorptastic, at 70 bpm")
    (mood,) = (row for row in understood.rows if row.about == "mood")
    assert mood.status == "guessed" and "puppet" in mood.words
    assert row_of(understood, "blorptastic").status == "not understood"
    assert row_of(understood, "70 bpm").status == "understood"


def test_the_writers_own_words_are_shown(run: Run) -> None:
    code, out, _ = run("plan", "Ein trauriger Walzer in h-Moll ohne Schlagzeug")
    assert code == 0
    assert "Read as German." in out
    assert "“in h-Moll”" in out and "B minor" in out and "“ohne Schlagzeug”" in out


def test_what_the_song_does_not_do_says_why() -> None:
    spec = SongSpec(description="rock at 120 bpm with a solo")
    plan = plan_song(SongSpec(description="rock at 90 bpm"))
    row = row_of(understand_song(plan, spec), "120 bpm")
    assert row.result == "impossible" and not row.is_met
    assert row.became.startswith("not planned: ") and "90" in row.became


def test_a_field_of_the_spec_goes_before_its_description() -> None:
    understood = composer.understand({"description": "rock at 120 bpm in A minor", "tempo": 90})
    tempo = row_of(understood, "120 bpm")
    assert tempo.is_met and tempo.became.startswith("`tempo:` in the spec decides")
    understood.check()  # the user said so, hence it is no fault
    assert row_of(understood, "A minor").became == "planned: A minor"


def test_a_song_without_a_description_asks_for_nothing(run: Run) -> None:
    assert composer.understand("form: [verse, chorus]").rows == ()
    code, out, _ = run("plan", "../small.yaml", "--strict")
    assert code == 0 and "understood" not in out


@pytest.mark.slow
def test_new_keeps_its_report_out_of_the_spec(run: Run) -> None:
    code, out, err = run("new", CLEAR)
    assert code == 0
    assert yaml.safe_load(out)["genre"] == "jazz"
    assert "understood" in err and "jazz" in err and "two minutes" in err
    assert run("new", CLEAR, "--quiet")[1:] == (out, "")


def test_new_writes_the_wishes_as_fields_and_comments(run: Run) -> None:
    _, out, _ = run("new", "slow jazz in F at 80 bpm, with a flute, blorptastic", "-q")
    comments = [line for line in out.splitlines() if line.startswith("#   ")]
    assert any("understood" in line and "80 bpm”" in line and "planned" in line for line in comments)
    assert any("not understood" in line and "blorptastic" in line for line in comments)
    assert re.search(r"tempo: 80 # beats a minute, from “.*80 bpm”", out)
    data = yaml.safe_load(out)
    assert (data["tempo"], data["key"], data["genre"]) == (80, "F major", "jazz")
    assert any("flute" in stem["prompt"] for stem in data["stems"])


@pytest.mark.slow
def test_the_spec_that_new_writes_is_the_song_of_the_sentence(run: Run) -> None:
    text = run("new", CLEAR, "-q")[1]
    song, again = composer.plan(CLEAR), composer.plan(text)
    assert again.seed == song.seed == yaml.safe_load(text)["seed"]
    # The last line that a tag plays once more is written out, where chords may lie in another octave.
    for one, other in zip(again.visits, song.visits, strict=True):
        if not any(event.do == "tag" for event in one.music.events):
            assert one.music.score == other.music.score
    assert again.title == song.title


@pytest.mark.slow
def test_a_sentence_has_its_own_seed_and_the_option_goes_before_it(run: Run) -> None:
    def seed(*arguments: str) -> int:
        return int(json.loads(run("plan", *arguments, "--json")[1])["seed"])

    assert seed(CLEAR) == seed(CLEAR) != seed("slow jazz in G, two minutes")
    assert seed(CLEAR, "--seed", "3") == 3
    Path("open.yaml").write_text(f"description: {CLEAR}\n")
    assert seed("open.yaml") == 0


def test_plan_shows_what_was_understood_and_has_it_in_json(run: Run) -> None:
    assert "understood" in run("plan", ODD)[1]
    document = json.loads(run("plan", ODD, "--json")[1])["understanding"]
    assert document["language"] == "English"
    found = {wish["words"]: wish["status"] for wish in document["wishes"]}
    assert found["blorptastic"] == "not understood"
    spans = [wish["span"] for wish in document["wishes"]]
    assert [ODD[first:end] for first, end in spans] == [wish["words"] for wish in document["wishes"]]


@pytest.mark.slow
def test_strict_stops_before_anything_is_written(run: Run, backend: ToneBackend) -> None:
    for arguments in (
        ("new", ODD, "--out", "song.yaml"),
        ("plan", ODD, "--png", "plan.png"),
        ("render", ODD),
        ("clip", "techno, blorptastic"),
    ):
        code, _, err = run(*arguments, "--strict")
        assert code == 2, arguments
        assert "error: not understood: “blorptastic”" in err
    assert names_in(Path()) == [] and backend.made == 0
    assert run("new", CLEAR, "--strict", "-q")[0] == 0


def test_strict_stops_in_python_too(backend: ToneBackend) -> None:
    with pytest.raises(composer.WishError, match="blorptastic") as caught:
        composer.compose(ODD, strict=True)
    assert caught.value.faults == ("not understood: “blorptastic”",)
    with pytest.raises(composer.WishError):
        composer.plan(ODD, strict=True)
    with pytest.raises(composer.WishError):
        composer.new_spec(ODD, strict=True)
    with pytest.raises(composer.WishError):
        composer.clip("techno, blorptastic", strict=True)
    assert backend.made == 0


def test_explain_underlines_the_words_and_says_what_they_did(run: Run) -> None:
    code, out, _ = run("plan", ODD, "--explain")
    assert code == 0
    sentence, marks, *rest = out.splitlines()
    assert sentence == ODD
    at = ODD.index("blorptastic")
    assert marks[at : at + len("blorptastic")] == "?" * len("blorptastic")
    assert "─" * len("jazz") == marks[ODD.index("jazz") : ODD.index("jazz") + 4]
    assert any("“blorptastic”" in line and "nothing is made of it" in line for line in rest)


def test_a_long_sentence_is_underlined_line_by_line() -> None:
    sentence = " ".join(f"word{k}" for k in range(40))
    at = sentence.index("word30")
    row = Understood("guessed", "mood", "odd", "word30", (at, at + 6), "obeyed", "planned")
    lines = explanation(Understanding(Wishes(sentence), (), (row,)), 60).plain.splitlines()
    marked = next(k for k, line in enumerate(lines) if "~" in line)
    assert lines[marked - 1][lines[marked].index("~") :].startswith("word30")
    assert lines[marked].strip() == "~" * 6
    assert all(len(line) <= 60 for line in lines)


def test_a_language_that_is_not_known_is_said_to_be_so() -> None:
    unknown = Understanding(Wishes("lorem ipsum", language=""))
    assert "not one that is read" in explanation(unknown).plain
    with pytest.raises(composer.WishError, match="language"):
        unknown.check()


@pytest.mark.slow
def test_render_shows_what_it_understood_first_and_goes_on(
    run: Run, backend: ToneBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Wishes] = []

    def counted(plan: SongPlan, wishes: Wishes) -> tuple[Outcome, ...]:
        checked.append(wishes)
        return check_wishes(plan, wishes)

    monkeypatch.setattr("composer.understanding.understanding.check_wishes", counted)
    code, out, _ = run("render", "jazz in F, 20 seconds, drums and bass, blorptastic", "--out", "song")
    assert code in (0, 3)  # tones may fail the checks of a song
    assert out.index("nothing is made of it") < out.index("master.wav")
    report = json.loads(Path("song/report.json").read_text())
    assert "not understood" in {wish["status"] for wish in report["understanding"]["wishes"]}
    assert len(checked) == 1, "the report says what was shown, and listens to the plan no second time"


@pytest.mark.slow
def test_clip_shows_what_it_understood(run: Run, backend: ToneBackend) -> None:
    code, out, _ = run("clip", "techno, 130 bpm, blorptastic", "--seconds", "4", "--out", "c")
    assert code == 0
    assert "130 BPM" in out and "nothing is made of it" in out
    made = composer.clip("techno, 130 bpm, blorptastic", seconds=4, cache=False)
    assert [outcome.result for outcome in made.outcomes].count("not_understood") == 1
    assert made.plan.seed == composer.clip("techno, 130 bpm, blorptastic", seconds=4, cache=False).plan.seed


@pytest.mark.slow
def test_options_of_a_clip_go_before_its_prompt(run: Run, backend: ToneBackend) -> None:
    code, out, _ = run("clip", "techno, 130 bpm", "--tempo", "140", "--seconds", "4", "--strict")
    assert code == 0
    assert "the option `tempo` decides" in " ".join(out.split())


@pytest.mark.parametrize("path", ["out dir/x", "my song.yaml"])
@pytest.mark.parametrize("command", ["render", "plan", "new", "clip", "vary"])
def test_a_path_is_never_read_as_a_sentence(run: Run, command: str, path: str) -> None:
    code, out, err = run(command, path)
    assert (code, out) == (2, "")
    assert "looks like a path, and nothing is there" in err
    assert names_in(Path()) == []


def test_a_bundled_song_is_planned_by_its_title(run: Run) -> None:
    assert (
        run("plan", "Morning Sting")[1].splitlines()[-20:]
        == run("plan", "morning_sting")[1].splitlines()[-20:]
    )


@pytest.mark.slow
def test_a_language_model_plans_what_is_open(run: Run, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    code, out, err = run("new", "jazz in F, 90 bpm, with a flute", "--planner", str(folder), "-q")
    song = yaml.safe_load(out)
    assert (code, err) == (0, "")
    assert (song["genre"], song["key"], song["tempo"]) == ("jazz", "F major", 90)
    assert song["title"] != yaml.safe_load(run("new", "jazz in F, 90 bpm, with a flute", "-q")[1])["title"]


@pytest.mark.slow
def test_without_a_usable_model_rules_plan_with_a_message(run: Run, tmp_path: Path) -> None:
    by_rules = run("new", "slow jazz in F", "-q")[1]
    code, out, err = run("new", "slow jazz in F", "--planner", str(tmp_path))
    assert (code, out) == (0, by_rules)
    assert "holds no language model" in err and "planning by rules instead" in err
