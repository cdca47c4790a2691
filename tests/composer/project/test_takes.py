"""Takes are shown, heard and kept; all else of the song stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from composer.history.kept import find_equal_bars
from composer.project import Project, SetField, audition, find_takes, keep_take
from composer.project.takes import describe_difference
from render.audio.loudness import measure_lufs
from render.clips.caching.cache import ClipCache
from structure.base.errors import ExistsError, UsageError
from tests.builders import change_visit
from tests.composer.songmaker import SHORT_SPEC, Run
from tests.tones import ToneBackend

SONG = SHORT_SPEC.replace("tempo: 240", "tempo: 90").replace("verse: {bars: 2,", "verse: {bars: 6,")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    path = tmp_path / "small.yaml"
    path.write_text(SONG)
    return Project.open(path)


def read_stems(project: Project) -> dict[str, np.ndarray]:
    files = (project.folder / "stems").glob("*.wav")
    return {path.stem: soundfile.read(path, dtype="float32")[0].T for path in files}


def test_takes_say_how_they_differ(project: Project) -> None:
    takes = find_takes(project, "chorus", "low", 3)
    assert [(take.number, take.is_current) for take in takes] == [
        (1, True),
        (2, False),
        (3, False),
        (4, False),
    ]
    assert all("the same" in take.differs for take in takes[1:])
    plans = [take.plan.visits[1].music.score.parts for take in takes]
    assert all(parts["kit"] == plans[0]["kit"] for parts in plans)
    assert any(parts["low"] != plans[0]["low"] for parts in plans[1:])
    assert [take.differs for take in find_takes(project, "chorus", "low", 1, "sound")] == [
        "as it is now",
        "the same notes, made anew",
    ]


def test_a_take_without_notes_is_silent_and_one_where_there_were_none_has_new_ones(
    project: Project,
) -> None:
    plan = project.plan
    visit = plan.visits[1]
    part = visit.music.score.parts["low"]
    empty = change_visit(
        visit,
        score=replace(visit.music.score, parts={**visit.music.score.parts, "low": replace(part, notes=())}),
    )
    silent = replace(plan, visits=(plan.visits[0], empty, *plan.visits[2:]))
    assert describe_difference(visit, silent, "low", "notes") == "silent here"
    told = describe_difference(empty, plan, "low", "notes")
    assert told == f"{len(part.notes)} notes where there were none"


def test_a_take_is_kept_in_the_spec_and_taken_back(project: Project) -> None:
    project.apply(keep_take(project, "chorus", "low", 3))
    assert project.spec.sections["chorus"].take["low"].notes == 3
    assert project.text.startswith("# a song short enough for tests")
    assert [take.number for take in find_takes(project, "chorus", "low", 2) if take.is_current] == [3]
    edit = keep_take(project, "chorus", "low", 2, "sound")
    assert edit == SetField(("sections", "chorus", "take", "low"), {"notes": 3, "sound": 2})
    project.undo()
    assert project.path.read_text() == SONG


def test_a_take_makes_its_own_clips_and_no_others(project: Project) -> None:
    backend = ToneBackend()
    changes = project.preview(keep_take(project, "chorus", "low", 2), backend=backend)
    assert {place for clip in changes.to_make for place in clip.places} == {"chorus/1/low", "chorus/2/low"}


@pytest.mark.slow
def test_what_a_take_leaves_alone_is_the_same_to_the_byte(project: Project) -> None:
    backend, cache = ToneBackend(), ClipCache()
    project.render(backend=backend, cache=cache).result()
    stems, before = read_stems(project), project.plan
    edit = keep_take(project, "chorus", "low", 2)
    changes = project.preview(edit, backend=backend)
    project.apply(edit)
    project.render(backend=backend, cache=cache).result()
    after = read_stems(project)
    ((first, last),) = changes.kept_bars["kit"]
    ((start, end), *_) = find_equal_bars(before, project.plan, stems["kit"], after["kit"])
    assert start <= first <= last <= end
    assert not np.array_equal(stems["low"], after["low"])


@pytest.mark.slow
def test_takes_are_heard_in_the_band_at_one_loudness(project: Project, tmp_path: Path) -> None:
    takes = find_takes(project, "chorus", "low", 2)
    cache = ClipCache()
    files = audition(
        project, takes, "chorus", "low", tmp_path / "heard", backend=ToneBackend(), cache=cache
    )
    heard = {number: soundfile.read(path)[0].T for number, path in files.items()}
    assert {path.name for path in files.values()} == {f"chorus-low-take-{n}.wav" for n in (1, 2, 3)}
    assert len({audio.shape for audio in heard.values()}) == 1
    levels = [measure_lufs(audio.astype(np.float32), 44_100) for audio in heard.values()]
    assert max(levels) - min(levels) < 0.1
    assert not np.array_equal(heard[1], heard[2])
    with pytest.raises(ExistsError):
        audition(project, takes, "chorus", "low", tmp_path / "heard", backend=ToneBackend(), cache=cache)


@pytest.mark.parametrize(
    ("section", "stem", "said"),
    [
        ("chorsu", "low", "did you mean 'chorus'?"),
        ("chorus", "lwo", "did you mean 'low'?"),
        ("verse", "kit", "kit does not play in verse"),
    ],
)
def test_places_that_are_not_there_are_named(project: Project, section: str, stem: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_takes(project, section, stem, 2)
    assert said in str(caught.value)


@pytest.mark.slow
def test_the_command_line_shows_keeps_and_takes_back(run: Run) -> None:
    Path("small.yaml").write_text(SONG)
    code, out, _ = run(
        "takes", "small.yaml", "--section", "chorus", "--stem", "low", "--count", "2", "--json"
    )
    assert code == 0
    assert [take["take"] for take in json.loads(out)["takes"]] == [1, 2, 3]
    code, out, _ = run("takes", "small.yaml", "--section", "chorus", "--stem", "low", "--count", "1")
    assert "choose another: ritornello keep small.yaml chorus low 2" in out
    code, out, err = run("keep", "small.yaml", "chorus", "low", "2")
    assert (code, err) == (0, "")
    assert "makes 1 clip" in out and "kit: bars" in out
    assert "take" in Path("small.yaml").read_text()
    assert "sections.chorus.take.low: 2" in run("history", "small.yaml")[1]
    assert run("undo", "small.yaml")[0] == 0
    assert Path("small.yaml").read_text() == SONG
    assert "taken back" in run("history", "small.yaml")[1]
    assert run("redo", "small.yaml")[0] == 0
    assert "low: 2" in Path("small.yaml").read_text()
    code, _, err = run("redo", "small.yaml")
    assert (code, "no edit to redo" in err) == (2, True)
