"""What the writers of each role promise, for any section."""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from structure.arrange.context import REGISTERS, Player, SectionContext
from structure.arrange.drums import kick_onsets
from structure.arrange.figures import beat_groups, strong_positions
from structure.arrange.melody.instrument import instrument_of
from structure.arrange.swing import apply_swing, remove_swing
from structure.arrange.voicing import is_clear, lead_voices, movement
from structure.base.grid import Meter
from structure.harmony.bars import chord_at, parse_progression
from structure.harmony.chords import qualities
from structure.harmony.keys import Key, parse_key
from structure.planning.arranger import arrange_section
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import Swing, load_style, style_names
from tests.builders import BASE_STYLES, nonempty
from tests.loops import for_each
from tests.structure.arrange.suspensions import is_leaning, is_prepared

PLAYERS = tuple(Player(role, role) for role in ("drums", "bass", "chords", "pad", "arpeggio", "lead"))
PROGRESSIONS = (
    "I | V | vi | IV",
    "Imaj7 | ii7 V7",
    "IV | iv | I | V7/V",
    "I I6 | vi ii7 | V7sus4 | V7b9",
    "I5 | IV5",
)
METERS = ("4/4", "3/4", "6/8", "5/4", "7/8", "12/8", "2/4", "9/8", "3/8", "11/8")


def section(
    style="pop",
    kind="verse",
    bars=8,
    meter="4/4",
    key="C major",
    chords="I | V | vi | IV",
    energy=0.6,
    seed=1,
    **more,
):
    metre, home = Meter.parse(meter), parse_key(key)
    progression = parse_progression(chords, Key(home.tonic, "major"), max(bars, 4), metre)
    events = tuple(e for e in progression if e.onset < bars * metre.bar_quarters)
    return SectionContext(
        kind, kind, bars, metre, 110.0, home, events, energy, seed, load_style(style), **more
    )


sections = st.builds(
    section,
    style=st.sampled_from(style_names()),
    kind=st.sampled_from(["intro", "verse", "chorus", "bridge", "solo", "outro"]),
    bars=st.integers(1, 12),
    meter=st.sampled_from(METERS),
    key=st.sampled_from(["C major", "Eb major", "F# major", "B major"]),
    chords=st.sampled_from(PROGRESSIONS),
    energy=st.floats(0, 1),
    seed=st.integers(0, 2**60),
    ends_song=st.booleans(),
)


def straight(ctx, part):
    return remove_swing(part.notes, ctx.style.swing, ctx.meter)


def registers_of(role, ctx):
    if role != "lead":
        return REGISTERS[role]
    instrument = instrument_of(Player("lead", "lead"), ctx)
    return instrument.low, instrument.high


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(sections)
def test_notes_lie_in_their_section_and_their_register(ctx):
    for part in nonempty(arrange_section(ctx, PLAYERS).values()):
        assert list(part.notes) == sorted(part.notes)
        assert len({(note.onset, note.pitch) for note in part.notes}) == len(part.notes)
        for note in nonempty(part.notes):
            assert 0 <= note.onset < note.end <= ctx.length
            if part.role != "drums":
                low, high = registers_of(part.role, ctx)
                assert low <= note.pitch <= high


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(sections)
def test_every_role_plays_in_every_section(ctx):
    assert set(arrange_section(ctx, PLAYERS)) >= {"drums", "bass", "chords", "pad", "arpeggio"}


