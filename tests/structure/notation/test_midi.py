"""MIDI says when notes sound, and what moves while they do; two other programs read it."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import mido
import pytest
from hypothesis import HealthCheck, given, settings

from structure.base.grid import Grid, Meter
from structure.harmony.keys import MODES, USUAL_TONICS, parse_key
from structure.notation.midi import TICKS_PER_QUARTER, write_midi
from structure.plans.score import Control, Note, Part, Syllable
from tests.builders import change_visit, changing_plan, grids
from tests.readers.songs import song_in


def written(plan, path, **options):
    write_midi(plan, path, **options)
    return mido.MidiFile(path)


def placed(track):
    """Messages of a track with the tick at which they stand."""
    now = 0
    for message in track:
        now += message.time
        yield now, message


def notes_of(track):
    """(tick, ticks, pitch) of each note; a note of a pitch ends before the next one begins."""
    sounding, found = {}, []
    for tick, message in placed(track):
        if message.type == "note_on":
            assert message.note not in sounding
            sounding[message.note] = tick
        elif message.type == "note_off":
            start = sounding.pop(message.note)
            found.append((start, tick - start, message.note))
    assert not sounding
    return found


def song_of(notes, controls=(), bars=2, role="lead"):
    """A song in 4/4 at 120 whose only section has these notes."""
    plan = changing_plan(Grid.steady(120, Meter()), bars=1, role=role)
    (visit,) = plan.visits
    part = Part(role, tuple(notes), tuple(controls))
    score = replace(visit.music.score, bars=bars, parts={"lead": part})
    return replace(plan, visits=(change_visit(visit, score=score),))


def test_tempo_and_metre_stand_where_they_change(tmp_path):
    head = written(changing_plan(), tmp_path / "song.mid").tracks[0]
    meters = [
        (tick / TICKS_PER_QUARTER, message.numerator, message.denominator)
        for tick, message in placed(head)
        if message.type == "time_signature"
    ]
    assert meters == [(0, 4, 4), (8, 3, 4), (11, 6, 8)]
    tempi = [
        (tick / TICKS_PER_QUARTER, message.tempo)
        for tick, message in placed(head)
        if message.type == "set_tempo"
    ]
    assert tempi == [
        (0, 500_000),
        (11, 666_667),
        (14, 705_882),
        (14.5, 750_000),
        (15, 800_000),
        (15.5, 1_050_000),
        (16, 1_200_000),
        (16.5, 1_500_000),
    ]


def test_notes_stand_at_their_ticks_whatever_the_metre_is(tmp_path):
    file = written(changing_plan(), tmp_path / "song.mid")
    quarters = [Fraction(tick, TICKS_PER_QUARTER) for tick, _, _ in notes_of(file.tracks[1])]
    jig = [Fraction(11), Fraction(25, 2), Fraction(14), Fraction(31, 2)]
    assert quarters == [*range(11), *jig]
    assert [tick for tick, message in placed(file.tracks[0]) if message.type == "marker"] == [
        0,
        11 * TICKS_PER_QUARTER,
    ]
    assert [sum(message.time for message in track) for track in file.tracks] == [17 * TICKS_PER_QUARTER] * 2


def test_music21_reads_the_same_places_metres_and_tempi(tmp_path):
    from music21 import converter

    write_midi(changing_plan(), tmp_path / "song.mid")
    score = converter.parse(tmp_path / "song.mid", quantizePost=False)
    (part,) = (part for part in score.parts if part.flatten().notes)
    assert [float(note.offset) for note in part.flatten().notes] == [*range(11), 11, 12.5, 14, 15.5]
    first = score.parts[0].flatten()
    assert [(m.offset, m.ratioString) for m in first.getTimeSignatures()] == [
        (0, "4/4"),
        (8, "3/4"),
        (11, "6/8"),
    ]
    marks = score.flatten().getElementsByClass("MetronomeMark")
    tempi = {float(mark.offset): mark.getQuarterBPM() for mark in marks}
    assert tempi == pytest.approx(
        {0: 120, 11: 90, 14: 85, 14.5: 80, 15: 75, 15.5: 400 / 7, 16: 50, 16.5: 40}, abs=0.01
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(grids())
def test_a_note_in_midi_is_heard_at_its_sample(tmp_path, drawn):
    grid, bars = drawn
    plan = changing_plan(grid, bars)
    file = written(plan, tmp_path / "song.mid")
    head = list(placed(file.tracks[0]))
    tempi = [(tick, message.tempo) for tick, message in head if message.type == "set_tempo"]
    starts = [start for start, _, _ in notes_of(file.tracks[1])]
    samples = [
        grid.sample_at(plan.position_quarters(visit) + note.sounding_onset)
        for visit in plan.visits
        for note in visit.music.score.parts["lead"].notes
    ]
    assert len(starts) == len(samples)
    for tick, sample in zip(starts, samples, strict=True):
        seconds = Fraction(0)
        for (start, tempo), (end, _) in zip(tempi, [*tempi[1:], (tick, 0)], strict=True):
            ticks = max(0, min(tick, end) - start)
            seconds += Fraction(ticks * tempo, TICKS_PER_QUARTER * 10**6)
        # A tempo is whole microseconds a quarter, a tick is 1/960 of a quarter, a sample is whole.
        quarters = Fraction(tick, TICKS_PER_QUARTER)
        bound = quarters / 2 / 10**6 + Fraction(1, 960) + Fraction(1, 2 * grid.sample_rate)
        assert abs(seconds - Fraction(sample, grid.sample_rate)) <= bound


def test_notes_sound_when_they_are_played_and_not_before_the_song(tmp_path):
    notes = [
        Note(Fraction(0), Fraction(1), 60, 90, offset=Fraction(-1, 8)),
        Note(Fraction(2), Fraction(1), 62, 90, offset=Fraction(-1, 8)),
        Note(Fraction(4), Fraction(1), 64, 90, offset=Fraction(1, 16)),
    ]
    found = notes_of(written(song_of(notes), tmp_path / "song.mid").tracks[1])
    assert found == [(0, 840, 60), (1800, 960, 62), (3900, 960, 64)]


def test_a_late_note_ends_where_its_pitch_is_struck_again(tmp_path):
    notes = [
        Note(Fraction(0), Fraction(1), 60, 90, offset=Fraction(1, 4)),
        Note(Fraction(1), Fraction(1), 60, 90),
    ]
    found = notes_of(written(song_of(notes), tmp_path / "song.mid").tracks[1])
    assert found == [(240, 720, 60), (960, 960, 60)]


def test_controllers_move_where_the_plan_says(tmp_path):
    pedal = Control(64, ((Fraction(0), 127), (Fraction(15, 4), 0)))
    swell = Control(11, ((Fraction(0), 40), (Fraction(2), 100)))
    plan = song_of([Note(Fraction(0), Fraction(1), 60, 90)], [pedal, swell])
    track = written(plan, tmp_path / "song.mid").tracks[1]
    moves = [(t, m.control, m.value) for t, m in placed(track) if m.type == "control_change"]
    assert moves == [(0, 11, 40), (0, 64, 127), (1920, 11, 100), (3600, 64, 0)]
    assert {m.channel for m in track if not m.is_meta} == {0}


def wheel_of(track):
    return [(tick, message.pitch) for tick, message in placed(track) if message.type == "pitchwheel"]


def test_a_bend_goes_from_point_to_point_and_is_back_when_the_note_ends(tmp_path):
    up = ((Fraction(0), 0.0), (Fraction(1, 2), 1.0), (Fraction(3, 4), 0.5))
    notes = [
        Note(Fraction(1), Fraction(1), 60, 90, bend=up),
        Note(Fraction(2), Fraction(1), 60, 90),
    ]
    track = written(song_of(notes), tmp_path / "song.mid").tracks[1]
    moves = dict(wheel_of(track))
    assert moves[960 + 240] == 2048
    assert moves[960 + 480] == 4096
    assert moves[960 + 720] == 2048
    assert max(moves) == 1920
    assert moves[1920] == 0
    heights = [moves[tick] for tick in sorted(moves) if tick <= 1440]
    assert heights == sorted(heights)
    order = [(tick, message.type) for tick, message in placed(track) if tick == 1920]
    assert [kind for _, kind in order] == ["note_off", "pitchwheel", "note_on"]


@pytest.mark.parametrize(("height", "reach", "pitch"), [(2.0, 2, 8191), (-2.0, 2, -8192), (-3.5, 4, -7168)])
def test_a_track_that_bends_says_first_how_far_its_wheel_reaches(tmp_path, height, reach, pitch):
    note = Note(Fraction(0), Fraction(1), 60, 90, bend=((Fraction(0), height),))
    track = written(song_of([note]), tmp_path / "song.mid").tracks[1]
    told = [(m.control, m.value) for t, m in placed(track) if m.type == "control_change" and t == 0]
    assert told == [(101, 0), (100, 0), (6, reach), (38, 0), (101, 127), (100, 127)]
    assert wheel_of(track) == [(0, pitch), (960, 0)]
    kinds = [message.type for message in track]
    assert kinds.index("control_change") < kinds.index("pitchwheel") < kinds.index("note_on")


def test_the_wheel_belongs_to_the_note_that_was_bent_last(tmp_path):
    notes = [
        Note(Fraction(0), Fraction(2), 60, 90, bend=((Fraction(0), 1.0),)),
        Note(Fraction(1), Fraction(1), 67, 90, bend=((Fraction(0), -1.0),)),
    ]
    track = written(song_of(notes), tmp_path / "song.mid").tracks[1]
    assert wheel_of(track) == [(0, 4096), (960, 0), (960, -4096), (1920, 0)]


def test_what_is_sung_is_a_lyric_at_its_note(tmp_path):
    from music21 import converter

    sung = [("Schö", "begin"), ("ner", "end"), ("Tag", "single"), ("", "hold")]
    notes = [
        Note(Fraction(at), Fraction(1), 60 + at, 90, syllable=Syllable(text, kind))
        for at, (text, kind) in enumerate(sung)
    ]
    write_midi(song_of(notes), tmp_path / "song.mid")
    track = mido.MidiFile(tmp_path / "song.mid", charset="utf-8").tracks[1]
    lyrics = [(tick, message.text) for tick, message in placed(track) if message.type == "lyrics"]
    assert lyrics == [(0, "Schö-"), (960, "ner"), (1920, "Tag")]
    read = converter.parse(tmp_path / "song.mid").flatten().notes
    assert [note.lyric for note in read] == ["Schö", "ner", "Tag", None]


def test_a_plain_track_has_notes_and_nothing_else(tmp_path):
    track = written(changing_plan(), tmp_path / "song.mid").tracks[1]
    assert {message.type for message in track} == {
        "track_name",
        "program_change",
        "note_on",
        "note_off",
        "end_of_track",
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_key_has_its_signature(mode, tmp_path):
    from music21 import converter

    for tonic in sorted({*USUAL_TONICS["major"], *USUAL_TONICS["minor"]}):
        name = f"{tonic} {mode}"
        plan = changing_plan(Grid.steady(120, Meter()), bars=1)
        plan = replace(plan, visits=(change_visit(plan.visits[0], key=name),))
        write_midi(plan, tmp_path / "song.mid")
        signatures = converter.parse(tmp_path / "song.mid").flatten().getElementsByClass("KeySignature")
        assert {signature.sharps for signature in signatures} == {parse_key(name).sharps}
        data = (tmp_path / "song.mid").read_bytes()
        signature = data[data.index(b"\xff\x59\x02") + 3 :][:2]
        assert signature == bytes([parse_key(name).sharps % 256, parse_key(name).is_minor])


def test_every_message_has_its_status_byte(tmp_path):
    notes = [Note(Fraction(at), Fraction(1), 60 + at, 90) for at in range(4)]
    write_midi(song_of(notes), tmp_path / "song.mid")
    data = (tmp_path / "song.mid").read_bytes()
    for at in range(4):
        assert bytes([0x90, 60 + at, 90]) in data
        assert bytes([0x80, 60 + at, 0]) in data


@pytest.mark.slow
def test_midi_does_not_wait_for_the_import_of_music21():
    code = "import sys, structure.notation.midi; sys.exit('music21' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_mode_that_a_key_signature_cannot_say_is_said_in_words(tmp_path):
    for script, wanted in (("japanese", "key: D dorian"), ("latin", None)):
        write_midi(song_in(script), tmp_path / "a.mid")
        head = mido.MidiFile(tmp_path / "a.mid").tracks[0]
        texts = [message.text for message in head if message.type == "text"]
        assert texts[:1] == ([wanted] if wanted else [])
