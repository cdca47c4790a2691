"""Keys are read as musicians write them, and move as they should."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structure.harmony.hearing import hear_key
from structure.harmony.keys import MODES, Key, parse_key
from structure.harmony.pitch import pitch_class
from tests.midifiles import in_quarters

TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B", "C#")
keys = st.builds(Key, st.sampled_from(TONICS), st.sampled_from(sorted(MODES)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A minor", "A minor"),
        ("Am", "A minor"),
        ("F# major", "F# major"),
        ("Bb", "Bb major"),
        ("bb", "Bb major"),
        ("e♭ minor", "Eb minor"),
        ("C dorian", "C dorian"),
        ("G flat major", "Gb major"),
        ("f sharp min", "F# minor"),
        ("D Aeolian", "D minor"),
        ("EM", "E major"),
    ],
)
def test_usual_spellings(text, name):
    assert parse_key(text).name == name


@pytest.mark.parametrize("text", ["H minor", "", "12", "C minr", "A minor minor"])
def test_other_words_are_errors_with_a_hint(text):
    with pytest.raises(ValueError, match=r"is not a key; ") as caught:
        parse_key(text)
    assert repr(text) in str(caught.value)


def test_misspelt_mode_gets_a_suggestion():
    with pytest.raises(ValueError, match="did you mean 'mixolydian'"):
        parse_key("G mixolidian")


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("C major", (0, 2, 4, 5, 7, 9, 11)),
        ("A minor", (9, 11, 0, 2, 4, 5, 7)),
        ("D dorian", (2, 4, 5, 7, 9, 11, 0)),
    ],
)
def test_scales(text, scale):
    assert parse_key(text).scale == scale


@pytest.mark.parametrize(
    ("text", "sharps"),
    [
        ("C", 0),
        ("G", 1),
        ("F", -1),
        ("A", 3),
        ("Eb", -3),
        ("A minor", 0),
        ("C minor", -3),
        ("D dorian", 0),
        ("Gb", -6),
    ],
)
def test_key_signatures(text, sharps):
    assert parse_key(text).sharps == sharps


@given(keys, st.integers(-12, 12))
def test_transposing_up_and_down_is_the_identity_in_sound(key, semitones):
    back = key.transpose(semitones).transpose(-semitones)
    assert back.scale == key.scale


@given(keys)
@example(Key("Eb", "locrian"))
def test_a_name_is_read_back_as_itself(key):
    read = parse_key(key.name)
    assert read.scale == key.scale and abs(read.fifths) <= 7
    assert read == key or abs(key.fifths) > 7


@pytest.mark.parametrize(
    "text",
    [
        "C",
        "Gb",
        "F#",
        "C# minor",
        "Eb minor",
        "F# minor",
        "D dorian",
        "Bb mixolydian",
        "E phrygian",
        "F lydian",
    ],
)
def test_scale_tones_of_a_key_have_seven_letters(text):
    key = parse_key(text)
    assert len({key.spell(pitch)[0] for pitch in key.scale}) == 7
    assert [pitch_class(key.spell(pitch)) for pitch in range(12)] == list(range(12))


@pytest.mark.parametrize(
    ("tune", "key"),
    [
        ("G4:1 B4:1 D5:2 C5:1 A4:1 F#4:2 G4:4", "G major"),
        ("A4:1 C5:1 E5:2 D5:1 B4:1 G#4:2 A4:4", "A minor"),
        ("A1:1 A1:.5 C2:.5 D2:1 E2:1 F2:1 F2:1 G2:1 E2:1", "A minor"),
    ],
)
def test_the_key_of_a_tune_is_heard(tune: str, key: str) -> None:
    found = hear_key((start, length, pitch) for start, length, pitch, _ in in_quarters(tune))
    assert found is not None and found.name == key
