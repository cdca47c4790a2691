"""A song's folder appears whole or not at all, and nobody else's files are lost."""

import hashlib
from pathlib import Path

import pytest

from composer.folder.layout import place_in, stage_folder
from structure.base.errors import RitornelloError
from structure.base.files import choose_hidden_name, work_folder
from structure.base.jsonfile import write_json
from structure.base.names import LOCK
from tests.composer.songmaker import names_in

FILES = ["master.wav", "song.lock", "stems/kit.wav"]


def fill(folder: Path, content: str, files: list[str] = FILES) -> None:
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    digests = {name: hashlib.sha256(content.encode()).hexdigest() for name in files if name != LOCK}
    write_json(folder / LOCK, {"written": files, "files": digests})


def song_in(folder: Path) -> Path:
    with stage_folder(folder, FILES, replace=False) as work:
        fill(work, "old")
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_the_folder_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a" / "song"
    with stage_folder(target, FILES, replace=False) as work:
        fill(work, "new")
        assert not target.exists()
        assert work.parent == target.parent
    assert sorted(tree(target)) == sorted(FILES)
    assert names_in(target.parent) == ["song"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), stage_folder(tmp_path / "a" / "b" / "song", FILES, replace=False) as work:
        fill(work, "half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_existing_song_is_refused_unless_asked(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    before = tree(target)
    with pytest.raises(RitornelloError, match="--force"), stage_folder(target, FILES, replace=False):
        pass
    assert tree(target) == before


@pytest.mark.parametrize("replace", [False, True])
def test_a_foreign_folder_is_never_touched(tmp_path: Path, replace: bool) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with (
        pytest.raises(RitornelloError, match=r"no song\.lock"),
        stage_folder(tmp_path, FILES, replace=replace),
    ):
        pass
    assert tree(tmp_path) == {"precious.txt": "mine"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "song").write_text("x")
    with (
        pytest.raises(RitornelloError, match="is a file"),
        stage_folder(tmp_path / "song", FILES, replace=True),
    ):
        pass


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "song").mkdir()
    assert tree(song_in(tmp_path / "song"))["master.wav"] == "old"


def test_replacing_swaps_our_files_and_keeps_the_users(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / "stems" / "take2.wav").write_text("mine")
    (target / "notes").mkdir()
    (target / "notes" / "lyrics.txt").write_text("la la")
    (target / "empty").mkdir()
    (target / "link").symlink_to("notes/lyrics.txt")
    (target / "verify.json").write_text("stale")
    new = ["master.wav", "song.lock", "stems/low.wav"]
    with stage_folder(target, new, replace=True) as work:
        fill(work, "new", new)
        assert tree(target)["master.wav"] == "old"
    files = tree(target)
    assert files["master.wav"] == "new"
    assert files["stems/take2.wav"] == "mine"
    assert files["notes/lyrics.txt"] == "la la"
    assert (target / "link").readlink() == Path("notes/lyrics.txt")
    assert (target / "empty").is_dir()
    assert "stems/kit.wav" not in files
    assert "verify.json" not in files
    assert names_in(tmp_path) == ["song"]


def test_a_failed_replacement_leaves_the_old_song(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / "mine.txt").write_text("mine")
    before = tree(target)
    with pytest.raises(KeyboardInterrupt), stage_folder(target, FILES, replace=True) as work:
        fill(work, "new")
        raise KeyboardInterrupt
    assert tree(target) == before
    assert names_in(tmp_path) == ["song"]


def test_a_failed_swap_puts_the_old_song_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = song_in(tmp_path / "song")
    before = tree(target)
    rename = Path.rename

    def failing(self: Path, to: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError("no")
        return rename(self, to)

    with pytest.raises(OSError, match="no"), stage_folder(target, FILES, replace=True) as work:
        fill(work, "new")
        monkeypatch.setattr(Path, "rename", failing)
    monkeypatch.undo()
    assert tree(target) == before
    assert names_in(tmp_path) == ["song"]


def test_a_users_file_in_the_way_is_named_before_any_work(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / "stems" / "low.wav").write_text("mine")
    with (
        pytest.raises(RitornelloError, match=r"low\.wav is a file of your own"),
        stage_folder(target, [*FILES, "stems/low.wav"], replace=True),
    ):
        pytest.fail("work was begun")
    assert tree(target)["stems/low.wav"] == "mine"


def test_a_damaged_lock_stops_a_replacement(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / LOCK).write_text("[]")
    with pytest.raises(RitornelloError, match="damaged"), stage_folder(target, FILES, replace=True):
        pass


def test_a_link_to_a_song_stays_a_link(tmp_path: Path) -> None:
    song_in(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    with stage_folder(tmp_path / "link", FILES, replace=True) as work:
        fill(work, "new")
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "real")["master.wav"] == "new"


def test_a_song_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "song"
    with (
        pytest.raises(RitornelloError, match=r"no song\.lock"),
        stage_folder(target, FILES, replace=False) as work,
    ):
        fill(work, "new")
        target.mkdir()
        (target / "precious.txt").write_text("mine")
    assert tree(target) == {"precious.txt": "mine"}
    assert names_in(tmp_path) == ["song"]


@pytest.mark.parametrize("name", ["../x.wav", "/tmp/x.wav", "stems/../../x.wav", "C:/x.wav", "a\\\\b", ""])
def test_no_file_is_staged_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(RitornelloError, match="nothing can be written"),
        stage_folder(tmp_path / "song", [*FILES, name], replace=False),
    ):
        pytest.fail("work was begun")
    assert names_in(tmp_path) == []
    with pytest.raises(RitornelloError, match="nothing can be written"):
        place_in(tmp_path, name)


