"""Players vary their figures from bar to bar by a habit of the song, and answer where the tune rests."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from structure.arrange.chords import write_chords
from structure.arrange.context import Player
from structure.arrange.figures import load_figures
from structure.arrange.happening.answers import answers_to, rests_of, with_answers
from structure.arrange.pad import write_pad
from structure.arrange.variants import vary_events
from structure.harmony.bars import chord_at
from structure.plans.score import Note
from structure.presets.grooves import with_grooves
from structure.presets.styles import load_style
from tests.structure.arrange.test_arrange_parts import section

TUNE = [
    Note(Fraction(bar * 4 + at), Fraction(length), 74, 90)
    for bar in range(8)
    for at, length in ((0, 1), (1, 1), (2, 1))
    if bar % 2 == 0 or at == 0
]
"""A tune that rests from the second beat of every other bar on."""


def bars(notes, ctx):
    return [tuple(sorted({n.onset % 4 for n in notes if n.onset // 4 == bar})) for bar in range(ctx.bars)]


@pytest.mark.parametrize("style", ["pop", "rock", "soul", "ballad"])
def test_comping_seldom_repeats_the_bar_before(style):
    repeats = []
    for seed in range(12):
        ctx = replace(section(style, "chorus", energy=0.8, seed=seed), song_seed=seed)
        played = bars(write_chords(ctx, Player("keys", "chords")), ctx)
        repeats += [one == two for one, two in pairwise(played)]
    assert sum(repeats) <= 0.3 * len(repeats)


def test_forms_of_a_figure_are_a_habit_of_the_song():
    def rhythms(song_seed, seed):
        ctx = replace(section("pop", seed=seed, bars=16), song_seed=song_seed)
        return set(bars(vary_events("chords", {"4/4": "dotted"}, ctx, "keys"), ctx))

    same, other = rhythms(1, 5), rhythms(2, 5)
    again = rhythms(1, 6)
    assert len(same & again) > len(other & again)


def test_what_is_asked_for_is_played_as_it_is_written():
    style = with_grooves(load_style("pop"), ("offbeat",))
    ctx = replace(section("pop"), style=style)
    played = bars(write_chords(ctx, Player("keys", "chords")), ctx)
    assert set(played) == {(Fraction(1, 2), Fraction(3, 2), Fraction(5, 2), Fraction(7, 2))}


@pytest.mark.parametrize("role", ["bass", "chords", "drums"])
def test_edits_of_figures_are_known(role):
    known = {"kick", "drop", "ghost", "open"} if role == "drums" else {"push", "delay", "drop", "add"}
    assert all(set(figure.get("edits", ())) <= known for figure in load_figures(role).values())


def test_a_skank_is_never_changed():
    ctx = section("reggae", energy=0.6)
    played = vary_events("chords", {"4/4": "skank"}, ctx, "skank")
    assert {event.onset % 4 for event in played} == {1, 3}


def test_answers_lie_where_the_tune_rests_and_end_on_the_chord():
    ctx = section("pop", energy=0.6)
    rests = rests_of(TUNE, ctx)
    line = answers_to(TUNE, ctx)
    inside = [n for n in line if any(start <= n.onset <= end for start, end in rests)]
    assert len(inside) >= 0.7 * len(line) >= 8
    for one, two in pairwise([*line, Note(Fraction(100), Fraction(1), 60, 1)]):
        if two.onset > one.end:
            assert one.pitch % 12 in chord_at(ctx.chords, one.onset).pitch_classes


def test_a_pad_that_answers_still_has_every_chord():
    ctx = section("pop", energy=0.6)
    pad = write_pad(ctx, Player("pad", "pad"))
    played = with_answers(pad, answers_to(TUNE, ctx), Player("pad", "pad"))
    for chord in ctx.chords:
        there = {n.pitch % 12 for n in played if n.onset == chord.onset}
        assert set(chord.pitch_classes) <= there
    assert len(played) > len(pad)
