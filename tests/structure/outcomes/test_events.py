"""Entries, exits, rests, solos and answers are heard in the notes."""

import pytest

from structure.outcomes.events import EVENTS
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
    obeys,
    only,
    rock_beat,
    song,
    tune,
    when,
    where,
)

WITH_SOLO = ["verse 8", "chorus 8", "verse 8", "chorus 8", "solo 8", "chorus 8"]


def test_strings_come_in_at_the_bridge():
    late = song(players=[*BAND, where(STRINGS, bars(37, 56))])
    assert (
        asked(late, "event", "enter", stem="strings", when=at("bridge")).evidence == "strings from bar 37"
    )
    assert not obeys(late, "event", "enter", stem="strings", when=at("chorus 2"))
    early = asked(song(players=[*BAND, STRINGS]), "event", "enter", stem="strings", when=at("bridge"))
    assert early.why == "strings plays in bars 1-36 already"
    assert asked(song(), "event", "enter", stem="strings", when=at("bridge")).why.startswith(
        "no stem is strings"
    )


def test_somebody_may_come_in_anywhere_but_at_the_start():
    assert obeys(song(players=[*BAND, where(STRINGS, bars(9, 56))]), "event", "enter", stem="strings")
    assert not obeys(song(players=[*BAND, STRINGS]), "event", "enter", stem="strings")


def test_who_left_may_come_back():
    gap = song(
        players=[
            PIANO,
            where(DRUMS, lambda bar: lambda label, n: bar(label, n) if n < 20 or n >= 30 else ()),
        ]
    )
    out = Wish(kind="event", what="leave", where=Where(stem="drums"), when=at("bar 21"))
    assert obeys(gap, "event", "enter", stem="drums", when=at("bar 31"), beside=[out])
    assert not obeys(gap, "event", "enter", stem="drums", when=at("bar 33"), beside=[out])
    assert not obeys(gap, "event", "enter", stem="drums", when=at("bar 31"))


def test_the_kick_leaves():
    def without_kick(label, bar):
        return [s for s in rock_beat(label, bar) if s[2] != 36 or bar < 20]

    plan = song(players=[PIANO, Player("drums", "drums", "kit", without_kick)])
    assert obeys(plan, "event", "leave", stem="kick", when=at("chorus 2")) is False
    assert obeys(plan, "event", "leave", stem="kick", when=at("bar 21"))
    assert not obeys(song(), "event", "leave", stem="kick", when=at("bar 21"))
    assert not obeys(plan, "event", "leave", stem="snare", when=at("bar 21"))


def test_a_rest_is_silent():
    plan = song(players=[where(PIANO, but("bridge")), GUITAR])
    assert obeys(plan, "event", "rest", stem="piano", within="bridge")
    assert not obeys(plan, "event", "rest", stem="piano", within="verse")
    assert obeys(plan, "event", "rest", stem="piano", amount=8)
    assert not obeys(plan, "event", "rest", stem="piano", amount=9)


def test_a_solo_is_one_player_with_the_tune():
    lead = where(GUITAR, only("solo"))
    singer = where(Player("flute", "lead", "flute", tune), but("solo"))
    plan = song(WITH_SOLO, [DRUMS, BASS, PIANO, lead, singer])
    good = asked(plan, "event", "solo", stem="guitar", when=when("after", "chorus 2"))
    assert good.evidence == "guitar alone has the tune, bars 33-40"
    assert not obeys(plan, "event", "solo", stem="flute", when=when("after", "chorus 2"))
    assert obeys(plan, "event", "solo", stem="guitar", within="solo")
    wrong = asked(plan, "event", "solo", stem="guitar", when=when("after", "chorus 1"))
    assert wrong.why == "no solo there; chorus 1 ends at bar 16"
    both = song(WITH_SOLO, [DRUMS, BASS, PIANO, lead, Player("flute", "lead", "flute", tune)])
    assert not obeys(both, "event", "solo", stem="guitar", when=when("after", "chorus 2"))


def test_drums_solo_when_nobody_else_plays():
    alone = song(WITH_SOLO, [DRUMS, where(PIANO, but("solo"))])
    assert obeys(alone, "event", "solo", stem="drums", within="solo")
    assert not obeys(song(WITH_SOLO, [DRUMS, PIANO]), "event", "solo", stem="drums", within="solo")


def test_a_build_doubles_the_strokes():
    def rises(label, bar):
        return [
            (i / (1 + bar % 8), 0.1, 38, 60 + 8 * (bar % 8))
            for i in range(4 * (1 + bar % 8))
            if i / (1 + bar % 8) < 4
        ]

    plan = song(["build 8", "drop 8"], [Player("drums", "drums", "kit", rises)])
    assert obeys(plan, "event", "build", within="build")
    assert not obeys(song(["build 8", "drop 8"]), "event", "build", within="build")


