"""Songs of the user's own notes carry their files with them, unchanged, and are locked by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from composer.sources.init_audio import gather
from composer.sources.source import plan_source, read_source
from structure.base.files import sha256
from structure.imports.reading import read_music
from structure.loading.loader import parse_spec
from tests.composer.songmaker import Run
from tests.midifiles import in_quarters, write_notes
from tests.tones import ToneBackend

TUNE = "G4:1 B4:1 D5:2 C5:1 A4:1 F#4:2"
SONG = """\
# a song on a tune of mine
genre: pop
tempo: 240
seed: 3
stems:
  - {name: low, role: bass, prompt: electric bass}
  - {name: tune, role: lead, prompt: flute}
sections:
  verse: {parts: {tune: %s}} # hummed in the kitchen
form: [verse]
export: {overview: false, musicxml: false}
"""


def project(folder: Path, file: str = "tune.mid") -> Path:
    """A song and its tune of two bars."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "song.yaml").write_text(SONG % file)
    path = folder / file
    path.parent.mkdir(exist_ok=True, parents=True)
    write_notes(path, [("tune", in_quarters(TUNE))])
    return folder


@pytest.mark.parametrize(
    ("file", "name"), [("tune.mid", "tune.mid"), ("mine/a.mid", "mine/a.mid"), ("../a.mid", "parts/a.mid")]
)
def test_a_file_lies_in_the_song_where_the_spec_says_if_that_is_in_its_folder(
    tmp_path: Path, file: str, name: str
) -> None:
    folder = project(tmp_path / "song", file)
    source = read_source(folder / "song.yaml")
    assert list(source.part_files) == [name] and not source.init_files
    assert source.part_files[name].where.endswith("song.yaml:9: sections.verse.parts.tune")
    assert source.text == SONG % name
    assert source.spec.sections["verse"].parts["tune"].file == name
    assert source.spec.own_files[name].bars == 2
    assert plan_source(source).part_files[name].sha256 == sha256(folder / file)


def test_files_that_a_spec_names_in_other_ways_are_found(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_notes(tmp_path / f"{name}.mid", [(name, in_quarters(TUNE))])
    text = (
        "description: pop\nparts: {lead: a.mid}\nsections: {verse: {parts: {bass: {file: b.mid}}}}\n"
        "form: [verse, {section: verse, parts: {lead: {file: c.mid, use: 0.5}}}]\n"
    )
    found = gather(parse_spec(text, "song.yaml", tmp_path), text, tmp_path, "song.yaml")
    assert {name: file.where for name, file in found.parts.items()} == {
        "a.mid": "song.yaml:2: parts.lead",
        "b.mid": "song.yaml:3: sections.verse.parts.bass",
        "c.mid": "song.yaml:4: form[2].parts.lead",
    }


@pytest.mark.slow
def test_a_song_of_given_notes_renders_again_from_its_folder_and_its_lock(
    run: Run, backend: ToneBackend
) -> None:
    project(Path("one"), "../tunes/a.mid")
    before = Path("tunes/a.mid").read_bytes()
    assert run("render", "one/song.yaml", "-q", "--no-cache", "--out", "song") == (0, "", "")
    assert Path("tunes/a.mid").read_bytes() == Path("song/parts/a.mid").read_bytes() == before
    lock = json.loads(Path("song/song.lock").read_text())
    assert lock["part_files"] == {"parts/a.mid": sha256(Path("tunes/a.mid"))}
    assert "parts/a.mid" in lock["written"] and not lock["init_audio"]
    written = read_music("song/score.mid").part("tune")
    assert written is not None and written.notes == read_music("tunes/a.mid").parts[0].notes

    Path("tunes/a.mid").unlink()  # the song has its own
    assert run("render", "--lock", "song", "-q", "--out", "locked") == (0, "", "")
    write_notes(Path("song/parts/a.mid"), [("tune", in_quarters("G4:8"))])
    assert run("verify", "song")[0] != 0
