"""Files of music, read note for note; and files that are broken, answered in one line."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from structure.base.errors import MusicFileError
from structure.imports.reading import read_music
from tests.midifiles import in_quarters, write_notes

SCALE = "C4:1 D4:1 E4:1 F4:1 G4:2 C5:2"

MUSICXML = """<?xml version="1.0"?>
<score-partwise version="4.0">
  <part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
  <part id="P1">
    <measure number="1">
      <attributes><divisions>2</divisions><key><fifths>1</fifths></key>
        <time><beats>3</beats><beat-type>4</beat-type></time></attributes>
      <note><pitch><step>G</step><octave>4</octave></pitch><duration>4</duration></note>
      <note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration></note>
    </measure>
    <measure number="2">
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>6</duration></note>
    </measure>
  </part>
</score-partwise>
"""

ABC = "X:1\nT:Two Bars\nM:3/4\nL:1/4\nK:G\n|: G2 A | ^F3 :|\n"

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    "<score-partwise>&b;</score-partwise>"
)


def pitches(path: Path) -> list[tuple[Fraction, int, Fraction]]:
    return [
        (Fraction(note.start), note.pitch, Fraction(note.length))
        for part in read_music(path).parts
        for note in part.notes
    ]


def test_a_midi_file_is_read_note_for_note(tmp_path):
    path = tmp_path / "scale.mid"
    write_notes(path, [("scale", in_quarters(SCALE))], key="G")
    song = read_music(path)
    assert [pitch for _, pitch, _ in pitches(path)] == [60, 62, 64, 65, 67, 72]
    assert [float(length) for _, _, length in pitches(path)] == pytest.approx([1, 1, 1, 1, 2, 2], abs=0.01)
    assert song.key == "G major"
    assert [part.name for part in song.parts] == ["scale"]


def test_musicxml_and_abc_say_the_same(tmp_path):
    (tmp_path / "a.musicxml").write_text(MUSICXML)
    (tmp_path / "a.abc").write_text(ABC)
    xml, abc = pitches(tmp_path / "a.musicxml"), pitches(tmp_path / "a.abc")
    assert xml == [(0, 67, 2), (2, 69, 1), (3, 66, 3)]
    assert abc == [*xml, (6, 67, 2), (8, 69, 1), (9, 66, 3)], "the repeat is played"
    for name in ("a.musicxml", "a.abc"):
        song = read_music(tmp_path / name)
        assert song.key == "G major"
        assert str(song.metres[0]) == "3/4"


def test_a_zipped_score_is_read_as_the_plain_one(tmp_path):
    container = '<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    with zipfile.ZipFile(tmp_path / "a.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("s.xml", MUSICXML)
    (tmp_path / "a.musicxml").write_text(MUSICXML)
    assert pitches(tmp_path / "a.mxl") == pitches(tmp_path / "a.musicxml")


def test_notes_that_never_end_last_to_the_end_and_are_named(tmp_path):
    file = mido.MidiFile()
    track = mido.MidiTrack([mido.Message("note_on", note=60, velocity=64, time=0)])
    track.append(mido.Message("note_on", note=64, velocity=64, time=480))
    track.append(mido.Message("note_off", note=64, velocity=0, time=480))
    file.tracks.append(track)
    file.save(tmp_path / "stuck.mid")
    song = read_music(tmp_path / "stuck.mid")
    assert len(song.parts[0].notes) == 2
    assert any("never end" in str(left) for left in song.left_out)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s.xml", b" " * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.mid", b""),
        ("words.mid", b"these are words"),
        ("cut.mid", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x20\0\x90"),
        ("words.musicxml", b"these are words"),
        ("open.musicxml", b"<score-partwise><part>"),
        ("entities.musicxml", BOMB.encode()),
        ("zip.mxl", b"PK\3\4 no zip"),
        ("bomb.mxl", bomb),
        ("empty.abc", b"\n\n"),
        ("song.exe", b"MZ"),
    ],
)
def test_a_broken_file_is_refused_in_one_line_that_names_it(tmp_path, name, data):
    (tmp_path / name).write_bytes(data() if callable(data) else data)
    with pytest.raises(MusicFileError) as caught:
        read_music(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in caught.value.message


def test_an_error_in_a_bar_of_abc_is_named(tmp_path):
    bars = ["CDEF"] * 11 + ["CD$&E["] + ["CDEF"] * 3
    (tmp_path / "a.abc").write_text("X:1\nM:4/4\nL:1/4\nK:C\n" + " | ".join(bars) + " |\n")
    try:
        song = read_music(tmp_path / "a.abc")
    except MusicFileError as exc:
        told = str(exc)
    else:
        told = " ".join(map(str, song.left_out))
    assert "12" in told


def test_the_name_of_a_part_may_have_any_quotes(tmp_path):
    odd = MUSICXML.replace('id="P1"', 'id="P&quot;1&apos;"')
    assert odd != MUSICXML
    (tmp_path / "odd.musicxml").write_text(odd)
    (tmp_path / "plain.musicxml").write_text(MUSICXML)
    assert pitches(tmp_path / "odd.musicxml") == pitches(tmp_path / "plain.musicxml")
