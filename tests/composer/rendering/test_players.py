"""Songs with several backends, as their users meet them: files, locks and what is said of mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import render.backends
from composer.folder.lock import check_lock
from composer.folder.report import report_faults
from composer.folder.song import SongFolder
from composer.handover.provenance import provenance_document
from composer.history.planned import PlannedSong
from composer.history.reproduce import check_backend, plan_locked_song, read_locked_song
from composer.project.project import Project
from composer.sources.source import plan_source, read_source
from render.backends.base import BackendOptions
from render.checks.together import exact_part, is_exact
from render.clips.unloaded import ask_player
from structure.base.errors import LockError, RitornelloError
from structure.base.jsonfile import write_json
from structure.base.names import REPORT
from tests.composer.songmaker import Run
from tests.tones import ToneBackend

SONG = """\
title: Two Players
genre: pop
tempo: 140
key: A minor
meter: 4/4
seed: 5
stems:
  - {name: kit, role: drums, prompt: drums}
  - name: low
    role: bass
    prompt: electric bass
    backend: {name: riffusion, steps: 20}
sections:
  verse: {bars: 2, chords: Am | F, stems: [kit, low]}
  chorus: {bars: 2, chords: C | G, stems: [kit, low], backend: ace-step}
form: [verse, chorus]
export: {midi: false, musicxml: false, overview: false}
"""


def tones(name: str, options: BackendOptions | None = None) -> ToneBackend:
    return ToneBackend(name, f"{name}-1")


@pytest.fixture
def rendered(run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The song in a folder, by tones in place of each backend."""
    monkeypatch.setattr(render.backends, "load_backend", tones)
    Path("two.yaml").write_text(SONG)
    code, _, err = run("render", "two.yaml", "-q", "--out", "song")
    assert code in (0, 3), err  # tones are no instruments
    return Path("song")


@pytest.mark.slow
def test_lock_report_and_provenance_say_what_played_what(run: Run, rendered: Path) -> None:
    lock, report = (json.loads((rendered / name).read_text()) for name in ("song.lock", "report.json"))
    assert lock["players"] == report["players"]
    assert {row["name"]: row["places"] for row in lock["players"]} == {
        "embedded": ["verse/1/kit"],
        "riffusion": ["verse/1/low", "chorus/1/low"],
        "ace-step": ["chorus/1/kit"],
    }
    assert lock["backend"] == {"name": "embedded", "fingerprint": "embedded-1"}
    assert {clip["backend"] for clip in report["clips"]} == {"embedded", "riffusion", "ace-step"}
    assert check_lock(rendered).passed
    plan = SongFolder.open(rendered).plan
    sound = provenance_document(plan, "embedded-1")
    assert {name: row["backend"] for name, row in sound["sound"]["players"].items()} == {
        "stems.low.backend": "riffusion",
        "sections.chorus.backend": "ace-step",
    }
    assert len(sound["data"]["sound"]) > 1
    again = run("render", "--lock", "song", "-q", "--out", "again", "--no-cache")
    assert again == (0, "", ""), again
    assert Path("again/song.lock").read_bytes() == (rendered / "song.lock").read_bytes()

    report["players"][1]["places"].pop()
    write_json(rendered / REPORT, report)
    assert report_faults(rendered / REPORT, lock["report_sha256"]) == [REPORT]

    lock["players"][1]["fingerprint"] = "riffusion-0"
    write_json(rendered / "song.lock", lock)
    song = read_locked_song(rendered)
    with pytest.raises(
        LockError, match=r"'riffusion', which played verse/1/low, .*riffusion-0, now riffusion-1"
    ):
        check_backend(song, plan_locked_song(song), tones("embedded"))


def told(text: str, act: Callable[[Any], Any] = plan_source) -> str:
    with pytest.raises(RitornelloError) as caught:
        act(read_source(text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "name: riffusion",
            "name: rifusion",
            "12: stems[2].backend: no backend is called 'rifusion'; did you mean",
        ),
        (
            "ace-step",
            "ace-stop",
            "15: sections.chorus.backend: no backend is called 'ace-stop'; did you mean",
        ),
        (
            "[verse, chorus]",
            "[verse, {section: chorus, backend: x}]",
            "16: form[2].backend: no backend is called 'x'",
        ),
    ],
)
def test_an_unknown_backend_is_told_before_the_song_is_planned(old: str, new: str, said: str) -> None:
    assert said in told(SONG.replace(old, new))


