"""Harmony by its chords; genre, sound, age, mix, title and lyrics by what a plan says of them."""

from dataclasses import replace

import pytest

from structure.outcomes.check import CHECKS, check_wishes
from structure.specs.spec import MasterSpec
from structure.specs.wishes import Outcome, Wish, Wishes
from tests.builders import change_visit
from tests.structure.outcomes.bands import BAND, STRINGS, Player, asked, at, long_chord, obeys, song


def chords_of(*rows):
    """Chords by turns: root and steps above it."""

    def bar(label, number):
        root, *steps = rows[number % len(rows)]
        return f"<{root}>", root, (root, *((root + step) % 12 for step in steps))

    return bar


def falling():
    """A bass that goes down the scale by whole bars."""
    return Player(
        "bass", "bass", "electric bass", lambda label, bar: [(0, 4, 48 - (0, 1, 3, 5)[bar % 4], 80)]
    )


PLAIN = song(chords=chords_of((0, 4, 7), (7, 4, 7), (9, 3, 7), (5, 4, 7)))
JAZZ = song(chords=chords_of((2, 3, 7, 10), (7, 4, 7, 10), (0, 4, 7, 11), (0, 4, 7, 11)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        ("I V vi IV", PLAIN, JAZZ),
        ("axis", PLAIN, JAZZ),
        ("ii V I", JAZZ, PLAIN),
        ("ii-V-I", JAZZ, PLAIN),
        ("jazzy chords", JAZZ, PLAIN),
        ("simple chords", PLAIN, JAZZ),
        ("drone", song(chords=chords_of((0, 7), (0, 7))), PLAIN),
        ("chromatic", song(chords=chords_of((0, 4, 7), (1, 4, 7), (0, 4, 7), (6, 4, 7))), PLAIN),
        ("descending bass", song(players=[falling()]), PLAIN),
        ("suspended chords", song(chords=chords_of((0, 5, 7), (7, 5, 7))), PLAIN),
    ],
)
def test_harmony_is_in_the_chords(words, right, wrong):
    assert obeys(right, "harmony", words)
    assert not obeys(wrong, "harmony", words)


def test_a_song_may_end_away_from_home():
    assert obeys(PLAIN, "harmony", "unresolved", when=at("end"))
    assert not obeys(JAZZ, "harmony", "unresolved", when=at("end"))
    assert asked(PLAIN, "harmony", "spicy").why == "no rule makes harmony that is spicy"


@pytest.mark.parametrize(
    ("genre", "style", "expected"),
    [
        ("deep house", "house", True),
        ("house", "techno", False),
        ("jazz", "jazz", True),
        ("pop ballad", "pop", True),
        ("pop ballad", "ballad", True),
        ("prairie folk", "folk", True),
        ("alpine folk", "folk", False),
        ("r&b", "soul", True),
        ("soul-pop", "soul", True),
        ("soul-pop", "pop", True),
        ("soul-pop", "rock", False),
        ("jazz house", "jazz", False),
        ("k-pop", "pop", True),
        ("drum and bass", "drum-and-bass", True),
        ("jig", "celtic", True),
        ("dembow", "reggaeton", True),
        ("calypso", "afrobeats", False),
        ("pasodoble", "flamenco", False),
    ],
)
def test_a_genre_is_its_own_style(genre, style, expected):
    assert obeys(song(genre=style), "genre", genre) is expected


def test_a_genre_without_a_style_says_what_it_is_played_as():
    assert asked(song(genre="house"), "genre", "gamelan").why == "played as house: no style of its own yet"
    assert asked(song(genre="techno"), "genre", "house").why == "played as techno"
    assert obeys(song(genre="techno"), "genre", "house", polarity="avoid")


def said(plan, **prompts):
    """The plan with more words for some stems in every visit."""
    visits = [
        change_visit(v, prompts={s: f"{s}, {words}" for s, words in prompts.items()}) for v in plan.visits
    ]
    return replace(plan, visits=tuple(visits))


def test_a_sound_is_in_the_words_of_the_stems():
    plan = said(song(), guitar="distorted, 1980s", piano="warm felt")
    assert obeys(plan, "sound", "distorted")
    assert obeys(plan, "sound", "warm", stem="piano")
    assert not obeys(plan, "sound", "warm", stem="guitar")
    assert not obeys(plan, "sound", "lo-fi")
    assert obeys(plan, "sound", "lo-fi", polarity="avoid")
    assert obeys(plan, "era", "1980s") and not obeys(plan, "era", "1960s")


def test_lo_fi_has_other_words():
    assert obeys(said(song(), piano="dusty vinyl"), "sound", "lo-fi")


def test_a_mix_is_in_its_figures():
    loud = song(master=MasterSpec(preset="club"))
    assert obeys(loud, "mix", "loud master") == (loud.master.loudness_lufs >= -10)
    wide = replace(song(), stems=tuple(replace(stem, pan=0.6) for stem in song().stems))
    assert obeys(wide, "mix", "wide") and not obeys(song(), "mix", "wide")
    wet = replace(song(), stems=tuple(replace(stem, reverb=0.5) for stem in song().stems))
    assert obeys(song(), "mix", "dry") and not obeys(wet, "mix", "dry")
    assert "nothing makes a mix" in asked(song(), "mix", "quadraphonic").why


def test_one_player_may_be_louder_or_to_the_left():
    stems = [
        replace(stem, gain_db=3.0, pan=-0.5) if stem.name == "piano" else stem for stem in song().stems
    ]
    plan = replace(song(), stems=tuple(stems))
    assert obeys(plan, "mix", "louder", stem="piano") and obeys(plan, "mix", "left", stem="piano")
    assert not obeys(plan, "mix", "louder", stem="guitar") and not obeys(plan, "mix", "right", stem="piano")


def test_a_title_is_the_title():
    plan = song(title="Night Drive")
    assert obeys(plan, "title", "night drive")
    assert asked(plan, "title", "Day Drive").why == "the title is 'Night Drive'"


def test_nobody_sings_words():
    choir = Player("choir", "pad", "choir, oohs", long_chord)
    assert obeys(song(), "lyrics", "words", polarity="avoid")
    assert not obeys(song(players=[*BAND, choir]), "lyrics", "words", polarity="avoid")
    assert "nobody sings words" in asked(song(), "lyrics", "about love").why
    assert obeys(song(players=[STRINGS]), "part", "vocals", polarity="avoid")


@pytest.mark.slow
def test_every_kind_of_wish_has_one_outcome_in_order():
    kinds = [*CHECKS, "unknown"]
    wishes = Wishes("", tuple(Wish(kind=kind, what="nothing of the sort") for kind in kinds))
    outcomes = check_wishes(song(), wishes)
    assert [outcome.wish for outcome in outcomes] == list(wishes.wishes)
    assert [o.wish.kind for o in outcomes if o.result == "not_understood"] == ["unknown"]
    assert all(o.why for o in outcomes if o.result == "impossible")
    assert {o.result for o in outcomes} == {"impossible", "not_understood"}


def test_only_what_is_obeyed_has_evidence():
    wish = Wish(kind="part", what="piano")
    assert Outcome(wish, "obeyed", evidence="planned, bars 1-8").evidence
    with pytest.raises(ValueError, match="no evidence"):
        Outcome(wish, "impossible", why="no", evidence="planned")