@settings(max_examples=20, deadline=None)
@given(sections)
def test_the_bass_plays_the_root_of_each_chord_where_it_begins(ctx):
    part = arrange_section(ctx, PLAYERS)["bass"]
    notes = {note.onset: note for note in straight(ctx, part)}
    end = ctx.final_onset if ctx.ends_song else ctx.length
    begun = [chord for chord in ctx.chords if chord.onset < end]
    assume(begun)
    for chord in begun:
        assert notes[chord.onset].pitch % 12 == chord.bass


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(sections)
@example(
    section(
        style="amapiano",
        kind="chorus",
        meter="11/8",
        bars=4,
        key="F# major",
        chords="Imaj7 | ii7 V7",
        energy=0.625,
        seed=4,
        ends_song=False,
    )
)
def test_strong_notes_of_the_melody_belong_to_the_chord_or_are_prepared(ctx):
    parts = arrange_section(ctx, PLAYERS)
    assume("lead" in parts)
    notes = nonempty(straight(ctx, parts["lead"]))
    for index, note in enumerate(notes):
        if note.onset % ctx.meter.bar_quarters in strong_positions(ctx.meter):
            before, follows = (notes[index - 1] if index else None), (*notes, None, None)[index + 1]
            chord = chord_at(ctx.chords, note.onset)
            assert (
                note.pitch % 12 in chord.pitch_classes
                or is_prepared(before, note, follows, chord)
                or is_leaning(note, follows, chord, ctx.meter.beat_quarters)
            )


@settings(max_examples=20, deadline=None)
@given(sections)
def test_pads_sound_the_chord_and_nothing_else(ctx):
    for note in nonempty(straight(ctx, arrange_section(ctx, PLAYERS)["pad"])):
        assert note.pitch % 12 in chord_at(ctx.chords, note.onset).pitch_classes


@settings(max_examples=20, deadline=None)
@given(sections, st.integers(0, 5))
def test_a_stem_plays_the_same_whoever_else_plays(ctx, left_out):
    everyone = arrange_section(ctx, PLAYERS)
    fewer = arrange_section(ctx, PLAYERS[:left_out] + PLAYERS[left_out + 1 :])
    assert all(everyone[name] == part for name, part in fewer.items())


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(sections, st.floats(0.05, 1.0), st.integers(0, 2**60))
def test_variations_keep_strong_beats_of_the_melody_and_all_chords(ctx, amount, seed):
    plain = arrange_section(ctx, PLAYERS)
    varied = arrange_section(ctx, PLAYERS, variation=amount, variation_seed=seed)
    for name in ("chords", "pad", "arpeggio"):
        assert varied[name] == plain[name]
    assert ("lead" in plain) == ("lead" in varied)
    assume("lead" in plain)
    one, other = (
        {(n.onset, n.pitch) for n in straight(ctx, parts["lead"]) if n.onset % ctx.meter.bar_quarters == 0}
        for parts in (plain, varied)
    )
    assert one == other


def test_no_variation_is_the_same_notes_and_much_of_it_is_not():
    ctx = section(kind="verse", energy=0.8)
    plain = arrange_section(ctx, PLAYERS)
    assert arrange_section(ctx, PLAYERS, variation=0.0, variation_seed=5) == plain
    varied = arrange_section(ctx, PLAYERS, variation=1.0, variation_seed=5)
    assert varied["lead"] != plain["lead"]
    assert varied["drums"] != plain["drums"]


@settings(max_examples=20, deadline=None)
@given(sections.map(partial(replace, ends_song=True)))
def test_songs_end_on_a_held_chord(ctx):
    parts = arrange_section(ctx, PLAYERS)
    for name in ("bass", "chords", "pad"):
        last = [note for note in straight(ctx, parts[name]) if note.onset >= ctx.final_onset]
        assert {note.onset for note in last} == {ctx.final_onset}
        assert {note.end for note in last} == {ctx.length}
    assert parts["bass"].notes[-1].pitch % 12 == ctx.chords[-1].bass


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from(["C", "Am7", "F/C", "G7", "Dm9", "Bdim", "E7#9", "Bbmaj7", "G13", "Csus4"]),
        min_size=1,
        max_size=8,
    )
)
def test_voices_move_little_and_never_leap_an_octave(symbols):
    chords = parse_progression(" | ".join(symbols), Key("C", "major"), len(symbols), Meter())
    voicings = lead_voices(chords, 48, 76, 61.0)
    for voicing, chord in zip(voicings, chords, strict=True):
        assert 48 <= voicing[0] <= voicing[-1] <= 76
        assert {pitch % 12 for pitch in voicing} <= set(chord.pitch_classes)
        assert len({pitch % 12 for pitch in voicing}) >= min(3, len(chord.pitch_classes))
        assert is_clear(voicing)
    for one, other in pairwise(voicings):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12
        assert movement(one, other) / len(one) <= 4.0


