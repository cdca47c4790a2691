"""A mood is in the notes: mode, tempo, register, density, articulation and changes of harmony."""

from fractions import Fraction

import pytest

from structure.base.grid import Grid, Meter
from structure.outcomes.listening import Song
from structure.outcomes.measures import measure
from structure.outcomes.moods import directions_of, measures_that_differ
from structure.specs.wishes import Wish
from tests.structure.outcomes.bands import BAND, PIANO, Player, asked, bars, obeys, song, where
from tests.structure.outcomes.test_keys import SCALE

SLOW, FAST = 76, 134


def feeling(*, minor, bpm, octave, strokes, held, a_bar):
    """A flute and a piano in C; ``strokes`` a bar each, held for a share of their time; chords a bar."""
    scale = SCALE["minor" if minor else "major"]
    steps = (0, 8, 10, 0) if minor else (0, 5, 7, 0)

    def line(label, bar):
        gap = 4 / strokes
        return [(i * gap, held * gap, 12 * octave + scale[(bar + 2 * i) % 7], 80) for i in range(strokes)]

    def hands(label, bar):
        root = steps[(bar * a_bar) // 1 % 4 if a_bar >= 1 else bar // 2 % 4]
        third = 3 if minor and root == 0 else 4
        gap = 4 / strokes
        return [
            (i * gap, held * gap, 12 * octave - 12 + root + s, 80)
            for i in range(strokes)
            for s in (0, third, 7)
        ]

    def chords(label, bar):
        root = steps[bar % 4 if a_bar >= 1 else bar // 4 % 4]
        third = 3 if minor and root == 0 else 4
        return "?", root, (root, (root + third) % 12, (root + 7) % 12)

    players = [Player("flute", "lead", "flute", line), Player("piano", "chords", "piano", hands)]
    return song(players=players, chords=chords, grid=Grid.steady(Fraction(bpm), Meter()), genre="pop")


SAD = feeling(minor=True, bpm=SLOW, octave=4, strokes=2, held=1, a_bar=0.25)
HAPPY = feeling(minor=False, bpm=FAST, octave=7, strokes=8, held=0.4, a_bar=1)


def test_the_measures_are_those_of_the_notes():
    sad, happy = (measure(Song(plan), range(plan.bars)) for plan in (SAD, HAPPY))
    assert (sad.mode, happy.mode) == (0.0, 1.0)
    assert (sad.tempo, happy.tempo) == (SLOW, FAST)
    assert happy.register - sad.register > 24
    assert (sad.density, happy.density) == (0.5, 2.0)
    assert sad.articulation == pytest.approx(1.0) and happy.articulation == pytest.approx(0.4, abs=0.02)
    assert happy.changes > 2 * sad.changes
    assert happy.force > 2 * sad.force


@pytest.mark.parametrize("word", ["sad", "gloomy", "melancholic"])
def test_a_sad_song_is_sad(word):
    assert obeys(SAD, "mood", word)
    assert not obeys(HAPPY, "mood", word)
    assert obeys(HAPPY, "mood", word, polarity="avoid")


@pytest.mark.parametrize("word", ["happy", "cheerful", "energetic"])
def test_a_happy_song_is_happy(word):
    assert obeys(HAPPY, "mood", word)
    assert not obeys(SAD, "mood", word)
    assert not obeys(HAPPY, "mood", word, polarity="avoid")


def test_what_a_mood_lacks_is_said():
    assert asked(HAPPY, "mood", "sad").why == "it is not minor, slow, low, sparse, long notes"
    assert "minor, slow, low" in asked(SAD, "mood", "sad").evidence
    assert asked(SAD, "mood", "purple").why.startswith("purple only colours the sound")


def test_what_another_wish_settles_does_not_count_against_a_mood():
    quick = feeling(minor=False, bpm=FAST, octave=4, strokes=8, held=1, a_bar=1)
    assert not obeys(quick, "mood", "sad")
    settled = [Wish(kind="tempo", what="bpm", amount=FAST), Wish(kind="key", what="C major")]
    assert obeys(quick, "mood", "sad", beside=settled)


def test_two_moods_differ_in_most_measures():
    assert len(measures_that_differ(HAPPY, SAD, "joyful", "gloomy")) == 6
    assert measures_that_differ(SAD, HAPPY, "joyful", "gloomy") == ()
    assert measures_that_differ(SAD, SAD, "joyful", "gloomy") == ()
    with pytest.raises(ValueError, match="purple"):
        measures_that_differ(SAD, HAPPY, "purple", "gloomy")


def test_words_of_many_letters_are_known():
    assert directions_of("Feel-Good") == directions_of("happy")
    assert directions_of("very sad") == directions_of("sad")
    assert directions_of("purple") is None


def by_force(*velocities):
    """A band whose four quarters of the song have these velocities."""

    def limit(bar):
        def play(label, number):
            part = velocities[min(3, number // 14)]
            return [(t, d, p, part) for t, d, p, _ in bar(label, number)]

        return play

    return song(["verse 14"] * 4, players=[where(player, limit) for player in BAND], genre="lo-fi")


@pytest.mark.parametrize(
    ("what", "right", "wrong"),
    [
        ("build", (30, 50, 80, 120), (80, 80, 80, 80)),
        ("fall", (120, 80, 50, 30), (80, 80, 80, 80)),
        ("quiet", (30, 30, 30, 30), (110, 110, 110, 110)),
        ("loud", (127, 127, 127, 127), (60, 60, 60, 60)),
    ],
)
def test_energy_is_in_the_strokes(what, right, wrong):
    assert obeys(by_force(*right), "energy", what)
    assert not obeys(by_force(*wrong), "energy", what)
    assert not obeys(by_force(*right), "energy", what, polarity="avoid")


def test_a_place_is_loud_beside_the_rest():
    plan = by_force(50, 50, 50, 120)
    assert obeys(plan, "energy", "loud", within="verse last")
    assert not obeys(plan, "energy", "loud", within="verse 1")
    assert obeys(plan, "energy", "quiet", within="verse 1")


def test_more_players_are_louder():
    plan = song(players=[PIANO, *(where(player, bars(45, 52)) for player in BAND if player is not PIANO)])
    assert obeys(plan, "energy", "loud", within="chorus last")
    assert obeys(plan, "energy", "quiet", within="chorus 1")


def test_moods_that_contradict_each_other_leave_the_measure_open():
    bitter_sweet = feeling(minor=False, bpm=SLOW, octave=7, strokes=2, held=0.4, a_bar=1)
    assert not obeys(bitter_sweet, "mood", "sad")
    hopeful = [Wish(kind="mood", what="hopeful")]
    assert obeys(bitter_sweet, "mood", "sad", beside=hopeful)


def test_what_a_wanted_mood_brings_is_no_fault_of_one_to_avoid():
    heavy = feeling(minor=False, bpm=FAST, octave=4, strokes=8, held=0.4, a_bar=1)
    assert not obeys(heavy, "mood", "aggressive", polarity="avoid")
    lively = [Wish(kind="mood", what="energetic")]
    assert obeys(heavy, "mood", "aggressive", polarity="avoid", beside=lively)
    assert not obeys(heavy, "mood", "energetic", polarity="less")
