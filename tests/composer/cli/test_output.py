"""Every command has the same options for how it speaks, and they mean the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import composer.cli.display.watching
from composer.cli.main import app
from structure.plans.planfile import read_plan
from tests.composer.songmaker import FULL_SPEC, SHORT_SPEC, Run
from tests.tones import ToneBackend

COMMON = {
    "as_json": ["--json"],
    "quiet": ["--quiet", "-q"],
    "verbose": ["--verbose", "-v"],
    "version": ["--version"],
}


def commands(group: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by the words that call it, those of groups too."""
    group = group or typer.main.get_command(app)
    for word, command in group.commands.items():
        yield f"{name} {word}".strip(), command
        if hasattr(command, "commands"):
            yield from commands(command, word)


def test_every_command_has_the_same_four_options() -> None:
    found = dict(commands())
    assert {"render", "schema", "studio", "cache", "cache prune"} <= set(found)
    for name, command in found.items():
        options = {one.name: list(one.opts) for one in command.params if one.name in COMMON}
        assert options == COMMON, name
        helps = {one.name: one.help for one in command.params if one.name in COMMON}
        assert helps["as_json"] and helps == {
            one.name: one.help for one in found["plan"].params if one.name in COMMON
        }


def test_no_command_gives_one_option_two_meanings() -> None:
    for name, command in commands():
        words = [word for one in command.params for word in (*one.opts, *one.secondary_opts)]
        said = [word for word in words if word.startswith("-")]
        assert sorted(said) == sorted(set(said)), name


@pytest.mark.parametrize("name", dict(commands()))
def test_every_command_tells_the_version(run: Run, name: str) -> None:
    code, out, err = run(*name.split(), "--version")
    assert (code, err) == (0, "") and out == run("--version")[1]


LISTS = (
    pytest.param("songs", marks=pytest.mark.slow),
    pytest.param("backends", marks=pytest.mark.slow),
    *("styles", "forms", "roles", "mixes"),
)


@pytest.mark.parametrize("name", LISTS)
def test_lists_give_documents_and_names(run: Run, name: str) -> None:
    rows = json.loads(run(name, "--json")[1])
    assert rows and len({tuple(row) for row in rows}) == 1
    code, out, err = run(name, "-q")
    assert (code, err) == (0, "") and out.split("\n")[:-1] == [row["name"] for row in rows]


def test_numbers_in_documents_are_numbers(run: Run) -> None:
    song = json.loads(run("songs", "--show", "blue_room", "--json")[1])
    assert (song["tempo_bpm"], song["bars"], song["length_s"]) == (132, 80, None)
    assert isinstance(json.loads(run("mixes", "--json")[1])[0]["dynamics_db"], float)
    tango = next(one for one in json.loads(run("styles", "--json")[1]) if one["name"] == "tango")
    assert tango["tempo_bpm"] == [114, 132] and tango["meters"] == ["4/4"]


WRONG = (
    ("plan", "nothing.yaml"),
    ("check", "one: [", "--verbose"),
    ("render", "nothing.yaml"),
    ("verify", "nothing"),
    ("export", "nothing"),
    ("loudness", "nothing.wav"),
    ("remaster", "nothing"),
    ("album", "nothing"),
    ("edit", "nothing", "no drums"),
    ("takes", "nothing", "--section", "verse", "--stem", "low"),
    ("keep", "nothing", "verse", "low", "2"),
    ("transpose", "nothing.yaml", "C"),
    ("history", "nothing.yaml"),
    ("undo", "nothing.yaml"),
    ("redo", "nothing.yaml"),
    ("diff", "nothing", "nothing.yaml"),
    ("versions", "nothing", "--restore", "3"),
    ("styles", "--show", "nothing"),
    ("songs", "--show", "nothing"),
    ("backends", "--show", "nothing"),
    ("new",),
    ("clip", "funk", "--init", "nothing.wav"),
    ("vary", "nothing.wav", "--seed", "1"),
    ("morph", "", ""),
    ("radio", "funk"),
    ("audio2image", "nothing.wav", "nothing.png"),
    ("image2audio", "nothing.png", "nothing.wav"),
    ("cache", "--cache", "../small.yaml"),
    ("cache prune", "--to", "much"),
    ("cache clear", "--cache", "../small.yaml"),
    ("studio", "nothing.yaml"),
    ("batch", "nothing"),
)
CANNOT_FAIL = {"forms", "roles", "mixes", "schema"}


def test_what_goes_wrong_is_tried_for_every_command() -> None:
    assert {line[0] for line in WRONG} | CANNOT_FAIL == set(dict(commands()))


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line[0])
def test_what_goes_wrong_is_a_document_too(run: Run, line: tuple[str, ...], backend: ToneBackend) -> None:
    name, *more = line
    code, out, err = run(*name.split(), *more, "--json")
    assert code == 2
    assert "error: " in err or name == "check"
    document = json.loads(out)
    if name == "check":
        assert document["faults"][0]["line"] == 1
    else:
        error = document["error"]
        assert set(error) == {"kind", "message", "path", "line", "field", "hint"}
        assert error["kind"].endswith("Error") and error["message"].split()[0] in err
    assert run(*name.split(), *more, "-q")[:2] == (2, "")