def test_missing_weights_of_a_part_are_told_with_the_line_that_asks_for_them(run: Run) -> None:
    Path("two.yaml").write_text(SONG.replace("riffusion, steps: 20", "riffusion, model: ./nothing"))
    code, _, err = run("render", "two.yaml", "--out", "song")
    assert code == 2
    assert "two.yaml:12: stems.low.backend: " in err and "nothing" in err and not Path("song").exists()


@pytest.mark.slow
def test_a_backend_that_plays_nothing_of_a_song_needs_no_weights(run: Run) -> None:
    text = SONG.replace("riffusion, steps: 20", "embedded").replace("ace-step", "embedded")
    text = text.replace("bars: 2, chords: Am | F", "bars: 2, chords: Am | F, backend: embedded")
    Path("two.yaml").write_text(text + "render: {backend: riffusion, model: ./nothing}\n")
    code, _, err = run("render", "two.yaml", "-q", "--out", "song")
    assert code == 0, err
    assert json.loads(Path("song/song.lock").read_text())["backend"] == {
        "name": "riffusion",
        "fingerprint": "",
    }
    code, _, err = run("render", "--lock", "song/song.lock", "-q", "--out", "again")
    assert code == 0, err
    assert Path("again/master.wav").read_bytes() == Path("song/master.wav").read_bytes()
    Path("two.yaml").write_text(
        text.replace(", backend: embedded", "", 1) + "render: {backend: riffusion}\n"
    )
    code, _, err = run("render", "two.yaml", "-q", "--out", "other")
    assert code == 2 and "riffusion" in err and not Path("other").exists()


def test_what_keeps_the_songs_own_backend_from_loading_is_told_with_its_line(run: Run) -> None:
    Path("two.yaml").write_text(SONG + "render:\n  steps: 5\n  device: cuda\n  backend: embedded\n")
    code, _, err = run("render", "two.yaml", "--out", "song")
    assert code == 2 and "two.yaml:20: render.device: " in err and not Path("song").exists()


def test_words_for_a_backend_that_cannot_sing_are_told_with_the_line(run: Run) -> None:
    text = SONG.replace("role: bass", "role: vocals").replace(
        "F, stems", "F, lyrics: over the river, stems"
    )
    text = text.replace("{name: riffusion, steps: 20}", "embedded").replace(", backend: ace-step}", "}")
    Path("two.yaml").write_text(text)
    code, _, err = run("render", "two.yaml", "--out", "song")
    assert code == 2 and not Path("song").exists()
    assert "two.yaml:12: stems.low.backend: 'embedded' sings no words" in err
    assert "write `render: {singer: none}` for an instrument" in err


def test_a_preview_stands_in_for_backends_that_are_not_here(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(SONG)
    changes = Project.open(path).next_render()
    assert {section: clips["clips"] for section, clips in changes.clips.items()} == {
        "verse": 2,
        "chorus": 2,
    }
    source = read_source(SONG)
    other = read_source(SONG.replace("name: riffusion", "name: stable-audio"))
    keys = [
        PlannedSong.of({}, plan_source(one), tones("embedded"), ask_player).keys()
        for one in (source, other)
    ]
    assert {place for place, key in keys[0].items() if keys[1][place] != key} == {
        ("verse", 1, "low"),
        ("chorus", 1, "low"),
    }


def test_only_stems_that_follow_the_score_are_checked_note_by_note() -> None:
    plan = plan_source(read_source(SONG))
    assert not is_exact(plan) and [stem.name for stem in exact_part(plan).stems] == []
    partly = plan_source(read_source(SONG.replace(", backend: ace-step}", "}")))
    assert [stem.name for stem in exact_part(partly).stems] == ["kit"]
    plain = plan_source(
        read_source(SONG.replace(", backend: ace-step}", "}").replace("riffusion, s", "embedded, s"))
    )
    assert is_exact(plain) and exact_part(plain) is plain
