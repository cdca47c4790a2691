"""Chords in letters stay where they are when the key changes; this is said, and they can be moved."""

from __future__ import annotations

from pathlib import Path

import pytest

import composer
from composer.project import MoveChords, Project, SetField, read_edit
from structure.base.errors import EditError
from tests.composer.songmaker import Run

SONG = """\
# a song in letters
description: a small rock song
key: A minor # home
meter: 4/4
tempo: 120
sections:
  verse: {bars: 4, chords: Am | F | C/E | G7} # four bars
  chorus: {bars: 4, chords: i | VI | III | VII}
  bridge:
    key: C major
    chords: Dm7 | G7 | Cmaj7 | Am7
form: [verse, chorus, bridge]
"""


@pytest.fixture
def song(run: Run) -> Path:
    """A spec in the folder in which the command line runs."""
    path = Path("song.yaml")
    path.write_text(SONG)
    return path


@pytest.mark.slow
def test_a_new_key_is_said_to_leave_chords_in_letters(run: Run, song: Path) -> None:
    Path("new.yaml").write_text(SONG.replace("A minor", "C minor"))
    code, out, _ = run("diff", "song.yaml", "new.yaml")
    assert code == 0
    note = next(line for line in out.splitlines() if line.startswith("note:"))
    assert "from A minor to C minor" in note and "chords of verse are written in letters" in note
    assert 'ritornello transpose new.yaml --from "A minor"' in note
    assert "note:" not in run("diff", "song.yaml", "song.yaml")[1]


@pytest.mark.slow
def test_an_edit_foretells_it(song: Path) -> None:
    project = Project.open(song)
    (note,) = project.preview(SetField(("key",), "C minor")).notes
    assert "stay in A minor" in note
    assert project.preview(SetField(("tempo",), 90)).notes == ()
    assert project.preview(MoveChords("A minor", "C minor")).notes == ()


@pytest.mark.slow
def test_a_spec_whose_chords_stand_in_another_key_says_so_when_it_is_loaded(run: Run, song: Path) -> None:
    song.write_text(SONG.replace("A minor", "C# minor"))
    assert "stand in A minor and stay there" in run("plan", "song.yaml")[1]
    assert any("A minor" in note for note in composer.plan(song).notes)
    song.write_text(SONG)
    assert "note:" not in run("plan", "song.yaml")[1]


@pytest.mark.slow
def test_transpose_moves_key_and_letters_and_keeps_all_else(run: Run, song: Path) -> None:
    code, out, _ = run("transpose", "song.yaml", "C minor")
    assert code == 0 and "from A minor to C minor" in out
    assert song.read_text() == (
        SONG.replace("A minor", "C minor")
        .replace("Am | F | C/E | G7", "Cm | Ab | Eb/G | Bb7")
        .replace("C major", "Eb major")
        .replace("Dm7 | G7 | Cmaj7 | Am7", "Fm7 | Bb7 | Ebmaj7 | Cm7")
    )
    plan = composer.plan(song)
    assert (plan.key, plan.graph.section("verse").chords) == ("C minor", ("Cm", "Ab", "Eb/G", "Bb7"))
    assert run("transpose", "song.yaml", "A")[0] == 0  # the mode stays
    assert song.read_text().splitlines()[2] == "key: A minor # home"
    Project.open(song).undo()
    assert Project.open(song).undo() == MoveChords("A minor", "C minor")
    assert song.read_text() == SONG


def test_transpose_follows_a_key_that_was_changed_by_hand(run: Run, song: Path) -> None:
    song.write_text(SONG.replace("A minor", "C minor"))
    assert run("transpose", "song.yaml", "--from", "A minor")[0] == 0
    assert "Cm | Ab | Eb/G | Bb7" in song.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("A major",), "no transposition"),
        (("X minor",), "is not a key"),
        (("C minor", "--from", "what"), "is not a key"),
    ],
)
def test_what_is_no_transposition_changes_nothing(
    run: Run, song: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = run("transpose", "song.yaml", *arguments)
    assert code == 2 and said in err
    assert song.read_text() == SONG
    assert "nothing to move" in run("transpose", "song.yaml", "A minor")[1]


def test_the_edit_survives_as_plain_data() -> None:
    edit = MoveChords("A minor", "C minor")
    assert read_edit(edit.document()) == edit
    with pytest.raises(EditError):
        read_edit({"edit": "move_chords", "from": "A minor"})
