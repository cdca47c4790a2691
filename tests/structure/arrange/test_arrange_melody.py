"""What melodies promise: one climax, hooks that return, phrases that breathe, dissonance that is
prepared."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structure.arrange.context import Player, SectionContext
from structure.arrange.figures import strong_positions
from structure.arrange.melody.counter import counter_melody
from structure.arrange.melody.instrument import instrument_of
from structure.arrange.melody.ornament import ornament_notes
from structure.arrange.melody.phrasing import PHRASE_BARS
from structure.arrange.melody.tune import write_melody
from structure.arrange.swing import remove_swing
from structure.base.grid import Meter
from structure.harmony.bars import chord_at, parse_progression
from structure.harmony.keys import Key, parse_key
from structure.planning.arranger import arrange_section
from structure.presets.styles import load_style, style_names
from tests.builders import BASE_STYLES, nonempty
from tests.structure.arrange.suspensions import is_leaning, is_prepared

LEAD = Player("lead", "lead")
PROGRESSIONS = ("I | V | vi | IV", "Imaj7 | vi7 | ii7 | V7", "I | IV | V7 | I | vi | ii | V7/V | V7")


def section(style="pop", kind="verse", bars=8, meter="4/4", key="C major", chords=PROGRESSIONS[0],
            energy=0.6, seed=1, tempo=110.0):  # fmt: skip
    metre, home = Meter.parse(meter), parse_key(key)
    events = parse_progression(chords, Key(home.tonic, "major"), bars, metre)
    return SectionContext(kind, kind, bars, metre, tempo, home, events, energy, seed, load_style(style))


sections = st.builds(
    section,
    style=st.sampled_from(style_names()),
    kind=st.sampled_from(["verse", "chorus", "bridge", "prechorus", "solo"]),
    bars=st.sampled_from([8, 12, 16]),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "5/4"]),
    key=st.sampled_from(["C major", "Eb major", "F# major"]),
    chords=st.sampled_from(PROGRESSIONS),
    energy=st.floats(0.2, 1),
    seed=st.integers(0, 2**60),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(sections)
def test_a_section_has_one_highest_note_in_its_later_part(ctx):
    notes = write_melody(ctx)
    top = max(note.pitch for note in notes)
    highest = [note for note in notes if note.pitch == top]
    assert len(highest) == 1
    assert ctx.length / 3 <= highest[0].onset < ctx.length - ctx.meter.bar_quarters


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(sections, st.floats(0.1, 1.0), st.integers(0, 2**40))
def test_varied_visits_keep_their_climax(ctx, amount, seed):
    plain = arrange_section(ctx, [LEAD])["lead"].notes
    varied = arrange_section(ctx, [LEAD], variation=amount, variation_seed=seed)["lead"].notes
    top = max(note.pitch for note in plain)
    assert max(note.pitch for note in varied) == top
    assert sum(note.pitch == top for note in varied) == sum(note.pitch == top for note in plain)


@settings(max_examples=40, deadline=None)
@given(sections)
def test_foreign_notes_on_accents_are_prepared_or_step_down_and_others_go_on_by_step(ctx):
    notes, leaving_by_leap = write_melody(ctx), 0
    for index, note in enumerate(notes):
        chord = chord_at(ctx.chords, note.onset)
        if note.pitch % 12 in chord.pitch_classes:
            continue
        before, follows = notes[index - 1] if index else None, (*notes, None)[index + 1]
        if note.onset % ctx.meter.bar_quarters in strong_positions(ctx.meter):
            assert is_prepared(before, note, follows, chord) or is_leaning(
                note, follows, chord, ctx.meter.beat_quarters
            )
        else:
            assert follows is None or abs(follows.pitch - note.pitch) <= 4
        leaving_by_leap += follows is None or abs(follows.pitch - note.pitch) > 2
    assert leaving_by_leap <= 0.2 * len(notes)


@pytest.mark.slow
@pytest.mark.parametrize("style", ["jazz", "blues"])
def test_swung_melodies_count_in_eighths(style):
    """Between long and short eighths there are no sixteenths, in the song and in its variations."""
    for seed in range(12):
        for kind in ("verse", "chorus", "solo"):
            ctx = section(style, kind, seed=seed, energy=0.8)
            assert all(note.onset % Fraction(1, 2) == 0 for note in nonempty(write_melody(ctx)))
            notes = ornament_notes(write_melody(ctx), "lead", ctx, 0.8, seed, "lead")
            assert all(note.onset % Fraction(1, 2) == 0 for note in notes)


@pytest.mark.slow
def test_suspensions_are_heard_where_the_style_likes_them():
    found = {0.0: 0, 1.0: 0}
    for share in found:
        for seed in range(40):
            ctx = section(
                "classical", "verse", bars=8, key="C major", chords=PROGRESSIONS[2], seed=seed, energy=0.4
            )
            ctx = replace(ctx, style=ctx.style.model_copy(update={"suspensions": share}))
            notes = write_melody(ctx)
            for before, note in pairwise(notes):
                chord = chord_at(ctx.chords, note.onset)
                on_beat = note.onset % ctx.meter.bar_quarters in strong_positions(ctx.meter)
                found[share] += (
                    on_beat and before.pitch == note.pitch and note.pitch % 12 not in chord.pitch_classes
                )
    assert found[1.0] >= found[0.0] + 5


@pytest.mark.parametrize("style", BASE_STYLES)
def test_the_hook_of_a_refrain_returns_over_the_same_chords_and_may_lead_on(style):
    for seed in range(4):
        ctx = section(style, "chorus", bars=8, energy=0.85, seed=seed)
        notes = write_melody(ctx)
        bar = ctx.meter.bar_quarters
        first, second = (
            [(n.onset - start, n.pitch) for n in notes if start <= n.onset < start + bar]
            for start in (Fraction(0), PHRASE_BARS * bar)
        )
        assert len(first) > 1
        assert first[:-1] == second[:-1]
        assert first[-1][0] == second[-1][0]


def test_a_chorus_is_literal_and_a_verse_varies():
    ctx = section(kind="verse", bars=8)
    plain = arrange_section(ctx, [LEAD])["lead"].notes
    assert arrange_section(ctx, [LEAD], variation=0.0, variation_seed=9)["lead"].notes == plain
    differences = []
    for seed in range(8):
        varied = arrange_section(ctx, [LEAD], variation=0.25, variation_seed=seed)["lead"].notes
        differences.append(len(set(plain) - set(varied)) / len(plain))
    assert all(0.0 < share < 0.8 for share in differences)
    assert sum(differences) / len(differences) > 0.15


@settings(max_examples=30, deadline=None)
@given(
    sections,
    st.sampled_from(["flute", "tenor saxophone", "trumpet", "trombone", "cello", "violin", "choir"]),
)
def test_players_stay_in_their_range_and_take_breath(ctx, prompt):
    player = Player("x", "lead", prompt=prompt)
    instrument = instrument_of(player, ctx)
    part = arrange_section(ctx, [player])["x"]
    assert all(instrument.low <= note.pitch <= instrument.high for note in part.notes)
    if instrument.breath_s is not None:
        notes = remove_swing(part.notes, ctx.style.swing, ctx.meter)
        quarter_s = 60.0 / (ctx.tempo_bpm * float(ctx.meter.beat_quarters))
        began = notes[0].onset
        for one, other in pairwise(notes):
            assert float(one.end - began) * quarter_s < 2 * instrument.breath_s
            if other.onset > one.end:
                began = other.onset


def test_the_melody_is_the_same_an_octave_apart_on_a_low_instrument():
    ctx = section("classical", "chorus", energy=0.8)
    violin, cello = (
        arrange_section(ctx, [Player("x", "lead", prompt=prompt)])["x"].notes
        for prompt in ("violin", "cello")
    )
    assert {a.pitch - b.pitch for a, b in zip(violin, cello, strict=True)} == {12}
    assert [a.onset for a in violin] == [b.onset for b in cello]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(sections)
def test_a_counter_melody_speaks_while_the_melody_holds_and_keeps_below_it(ctx):
    melody = write_melody(ctx)
    answer = counter_melody(melody, ctx)
    onsets = {note.onset for note in melody}
    assume(answer)
    for note in answer:
        assert note.onset not in onsets
        sounding = [m for m in melody if m.onset <= note.onset < m.end]
        assert all(note.pitch < m.pitch for m in sounding)
    strong = strong_positions(ctx.meter)
    for note in answer:
        if note.onset % ctx.meter.bar_quarters == strong[0] and any(
            c.onset == note.onset for c in ctx.chords
        ):
            assert note.pitch % 12 in chord_at(ctx.chords, note.onset).pitch_classes


def test_a_second_lead_answers_in_verses():
    players = (Player("one", "lead", 0), Player("two", "lead", 1))
    answers = 0
    for seed in range(6):
        parts = arrange_section(section("ballad", "verse", seed=seed, energy=0.5), players)
        answers += "two" in parts
    assert answers >= 4


def test_styles_and_seeds_sing_differently():
    tunes = {
        tuple((note.onset, note.pitch) for note in write_melody(section(style, seed=seed)))
        for style in ("pop", "rock", "soul")
        for seed in range(3)
    }
    assert len(tunes) == 9