@pytest.mark.parametrize("register", [REGISTERS["chords"], REGISTERS["pad"], (55, 82)])
def test_every_chord_has_a_voicing_in_every_register(register):
    for root in range(12):
        for quality in qualities().values():
            tones = tuple((root + step) % 12 for step in quality.intervals)
            chord = ChordEvent(quality.symbol, Fraction(0), Fraction(4), root, root, tones)
            (voicing,) = lead_voices([chord], *register, sum(register) / 2)
            assert register[0] <= voicing[0] < voicing[-1] <= register[1]


def test_common_progressions_move_by_less_than_two_semitones_a_voice():
    chords = parse_progression("I | V | vi | IV | ii7 | V7 | Imaj7 | VI7", Key("C", "major"), 8, Meter())
    voicings = lead_voices(chords, 48, 76, 61.0)
    moves = [movement(a, b) / len(a) for a, b in pairwise(voicings)]
    assert sum(moves) / len(moves) < 1.8


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_the_chorus_melody_lies_higher_than_the_verse_and_has_no_fewer_notes(style):
    def melody(kind, energy, seed):
        return arrange_section(section(style, kind, energy=energy, seed=seed), PLAYERS)["lead"].notes

    verses = [note for seed in range(3) for note in melody("verse", 0.5, seed)]
    choruses = [note for seed in range(3) for note in melody("chorus", 0.85, seed)]
    # Strophes and refrains of folk songs are tunes of one kind.
    assert len(choruses) >= (0.9 if style == "folk" else 1.0) * len(verses)
    assert sum(n.pitch for n in choruses) / len(choruses) > sum(n.pitch for n in verses) / len(verses) + 2


@pytest.mark.slow
def test_melodies_move_mostly_by_step_recover_leaps_and_breathe():
    steps = leaps = recovered = moves = 0
    for seed in range(30):
        ctx = section(kind="verse", seed=seed)
        notes = arrange_section(ctx, PLAYERS)["lead"].notes
        intervals = [b.pitch - a.pitch for a, b in pairwise(notes)]
        moves += len(intervals)
        steps += sum(abs(i) <= 2 for i in intervals)
        assert max(map(abs, intervals)) <= 12
        for one, other in pairwise(intervals):
            if abs(one) >= 5:
                leaps += 1
                recovered += one * other <= 0 and abs(other) <= 4
        sounding = sum(note.duration for note in notes)
        assert sounding < ctx.length - ctx.meter.beat_quarters
    assert steps / moves > 0.6
    assert recovered / leaps > 0.75


