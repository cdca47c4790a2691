"""MIDI and MusicXML hold the notes of the plan, and open in other programs."""

from fractions import Fraction
from functools import cache

import mido
import pytest

from structure.arrange.swing import remove_swing
from structure.engraving.drum_places import drum_notation, drum_places
from structure.notation.midi import write_midi
from structure.notation.musicxml import write_musicxml
from structure.notation.touches import bent_from_below
from structure.planning.planner import plan_song
from structure.presets.styles import load_style
from structure.specs.spec import SongSpec

SONGS = {
    "pop": {"genre": "pop", "key": "Eb major", "tempo": 97.5},
    "jazz": {"genre": "jazz", "key": "C minor"},
    "ballad": {"genre": "ballad", "meter": "6/8", "tempo": 54},
    "odd": {"genre": "rock", "meter": "7/8", "key": "F# minor"},
}


@cache
def song(name):
    form = ["intro", "verse", {"section": "chorus", "lift": 2}, "outro"]
    bars = {"intro": 1, "verse": 4, "chorus": 4, "outro": 2}
    sections = {section: {"bars": count} for section, count in bars.items()}
    return plan_song(SongSpec(form=form, sections=sections, **SONGS[name]))


def planned_notes(plan, stem):
    """(onset in the song, duration, pitch, velocity) of a stem. A key that is struck again is released
    before."""
    notes = [
        (plan.grid.quarters_at_bar(v.place.start_bar) + n.sounding_onset, n.duration, n.pitch, n.velocity)
        for v in plan.visits
        for n in (v.music.score.parts[stem].notes if stem in v.music.score.parts else ())
    ]
    again: dict[int, Fraction] = {}
    found = []
    for onset, duration, pitch, velocity in sorted(notes, reverse=True):
        found.append((onset, min(duration, again.get(pitch, onset + duration) - onset), pitch, velocity))
        again[pitch] = onset
    return found


def midi_notes(track, ticks):
    now, open_notes, found = 0, {}, []
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            open_notes[message.note] = (now, message.velocity)
        elif message.type in ("note_on", "note_off"):
            start, velocity = open_notes.pop(message.note)
            found.append((Fraction(start, ticks), Fraction(now - start, ticks), message.note, velocity))
    assert not open_notes
    return found


@pytest.mark.parametrize("name", SONGS)
def test_midi_has_the_same_notes(name, tmp_path):
    plan = song(name)
    write_midi(plan, tmp_path / "song.mid")
    file = mido.MidiFile(tmp_path / "song.mid")
    assert [track.name for track in file.tracks] == [plan.title, *(stem.name for stem in plan.stems)]
    for stem, track in zip(plan.stems, file.tracks[1:], strict=True):
        tick = Fraction(1, file.ticks_per_beat)
        ours, theirs = (
            sorted(planned_notes(plan, stem.name)),
            sorted(midi_notes(track, file.ticks_per_beat)),
        )
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert abs(one[0] - other[0]) <= tick / 2
            assert abs(one[1] - other[1]) <= tick
            assert one[2:] == other[2:]
        channels = {message.channel for message in track if not message.is_meta}
        assert channels == {9} if stem.role == "drums" else 9 not in channels


@pytest.mark.parametrize("name", SONGS)
def test_midi_says_tempo_metre_key_and_sections(name, tmp_path):
    plan = song(name)
    write_midi(plan, tmp_path / "song.mid")
    file = mido.MidiFile(tmp_path / "song.mid")
    head = file.tracks[0]
    assert file.length == pytest.approx(plan.music_samples / plan.grid.sample_rate, abs=0.01)
    (meter,) = (m for m in head if m.type == "time_signature")
    assert (meter.numerator, meter.denominator) == (plan.meter.numerator, plan.meter.denominator)
    assert [m.text for m in head if m.type == "marker"] == [visit.place.label for visit in plan.visits]
    quarters = plan.grid.tempo_bpm * plan.meter.beat_quarters
    tempi = [m.tempo for m in head if m.type == "set_tempo"]
    assert tempi[0] == pytest.approx(60e6 / float(quarters), abs=1)
    assert len(tempi) == len({span.start: span.quarters_per_minute for span in plan.grid.spans})


