"""Files of music of every format, small ones that the tests write, good and bad."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from composer.sources.imported import spec_of_music
from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.completing import complete_song
from structure.imports.reading import import_song, read_music
from structure.imports.song import ImportedSong
from structure.loading.yaml_reader import read_yaml
from tests.midifiles import in_quarters, write_notes

TUNE = """X:1
T:Two Halves
M:4/4
L:1/8
K:Gm
d|"Gm"G2B2 d2(3dcB|"D7"A>^F D4 z:|
|:d|"Gm"g4- gfed|[1"D7"[Ac]2d2 G3:|[2"Cm"c2d2 G4|]
"""

MUSICXML = """<?xml version="1.0"?>
{doctype}<score-partwise><part-list>
<score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
<part id="P1">
<measure number="1"><attributes><divisions>2</divisions><key><fifths>-1</fifths><mode>minor</mode></key>
<time><beats>3</beats><beat-type>4</beat-type></time></attributes>
<direction><direction-type><dynamics><f/></dynamics></direction-type><sound tempo="96"/></direction>
<harmony><root><root-step>D</root-step></root><kind>minor-seventh</kind></harmony>
<note><pitch><step>D</step><octave>5</octave></pitch><duration>4</duration><tie type="start"/></note>
<note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration></note>
<note><chord/><pitch><step>C</step><alter>1</alter><octave>5</octave></pitch><duration>2</duration></note>
<barline location="right"><repeat direction="backward"/></barline></measure>
<measure number="2">
<note><pitch><step>F</step><octave>4</octave></pitch><duration>6</duration></note></measure>
</part></score-partwise>"""


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def notes_of(song: ImportedSong, part: int = 0) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.start, note.length, note.pitch) for note in song.parts[part].notes]


def test_midi_is_kept_note_for_note(tmp_path: Path) -> None:
    tune = [*in_quarters("G4:1 A4:.5 B4:1.5", 71), (0.0, 4.0, 43, 33)]
    path = write_notes(tmp_path / "a.mid", [("Violin", tune[:3]), ("Double Bass", tune[3:])], meter=(3, 4))
    song = read_music(path)
    assert [(part.name, part.role) for part in song.parts] == [("Violin", "lead"), ("Double Bass", "bass")]
    assert notes_of(song) == [(0, 1, 67), (1, Fraction(1, 2), 69), (Fraction(3, 2), Fraction(3, 2), 71)]
    assert {note.velocity for note in song.parts[0].notes} == {71}
    assert str(song.metres[0]) == "3/4" and song.key == "G major"
    assert round(float(song.tempi[0].quarters_per_minute), 3) == 100


def test_midi_says_what_never_ends_and_what_is_damaged(tmp_path: Path) -> None:
    track = b"\x00\x99\x24\x64\x00\x90\x3c\x40\x83\x60\x80\x3c\x40\x00\x90"
    chunks = b"MThd" + struct.pack(">LHHH", 6, 1, 3, 480) + b"MTrk" + struct.pack(">L", len(track)) + track
    song = read_music(saved(tmp_path, "stuck.mid", chunks))
    assert sorted(part.role for part in song.parts) == ["drums", "lead"]
    told = " / ".join(str(lost) for lost in song.left_out)
    assert "never end" in told and "damaged after tick 480" in told and "header says 3 tracks" in told


def test_two_thousand_tracks_are_read(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xff\x2f\x00"
    chunk = b"MTrk" + struct.pack(">L", len(track)) + track
    song = read_music(
        saved(tmp_path, "m.mid", b"MThd" + struct.pack(">LHHH", 6, 1, 2000, 96) + chunk * 2000)
    )
    assert len(song.parts) == len({part.name for part in song.parts}) == 2000


def test_abc_is_played_with_repeats_endings_and_a_pickup(tmp_path: Path) -> None:
    song = read_music(saved(tmp_path, "t.abc", TUNE))
    assert (song.key, song.title, song.pickup) == ("G minor", "Two Halves", Fraction(1, 2))
    assert [section.name for section in song.sections] == ["part_a", "part_a", "part_b", "part_b"]
    assert [chord.symbol for chord in song.chords] == ["Gm", "D7"] * 3 + ["Gm", "Cm"]
    heard = notes_of(song)
    assert heard[0] == (Fraction(7, 2), Fraction(1, 2), 74), "the pickup stands before the second bar line"
    assert (Fraction(6), Fraction(1, 3), 74) not in heard and heard[4][1] == Fraction(1, 3), "a triplet"
    assert (8, Fraction(3, 4), 69) in heard and (Fraction(35, 4), Fraction(1, 4), 66) in heard, "A>^F"
    assert any(length == Fraction(5, 2) and pitch == 79 for _, length, pitch in heard), "tied notes are one"


def test_a_wrong_sign_in_abc_costs_only_itself(tmp_path: Path) -> None:
    bars = ["CDEF"] * 11 + ["CD?F"] + ["GABc"]
    song = read_music(saved(tmp_path, "t.abc", "X:1\nL:1/4\nK:C\n" + "|".join(bars) + "|]\n"))
    assert [str(lost) for lost in song.left_out] == [
        "line 4, bar 12: '?' is no sign of ABC; it was passed over"
    ]
    assert len(song.parts[0].notes) == 51


def test_musicxml_zipped_or_not(tmp_path: Path) -> None:
    text = MUSICXML.format(doctype="")
    with zipfile.ZipFile(tmp_path / "s.mxl", "w") as archive:
        archive.writestr("score.xml", text)
    plain = read_music(saved(tmp_path, "s.musicxml", text))
    assert notes_of(plain) == notes_of(read_music(tmp_path / "s.mxl"))
    assert notes_of(plain)[:3] == [(0, 2, 74), (2, 1, 69), (2, 1, 73)]
    assert plain.bars == 3 and plain.key == "D minor" and plain.chords[0].symbol == "Dm7"
    assert plain.parts[0].notes[0].velocity == 96 and plain.tempi[0].quarters_per_minute == 96


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("e.mid", b"", "empty (0 bytes)"),
        ("e.mid", b"MThd\0\0", "cut off in its header"),
        ("e.mid", b"RIFFxxxxWAVE", "no MIDI file"),
        ("e.xml", MUSICXML.format(doctype=BOMB).encode(), "entity 'a'"),
        ("e.xml", b"<score-partwise>\n<a></b>", "line 2"),
        ("e.mxl", b"PK\x03\x04" + b"\0" * 40, "zip is damaged"),
        ("e.abc", b"hello", "no line begins with K:"),
        ("e.txt", b"only words\nand words", "no chord"),
        ("e.lrc", b"[ti:x]\n", "no line has a time"),
        ("e.krn", b"**kern\n4x\n*-", "humdrum"),
        ("e.json", b"{}", "plan"),
        ("e.docx", b"x", "no music file"),
    ],
)
def test_bad_files_are_refused_in_a_line(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(MusicFileError) as caught:
        read_music(saved(tmp_path, name, data))
    message = str(caught.value)
    assert words in message and name in message and "\n" not in message


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b"<" + b" " * (66 << 20))
    with pytest.raises(MusicFileError, match="unpacks to more than 64 MiB"):
        read_music(tmp_path / "b.mxl")


def test_chord_sheets_have_sections_and_a_chorus_that_returns(tmp_path: Path) -> None:
    text = (
        "{title: Blue}\n{key: Am}\n{sov}\n[Am]Hello [F]dark\n{eov}\n{soc}\n[F]Oh [Qx]oh\n{eoc}\n{chorus}\n"
    )
    song = read_music(saved(tmp_path, "b.cho", text))
    assert [section.name for section in song.sections] == ["verse", "chorus", "chorus"]
    assert [chord.symbol for chord in song.chords] == ["Am", "F", "F", "F"]
    assert song.key == "A minor" and "[Qx] is no chord" in str(song.left_out[0])
    plain = read_music(saved(tmp_path, "b.txt", "Verse 1\nAm   F\nHello darkness\nChorus:\nG C\nOh oh\n"))
    assert [section.name for section in plain.sections] == ["verse", "chorus"]
    assert [lyric.text for lyric in plain.lyrics] == ["Hello darkness", "Oh oh"]


def test_what_no_file_says_is_told_as_a_guess(tmp_path: Path) -> None:
    waltz = in_quarters("C4:2 E4:.5 G4:.5 C4:2 F4:.5 A4:.5 G3:2 D4:.5 F4:.5 C4:2 E4:.5 G4:.5" * 1)
    path = write_notes(tmp_path / "w.mid", [("", waltz)])
    read = read_music(path)
    bare = ImportedSong(path, "MIDI", parts=read.parts, end=read.end)
    song = complete_song(bare)
    assert {guess.field for guess in song.guesses} == {"meter", "key"}
    assert song.key == "C major" and str(song.metres[0]) == "3/4"
    assert song.parts == read.parts, "guesses change no note"


def test_a_spec_names_the_file_and_what_returns(tmp_path: Path) -> None:
    song = import_song(saved(tmp_path, "t.abc", TUNE))
    text = spec_of_music(song, "t.abc", "a reel")
    spec = read_yaml(text, "t.yaml").data
    assert spec["key"] == "G minor" and spec["meter"] == "4/4" and spec["description"] == "a reel"
    assert [entry if isinstance(entry, str) else entry["section"] for entry in spec["form"]] == [
        "intro", "part_a", "part_a", "part_b", "part_b",
    ]  # fmt: skip
    part = spec["sections"]["part_a"]["parts"]["lead"]
    assert part == {"file": "t.abc", "track": "lead", "from_bar": 2, "bars": 2}
    assert "tempo" not in spec, "the style says how fast what is on paper goes"
