"""Part writing, the feel of players, and drums at boundaries."""

from fractions import Fraction
from itertools import combinations, pairwise
from statistics import pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from music21 import note as m21_note
from music21.voiceLeading import VoiceLeadingQuartet

from structure.arrange.context import Player, SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.feel import humanise
from structure.arrange.swing import apply_swing, remove_swing
from structure.arrange.voicing import lead_voices, movement, parallels
from structure.base.grid import Meter
from structure.base.sampling import generator
from structure.harmony.bars import chord_at, parse_progression
from structure.harmony.keys import Key, parse_key
from structure.harmony.progressions import plan_harmony
from structure.planning.arranger import arrange_section
from structure.plans.score import Note
from structure.presets.styles import Feel, load_style, style_names
from tests.builders import BASE_STYLES, nonempty

STRICT = [name for name in BASE_STYLES if load_style(name).part_writing == "strict"]
ROLES = ("drums", "bass", "chords", "pad", "arpeggio", "lead")


def section(style="pop", kind="verse", bars=8, meter="4/4", key="C major", chords="I | V | vi | IV",
            energy=0.6, seed=1, tempo=110.0, **more):  # fmt: skip
    metre, home = Meter.parse(meter), parse_key(key)
    events = parse_progression(chords, Key(home.tonic, "major"), bars, metre)
    return SectionContext(
        kind, kind, bars, metre, tempo, home, events, energy, seed, load_style(style), **more
    )


def parallel_pairs(one, other):
    """Pairs of parts in parallel fifths, octaves or unisons, as music21 hears them."""
    found = []
    for i, j in combinations(range(len(one)), 2):
        low_one, low_other, high_one, high_other = (
            m21_note.Note(midi) for midi in (one[i], other[i], one[j], other[j])
        )
        quartet = VoiceLeadingQuartet(high_one, high_other, low_one, low_other)
        if quartet.parallelFifth() or quartet.parallelUnisonOrOctave():
            found.append((i, j))
    return found


def below(voicing, pitch_class):
    """The bass note in the octave under a voicing."""
    return max(p for p in range(24, voicing[0]) if p % 12 == pitch_class)


def test_there_are_styles_that_mind_parallels():
    assert STRICT


@pytest.mark.slow
@pytest.mark.parametrize("style", STRICT)
@pytest.mark.parametrize("key", ["C major", "A minor", "Eb major", "F# minor"])
def test_four_parts_of_strict_styles_have_no_parallels_by_music21(style, key):
    home = parse_key(key)
    for kind in ("verse", "chorus", "bridge"):
        for seed in range(3):
            chords = plan_harmony(kind, 8, home, Meter(), load_style(style), seed, closes=False)
            voicings = lead_voices(chords, 48, 79, 60.5, "strict")
            parts = [(below(v, c.bass), *v) for v, c in zip(voicings, chords, strict=True)]
            for one, other in pairwise(parts):
                assert not parallel_pairs(one, other), (one, other)


def test_music21_hears_the_parallels_that_we_count():
    assert parallel_pairs((48, 55, 64), (50, 57, 65)) == [(0, 1)]
    assert parallels((55, 64), (57, 65), (0, 2)) == 1
    assert not parallel_pairs((48, 55, 64), (50, 54, 62))
    assert parallels((60, 67), (60, 67), (0, 5)) == 0


@pytest.mark.parametrize("style", BASE_STYLES)
def test_inner_parts_move_smoothly(style):
    writing = load_style(style).part_writing
    moves = []
    for kind in ("verse", "chorus"):
        for seed in range(4):
            chords = plan_harmony(
                kind, 8, Key("D", "major"), Meter(), load_style(style), seed, closes=False
            )
            voicings = lead_voices(chords, 48, 76, 60.0, writing)
            moves += [movement(a, b) / len(a) for a, b in pairwise(voicings)]
    assert sum(moves) / len(moves) < 2.6


@pytest.mark.parametrize("style", STRICT)
def test_pads_and_chords_of_strict_styles_are_written_in_three_voices(style):
    ctx = section(style, "chorus", chords="I | vi | ii6 | V7", energy=0.3)
    pad = remove_swing(
        arrange_section(ctx, [Player("pad", "pad")])["pad"].notes, ctx.style.swing, ctx.meter
    )
    for chord in nonempty(ctx.chords):
        assert len([note for note in pad if note.onset == chord.onset]) == 3


places = st.lists(
    st.tuples(st.integers(0, 127), st.integers(1, 12), st.integers(40, 80)),
    min_size=1,
    max_size=40,
    unique_by=lambda p: p[0],
)


