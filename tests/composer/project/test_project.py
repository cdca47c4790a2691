"""A project edits the user's YAML, undoes it to the byte, foretells a render and renders in a thread."""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composer.folder.song import SongFolder
from composer.history.changes import Changes
from composer.history.kept import find_equal_bars
from composer.project import CancelledError, Edit, Project, RemoveField, SetField, describe_edit, read_edit
from render.clips.caching.cache import ClipCache
from structure.base.errors import RitornelloError
from structure.base.progress import ProgressEvent
from tests.composer.songmaker import SHORT_SPEC, names_in
from tests.tones import ToneBackend

WAIT_S = 120.0


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT_SPEC)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_an_edit_changes_one_value_of_the_file_and_is_undone_after_a_restart(spec: Path) -> None:
    project = Project.open(spec)
    chords = SetField(("sections", "chorus", "chords"), "F | G")
    project.apply(chords)
    edited = SHORT_SPEC.replace("C | G", "F | G")
    assert spec.read_text() == project.text == edited
    assert project.spec.sections["chorus"].chords == "F | G"
    assert project.plan.graph.section("chorus").chords == ("F", "G")
    project.apply(RemoveField(("seed",)))
    assert spec.read_text() == edited.replace("seed: 5\n", "")

    again = Project.open(spec)
    assert again.history == (chords, RemoveField(("seed",)))
    assert again.undo() == RemoveField(("seed",)) and again.undo() == chords
    assert spec.read_text() == SHORT_SPEC and again.history == ()
    assert Project.open(spec).edits_to_redo == (chords, RemoveField(("seed",)))
    assert Project.open(spec).redo() == chords
    assert spec.read_text() == edited


def test_an_edit_after_an_undo_keeps_what_was_undone_aside(spec: Path) -> None:
    project = Project.open(spec)
    project.apply(SetField(("tempo",), 200))
    fast = spec.read_text()
    project.undo()
    project.apply(SetField(("seed",), 6))
    seeded = spec.read_text()
    again = Project.open(spec)
    aside = next(one for one in again.moments if not one.is_applied)
    assert aside.edit == SetField(("tempo",), 200) and aside.is_within_reach
    again.go_to(aside.state)
    assert spec.read_text() == fast and describe_edit(again.history[-1]) == "back to: tempo: 200"
    assert Project.open(spec).undo() == again.history[-1]
    assert spec.read_text() == seeded
    project = Project.open(spec)
    project.undo()
    project.apply(SetField(("seed",), 6))
    with pytest.raises(RitornelloError, match="no edit to redo"):
        project.redo()
    project.undo()
    with pytest.raises(RitornelloError, match="no edit to undo"):
        project.undo()


def sets(path: tuple[str | int, ...], *values: object) -> st.SearchStrategy[Edit]:
    return st.builds(SetField, st.just(path), st.sampled_from(values))


