"""Chord symbols, numerals and their places in a section."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.arrange.context import SectionContext
from structure.arrange.lifts import leading_into
from structure.base.grid import Meter
from structure.base.sampling import generator
from structure.harmony.bars import chord_at, parse_bars, parse_chord, parse_progression
from structure.harmony.chords import parse_symbol, qualities
from structure.harmony.keys import Key, parse_key
from structure.harmony.pitch import pitch_class
from structure.harmony.progressions import colour_bars, plan_harmony
from structure.presets.styles import load_style
from tests.builders import BASE_STYLES

C = Key("C", "major")
A_MINOR = Key("A", "minor")
METERS = [Meter.parse(m) for m in ("4/4", "3/4", "6/8", "5/4", "7/8", "12/8", "2/4")]


@pytest.mark.parametrize(
    ("text", "symbol", "pitch_classes"),
    [
        ("Am7", "Am7", (9, 0, 4, 7)),
        ("B♭Δ", "Bbmaj7", (10, 2, 5, 9)),
        ("C#ø", "C#m7b5", (1, 4, 7, 11)),
        ("D°7", "Ddim7", (2, 5, 8, 11)),
        ("Gsus4", "Gsus4", (7, 0, 2)),
        ("G7sus", "G7sus4", (7, 0, 2, 5)),
        ("E7#9", "E7#9", (4, 7, 8, 11, 2)),
        ("G7b9", "G7b9", (7, 8, 11, 2, 5)),
        ("Cadd9", "Cadd9", (0, 2, 4, 7)),
        ("F6", "F6", (5, 9, 0, 2)),
        ("Dm6", "Dm6", (2, 5, 9, 11)),
        ("C+", "Caug", (0, 4, 8)),
        ("A13", "A13", (9, 11, 1, 6, 7)),
        ("Ebm9", "Ebm9", (3, 5, 6, 10, 1)),
        ("E5", "E5", (4, 11)),
        ("C-7", "Cm7", (0, 3, 7, 10)),
    ],
)
def test_symbols(text, symbol, pitch_classes):
    chord = parse_symbol(text)
    assert chord.symbol == symbol
    assert chord.pitch_classes == pitch_classes


def test_slash_chords_keep_their_root():
    (event,) = parse_progression("F/C", C, 1, Meter())
    assert (event.symbol, event.root, event.bass) == ("F/C", 5, 0)


@pytest.mark.slow
@given(st.sampled_from(sorted(qualities())), st.sampled_from(["C", "F#", "Bb"]))
def test_every_spelling_begins_with_its_root_and_reads_back(spelling, root):
    chord = parse_symbol(root + spelling)
    assert chord.pitch_classes[0] == pitch_class(root)
    assert parse_symbol(chord.symbol).pitch_classes == chord.pitch_classes


@pytest.mark.parametrize(
    ("numeral", "key", "symbol"),
    [
        ("I", C, "C"),
        ("ii7", C, "Dm7"),
        ("V7", C, "G7"),
        ("Imaj7", C, "Cmaj7"),
        ("vii°", C, "Bdim"),
        ("bVII", C, "Bb"),
        ("#ivdim7", C, "F#dim7"),
        ("V7/V", C, "D7"),
        ("V/vi", C, "E"),
        ("I64", C, "C/G"),
        ("V65", C, "G7/B"),
        ("ii6", C, "Dm/F"),
        ("i", A_MINOR, "Am"),
        ("VI", A_MINOR, "F"),
        ("bVI", A_MINOR, "F"),
        ("VII", A_MINOR, "G"),
        ("V7", A_MINOR, "E7"),
        ("vii°7", A_MINOR, "G#dim7"),
        ("iiø7", A_MINOR, "Bm7b5"),
        ("bII", A_MINOR, "Bb"),
        ("IV", Key("D", "dorian"), "G"),
        ("bVII", Key("G", "mixolydian"), "F"),
        ("N6", A_MINOR, "Bb/D"),
    ],
)
def test_numerals(numeral, key, symbol):
    assert parse_chord(numeral, key).symbol == symbol


@pytest.mark.parametrize("numeral", ["I", "ii", "iii", "IV", "V", "vi", "viio", "V7", "ii65", "V/V", "bVI"])
@pytest.mark.parametrize("key", [Key("C", "major"), Key("Eb", "major"), Key("F#", "major")])
def test_numerals_agree_with_music21(numeral, key):
    from music21 import key as m21_key
    from music21 import roman

    theirs = roman.RomanNumeral(numeral, m21_key.Key(key.tonic.replace("b", "-"), key.mode))
    ours = parse_chord(numeral, key)
    assert set(ours.pitch_classes) == {pitch.pitchClass for pitch in theirs.pitches}
    assert pitch_class(ours.bass) == theirs.bass().pitchClass


def test_chords_of_a_bar_divide_it_on_beats():
    events = parse_progression("Am7 | F/C | Gsus4 G7 | C D E", C, 4, Meter())
    assert [(e.symbol, e.onset, e.duration) for e in events] == [
        ("Am7", 0, 4),
        ("F/C", 4, 4),
        ("Gsus4", 8, 2),
        ("G7", 10, 2),
        ("C", 12, 2),
        ("D", 14, 1),
        ("E", 15, 1),
    ]


def test_percent_repeats_a_bar_and_prolongs_a_chord():
    events = parse_progression("C G | % | Am % F %", C, 3, Meter())
    assert [(e.symbol, e.onset, e.duration) for e in events] == [
        ("C", 0, 2),
        ("G", 2, 2),
        ("C", 4, 2),
        ("G", 6, 2),
        ("Am", 8, 2),
        ("F", 10, 2),
    ]


def test_compound_bars_divide_on_dotted_beats():
    events = parse_progression("C G", C, 1, Meter(6, 8))
    assert [(e.onset, e.duration) for e in events] == [
        (0, Fraction(3, 2)),
        (Fraction(3, 2), Fraction(3, 2)),
    ]


@pytest.mark.slow
@given(
    st.lists(
        st.lists(st.sampled_from(["C", "Am7", "F/C", "G7", "%"]), min_size=1, max_size=2),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 17),
    st.sampled_from(METERS),
)
def test_progressions_are_tiled_without_gaps(bars, more, meter):
    text = "C | " + " | ".join(" ".join(bar) for bar in bars)
    n_bars = len(bars) + 1 + more
    events = parse_progression(text, C, n_bars, meter)
    assert events[0].onset == 0
    assert events[-1].end == n_bars * meter.bar_quarters
    assert all(a.end == b.onset for a, b in pairwise(events))
    period = (len(bars) + 1) * meter.bar_quarters
    for event in events:
        if event.onset >= period:
            assert chord_at(events, event.onset - period).symbol == event.symbol


@pytest.mark.parametrize(
    ("text", "bars", "message"),
    [
        ("Am | Hx", 2, r"bar 2: 'Hx' is not a chord; write"),
        ("Amaj8", 1, r"bar 1: 'Amaj8' is not a chord; write"),
        ("C | | G", 3, r"bar 2: it has no chord; write %"),
        ("% | C", 2, r"bar 1: '%' has nothing to repeat"),
        ("C | F | G", 2, r"3 bars of chords do not fit into 2 bars; give the section bars: 3"),
        ("C C C C C C C C C", 1, r"bar 1: 9 chords are too many"),
        ("", 1, r"bar 1: it has no chord"),
    ],
)
def test_errors_name_the_chord_and_the_bar(text, bars, message):
    with pytest.raises(ValueError, match=message):
        parse_progression(text, C, bars, Meter())


def test_numerals_follow_the_key():
    in_d = parse_progression("I | vi | IV | V", parse_key("D major"), 4, Meter())
    assert [e.symbol for e in in_d] == ["D", "Bm", "G", "A"]


def planned(kind, style, seed, key=C, bars=8, closes=False):
    return plan_harmony(kind, bars, key, Meter(), load_style(style), seed, closes=closes)


STYLES = BASE_STYLES


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("key", [C, A_MINOR])
def test_a_song_closes_at_home_after_a_chord_that_leads_there(style, key):
    for seed in range(6):
        chords = planned("outro", style, seed, key, closes=True)
        assert chords[-1].root == key.root
        assert chords[-1].bass == key.root


@pytest.mark.parametrize("style", ["classical", "folk", "country", "jazz", "blues", "waltz"])
def test_refrains_that_come_home_do_so_after_a_dominant(style):
    came_home = 0
    for seed in range(20):
        chords = planned("chorus", style, seed)
        arrivals = [i for i, c in enumerate(chords) if c.root == 0 and c.onset >= 24]
        # In a blues the subdominant stands between the two: V IV I.
        came_home += any(
            c.root == 7 and (7 + 4) % 12 in c.pitch_classes
            for i in arrivals
            for c in chords[max(0, i - 2) : i]
        )
    assert came_home >= 12


def test_secondary_dominants_resolve_down_a_fifth_to_a_chord_of_the_key():
    found = 0
    for style in STYLES:
        for seed in range(12):
            chords = planned("verse", style, seed)
            for chord, follows in pairwise(chords):
                is_applied = (
                    len(chord.symbol) == 2 and chord.symbol[1] == "7" and chord.root not in (7, 0, 5)
                )
                if (
                    is_applied
                    and (chord.root + 4) % 12 not in C.scale
                    and (chord.root - 7) % 12 == follows.root
                ):
                    found += 1
                    assert follows.root in C.scale
    assert found > 10


def test_colours_keep_the_first_statement_and_change_at_most_one_bar_in_four():
    style = load_style("soul").model_copy(update={"secondary_dominants": 1.0, "borrowed_chords": 1.0})
    bars = list(parse_bars("I | vi | IV | I", C)) * 4
    n_changed = 0
    for seed in range(30):
        found = colour_bars(bars, 4, C, Meter(), style, generator(seed))
        assert found[:4] == bars[:4]
        changed = [i for i, (a, b) in enumerate(zip(bars, found, strict=True)) if a != b]
        assert all(later - sooner >= 4 for sooner, later in pairwise(changed))
        for index in changed:
            first, second = found[index]
            assert first == bars[index][0]
            is_borrowed = second.symbol == "Fm" and bars[index + 1][0].symbol == "C"
            target = pitch_class(bars[index + 1][0].root)
            is_applied = second.symbol.endswith("7") and (pitch_class(second.root) - 7) % 12 == target
            assert is_borrowed or is_applied
        n_changed += len(changed)
    assert n_changed > 0


def test_styles_without_colour_loop_exactly():
    for seed in range(10):
        chords = planned("chorus", "techno", seed, A_MINOR, bars=16)
        assert all(chord.symbol for chord in chords)
        half = [(c.symbol, c.onset - 32) for c in chords if c.onset >= 32]
        assert half == [(c.symbol, c.onset) for c in chords if c.onset < 32]


@given(
    st.sampled_from(STYLES),
    st.sampled_from([C, A_MINOR]),
    st.integers(0, 2**40),
    st.sampled_from([4, 7, 8, 12, 16]),
)
def test_planned_chords_fill_their_bars(style, key, seed, bars):
    for kind in ("verse", "chorus", "bridge", "outro"):
        chords = planned(kind, style, seed, key, bars, closes=kind == "outro")
        assert chords[0].onset == 0
        assert chords[-1].end == 4 * bars
        assert all(a.end == b.onset for a, b in pairwise(chords))


@pytest.mark.parametrize(
    ("meter", "start"), [("4/4", 30), ("3/4", 23), ("6/8", Fraction(45, 2)), ("5/4", 39)]
)
@pytest.mark.parametrize("semitones", [1, 2, 3, -2])
def test_a_lift_is_prepared_by_the_dominant_of_the_new_key(meter, start, semitones):
    metre = Meter.parse(meter)
    chords = parse_progression("C | Am | F | G", C, 8, metre)
    ctx = SectionContext("bridge", "bridge", 8, metre, 100.0, C, chords, 0.6, 1, load_style("pop"))
    lifted = leading_into(ctx, semitones)
    last = lifted.chords[-1]
    assert (last.onset, last.end) == (start, ctx.length)
    assert last.root == (7 + semitones) % 12
    assert last.pitch_classes == tuple((last.root + step) % 12 for step in (0, 4, 7, 10))
    assert all(a.end == b.onset for a, b in pairwise(lifted.chords))
    assert [c.symbol for c in lifted.chords[:7]] == [c.symbol for c in ctx.chords[:7]]
    assert leading_into(ctx, 0) is ctx
    assert leading_into(ctx, 12) is ctx
