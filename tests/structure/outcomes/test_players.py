"""An ensemble is exactly its players; a part is heard, or is not, where that was said."""

import pytest

from structure.outcomes.instruments import is_player
from structure.plans.plan import StemPlan
from structure.specs.wishes import Where, Wish
from tests.structure.outcomes.bands import (
    BAND,
    BASS,
    DRUMS,
    GUITAR,
    PIANO,
    STRINGS,
    Player,
    asked,
    at,
    bars,
    but,
    long_chord,
    obeys,
    only,
    roots,
    song,
    tune,
    when,
    where,
)

TRIO = song(players=[PIANO, BASS, DRUMS])
QUARTET = [
    Player("violin", "lead", "violin, expressive", tune),
    Player("violin-2", "arpeggio", "second violin", tune),
    Player("viola", "chords", "viola", long_chord),
    Player("cello", "bass", "cello", roots),
]


@pytest.mark.parametrize(
    ("prompt", "role", "name", "expected"),
    [
        ("grand piano, felt", "chords", "piano", True),
        ("grand piano", "bass", "piano", True),
        ("grand piano", "bass", "bass", False),
        ("electric bass", "bass", "bass", True),
        ("upright bass", "bass", "double bass", True),
        ("synth bass, round", "bass", "bass guitar", False),
        ("rhodes electric piano", "chords", "piano", False),
        ("rhodes electric piano", "chords", "keys", True),
        ("cello, bowed", "lead", "strings", True),
        ("tenor saxophone", "lead", "saxophone", True),
        ("tenor saxophone", "lead", "trumpet", False),
        ("distorted guitars", "chords", "electric guitar", True),
        ("nylon guitar", "chords", "electric guitar", False),
        ("jazz drum kit", "drums", "drums", True),
        ("orchestral timpani", "drums", "timpani", True),
        ("rock drum kit", "drums", "timpani", False),
        ("theremin", "lead", "theremin", True),
        ("flute", "lead", "theremin", False),
        ("slide guitar", "lead", "guitar", True),
    ],
)
def test_a_stem_is_the_instrument_that_its_sound_names(prompt, role, name, expected):
    assert is_player(StemPlan("stem", role, prompt, "", 0.0, 0.0, 0.1), name) is expected


def test_nobody_else_plays_in_an_ensemble():
    assert obeys(TRIO, "ensemble", "piano, bass, drums")
    wrong = asked(song(), "ensemble", "piano, bass, drums")
    assert (wrong.result, wrong.why) == ("impossible", "guitar plays too")


def test_each_player_of_an_ensemble_plays_most_of_the_time():
    rare = song(players=[PIANO, where(BASS, only("chorus 1"))])
    assert "bass plays in only" in asked(rare, "ensemble", "piano, bass").why
    assert "there is no cello" in asked(TRIO, "ensemble", "piano, bass, drums, cello").why


def test_bars_in_which_a_wish_silences_a_player_do_not_count():
    late = song(players=[PIANO, where(BASS, only("chorus", "bridge"))])
    assert not obeys(late, "ensemble", "piano, bass")
    beside = [
        Wish(kind="event", what="enter", where=Where(stem="bass"), when=at("chorus 1")),
        Wish(kind="part", what="bass", polarity="avoid", where=Where(section="verse")),
        Wish(kind="part", what="bass", polarity="avoid", where=Where(section="outro")),
    ]
    assert obeys(late, "ensemble", "piano, bass", beside=beside)


def test_a_quartet_is_four_stems():
    plan = song(players=QUARTET)
    assert obeys(plan, "ensemble", "violin, violin, viola, cello")
    assert not obeys(song(players=QUARTET[:1] + QUARTET[2:]), "ensemble", "violin, violin, viola, cello")


def test_a_solo_piano_may_be_two_hands():
    hands = [Player("right", "lead", "grand piano", tune), Player("left", "bass", "grand piano", roots)]
    assert obeys(song(players=hands), "ensemble", "piano")
    assert not obeys(song(players=[*hands, STRINGS]), "ensemble", "piano")


