"""Notes are named as a reader expects them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.harmony.keys import MODES, Key, parse_key
from structure.harmony.pitch import NATURALS, pitch_class
from structure.notation.spelling import spell_pitch
from tests.structure.notation.sheetmaker import chord_events

TONICS = ["C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B"]
CHORDS = ["C", "Am", "E7", "F#m7b5", "Bdim7", "Ebmaj7", "C7#9", "G7b13", "A/C#", "Db7", "B7b9", "Fm6"]


@pytest.mark.parametrize(
    ("pitch", "key", "chord", "name"),
    [
        (68, "A minor", "E7", "G#"),  # the third of the dominant
        (66, "C major", "D7", "F#"),
        (63, "C major", "Fm7", "Eb"),  # borrowed from C minor
        (61, "Bb major", "Edim7", "Db"),  # a diminished seventh
        (63, "C major", "C7#9", "D#"),
        (68, "C major", "C7b13", "Ab"),
        (61, "D minor", "A/C#", "C#"),
        (70, "F major", "C7", "Bb"),
        (66, "E minor", "Em", "F#"),  # of the scale: the chord has no say
        (61, "Ab major", "Db", "Db"),
    ],
)
def test_chord_tones_outside_of_the_scale_are_the_chord_s(
    pitch: int, key: str, chord: str, name: str
) -> None:
    assert spell_pitch(pitch, parse_key(key), chord_events(chord, Meter())[0])[0] == name


@pytest.mark.parametrize(
    ("pitch", "key", "following", "name"),
    [
        (61, "C major", 62, "C#"),  # up to D
        (61, "C major", 60, "Db"),  # down to C
        (63, "C major", 64, "D#"),
        (70, "C major", 69, "Bb"),
        (66, "C major", None, "F#"),
        (63, "C major", 67, "Eb"),
        (64, "Eb major", 65, "E"),
        (64, "Eb major", 63, "E"),
        (65, "G major", 66, "F"),
    ],
)
def test_passing_notes_lead_to_the_next(pitch: int, key: str, following: int | None, name: str) -> None:
    assert spell_pitch(pitch, parse_key(key), None, following)[0] == name


@given(
    st.integers(21, 108),
    st.sampled_from(TONICS),
    st.sampled_from(sorted(MODES)),
    st.sampled_from([None, *CHORDS]),
    st.integers(-2, 2),
)
def test_what_is_written_sounds(pitch: int, tonic: str, mode: str, chord: str | None, step: int) -> None:
    event = chord_events(chord, Meter())[0] if chord else None
    name, octave = spell_pitch(pitch, Key(tonic, mode), event, pitch + step)
    natural = NATURALS["CDEFGAB".index(name[0])]
    assert 12 * (octave + 1) + natural + name.count("#") - name.count("b") == pitch
    assert pitch_class(name) == pitch % 12