@given(
    places,
    st.sampled_from(["jazz", "lo-fi", "soul", "folk", "techno"]),
    st.sampled_from(["lead", "bass", "drums", "chords"]),
    st.integers(0, 2**50),
)
def test_the_feel_is_small_and_notation_takes_it_out_again(found, style, role, seed):
    ctx = section(style, bars=8)
    notes = sorted(Note(Fraction(at, 4), Fraction(1, 4), pitch, 90) for at, _, pitch in found)
    played = humanise(apply_swing(notes, ctx.style.swing, ctx.meter), role, ctx, generator(seed, "feel"))
    written = remove_swing(played, ctx.style.swing, ctx.meter)
    assert [(n.onset, n.pitch) for n in written] == [(n.onset, n.pitch) for n in notes]
    exact = {(n.onset, n.pitch): n for n in notes}
    swing = apply_swing(notes, ctx.style.swing, ctx.meter)
    quarter_ms = 60_000 / ctx.tempo_bpm
    for one, other in zip(played, swing, strict=True):
        assert one.onset == other.onset
        assert abs(float(one.offset)) * quarter_ms <= 30
        assert one.sounding_onset >= 0
        assert abs(one.velocity - 90) <= 90 * ctx.style.feel.touch + 1
    assert len(exact) == len(notes)


def test_a_machine_plays_what_is_written_and_a_player_does_not():
    notes = [Note(Fraction(i, 2), Fraction(1, 2), 60, 90) for i in range(32)]
    machine = section("techno")
    machine = SectionContext(
        **{**vars(machine), "style": machine.style.model_copy(update={"feel": Feel()})}
    )
    assert humanise(notes, "lead", machine, generator(1)) == notes
    player = section("jazz")
    assert len({note.offset for note in humanise(notes, "lead", player, generator(1))}) > 4
    assert len({note.velocity for note in humanise(notes, "lead", player, generator(1))}) > 4


def test_who_lies_behind_the_beat_is_late_on_average():
    ctx = section("lo-fi", tempo=80.0)
    notes = [Note(Fraction(i), Fraction(1), 60, 90) for i in range(1, 32)]
    late = [float(played.offset) for played in humanise(notes, "lead", ctx, generator(4))]
    drums = [float(played.offset) for played in humanise(notes, "drums", ctx, generator(4))]
    assert sum(late) / len(late) > sum(drums) / len(drums) + 0.005


@pytest.mark.parametrize("style", [s for s in BASE_STYLES if load_style(s).fills["4/4"]])
def test_louder_sections_lead_out_with_a_fill_and_into_a_refrain_with_a_crash(style):
    struck = {KEYS[lane] for lane in ("snare", "rim", "tom_low", "tom_mid", "tom_high")}
    verse = section(style, "verse", energy=0.65)
    hits = remove_swing(
        arrange_section(verse, [Player("drums", "drums")])["drums"].notes, verse.style.swing, verse.meter
    )

    def count(bar):
        return sum(n.velocity for n in hits if n.onset // 4 == bar and n.pitch in struck)

    assert count(7) != count(5)
    chorus = section(style, "chorus", energy=0.85)
    first = arrange_section(chorus, [Player("drums", "drums")])["drums"].notes
    assert any(note.pitch == KEYS["crash"] and note.onset < Fraction(1, 24) for note in first)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(style_names()),
    st.integers(0, 2**40),
    st.sampled_from(["drums", "bass", "chords", "arpeggio"]),
)
def test_more_energy_is_never_much_emptier(style, seed, role):
    quiet, loud = (
        arrange_section(section(style, "verse", energy=energy, seed=seed), [Player(role, role)])[role].notes
        for energy in (0.25, 0.9)
    )
    assert len(loud) >= 0.6 * len(quiet)
    assert sum(n.velocity for n in loud) / len(loud) > sum(n.velocity for n in quiet) / len(quiet) - 8


@pytest.mark.parametrize(
    ("style", "seed", "role"), [("dub", 12, "chords"), ("hyperpop", 13, "bass"), ("merengue", 20, "chords")]
)
def test_a_loud_section_has_no_emptier_figure_than_a_quiet_one(style, seed, role):
    quiet, loud = (
        arrange_section(section(style, "verse", energy=energy, seed=seed), [Player(role, role)])[role].notes
        for energy in (0.25, 0.9)
    )
    assert len(loud) >= 0.7 * len(quiet)


@pytest.mark.slow
@given(st.sampled_from(style_names()), st.integers(0, 2**40))
def test_plans_of_one_seed_are_one(style, seed):
    players = [Player(role, role) for role in ROLES]
    one, other = (arrange_section(section(style, seed=seed, bars=4), players) for _ in range(2))
    assert one == other


def test_chord_at_finds_the_chord_that_sounds():
    chords = parse_progression("C F | G", Key("C", "major"), 2, Meter())
    found = [chord_at(chords, Fraction(at, 2)).symbol for at in range(16)]
    assert found == ["C"] * 4 + ["F"] * 4 + ["G"] * 8


def test_players_stray_by_some_milliseconds_and_machines_by_none():
    notes = [Note(Fraction(i, 2), Fraction(1, 2), 60, 90) for i in range(1, 64)]
    for style, low, high in (("rock", 6, 12), ("soul", 6, 12), ("techno", 0, 0)):
        ctx = section(style)
        for role in ("drums", "bass", "chords", "lead"):
            offsets = [float(n.offset) for n in humanise(notes, role, ctx, generator(role))]
            spread = pstdev(offsets) * 60_000 / ctx.tempo_bpm
            assert low <= spread <= high
