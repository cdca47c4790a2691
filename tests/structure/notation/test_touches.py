"""What is said of how notes are played is in MIDI and in MusicXML, which other programs read."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import music21
import pytest

from structure.base.grid import Grid, Meter
from structure.notation.midi import write_midi
from structure.notation.musicxml import write_musicxml
from structure.plans.plan import SongPlan
from structure.plans.score import Control, Note, Part
from tests.builders import change_visit, changing_plan

BEND = ((Fraction(0), -2.0), (Fraction(1, 4), 0.0))
TOUCHES: tuple[tuple[str, tuple[tuple[Fraction, float], ...]], ...] = (
    ("staccato", ()),
    ("tenuto", ()),
    ("accent", ()),
    ("marcato", ()),
    ("none", ()),
    ("legato", ()),
    ("pull_off", ()),
    ("none", BEND),
    ("strum_up", ()),
    ("tremolo", ()),
    ("palm_mute", ()),
    ("vibrato", ()),
    ("slide", ()),
    ("ghost", ()),
    ("none", ((Fraction(0), -0.5), (Fraction(1, 4), 0.0))),
    ("none", ()),
)


def song() -> SongPlan:
    """Two bars of eighths up a scale, each played in another way, with a pedal for each half."""
    plan = changing_plan(Grid.steady(120, Meter()), bars=1, role="lead")
    (visit,) = plan.visits
    scale = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84, 86)
    notes = tuple(
        Note(Fraction(i, 2), Fraction(1, 2), pitch, 90, articulation=touch, bend=bend)  # type: ignore[arg-type]
        for i, (pitch, (touch, bend)) in enumerate(zip(scale, TOUCHES, strict=True))
    )
    half = Fraction(4)
    pedal = Control(64, ((Fraction(0), 127), (half, 0), (half, 127), (2 * half, 0)))
    score = replace(visit.music.score, bars=2, parts={"lead": Part("lead", notes, (pedal,))})
    return replace(plan, visits=(change_visit(visit, score=score),))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "song.musicxml"
    write_musicxml(song(), path)
    return path


@pytest.fixture(scope="module")
def read(written: Path) -> list[Any]:
    """Its notes as music21 reads them."""
    return list(music21.converter.parse(written).recurse().notes)


def signs(element: Any) -> set[str]:
    return {type(sign).__name__ for sign in (*element.articulations, *element.expressions)}


def test_signs_stand_at_their_notes(read: list[Any]) -> None:
    found = [signs(note) for note in read if not isinstance(note, music21.harmony.ChordSymbol)]
    assert len(found) == len(TOUCHES)
    wanted = {
        0: "Staccato",
        1: "Tenuto",
        2: "Accent",
        3: "StrongAccent",
        8: "UpBow",
        9: "Tremolo",
        12: "Scoop",
    }
    for place, sign in wanted.items():
        assert sign in found[place]
    assert not found[4] - {"Slur"}


def test_a_bend_is_written_at_the_fret_that_it_comes_from(read: list[Any]) -> None:
    notes = [note for note in read if not isinstance(note, music21.harmony.ChordSymbol)]
    bends = [sign for sign in notes[7].articulations if isinstance(sign, music21.articulations.FretBend)]
    assert notes[7].pitch.midi + bends[0].bendAlter.semitones == 72
    assert "Scoop" in signs(notes[14])
    assert notes[14].pitch.midi == 84


def test_slurs_begin_at_the_note_before(read: list[Any]) -> None:
    notes = [note for note in read if not isinstance(note, music21.harmony.ChordSymbol)]
    (slur,) = {site for note in notes for site in note.getSpannerSites("Slur")}
    assert [note.pitch.midi for note in (slur.getFirst(), slur.getLast())] == [67, 71]


def test_pedal_words_and_heads_are_in_the_file(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert len(re.findall(r'<pedal [^>]*type="start"', text)) == 2
    assert text.count("P.M.") == 1
    assert text.count('parentheses="yes"') == 1


def test_verovio_engraves_what_is_said(written: Path) -> None:
    verovio = pytest.importorskip("verovio")
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    assert toolkit.loadFile(str(written))
    engraved = toolkit.getMEI()
    for sign in ('artic="stacc"', 'artic="ten"', "<slur ", "<pedal ", "<bTrem "):
        assert sign in engraved


def test_midi_has_bends_vibrato_and_pedal_and_leaves_nothing_on(tmp_path: Path) -> None:
    write_midi(song(), tmp_path / "song.mid")
    messages = list(mido.MidiFile(tmp_path / "song.mid").tracks[1])
    wheel = [message.pitch for message in messages if message.type == "pitchwheel"]
    assert min(wheel) <= -8191
    assert wheel[-1] == 0
    for controller in (1, 64):
        values = [m.value for m in messages if m.type == "control_change" and m.control == controller]
        assert max(values) > 40
        assert values[-1] == 0