EDITABLE: st.SearchStrategy[Edit] = st.one_of(
    st.builds(SetField, st.just(("tempo",)), st.integers(60, 200)),
    st.builds(SetField, st.just(("title",)), st.text(st.characters(categories=("L", "P")), max_size=8)),
    sets(("sections", "chorus", "chords"), "C | G", "Am | F", "i | VI", "Q"),
    sets(("sections", "verse"), {"bars": 4, "stems": ["low"]}, {"bars": 0}),
    sets(("form", 1), "verse", {"section": "chorus", "variation": 0.5}),
    sets(("form", 3), "chorus"),
    st.builds(
        RemoveField,
        st.sampled_from(
            [("key",), ("sections", "verse", "chords"), ("form", 2), ("export",), ("nothing",)]
        ),
    ),
)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(EDITABLE, min_size=1, max_size=5),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_edits_undone_give_the_first_bytes_and_redone_the_last(
    tmp_path: Path, edits: Sequence[Edit], mark: str, newline: str
) -> None:
    path = tmp_path / "any.yaml"
    (tmp_path / ".ritornello" / "any.yaml.json").unlink(missing_ok=True)
    first = (mark + SHORT_SPEC.replace("\n", newline)).encode()
    path.write_bytes(first)
    project = Project.open(path)
    texts = [first]
    for edit in edits:
        try:
            project.apply(edit)
        except RitornelloError:
            assert path.read_bytes() == texts[-1]
            continue
        if path.read_bytes() != texts[-1]:
            texts.append(path.read_bytes())
    assert len(project.history) == len(texts) - 1
    for text in reversed(texts[:-1]):
        Project.open(path).undo()
        assert path.read_bytes() == text
    project = Project.open(path)
    for text in texts[1:]:
        project.redo()
        assert path.read_bytes() == text


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(EDITABLE, st.just("undo"), st.just("redo"), st.integers(0, 9)), max_size=8))
def test_every_text_that_there_was_can_be_had_again(
    tmp_path: Path, acts: Sequence[Edit | str | int]
) -> None:
    path = tmp_path / "any.yaml"
    (tmp_path / ".ritornello" / "any.yaml.json").unlink(missing_ok=True)
    path.write_text(SHORT_SPEC)
    project = Project.open(path)
    seen = {SHORT_SPEC}
    for act in acts:
        with suppress(RitornelloError):
            if isinstance(act, int):
                project.go_to(project.moments[act % len(project.moments)].state)
            elif isinstance(act, str):
                project.undo() if act == "undo" else project.redo()
            else:
                project.apply(act)
        seen.add(path.read_text())
    moments = Project.open(path).moments
    assert len(moments) == len(seen) and all(one.is_within_reach for one in moments)
    assert sum(one.is_now for one in moments) == 1
    reached = set()
    for moment in moments:
        Project.open(path).go_to(moment.state)
        reached.add(path.read_text())
    assert reached == seen


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (SetField(("sections", "chorus", "chords"), "Q | G"), "small.yaml:"),
        (SetField(("tempo",), "fast"), r"small\.yaml:4: tempo"),
        (SetField(("sections", "verse", "stems"), ["nobody"]), "nobody"),
        (SetField(("length",), "70 bars"), "70 bars"),
        (SetField(("title", "short"), "x"), "not a mapping"),
        (RemoveField(("sections", "bridge")), "there is no sections.bridge"),
    ],
)
def test_an_edit_that_cannot_be_leaves_file_and_history_untouched(
    spec: Path, edit: Edit, message: str
) -> None:
    project = Project.open(spec)
    project.apply(SetField(("seed",), 6))
    before = contents(spec.parent)
    for act in (project.apply, project.preview):
        with pytest.raises(RitornelloError, match=message):
            act(edit)
    assert contents(spec.parent) == before
    assert project.history == (SetField(("seed",), 6),) and project.spec.seed == 6


def test_two_projects_on_one_file_lose_no_edit(spec: Path) -> None:
    one, other = Project.open(spec), Project.open(spec)
    one.apply(SetField(("seed",), 6))
    for act in (lambda: other.apply(SetField(("seed",), 7)), other.undo):
        with pytest.raises(
            RitornelloError, match=r"small\.yaml(: there is no edit| was changed by others)"
        ):
            act()
    assert "seed: 6" in spec.read_text() and Project.open(spec).history == one.history
    third = Project.open(spec)
    third.undo()
    with pytest.raises(RitornelloError, match="was changed by others"):
        other.apply(SetField(("seed",), 7))  # the same bytes, but another history
    spec.write_text(SHORT_SPEC.replace("Small", "Large"))
    with pytest.raises(RitornelloError, match="was changed by others"):
        third.redo()
    assert "Large" in spec.read_text()


def test_what_was_written_by_hand_is_never_undone(spec: Path) -> None:
    Project.open(spec).apply(SetField(("seed",), 6))
    by_hand = spec.read_text() + "# by hand\n"
    spec.write_text(by_hand)
    project = Project.open(spec)
    with pytest.raises(RitornelloError, match="was changed by others since that edit"):
        project.undo()
    project.apply(SetField(("seed",), 7))
    project.undo()
    assert spec.read_text() == by_hand
    first = project.moments[0]
    assert not first.is_within_reach
    with pytest.raises(RitornelloError, match="no edits lead to"):
        project.go_to(first.state)


