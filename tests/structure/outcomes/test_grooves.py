"""What the rhythm does is heard in the drums and where notes fall."""

from fractions import Fraction

import pytest

from structure.base.grid import Grid, Meter, Span
from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec
from tests.structure.outcomes.bands import (
    BASS,
    DRUMS,
    GUITAR,
    PIANO,
    Player,
    asked,
    at,
    obeys,
    only,
    rock_beat,
    song,
)


def drums(*strokes, place=""):
    """A kit that plays quarters by key, in a place alone if that is said, and else a rock beat."""

    def bar(label, number):
        here = not place or label.startswith(place)
        return [(beat, 0.2, key, 90) for beat, key in strokes] if here else rock_beat(label, number)

    return Player("drums", "drums", "drum kit", bar)


HALF = [(0, 36), (2, 38)]
FOUR = [(0, 36), (1, 36), (2, 36), (3, 36), (1, 39), (3, 39)]


@pytest.mark.parametrize(
    ("groove", "right", "wrong"),
    [
        ("half time", HALF, FOUR),
        ("four on the floor", FOUR, HALF),
        ("backbeat", FOUR, HALF),
        ("one drop", [(2, 36), (2, 38)], FOUR),
        ("double time", [(0, 36), (0.5, 38), (1.5, 38), (2.5, 38), (3.5, 38)], FOUR),
        ("breakbeat", [(0, 36), (1, 38), (2.5, 36), (3, 38)], FOUR),
        ("clave", [(0, 75), (1.5, 75), (3, 75)], FOUR),
        ("bossa", [(0, 36), (1.5, 36), (2, 36), (3.5, 36)], FOUR),
        ("blast beat", [(i / 4, 38) for i in range(1, 16, 2)], FOUR),
        ("train beat", [(i / 4, 38) for i in range(16)], HALF),
        ("galloping", [(beat + place, 36) for beat in range(4) for place in (0, 0.5, 0.75)], FOUR),
        ("tresillo", [(0, 36), (1.5, 36), (3, 36)], FOUR),
        ("straight", [(i / 2, 42) for i in range(8)], [(i // 2 + (i % 2) * 2 / 3, 42) for i in range(8)]),
        ("swing", [(i // 2 + (i % 2) * 2 / 3, 42) for i in range(8)], [(i / 2, 42) for i in range(8)]),
        ("shuffle", [(i // 2 + (i % 2) * 2 / 3, 42) for i in range(8)], [(i / 2, 42) for i in range(8)]),
    ],
)
def test_a_groove_is_where_the_strokes_are(groove, right, wrong):
    assert obeys(song(players=[drums(*right)]), "groove", groove)
    assert not obeys(song(players=[drums(*wrong)]), "groove", groove)
    assert obeys(song(players=[drums(*wrong)]), "groove", groove, polarity="avoid")


def test_a_clave_of_two_bars_goes_on_with_its_second():
    def both(label, number):
        return [(beat, 0.2, 75, 90) for beat in ((0, 1.5, 3), (1, 2))[number % 2]]

    def one(label, number):
        return [(beat, 0.2, 75, 90) for beat in ((0, 1.5, 3), (0, 1))[number % 2]]

    assert obeys(song(players=[Player("drums", "drums", "claves", both)]), "groove", "clave")
    assert obeys(song(players=[Player("drums", "drums", "claves", one)]), "groove", "clave")
    assert not obeys(song(players=[drums(*HALF)]), "groove", "clave")


def test_a_bass_drives_in_eighths():
    def bar(step):
        return lambda label, number: [(i * step, step, 36, 80) for i in range(int(4 / step))]

    assert obeys(song(players=[Player("bass", "bass", "bass", bar(0.5))]), "groove", "driving")
    assert not obeys(song(players=[Player("bass", "bass", "bass", bar(1.0))]), "groove", "driving")


def test_sixteenths_may_swing():
    swung = [(i // 2 / 2 + (i % 2) * 0.3, 42) for i in range(16)]
    even = [(i / 4, 42) for i in range(16)]
    assert obeys(song(players=[drums(*swung)]), "groove", "swing")
    assert not obeys(song(players=[drums(*even)]), "groove", "swing")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("genre", "groove", "expected"),
    [
        ("jazz", "swing", True),
        ("pop", "swing", False),
        ("house", "four on the floor", True),
        ("drum-and-bass", "breakbeat", True),
        ("blues", "shuffle", True),
        ("rock", "straight", True),
        ("jazz", "straight", False),
    ],
)
def test_styles_have_their_grooves(genre, groove, expected):
    plan = plan_song(SongSpec(genre=genre, description="a song", meter="4/4"))
    assert obeys(plan, "groove", groove) is expected


def test_a_bridge_in_half_time():
    plan = song(players=[drums(*HALF, place="bridge"), PIANO])
    assert obeys(plan, "event", "half_time", within="bridge")
    assert not obeys(plan, "event", "half_time", within="verse")
    assert obeys(plan, "event", "half_time")
    assert not obeys(song(), "event", "half_time")
    assert not obeys(song(players=[PIANO]), "event", "half_time")


def test_a_bass_walks():
    walking = Player(
        "bass", "bass", "upright bass", lambda label, bar: [(b, 0.9, 36 + 2 * b, 80) for b in range(4)]
    )
    assert obeys(song(players=[walking]), "groove", "walking bass")
    assert not obeys(song(players=[BASS]), "groove", "walking bass")


def test_players_lie_back():
    late = Player("sax", "lead", "sax", lambda label, bar: [(b + 0.02, 0.9, 60 + b, 80) for b in range(4)])
    assert obeys(song(players=[late]), "groove", "laid back")
    assert not obeys(song(players=[GUITAR]), "groove", "laid back")


def test_syncopation_goes_over_the_beat():
    off = Player("keys", "chords", "keys", lambda label, bar: [(b + 0.5, 1, 60, 80) for b in (0, 1.5, 2.5)])
    assert obeys(song(players=[off]), "groove", "syncopated")
    assert not obeys(song(players=[GUITAR, PIANO]), "groove", "syncopated")


def test_chords_off_the_beat():
    off = Player("keys", "chords", "keys", lambda label, bar: [(b + 0.5, 0.3, 60, 80) for b in range(4)])
    assert obeys(song(players=[off, DRUMS]), "groove", "offbeat")
    assert not obeys(song(players=[PIANO, DRUMS]), "groove", "offbeat")


def test_no_drums_no_pulse():
    assert obeys(song(), "groove", "pulse")
    assert obeys(song(players=[PIANO]), "groove", "pulse", polarity="avoid")
    assert asked(song(players=[PIANO]), "groove", "backbeat").why == "no drums play in bars 1-56"
    assert asked(song(), "groove", "wobbly").why == "no rule plays a groove that is wobbly"


def stabs(*labels):
    """A piano that strikes on one alone in some sections, and elsewhere holds its chords."""

    def bar(label, number):
        short = [(0, 0.5, pitch, 90) for pitch in (48, 52, 55)]
        return short if label.split()[0] in labels else PIANO.bar(label, number)

    return Player("piano", "chords", "piano", bar)


def test_stop_time_strikes_on_one():
    kit = drums((0, 36), place="verse")
    assert obeys(song(players=[stabs("verse"), kit, GUITAR]), "event", "stop_time", within="verse 1")
    assert not obeys(song(players=[stabs("verse"), kit, GUITAR]), "event", "stop_time", within="chorus 1")
    assert not obeys(song(), "event", "stop_time")


def test_a_shot_is_all_at_once_and_then_nothing():
    def shot(label, bar):
        return [(0, 0.5, 60, 110)] if bar == 11 else tune_bar(label, bar)

    tune_bar = GUITAR.bar
    plan = song(players=[Player("guitar", "lead", "guitar", shot), Player("bass", "bass", "bass", shot)])
    assert obeys(plan, "event", "shot", when=None, within="verse 1")
    assert not obeys(song(), "event", "shot", within="verse 1")


def test_a_push_comes_before_the_bar():
    early = Player(
        "keys", "chords", "keys", lambda label, bar: [(0, 3.5, 60, 80), (3.5, 0.5 + 1 / 24, 64, 80)]
    )
    assert obeys(song(players=[early]), "event", "push", within="verse 1")
    assert not obeys(song(), "event", "push", within="verse 1")


def test_only_some_places_have_a_groove():
    plan = song(players=[drums(*FOUR, place="chorus")])
    assert obeys(plan, "groove", "four on the floor", within="chorus")
    assert not obeys(plan, "groove", "four on the floor", within="verse")
    assert only("chorus")(rock_beat)("verse 1", 0) == ()


def test_a_groove_may_be_one_players():
    off = Player("keys", "chords", "piano", lambda label, bar: [(b + 0.5, 0.3, 60, 80) for b in range(4)])
    plan = song(players=[off, Player("guitar", "chords", "acoustic guitar", PIANO.bar)])
    assert obeys(plan, "groove", "offbeat", stem="piano")
    assert not obeys(plan, "groove", "offbeat", stem="guitar")
    assert obeys(song(players=[drums((0, 36), (1, 38), (2.5, 36), (3, 38))]), "groove", "two-step")
    assert not obeys(song(players=[drums(*FOUR)]), "groove", "two-step")


def test_shots_of_one_player_are_short_strokes_of_that_player():
    def stab(label, bar):
        return [(0, 0.4, 60, 100)]

    def line(label, bar):
        return [(beat, 1.0, 60 + beat, 100) for beat in range(4)]

    brass = [Player("brass", "lead", "brass section", play) for play in (stab, line)]
    assert obeys(song(players=[brass[0], PIANO]), "event", "shot", stem="brass", within="verse 1")
    assert not obeys(song(players=[brass[1], PIANO]), "event", "shot", stem="brass", within="verse 1")


@pytest.mark.parametrize(("force", "expected"), [(127, True), (80, False)])
def test_a_hit_is_harder_than_the_rest(force, expected):
    def kit(label, bar):
        return [(0, 0.2, 36, force if bar == 8 else 70), (2, 0.2, 38, 70)]

    def chord(label, bar):
        return [(0, 2.0, 40 + step, force if bar == 8 else 70) for step in (0, 4, 7)]

    plan = song(players=[Player("drums", "drums", "kit", kit), Player("piano", "chords", "piano", chord)])
    assert obeys(plan, "event", "impact", when=at("bar 9")) is expected
    assert not obeys(plan, "event", "impact", when=at("bar 7"))


def test_a_song_may_begin_with_a_pickup():
    def late(label, bar):
        return [(3, 0.5, 60, 80), (3.5, 0.5, 62, 80)] if bar == 0 else [(0, 4, 64, 80)]

    def early(label, bar):
        return [(0, 4, 64, 80)]

    assert obeys(
        song(players=[Player("flute", "lead", "flute", late)]), "event", "pickup", when=at("start")
    )
    assert not obeys(
        song(players=[Player("flute", "lead", "flute", early)]), "event", "pickup", when=at("start")
    )


def test_a_groove_is_counted_in_the_metre_of_its_bars():
    spans = Span(Fraction(0), Fraction(120), Meter(3, 4)), Span(Fraction(12), Fraction(120), Meter(4, 4))
    three = [(0, 36), (1, 36), (2, 36)]

    def kit(label, number):
        return [(beat, 0.2, key, 90) for beat, key in (three if label.startswith("intro") else FOUR)]

    def bass(label, number):
        return [(beat, 0.9, 36 + 2 * beat, 80) for beat in range(3 if label.startswith("intro") else 4)]

    players = [Player("drums", "drums", "drum kit", kit), Player("bass", "bass", "upright bass", bass)]
    plan = song(("intro 4", "verse 8"), players=players, grid=Grid(spans))
    for place in ("intro", "verse"):
        assert obeys(plan, "groove", "four on the floor", within=place)
        assert obeys(plan, "groove", "walking bass", within=place)

    def lazy(label, number):
        return [(beat, 0.2, 36, 90) for beat in range(3)]

    plan = song(
        ("intro 4", "verse 8"), players=[Player("drums", "drums", "drum kit", lazy)], grid=Grid(spans)
    )
    assert not obeys(plan, "groove", "four on the floor", within="verse")
