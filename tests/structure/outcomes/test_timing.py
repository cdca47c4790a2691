"""Lengths, tempi and metres are those of the grid."""

from fractions import Fraction

import pytest

from structure.base.grid import Grid, Meter, Span
from tests.structure.outcomes.bands import asked, at, obeys, song


def at_tempo(bpm, meter="4/4", **other):
    return song(grid=Grid.steady(bpm, Meter.parse(meter)), **other)


@pytest.mark.parametrize(("bpm", "expected"), [(120, True), (122, True), (125, False), (60, False)])
def test_a_tempo_is_right_within_two_percent(bpm, expected):
    assert obeys(at_tempo(bpm), "tempo", "bpm", amount=120) is expected


def test_a_range_of_tempi_has_both_ends():
    asks = {"amount": 95.0, "allowed": (90.0, 100.0)}
    assert obeys(at_tempo(90), "tempo", "bpm", **asks)
    assert obeys(at_tempo(100), "tempo", "bpm", **asks)
    wrong = asked(at_tempo(104), "tempo", "bpm", **asks)
    assert wrong.why == "it goes at 104 beats a minute"


@pytest.mark.parametrize(
    ("word", "genre", "bpm", "expected"),
    [
        ("slow", "pop", 98, True),
        ("slow", "pop", 112, False),
        ("slow", "drum-and-bass", 112, True),
        ("fast", "ballad", 82, True),
        ("fast", "ballad", 70, False),
        ("fast", "rock", 146, True),
        ("medium", "pop", 110, True),
        ("medium", "pop", 126, False),
    ],
)
def test_slow_and_fast_are_so_for_the_style(word, genre, bpm, expected):
    assert obeys(at_tempo(bpm, genre=genre), "tempo", word) is expected


def test_a_place_may_be_slower():
    spans = (Span(Fraction(0), Fraction(120), Meter()), Span(Fraction(144), Fraction(80), Meter()))
    plan = song(grid=Grid(spans))
    assert obeys(plan, "tempo", "slow", within="bridge")
    assert not obeys(plan, "tempo", "slow", within="chorus 1")
    assert obeys(plan, "tempo", "bpm", amount=80, within="bridge")


def test_a_metre_is_that_of_all_bars():
    assert obeys(at_tempo(120, "6/8"), "meter", "6/8")
    assert not obeys(at_tempo(120, "6/8"), "meter", "3/4")
    spans = (Span(Fraction(0), Fraction(120), Meter()), Span(Fraction(16), Fraction(120), Meter(3, 4)))
    assert not obeys(song(grid=Grid(spans)), "meter", "4/4")
    assert obeys(song(grid=Grid(spans)), "meter", "4/4", within="intro")
    assert asked(song(), "meter", "19/16").result == "impossible"


def test_bars_are_counted_exactly():
    assert obeys(song(), "length", "bars", amount=56)
    assert not obeys(song(), "length", "bars", amount=55)


@pytest.mark.parametrize(("seconds", "expected"), [(112, True), (110.5, True), (105, False), (120, False)])
def test_seconds_may_be_a_bar_off(seconds, expected):
    assert obeys(song(), "length", "seconds", amount=seconds) is expected


def test_every_visit_of_a_section_has_its_length():
    assert obeys(song(), "length", "bars", amount=8, within="chorus")
    uneven = song(["verse 8", "chorus 8", "chorus 4"])
    assert not obeys(uneven, "length", "bars", amount=8, within="chorus")
    assert obeys(uneven, "length", "bars", amount=4, within="chorus 2")
    assert obeys(song(), "length", "seconds", amount=8, within="intro")
    assert (
        asked(song(), "length", "bars", amount=16, within="verse").why == "the verse has 8 bars (bars 5-12)"
    )


def test_a_time_after_the_end_is_not_there():
    late = asked(song(), "section", "chorus", when=at("400 s"))
    assert late.why == "the song is over after 112 s"


def test_faster_than_usual_is_faster_than_the_middle_of_the_style():
    assert obeys(at_tempo(84, genre="ballad"), "tempo", "fast", polarity="more")
    assert not obeys(at_tempo(74, genre="ballad"), "tempo", "fast", polarity="more")
    assert obeys(at_tempo(66, genre="ballad"), "tempo", "fast", polarity="less")