def test_melodies_repeat_their_motif():
    for seed in range(10):
        ctx = section(kind="chorus", seed=seed, energy=0.85)
        notes = straight(ctx, arrange_section(ctx, PLAYERS)["lead"])
        rhythm = [tuple(n.onset % 4 for n in notes if n.onset // 4 == bar) for bar in range(8)]
        assert rhythm[0] == rhythm[4] or rhythm[0] == rhythm[2]


@for_each("style", [name for name in BASE_STYLES if name != "reggae"])
@for_each("meter", METERS)
def test_grooves_make_the_downbeat_heard(style, meter):
    ctx = section(style, "chorus", meter=meter, energy=0.85, bars=2)
    hits = straight(ctx, arrange_section(ctx, PLAYERS[:1])["drums"])
    strength = dict.fromkeys((n.onset for n in hits), 0)
    for note in hits:
        strength[note.onset] += note.velocity if note.pitch in (35, 36, 41, 49) else 0
    for bar in range(ctx.bars):
        downbeat = bar * ctx.meter.bar_quarters
        assert strength.get(downbeat, 0) > 0, f"bar {bar} has no kick on its downbeat"


def test_one_drop_leaves_the_downbeat_out_and_is_heard_on_three():
    ctx = section("reggae", "verse", energy=0.6, bars=4)
    hits = straight(ctx, arrange_section(ctx, PLAYERS[:1])["drums"])
    kicks = {note.onset for note in hits if note.pitch == 36}
    assert {2, 6, 10, 14} <= kicks
    assert not {0, 4, 8, 12} & kicks


@pytest.mark.parametrize("style", BASE_STYLES)
def test_choruses_begin_with_a_crash_and_verses_do_not(style):
    for kind, energy, crashes in (("chorus", 0.85, True), ("verse", 0.5, False)):
        ctx = section(style, kind, energy=energy)
        hits = straight(ctx, arrange_section(ctx, PLAYERS)["drums"])
        assert any(note.onset == 0 and note.pitch == 49 for note in hits) == crashes


def test_a_fill_leads_out_of_the_section():
    ctx = section("rock", "verse", energy=0.6)
    hits = straight(ctx, arrange_section(ctx, PLAYERS)["drums"])
    last, before = (
        [n for n in hits if n.onset // 4 == bar and n.pitch in (38, 41, 45, 47, 50)] for bar in (7, 6)
    )
    assert len(last) > len(before)


def test_a_locked_bass_plays_with_the_kick():
    from structure.arrange.figures import load_figures

    style = load_style("pop")
    only = {base: dict.fromkeys(("low", "mid", "high"), ("kick_locked",)) for base in ("4/4",)}
    assert load_figures("bass")["kick_locked"]["pattern"] == "kick"
    ctx = SectionContext(
        "verse", "verse", 8, Meter(), 110.0, parse_key("C"), section().chords, 0.6, 1,
        style.model_copy(update={"bass": {**style.bass, **only}}),
    )  # fmt: skip
    onsets = {note.onset for note in straight(ctx, arrange_section(ctx, PLAYERS)["bass"])}
    assert set(kick_onsets(ctx)) <= onsets
    assert onsets - set(kick_onsets(ctx)) <= {chord.onset for chord in ctx.chords}


@given(
    st.lists(st.tuples(st.integers(0, 63), st.integers(1, 16)), max_size=30),
    st.sampled_from([("eighth", "2/3"), ("sixteenth", "7/12"), ("sixteenth", "3/5"), ("eighth", "1/2")]),
)
def test_swing_keeps_beats_and_order_and_can_be_undone(places, kind):
    swing = Swing(unit=kind[0], share=kind[1])
    notes = [Note(Fraction(start, 4), Fraction(size, 4), 60, 90) for start, size in places]
    moved = apply_swing(notes, swing, Meter())
    assert remove_swing(moved, swing, Meter()) == notes
    for before, after in zip(notes, moved, strict=True):
        if before.onset % 1 == 0:
            assert after.onset == before.onset
        assert int(after.onset) == int(before.onset)


def test_triplet_swing_puts_the_second_eighth_on_the_last_triplet():
    (note,) = apply_swing(
        [Note(Fraction(1, 2), Fraction(1, 2), 60, 90)], Swing(unit="eighth", share="2/3"), Meter()
    )
    assert (note.onset, note.duration) == (Fraction(2, 3), Fraction(1, 3))


@pytest.mark.parametrize(
    ("meter", "groups"),
    [
        ("7/8", [2, 2, 3]),
        ("5/4", [3, 2]),
        ("4/4", [4]),
        ("6/8", [2]),
        ("12/8", [2, 2]),
        ("9/8", [2, 1]),
        ("7/4", [4, 3]),
    ],
)
def test_bars_of_other_metres_are_put_together_from_groups(meter, groups):
    assert [beats for _, beats in beat_groups(Meter.parse(meter))] == groups


def test_a_second_lead_harmonises_the_first_in_a_refrain():
    players = (Player("one", "lead", 0), Player("two", "lead", 1))
    ctx = section("synthwave", kind="chorus", energy=0.85)
    parts = arrange_section(ctx, players)
    assert [n.onset for n in parts["one"].notes] == [n.onset for n in parts["two"].notes]
    assert all(a.pitch != b.pitch for a, b in zip(parts["one"].notes, parts["two"].notes, strict=True))
    alone = arrange_section(ctx, players[1:])["two"].notes
    assert [(n.onset, n.pitch) for n in alone] == [(n.onset, n.pitch) for n in parts["one"].notes]