@pytest.mark.parametrize("step", ["apply", "undo"])
def test_a_write_that_is_cut_short_loses_nothing(
    spec: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    project = Project.open(spec)
    project.apply(SetField(("seed",), 6))
    before = spec.read_text()

    def fail(path: Path, data: bytes) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("composer.project.project.write_atomically", fail)
        with pytest.raises(OSError, match="full"):
            project.apply(SetField(("seed",), 7)) if step == "apply" else project.undo()
    assert spec.read_text() == before
    again = Project.open(spec)
    assert again.history == (SetField(("seed",), 6),)
    again.undo()
    assert spec.read_text() == SHORT_SPEC


def test_a_damaged_history_is_told(spec: Path) -> None:
    Project.open(spec).apply(SetField(("seed",), 6))
    path = spec.parent / ".ritornello" / "small.yaml.json"
    for wrong in ("{}", "[]", path.read_text().replace('"applied": 1', '"applied": 2')):
        path.write_text(wrong)
        with pytest.raises(RitornelloError, match=r"small\.yaml\.json is damaged"):
            Project.open(spec)


def test_edits_are_read_back_from_their_data() -> None:
    for edit in (SetField(("form", 1), {"section": "verse"}), RemoveField(("seed",))):
        assert read_edit(json.loads(json.dumps(edit.document()))) == edit
    wrongs: list[dict[str, object]] = [
        {},
        {"edit": "set", "path": ["seed"]},
        {"edit": "remove", "path": [True]},
        {"edit": "remove", "path": []},
    ]
    for wrong in wrongs:
        with pytest.raises(RitornelloError, match="no edit that this version knows"):
            read_edit(wrong)


EDITS = {
    "chords": SetField(("sections", "chorus", "chords"), "F | G"),
    "sound": SetField(("stems", 1, "prompt"), "double bass"),
    "gain": SetField(("stems", 1, "gain_db"), -3),
    "another take": SetField(("sections", "verse", "seed"), 99),
    "longer": SetField(("sections", "chorus", "bars"), 4),
    "once more": SetField(("form", 3), "verse"),
    "varied": SetField(("form", 2, "variation"), 0.5),
    "some bars": SetField(("sections", "chorus", "repaint"), {"bars": "2"}),
}


KEPT = {
    "varied": {"kit": ((1, 11),), "low": ((1, 11),)},
    "gain": {"kit": (), "low": ()},
    "another take": {"kit": (), "low": ()},
}
"""All before the bar into which the changed section fades; nothing where another level of a stem, or of the
section in which its level is measured, moves the faders of the sections."""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[ClipCache, SongFolder]:
    """A song whose sections are longer than what rings, and the cache with its clips."""
    folder = tmp_path_factory.mktemp("rendered")
    (folder / "song.yaml").write_text(LONGER)
    cache = ClipCache(folder / "cache")
    return cache, Project.open(folder).render(backend=ToneBackend(), cache=cache).result(WAIT_S)


LONGER = SHORT_SPEC.replace("bars: 2", "bars: 6")
QUICK = ("varied", "gain")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in EDITS]
)
def test_a_preview_says_which_clips_a_render_makes_and_which_bars_stay(
    tmp_path: Path, rendered: tuple[ClipCache, SongFolder], name: str
) -> None:
    cache, before = rendered
    path = tmp_path / "song.yaml"
    path.write_text(LONGER)
    backend = ToneBackend()
    project = Project.open(path)
    told = project.preview(EDITS[name], backend=backend, cache=cache)
    assert told.to_make == project.preview(EDITS[name], backend=backend).to_make
    project.apply(EDITS[name])
    after = project.render(tmp_path / "after", backend=backend, cache=cache).result(WAIT_S)

    made = [clip for clip in after.report["clips"] if not clip["reused"]]
    assert {clip.key for clip in told.to_make} == {clip["key"] for clip in made}
    assert told.seconds == pytest.approx(sum(clip["seconds"] for clip in made), abs=0.01)
    keys = after.lock["clips"]
    assert {place: clip.key for clip in told.to_make for place in clip.places} == {
        place: key for place, key in keys.items() if key not in before.lock["clips"].values()
    }
    check_kept_bars(told, before, after)
    assert told.kept_bars == KEPT.get(name, told.kept_bars)
    assert bool(told.to_make) == (name != "gain")


def check_kept_bars(told: Changes, before: SongFolder, after: SongFolder) -> None:
    """What was foretold to stay is there, to the sample."""
    for stem, bars in told.kept_bars.items():
        equal = find_equal_bars(before.plan, after.plan, before.read_stem(stem), after.read_stem(stem))
        same = {bar for first, last in equal for bar in range(first, last + 1)}
        assert same >= {bar for first, last in bars for bar in range(first, last + 1)}, stem


def test_the_document_of_changes_is_plain_data(spec: Path) -> None:
    told = Project.open(spec).preview(EDITS["chords"], backend=ToneBackend())
    document = told.document()
    assert json.loads(json.dumps(document)) == document
    assert {"kind": "spec", "what": "sections.chorus.chords", "before": "C | G", "after": "F | G"} in (
        document["changes"]
    )
    assert document["clips"]["verse"] == {"clips": 1, "kept": 1}
    assert document["to_make"]["clips"][0]["places"] == ["chorus/1/low", "chorus/2/low"]
    assert contents(spec.parent) == {"small.yaml": SHORT_SPEC.encode()}


