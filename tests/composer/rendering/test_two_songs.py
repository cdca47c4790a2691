"""Two songs in one process, whose styles of the user's own have one name, keep out of each other's way."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import composer
import composer.history.reproduce
from composer.handover.material import export_folder
from composer.history.diff import changes, read_compared
from composer.history.reproduce import plan_digest, plan_locked_song, read_locked_song
from composer.rendering.song import Song
from composer.sources.source import read_source, with_overrides
from structure.base.errors import RitornelloError
from structure.loading.loader import load_spec, parse_spec
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document
from structure.specs.spec import SongSpec
from tests.composer.songmaker import FULL_SPEC, SHORT_SPEC
from tests.tones import ToneBackend

STYLES = {
    "fast": "like: techno\ntempo: [140, 140]\nmodes: {minor: 1.0}\n",
    "slow": "like: soul\ntempo: [61, 61]\nswing: {unit: sixteenth, share: 2/3}\n",
}
SPEC = "genre: mine.yaml\nform: [verse, chorus]\nseed: 3\nsections: {verse: {bars: 2}, chorus: {bars: 2}}\n"

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a song and its ``mine.yaml`` into a folder of their own; gives the spec's file."""

    def spec(name: str, text: str = SPEC) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "mine.yaml").write_text(STYLES[name])
        (folder / "song.yaml").write_text(text)
        return folder / "song.yaml"

    return spec


def short(text: str = SHORT_SPEC) -> str:
    return text.replace("genre: pop", "genre: mine.yaml").replace("tempo: 240\n", "")


def compose(spec: Path | SongSpec) -> Song:
    return composer.compose(spec, backend=ToneBackend(), cache=False)


def test_a_spec_plans_the_same_song_whatever_is_loaded_after_it(make: Make) -> None:
    fast = load_spec(make("fast"))
    before = plan_document(plan_song(fast))
    slow = load_spec(make("slow"))
    between = plan_document(plan_song(slow))
    assert plan_document(plan_song(fast)) == before
    assert plan_document(plan_song(slow)) == between
    assert (before["plan"]["genre"], between["plan"]["genre"]) == ("mine", "mine")
    assert (before["tempo"], between["tempo"]) == (140.0, 61.0)
    assert fast != slow


def test_a_spec_keeps_its_style_on_every_way_to_a_plan(make: Make) -> None:
    fast, slow = load_spec(make("fast")), load_spec(make("slow"))
    for spec, tempo in ((fast, 140), (slow, 61)):
        assert composer.plan(spec).grid.tempo_bpm == tempo
        assert plan_song(spec.model_copy(update={"title": "Another"})).grid.tempo_bpm == tempo
        assert plan_song(with_overrides(read_source(spec), seed=8).spec).grid.tempo_bpm == tempo
    assert plan_song(fast.model_copy(update={"genre": "waltz"})).style.name == "waltz"


def test_a_name_alone_does_not_find_another_songs_style(make: Make) -> None:
    load_spec(make("fast"))
    with pytest.raises(RitornelloError, match="no style is called 'mine'"):
        parse_spec("{genre: mine, form: [verse]}")


@pytest.mark.slow
def test_composing_twice_gives_each_song_its_own_style(make: Make, tmp_path: Path) -> None:
    fast, slow = make("fast", short()), make("slow", short())
    songs = {"fast": compose(fast), "slow": compose(slow), "again": compose(fast)}
    locks = {}
    for name, song in songs.items():
        song.save(tmp_path / "made" / name)
        locks[name] = (tmp_path / "made" / name / "song.lock").read_text()
    assert locks["fast"] == locks["again"] != locks["slow"]
    for name in ("fast", "slow"):
        assert (tmp_path / "made" / name / "mine.yaml").read_text() == STYLES[name]
        assert json.loads(locks[name])["style_file"] == {"name": "mine.yaml", "text": STYLES[name]}


@pytest.mark.slow
def test_two_locks_are_read_side_by_side(make: Make, tmp_path: Path) -> None:
    for name in STYLES:
        compose(make(name, short())).save(tmp_path / "made" / name)
        (tmp_path / f"{name}.lock").write_bytes((tmp_path / "made" / name / "song.lock").read_bytes())
    read = [read_locked_song(tmp_path / f"{name}.lock") for name in STYLES]
    for song in (*read, *reversed(read)):
        plan = plan_locked_song(song)  # there is no plan.json beside the lock
        assert plan_digest(plan) == song.lock["plan_sha256"]
        assert plan.style.model_dump(mode="json", by_alias=True) == song.lock["style"]


@pytest.mark.slow
@pytest.mark.parametrize("is_locked", [False, True], ids=["specs", "locks"])
def test_diff_finds_the_same_in_both_directions(make: Make, tmp_path: Path, is_locked: bool) -> None:
    files = [make(name, short()) for name in STYLES]
    if is_locked:
        for file in files:
            compose(file).save(file.parent / "made")
            (file.parent / "song.lock").write_bytes((file.parent / "made" / "song.lock").read_bytes())
        files = [file.with_name("song.lock") for file in files]
    one, other, again = (read_compared(str(file)) for file in (files[0], files[1], files[0]))
    assert changes(one, again) == []
    found = {(c.kind, c.what): (c.before, c.after) for c in changes(one, other)}
    assert found["plan", "tempo"] == (140.0, 61.0)
    back = {(c.kind, c.what): (c.after, c.before) for c in changes(other, one)}
    assert {what: pair for what, pair in back.items() if what[0] == "plan"} == {
        what: pair for what, pair in found.items() if what[0] == "plan"
    }


@pytest.mark.slow
def test_an_old_plan_beside_the_lock_has_the_style_of_the_lock(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version plans another song; the sheets of the old one are still written in its style."""
    folder = compose(make("slow", short(FULL_SPEC))).save(tmp_path / "made")
    planned = composer.history.reproduce.plan_source
    monkeypatch.setattr(
        composer.history.reproduce, "plan_source", lambda source: replace(planned(source), title="Another")
    )
    song = read_locked_song(folder)
    plan = plan_locked_song(song)
    assert plan.title == "Small Song"
    again = Song(plan, song.source, compose(song.source.spec).result, {}).save(tmp_path / "again")
    for name in ("mine.yaml", "score.musicxml", "song.yaml"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


@pytest.mark.slow
def test_a_lead_sheet_has_the_swing_of_the_song_from_its_folder_too(make: Make, tmp_path: Path) -> None:
    song = compose(make("slow", short()))
    folder = song.save(tmp_path / "made")
    song.export(tmp_path / "memory", "lead-sheet")
    export_folder(folder, tmp_path / "folder", to="lead-sheet")
    sheets = sorted(path.name for path in (tmp_path / "memory").rglob("*.musicxml"))
    assert sheets
    for name in sheets:
        written = next((tmp_path / "folder").rglob(name)).read_text()
        assert written == next((tmp_path / "memory").rglob(name)).read_text()
        assert "swing 16ths" in written
