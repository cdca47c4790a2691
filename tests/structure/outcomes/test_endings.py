"""A song ends as it was asked to: at once, fading, slower, on a held chord, with a last line again."""

from dataclasses import replace
from fractions import Fraction

from structure.base.grid import Grid, Meter, Span
from structure.plans.events import Event
from tests.builders import change_visit
from tests.structure.outcomes.bands import (
    BAND,
    GUITAR,
    PIANO,
    Player,
    asked,
    at,
    bars,
    obeys,
    song,
    when,
    where,
)


def cut(length):
    """A band that plays only so many quarters of the last bar."""

    def limit(bar):
        def play(label, number):
            strokes = bar(label, number)
            if number < 55:
                return strokes
            return [(t, min(d, length - t), p, v) for t, d, p, v in strokes if t < length]

        return play

    return [where(player, limit) for player in BAND]


def test_a_sudden_end_is_together_and_then_silence():
    assert obeys(song(players=cut(1)), "event", "stop", when=at("end"))
    assert asked(song(), "event", "stop", when=at("end")).why == "the last notes are held"
    ragged = [where(BAND[0], bars(1, 53)), *cut(1)[1:]]
    assert obeys(song(players=ragged), "event", "stop", when=at("end")), "the drums were silent before"
    late = [*cut(1)[:2], Player("piano", "chords", "piano", lambda label, bar: [(0, 2.8, 60, 80)])]
    assert (
        asked(song(players=late), "event", "stop", when=at("end")).why == "not all stop together at the end"
    )


def test_a_stop_before_a_chorus():
    def hole(bar):
        return lambda label, number: [s for s in bar(label, number) if number != 11 or s[0] + s[1] <= 2]

    plan = song(players=[where(player, hole) for player in BAND])
    assert obeys(plan, "event", "stop", when=when("before", "chorus 1"))
    assert obeys(plan, "event", "stop", when=at("chorus 1"))
    assert not obeys(plan, "event", "stop", when=when("before", "chorus 2"))
    assert obeys(plan, "event", "stop")


def louder(factor):
    """A pianist who changes over the last section."""

    def bar(label, number):
        share = factor ** (number - 52) if label.startswith("outro") else 1
        return [(t, d, p, max(1, round(v * share))) for t, d, p, v in PIANO.bar(label, number)]

    return Player("piano", "chords", "piano", bar)


def test_a_fade_is_heard_or_planned_in_the_mix():
    assert obeys(song(players=[louder(0.6)]), "event", "fade", when=at("end"))
    assert not obeys(song(), "event", "fade", when=at("end"))
    assert obeys(song(), "event", "fade", when=at("end"), polarity="avoid")
    plan = song()
    last = change_visit(plan.visits[-1], fades=dict.fromkeys(("drums", "bass", "piano", "guitar"), "out"))
    assert obeys(replace(plan, visits=(*plan.visits[:-1], last)), "event", "fade", when=at("end"))
    some = change_visit(plan.visits[-1], fades={"piano": "out"})
    assert not obeys(replace(plan, visits=(*plan.visits[:-1], some)), "event", "fade", when=at("end"))
    event = change_visit(plan.visits[-1], events=(Event(1, "fade"),))
    assert obeys(replace(plan, visits=(*plan.visits[:-1], event)), "event", "fade", when=at("end"))


def tempi(*pairs):
    """A grid of tempi that begin at bars, from 0."""
    return Grid(tuple(Span(Fraction(4 * bar), Fraction(bpm), Meter()) for bar, bpm in pairs))


def test_a_ritardando_slows_the_last_bars():
    slower = song(grid=tempi((0, 120), (53, 110), (54, 100), (55, 84)))
    assert obeys(slower, "event", "ritardando", when=at("end"))
    assert not obeys(slower, "event", "accelerando", when=at("end"))
    assert (
        asked(song(), "event", "ritardando", when=at("end")).why == "the tempo stays at 120 beats a minute"
    )
    back = song(grid=tempi((0, 120), (20, 90), (28, 120)))
    assert not obeys(back, "event", "ritardando", when=at("end"))


def test_an_accelerando_speeds_up():
    faster = song(grid=tempi((0, 90), (20, 100), (40, 120)))
    assert obeys(faster, "event", "accelerando")
    assert not obeys(song(), "event", "accelerando")


def test_a_fermata_is_held_by_most():
    held = Player(
        "flute",
        "lead",
        "flute",
        lambda label, bar: [(0, 4, 72, 80)] if bar == 55 else GUITAR.bar(label, bar),
    )
    assert obeys(song(players=[held, PIANO]), "event", "fermata", when=at("end"))
    short = [
        where(player, lambda bar: lambda label, n: [(t, 0.5, p, v) for t, _, p, v in bar(label, n)])
        for player in (GUITAR, PIANO)
    ]
    assert not obeys(song(players=short), "event", "fermata", when=at("end"))


def test_a_tag_plays_the_last_line_again():
    def line(label, bar):
        return [(beat, 1, 60 + (7 * (bar if bar < 54 else bar - 2) + beat) % 24, 80) for beat in range(4)]

    assert obeys(song(players=[Player("flute", "lead", "flute", line)]), "event", "tag", when=at("end"))
    other = Player(
        "flute", "lead", "flute", lambda label, bar: [(0, 1, 60 + bar % 13, 80), (1, 1, 61 + bar % 7, 80)]
    )
    assert not obeys(song(players=[other]), "event", "tag", when=at("end"))