def read_back(path):
    from music21 import converter, harmony

    found = {}
    for part in converter.parse(path).toSoundingPitch().parts:
        notes, opened = [], {}
        for element in part.flatten().notes:
            if isinstance(element, harmony.ChordSymbol):
                continue
            for note in getattr(element, "notes", (element,)):
                onset, length = Fraction(element.offset), Fraction(element.quarterLength)
                what = note.pitch.midi if hasattr(note, "pitch") else (note.displayName, note.notehead)
                tie = note.tie.type if note.tie else None
                if tie in ("continue", "stop"):
                    start, so_far = opened.pop(what)
                    onset, length = start, so_far + length
                if tie in ("start", "continue"):
                    opened[what] = (onset, length)
                else:
                    notes.append((onset, length, what))
        assert not opened
        found.setdefault(part.partName, []).extend(notes)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", SONGS)
def test_musicxml_opens_with_the_same_notes(name, tmp_path):
    plan = song(name)
    write_musicxml(plan, tmp_path / "song.musicxml")
    swing = load_style(plan.genre).swing
    parts = read_back(tmp_path / "song.musicxml")
    assert list(parts) == [stem.name for stem in plan.stems]
    for stem in plan.stems:
        ours = []
        parts_of = [v.music.score.parts[stem.name] for v in plan.visits if stem.name in v.music.score.parts]
        places = drum_places(note for part in parts_of for note in part.notes)
        for visit in plan.visits:
            start = plan.grid.quarters_at_bar(visit.place.start_bar)
            part = visit.music.score.parts.get(stem.name)
            for note in remove_swing(part.notes, swing, plan.meter) if part else ():
                fretted = note.pitch - bent_from_below(note)
                place = places.get(note.pitch)
                what = (place.display, place.head) if stem.role == "drums" else fretted
                ours.append((start + note.onset, what, note.duration))
        theirs = sorted((onset, what, length) for onset, length, what in parts[stem.name])
        assert len(theirs) == len(ours)
        assert sorted(note[1] for note in theirs) == sorted(note[1] for note in ours)
        assert len({note[:2] for note in theirs} & {note[:2] for note in ours}) >= 0.95 * len(
            {note[:2] for note in ours}
        )
        if stem.role != "drums":  # how long a player holds a note is written in sixteenths at the finest
            written = {note[:2]: note[2] for note in theirs}
            held = [(written[note[:2]], note[2]) for note in ours if note[:2] in written]
            assert all(abs(one - other) <= Fraction(3, 8) for one, other in held)


@pytest.mark.slow
def test_musicxml_has_chords_and_sections(tmp_path):
    from music21 import converter, expressions, harmony

    plan = song("jazz")
    write_musicxml(plan, tmp_path / "song.musicxml")
    score = converter.parse(tmp_path / "song.musicxml")
    marks = [mark.content for mark in score.recurse().getElementsByClass(expressions.RehearsalMark)]
    assert marks == [visit.place.label for visit in plan.visits]
    symbols = list(score.recurse().getElementsByClass(harmony.ChordSymbol))
    chords = [chord for visit in plan.visits for chord in visit.music.score.chords]
    assert [symbol.root().pitchClass for symbol in symbols] == [chord.root for chord in chords]
    assert "Swing" in (tmp_path / "song.musicxml").read_text()


def test_each_key_has_a_place_and_a_name_of_its_own():
    places = [drum_notation(key) for key in range(128)]
    assert len({(place.display, place.head) for place in places}) == 128
    assert len({place.name for place in places}) == 128


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_midi, write_musicxml])
def test_files_are_the_same_bytes_each_time_and_leave_nothing_else(write, tmp_path):
    plan = song("pop")
    write(plan, tmp_path / "one")
    write(plan, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    assert b"encoding-date" not in (tmp_path / "one").read_bytes()