def test_verbose_says_where_an_error_came_from_and_which_versions_are_here(run: Run) -> None:
    code, out, err = run("plan", "nothing.yaml", "-v")
    assert (code, out) == (2, "")
    assert "Traceback" in err and "ritornello 0." in err and "Python 3." in err
    assert "Traceback" not in run("plan", "nothing.yaml")[2]


@pytest.mark.slow
def test_each_step_of_a_song_is_one_document(run: Run, backend: ToneBackend) -> None:
    Path("a.yaml").write_text(FULL_SPEC)

    def told(*line: str, code: int = 0) -> Any:
        got, out, _ = run(*line, "--json")
        assert got == code, line
        assert run(line[0], "--help")[0] == 0
        return json.loads(out)

    assert told("new", "slow blues in E", "--out", "b.yaml")["file"] == "b.yaml"
    assert told("new", "slow blues in E")["spec"] == Path("b.yaml").read_text()
    assert told("plan", "a.yaml")["title"] == "Small Song"
    made = told("render", "a.yaml", "--out", "a")
    assert made["folder"] == "a" and made["report"]["timings"]["song_s"] > 1
    assert told("verify", "a")["checks"][0]["passed"] is True
    assert (
        told("takes", "a", "--section", "verse", "--stem", "low", "--count", "1")["takes"][1]["take"] == 2
    )
    assert told("keep", "a", "verse", "low", "2")["changes"]["format"] == 1
    edited = told("edit", "a", "chorus without drums", "--no-render")
    assert edited["changed"] and edited["done"] and edited["rendered"] is None
    assert len(told("history", "a")["edits"]) == 2
    assert told("undo", "a")["undone"] == told("redo", "a")["redone"]
    assert told("transpose", "a", "B minor")["to"] == "B minor"
    assert told("diff", "a", "b.yaml")["changes"]
    assert isinstance(told("remaster", "a", "--preset", "club")["loudness_lufs"], float)
    assert "a/master.wav" in told("loudness", "a/master.wav")
    assert told("export", "a", "--to", "flac")["files"]
    assert told("versions", "a") == {"versions": [], "bytes": 0}
    clip = told("clip", "funk bass", "--seconds", "4", "--out", "c")["clips"][0]
    assert (clip["bars"], clip["distance_db"]) == (2, None)
    takes = told("vary", "c", "--takes", "1", "--out", "v")["clips"]
    assert [one["name"] for one in takes] == ["original", "take-1"]
    assert told("audio2image", "c/clip.wav", "c.png")["width"] > 10
    assert told("cache", "--cache", "empty")["entries"] == 0
    assert told("cache", "clear", "--cache", "empty") == {"dropped": 0, "freed_bytes": 0}


def test_watch_plans_the_changed_sections_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Path("a.yaml")
    spec.write_text(SHORT_SPEC)
    texts = iter(
        (
            SHORT_SPEC.replace("C | G", "C | F"),
            "titel: x\n",
            SHORT_SPEC.replace("C | G", "C | F"),
        )
    )
    saves(monkeypatch, spec, texts)
    code, out, err = run("plan", "a.yaml", "--watch")
    assert code == 0
    first, second = out.split("Small Song: ")[1:]
    assert "Verse" in first and "Chorus 2" in first
    assert "Verse" not in second and "Chorus 1" in second and "Chorus 2" in second
    assert "did you mean 'title'?" in err and "nothing changed" in err and err.endswith("stopped\n")


@pytest.mark.slow
def test_watch_renders_the_changed_sections_alone(
    run: Run, backend: ToneBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = Path("a.yaml")
    spec.write_text(SHORT_SPEC)
    saves(monkeypatch, spec, iter((SHORT_SPEC.replace("C | G", "C | F"),)))
    code, out, _ = run("render", "a.yaml", "--watch", "--cache", "cache")
    assert code == 0
    assert "1 made, 2 from the cache; made: chorus 1 of 2" in out
    chords = {
        chord.symbol
        for visit in read_plan(Path("a/plan.json")).visits
        for chord in visit.music.score.chords
    }
    assert chords == {"Am", "F", "C"}


@pytest.mark.parametrize(
    "line", [("neon_tides",), ("a song in a sentence",), ("-",), ("../small.yaml", "--json")]
)
def test_watch_needs_a_file_and_somebody_who_reads(run: Run, line: tuple[str, ...]) -> None:
    for name in ("plan", "render"):
        code, _, err = run(name, *line, "--watch")
        assert code == 2 and "--watch" in err


def saves(monkeypatch: pytest.MonkeyPatch, spec: Path, texts: Iterator[str]) -> None:
    """Save the next text whenever all is still; after the last one press Ctrl-C."""
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks % 3 != 1:
            return
        try:
            text = next(texts)
        except StopIteration:
            raise KeyboardInterrupt from None
        spec.write_text(text)
        os.utime(spec, ns=(looks, looks))  # however coarse the clock of the file system is

    monkeypatch.setattr(composer.cli.display.watching, "_sleep", sleep)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("command", ["redo", "history", "undo", "transpose", "edit"])
def test_a_link_that_leads_to_itself_is_an_error_in_words(run: Run, tmp_path: Path, command: str) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    more = {"transpose": ["C"], "edit": ["tempo=90"]}.get(command, [])
    code, _, said = run(command, str(loop), *more)
    assert code == 2
    assert "symbolic links" in said