def test_an_answer_takes_turns():
    one = Player("sax", "lead", "sax", lambda label, bar: tune(label, bar)[:2])
    other = Player("trumpet", "lead", "trumpet", lambda label, bar: tune(label, bar)[2:])
    assert obeys(song(players=[one, other]), "event", "answer", within="verse")
    together = Player("trumpet", "lead", "trumpet", tune)
    assert not obeys(
        song(players=[Player("sax", "lead", "sax", tune), together]), "event", "answer", within="verse"
    )


def test_players_trade_fours():
    def by_turns(mine):
        return lambda label, bar: tune(label, bar) if bar // 4 % 2 == mine else ()

    traders = [Player("sax", "lead", "sax", by_turns(0)), Player("guitar", "lead", "guitar", by_turns(1))]
    plan = song(["solo 16"], [DRUMS, *traders])
    assert obeys(plan, "event", "trade", within="solo")
    both = [Player(name, "lead", name, tune) for name in ("sax", "guitar")]
    assert not obeys(song(["solo 16"], [DRUMS, *both]), "event", "trade", within="solo")


def test_a_line_is_doubled():
    octave = Player(
        "flute", "lead", "flute", lambda label, bar: [(t, d, p + 12, v) for t, d, p, v in tune(label, bar)]
    )
    plan = song(players=[GUITAR, where(octave, only("chorus"))])
    assert obeys(plan, "event", "double", stem="melody", within="chorus last")
    assert not obeys(plan, "event", "double", stem="melody", within="verse 1")


def test_a_fill_leads_over():
    def fills(label, bar):
        extra = [(3 + i / 4, 0.2, 47, 90) for i in range(4)] if bar % 8 == 3 else []
        return [*rock_beat(label, bar), *extra]

    plan = song(players=[Player("drums", "drums", "kit", fills), PIANO])
    assert obeys(plan, "event", "fill", when=when("before", "chorus"))
    assert not obeys(song(), "event", "fill", when=when("before", "chorus"))
    assert not obeys(plan, "event", "fill", when=at("bar 7"))


def test_a_pickup_comes_before_the_line():
    late = Player(
        "sax",
        "lead",
        "sax",
        lambda label, bar: [(3, 0.5, 67, 80)] if bar == 3 else tune(label, bar) if bar > 3 else (),
    )
    assert obeys(song(players=[late, PIANO]), "event", "pickup", when=at("verse 1"))
    plain = where(GUITAR, bars(5, 60))
    assert not obeys(song(players=[plain, PIANO]), "event", "pickup", when=at("verse 1"))


def test_fewer_play_in_a_thin_place():
    plan = song(players=[where(DRUMS, but("bridge")), where(BASS, but("bridge")), PIANO, GUITAR])
    assert obeys(plan, "event", "thin", within="bridge")
    assert not obeys(song(), "event", "thin", within="bridge")


@pytest.mark.parametrize("what", ["sweep", "riser", "fall"])
def test_an_effect_that_the_song_has_not_is_said(what):
    assert asked(song(), "event", what).why == f"no {what}"


@pytest.mark.slow
@pytest.mark.parametrize("what", sorted(EVENTS))
def test_an_event_that_is_not_wanted_is_obeyed_where_the_event_is_not(what):
    plan, place = song(), {"when": at("chorus 2")}
    assert obeys(plan, "event", what, **place) != obeys(plan, "event", what, polarity="avoid", **place)


def test_a_kick_comes_back_after_a_place():
    def no_kick(label, bar):
        return [s for s in rock_beat(label, bar) if s[2] != 36 or not label.startswith("bridge")]

    plan = song(players=[PIANO, Player("drums", "drums", "kit", no_kick)])
    assert obeys(plan, "event", "enter", stem="kick", when=when("after", "bridge"))
    assert not obeys(song(), "event", "enter", stem="kick", when=when("after", "bridge"))
    assert not obeys(plan, "event", "enter", stem="kick", when=when("after", "verse 2"))


def test_a_silence_before_a_place_lasts_as_long_as_it_says():
    def hole(bar):
        return lambda label, number: () if number in (43,) else bar(label, number)

    plan = song(players=[where(player, hole) for player in BAND])
    assert obeys(plan, "event", "rest", when=when("before", "chorus last"), amount=1)
    assert not obeys(plan, "event", "rest", when=when("before", "chorus last"), amount=2)
    assert not obeys(song(), "event", "rest", when=when("before", "chorus last"), amount=1)


def test_a_drum_break_is_drums_alone():
    plan = song(
        players=[DRUMS, where(PIANO, lambda bar: lambda label, n: () if n == 20 else bar(label, n))]
    )
    assert asked(plan, "event", "solo", stem="drums").evidence == "drums alone, bar 21"
    assert not obeys(song(), "event", "solo", stem="drums")