def test_an_ensemble_of_a_place_is_exact_there_alone():
    plan = song(players=[PIANO, where(DRUMS, but("intro")), where(BASS, but("intro"))])
    assert obeys(plan, "ensemble", "piano", within="intro")
    assert not obeys(plan, "ensemble", "piano", within="verse 1")
    assert not obeys(plan, "ensemble", "piano")


def test_an_ensemble_for_some_bars_ends_with_them():
    plan = song(players=[DRUMS, where(PIANO, bars(9, 56))])
    assert obeys(plan, "ensemble", "drums", when=at("start"), amount=8)
    assert not obeys(plan, "ensemble", "drums", when=at("start"), amount=12)
    assert (
        "nobody else comes in at bar 5" in asked(plan, "ensemble", "drums", when=at("start"), amount=4).why
    )


def test_a_part_of_the_kit_may_be_all_that_plays():
    hats = Player("drums", "drums", "drum kit", lambda label, bar: [(0, 0.2, 42, 80), (2, 0.2, 42, 80)])
    assert obeys(song(players=[hats]), "ensemble", "hi-hats")
    assert not obeys(song(players=[DRUMS]), "ensemble", "hi-hats")


def test_a_part_that_is_wanted_is_heard():
    assert obeys(song(), "part", "piano")
    assert obeys(song(), "part", "hi-hats")
    assert not obeys(song(), "part", "cello")
    assert not obeys(song(), "part", "cowbell")
    assert not obeys(song(players=[*BAND, where(STRINGS, bars(9, 9))]), "part", "strings")


@pytest.mark.slow
def test_a_part_that_is_not_wanted_is_not_heard():
    assert obeys(song(), "part", "strings", polarity="avoid")
    assert not obeys(song(), "part", "drums", polarity="avoid")
    assert not obeys(song(), "part", "hi-hats", polarity="avoid")
    no_hats = [s for s in DRUMS.bar("", 0) if s[2] != 42]
    quiet = Player("drums", "drums", "kit", lambda label, bar: no_hats)
    assert obeys(song(players=[quiet, PIANO]), "part", "hi-hats", polarity="avoid")


def test_no_drums_until_the_chorus_means_drums_from_there():
    asks = {"polarity": "avoid", "when": when("before", "chorus 1")}
    late = song(players=[PIANO, where(DRUMS, bars(13, 60))])
    assert obeys(late, "part", "drums", **asks)
    assert not obeys(song(), "part", "drums", **asks)
    never = asked(song(players=[PIANO]), "part", "drums", **asks)
    assert never.why == "drums does not play in the rest either"


def test_a_part_until_a_place_stops_there():
    early = song(players=[PIANO, where(DRUMS, bars(1, 12))])
    assert obeys(early, "part", "drums", when=when("until", "chorus 1"))
    assert not obeys(song(), "part", "drums", when=when("until", "chorus 1"))


def test_a_part_in_a_place_is_heard_in_that_place():
    plan = song(players=[*BAND, where(STRINGS, only("bridge"))])
    assert obeys(plan, "part", "strings", within="bridge")
    assert not obeys(plan, "part", "strings", within="verse")
    assert obeys(plan, "part", "strings", within="verse", polarity="avoid")


def test_claps_without_drums_are_claps_alone():
    clap = Player("drums", "drums", "hand claps", lambda label, bar: [(1, 0.2, 39, 80), (3, 0.2, 39, 80)])
    claps = Wish(kind="part", what="claps")
    assert obeys(song(players=[GUITAR, clap]), "part", "drums", polarity="avoid", beside=[claps])
    assert not obeys(song(players=[GUITAR, clap]), "part", "drums", polarity="avoid")
    assert not obeys(song(players=[GUITAR, DRUMS]), "part", "drums", polarity="avoid", beside=[claps])


def test_a_place_that_is_not_there_is_said():
    assert asked(song(), "part", "drums", within="chorus 7").why == "there is no chorus 7: the song has 3"
    assert (
        "the song has no drop"
        in asked(song(players=BAND, walk=["verse 8"]), "part", "drums", within="drop").why
    )