def test_a_link_in_the_folder_that_is_filled_leads_nothing_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with (
        pytest.raises(RitornelloError, match="a link leads out of"),
        stage_folder(tmp_path / "song", FILES, replace=False) as work,
    ):
        (work / "stems").symlink_to(tmp_path / "elsewhere")
        place_in(work, "stems/kit.wav").write_text("new")
    with (
        pytest.raises(RitornelloError, match="a link leads out of"),
        stage_folder(tmp_path / "song", FILES, replace=False) as work,
    ):
        (work / "stems").symlink_to(tmp_path / "elsewhere")
    assert names_in(tmp_path) == ["elsewhere"] and names_in(tmp_path / "elsewhere") == []


def test_what_a_lock_lists_and_no_render_wrote_is_the_users(tmp_path: Path) -> None:
    """Names that no render writes, and files that are no longer what was written."""
    target = song_in(tmp_path / "song")
    for name in ("diary.txt", "stems/take2.wav", "riff.wav"):
        (target / name).write_text("mine")
    others = {"stems/take2.wav": "0" * 64, "riff.wav": "0" * 64}
    lock = {
        "written": [*FILES, "diary.txt", *others],
        "files": others,
        "init_audio": {"riff.wav": "0" * 64},
    }
    write_json(target / LOCK, lock)
    with stage_folder(target, FILES, replace=True) as work:
        fill(work, "new")
    files = tree(target)
    assert [files[name] for name in ("diary.txt", "stems/take2.wav", "riff.wav")] == ["mine"] * 3
    assert files["master.wav"] == "new"


def test_a_linked_folder_in_a_song_is_not_written_through(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    elsewhere = tmp_path / "elsewhere"
    (target / "stems").rename(elsewhere)
    (target / "stems").symlink_to(elsewhere)
    with (
        pytest.raises(RitornelloError, match="stems is a file of your own"),
        stage_folder(target, FILES, replace=True),
    ):
        pytest.fail("work was begun")
    assert tree(elsewhere) == {"kit.wav": "old"}


def test_a_linked_file_in_a_song_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / "master.wav").rename(tmp_path / "precious.wav")
    (target / "master.wav").symlink_to(tmp_path / "precious.wav")
    with stage_folder(target, FILES, replace=True) as work:
        fill(work, "new")
    assert not (target / "master.wav").is_symlink()
    assert (tmp_path / "precious.wav").read_text() == "old"


def test_leftovers_of_a_killed_render_go_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    dead = choose_hidden_name(tmp_path / "song")
    other = choose_hidden_name(tmp_path / "another song")
    for folder in (dead, other):
        folder.mkdir()
        (folder / "master.wav").write_text("half")
    with work_folder(tmp_path / "song") as alive:
        with pytest.raises(RitornelloError, match="being written"):
            song_in(tmp_path / "song")
        assert names_in(tmp_path) == sorted([other.name, alive.name])
    song_in(tmp_path / "song")
    with pytest.raises(RitornelloError, match="--force"):
        song_in(tmp_path / "song")
    assert names_in(tmp_path) == sorted([other.name, "song"])


def test_a_replacement_that_was_cut_between_its_renames_is_undone(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    (target / "mine.txt").write_text("mine")
    before = tree(target)
    target.rename(choose_hidden_name(target, "old"))
    made = choose_hidden_name(target)
    made.mkdir()
    fill(made, "new")
    with pytest.raises(RitornelloError, match="--force"), stage_folder(target, FILES, replace=False):
        pytest.fail("work was begun")
    assert tree(target) == before
    assert names_in(tmp_path) == ["song"]


def test_an_old_song_whose_replacement_is_complete_goes(tmp_path: Path) -> None:
    target = song_in(tmp_path / "song")
    old = choose_hidden_name(target, "old")
    old.mkdir()
    (old / LOCK).write_text("{}")
    with stage_folder(target, FILES, replace=True) as work:
        fill(work, "new")
    assert names_in(tmp_path) == ["song"]


def test_a_second_writer_of_a_folder_is_told_before_it_begins(tmp_path: Path) -> None:
    target = tmp_path / "song"
    with stage_folder(target, FILES, replace=False) as work:
        fill(work, "new")
        with (
            pytest.raises(RitornelloError, match="being written by somebody else"),
            stage_folder(target, FILES, replace=True),
        ):
            raise AssertionError("two write at once")
        song_in(tmp_path / "song-again")  # another folder is no matter
    assert names_in(tmp_path) == ["song", "song-again"]
    with stage_folder(target, FILES, replace=True) as work:
        fill(work, "newer")


def test_where_there_are_no_locks_the_slower_of_two_songs_is_put_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("structure.base.files.fcntl", None)
    target = tmp_path / "song"
    (tmp_path / "song-2").mkdir()
    with (
        pytest.raises(RitornelloError, match=r"is theirs; what was made here is in .*song-3"),
        stage_folder(target, FILES, replace=True) as slow,
    ):
        fill(slow, "slow")
        with stage_folder(target, FILES, replace=True) as fast:
            fill(fast, "fast")
    assert names_in(tmp_path) == ["song", "song-2", "song-3"]
    assert tree(tmp_path / "song-3")["master.wav"] == "slow"
    assert tree(target)["master.wav"] == "fast"