@pytest.mark.slow
def test_a_song_is_rendered_in_a_thread_and_rendered_over(spec: Path) -> None:
    project = Project.open(spec)
    events: list[ProgressEvent] = []
    threads = set()

    def progress(event: ProgressEvent) -> None:
        events.append(event)
        threads.add(threading.current_thread().name)

    song = project.render(backend=ToneBackend(), progress=progress).result(WAIT_S)
    assert song.path == spec.parent / "small" == project.folder
    assert song.read("master.wav").shape == (2, project.plan.total_samples)
    low = song.read_stem("low")
    assert threads == {"render"} and {event.stage for event in events} >= {
        "clips",
        "mix",
        "master",
        "verify",
    }

    inside = Project.open(song.path)
    assert inside.folder == song.path
    inside.apply(SetField(("sections", "chorus", "chords"), "F | G"))
    (song.path / "notes.txt").write_text("mine")
    again = inside.render(backend=ToneBackend()).result(WAIT_S)
    assert (again.path / "notes.txt").read_text() == "mine"
    assert again.lock["spec"]["sections"]["chorus"]["chords"] == "F | G"
    assert not np.array_equal(again.read_stem("low"), low)
    Project.open(song.path).undo()
    assert (song.path / "song.yaml").read_text() == SHORT_SPEC


@pytest.mark.slow
def test_an_edit_while_the_song_is_rendered_in_its_place_is_kept(spec: Path) -> None:
    folder = Project.open(spec).render(backend=ToneBackend()).result(WAIT_S).path
    project = Project.open(folder)
    at_work, go_on = threading.Event(), threading.Event()

    def progress(event: ProgressEvent) -> None:
        if event.stage == "master":
            at_work.set()
            assert go_on.wait(WAIT_S)

    job = project.render(backend=ToneBackend(), progress=progress)
    assert at_work.wait(WAIT_S)
    project.apply(SetField(("seed",), 6))
    go_on.set()
    song = job.result(WAIT_S)
    assert song.lock["seed"] == 5
    assert "seed: 6" in (folder / "song.yaml").read_text()
    assert Project.open(folder).undo() == SetField(("seed",), 6)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["load", "clips", "master", "export", "verify"])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_cancelled_render_leaves_the_folder_as_it_was(spec: Path, stage: str, is_there: bool) -> None:
    project = Project.open(spec)
    if is_there:
        project.render(backend=ToneBackend()).result(WAIT_S)
    before = contents(spec.parent)
    started = threading.Event()

    def progress(event: ProgressEvent) -> None:
        assert started.wait(WAIT_S)
        if event.stage == stage:
            job.cancel()

    job = project.render(backend=ToneBackend(), progress=progress)
    started.set()
    with pytest.raises(CancelledError):
        job.result(WAIT_S)
    assert job.is_done
    assert contents(spec.parent) == before
    assert names_in(spec.parent) == (["small", "small.yaml"] if is_there else ["small.yaml"])


def test_what_a_render_raises_its_result_raises(spec: Path) -> None:
    job = Project.open(spec).render(backend=ToneBackend(fails_at=1))
    with pytest.raises(RuntimeError, match="the model broke"):
        job.result(WAIT_S)
    assert names_in(spec.parent) == ["small.yaml"]


def test_what_is_no_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match=r"holds no song: song\.yaml does not exist"):
        Project.open(tmp_path)
    with pytest.raises(RitornelloError, match="no such file"):
        Project.open(tmp_path / "none.yaml")


@pytest.mark.slow
def test_bars_that_are_promised_are_kept_through_edits_in_any_order(
    tmp_path: Path, rendered: tuple[ClipCache, SongFolder]
) -> None:
    """Six edits, one upon the other, in an order that is drawn; each promise is held against the files."""
    cache, before = rendered
    path = tmp_path / "song.yaml"
    path.write_text(LONGER)
    project, backend = Project.open(path), ToneBackend()
    names = np.random.default_rng(7).permutation(list(EDITS))[:6]
    for step, name in enumerate(names):
        told = project.preview(EDITS[name], backend=backend, cache=cache)
        project.apply(EDITS[name])
        after = project.render(tmp_path / str(step), backend=backend, cache=cache).result(WAIT_S)
        check_kept_bars(told, before, after)
        before = after
