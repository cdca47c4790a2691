"""Sections are there, where they were asked for; forms are what they are called."""

import pytest

from structure.specs.wishes import Wish
from tests.structure.outcomes.bands import asked, at, obeys, place, song, when

POP = song()
BREAK = ["verse 8", "chorus 8", "verse 8", "chorus 8", "solo 8", "bridge 4", "chorus 8", "chorus 8"]


def test_a_section_is_there_or_is_not():
    assert asked(POP, "section", "bridge").evidence == "planned, bars 37-44"
    assert not obeys(POP, "section", "solo")
    assert obeys(POP, "section", "solo", polarity="avoid")
    assert not obeys(POP, "section", "intro", polarity="avoid")
    assert obeys(song(["verse 8", "middle8 8"]), "section", "bridge")
    assert obeys(POP, "section", "hook") and obeys(POP, "section", "hook", polarity="avoid")


def test_a_number_of_visits_is_that_number():
    assert obeys(POP, "section", "chorus", amount=3)
    assert not obeys(POP, "section", "chorus", amount=2)
    after_the_second = Wish(kind="event", what="solo", when=when("after", "chorus 2"))
    assert obeys(POP, "section", "chorus", amount=2, beside=[after_the_second])


def test_a_section_after_another_is_next_to_it():
    plan = song(BREAK)
    assert obeys(plan, "section", "solo", when=when("after", "chorus 2"))
    assert not obeys(plan, "section", "bridge", when=when("after", "chorus 2"))
    assert obeys(plan, "section", "bridge", when=when("before", "chorus last")) is False
    assert obeys(plan, "section", "bridge", when=when("before", "chorus 3"))
    missing = asked(POP, "section", "solo", when=when("after", "chorus 2"))
    assert missing.why.startswith("there is no solo; the song goes intro, verse")
    elsewhere = asked(plan, "section", "solo", when=when("after", "chorus 1"))
    assert elsewhere.why == "no solo there; chorus 1 ends at bar 16"


def test_a_section_at_a_time_begins_there():
    drops = song(["intro 8", "build 8", "drop 16", "breakdown 8", "drop 16"])
    assert obeys(drops, "section", "drop", when=at("32 s"))
    assert not obeys(drops, "section", "drop", when=at("60 s"))
    assert obeys(drops, "section", "drop", when=at("bar 17"))
    assert not obeys(drops, "section", "drop", when=at("bar 25"))


def test_the_start_and_the_end_are_edges():
    assert obeys(song(BREAK), "section", "verse", when=at("start"))
    assert not obeys(POP, "section", "verse", when=at("start"))
    assert obeys(song(BREAK), "section", "chorus", amount=2, when=at("end"))
    assert not obeys(POP, "section", "chorus", amount=2, when=at("end"))
    assert obeys(song(["verse 8", "chorus 8", "chorus 16"]), "section", "chorus", amount=2, when=at("end"))


@pytest.mark.parametrize(
    ("form", "walk"),
    [
        ("verse chorus verse chorus bridge chorus", "verse chorus verse chorus bridge chorus"),
        ("a b a b c b", "intro verse chorus verse chorus bridge chorus outro"),
        ("A A B A", "head head bridge head"),
        ("aaba", "intro head head bridge head coda"),
        ("rondo", "head verse head bridge head"),
        ("ternary", "head bridge head"),
        ("binary", "head head bridge bridge"),
        ("strophic", "verse verse verse"),
        ("through-composed", "verse chorus bridge"),
    ],
)
def test_a_form_is_how_the_song_goes(form, walk):
    kinds = walk.split()
    assert obeys(song([f"{kind} 4" for kind in kinds]), "form", form)
    other = ["chorus", "verse", "verse", "chorus", "chorus", "bridge", "verse", "chorus"]
    assert not obeys(song([f"{kind} 4" for kind in other]), "form", form)


def test_a_walk_has_nothing_that_nobody_asked_for():
    walk = "verse chorus verse chorus bridge chorus"
    assert not obeys(POP, "form", walk)
    frames = [Wish(kind="section", what=kind) for kind in ("intro", "outro")]
    assert obeys(POP, "form", walk, beside=frames)
    assert obeys(
        POP, "form", walk, beside=[frames[0], Wish(kind="energy", what="quiet", where=place("outro"))]
    )


def test_a_blues_has_twelve_bars():
    def blues(label, bar):
        root = (0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7)[bar % 12]
        return "C7", root, (root, (root + 4) % 12, (root + 7) % 12)

    assert obeys(song(["verse 12", "verse 12", "solo 12"], chords=blues), "form", "12-bar-blues")
    assert not obeys(song(["verse 12", "verse 12"]), "form", "12-bar-blues")
    assert not obeys(song(["verse 8", "verse 8"], chords=blues), "form", "12-bar-blues")


def test_variations_are_never_the_same():
    def grows(label, bar):
        return [(0, 1, 60 + bar // 4, 80)]

    from tests.structure.outcomes.bands import Player

    varied = song(["theme 4", "theme 4", "theme 4"], [Player("flute", "lead", "flute", grows)])
    same = [Player("flute", "lead", "flute", lambda label, bar: [(0, 1, 60, 80)])]
    assert obeys(varied, "form", "theme-and-variations")
    assert not obeys(song(["theme 4", "theme 4", "theme 4"], same), "form", "theme-and-variations")
