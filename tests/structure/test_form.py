"""Forms meet their length to the bar and keep to the rules of songs."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.errors import PlanError
from structure.fitting import Choice, fit_bars
from structure.form import FormRequest, plan_form
from structure.priors import END, START, form_priors
from structure.section_lengths import section_kind
from structure.spec import SongSpec
from structure.styles import load_style, style_names

OPEN = SongSpec(description="a song")
styles = st.sampled_from(style_names())
REFRAINS = {"chorus", "drop"}


def planned(bars, style="pop", seed=0, **request):
    return plan_form(OPEN, load_style(style), FormRequest(bars, 96, **request), seed)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), styles, st.integers(0, 2**40))
def test_planned_forms_last_exactly_as_long_as_asked(bars, style, seed):
    form = planned(bars, style, seed)
    assert form.total_bars == bars
    assert all(form.bars[name] >= 1 for name in form.walk)


@pytest.mark.parametrize("bars", [1200, 4096])
def test_very_long_forms_too(bars):
    form = planned(bars)
    assert form.total_bars == bars
    assert max(form.bars.values()) <= 32


@settings(max_examples=20, deadline=None)
@given(st.integers(96, 180), styles, st.integers(0, 2**40))
def test_songs_with_room_have_the_parts_of_a_song(bars, style, seed):
    form = planned(bars, style, seed)
    kinds = [section_kind(name) for name in form.walk]
    assert kinds[0] == "intro"
    assert kinds[-1] == "outro"
    assert sum(kind in REFRAINS for kind in kinds) >= 2
    assert "verse" in kinds
    for kind, following in pairwise(kinds):
        if kind == "prechorus":
            assert following in REFRAINS


@settings(max_examples=20, deadline=None)
@given(st.integers(18, 45).map(lambda n: 4 * n), styles, st.integers(0, 2**40))
def test_lengths_are_musical(bars, style, seed):
    """A song of whole fours has sections of whole twos, nearly all of them of whole fours."""
    form = planned(bars, style, seed)
    fours = sum(form.bars[name] % 4 == 0 for name in form.walk)
    assert fours / len(form.walk) >= 0.75


def test_odd_bars_go_where_they_do_not_hurt():
    for seed in range(12):
        form = planned(97, seed=seed)
        odd = {section_kind(name) for name, bars in form.bars.items() if bars % 2}
        assert odd
        assert odd <= {"intro", "outro", "bridge", "solo", "interlude", "breakdown"}


def test_seeds_give_different_forms():
    assert len({planned(96, seed=seed).walk for seed in range(8)}) >= 4


def test_wanted_and_unwanted_sections():
    form = planned(96, wanted=frozenset({"bridge", "solo"}), unwanted=frozenset({"prechorus", "outro"}))
    kinds = Counter(form.walk)
    assert kinds["bridge"] >= 1
    assert kinds["solo"] >= 1
    assert "prechorus" not in kinds
    assert "outro" not in kinds


def test_a_song_without_choruses():
    assert "chorus" not in planned(96, unwanted=frozenset({"chorus"})).walk


def test_described_sections_are_used_with_their_bars():
    form = planned(96, names=("verse", "breakdown"), fixed_bars={"verse": 12, "breakdown": 6})
    assert form.bars["verse"] == 12
    assert form.bars["breakdown"] == 6
    assert form.total_bars == 96


def test_an_explicit_form_is_obeyed():
    walk = ["verse", "chorus", "chorus", "my_part", "verse"]
    spec = SongSpec(form=walk)
    form = plan_form(spec, load_style("rock"), FormRequest(60, 96, fixed_bars={"chorus": 7}), 1)
    assert list(form.walk) == walk
    assert form.bars["chorus"] == 7
    assert form.total_bars == 60


def test_open_sections_hold_whole_turns_of_their_chords():
    spec = SongSpec(form=["verse", "chorus", "verse"])
    form = plan_form(
        spec, load_style("pop"), FormRequest(None, 96, chord_bars={"verse": 6, "chorus": 3}), 1
    )
    assert form.bars["verse"] % 6 == 0
    assert form.bars["chorus"] % 3 == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            FormRequest(24, 96, fixed_bars={"verse": 8, "chorus": 8}),
            "the form has 32 bars, but length asks for 24",
        ),
        (FormRequest(20, 96, fixed_bars={"verse": 12}), "sections with bars alone take 24"),
        (FormRequest(21, 96), r"cannot be shared out evenly over verse \(2×\), chorus \(2×\)"),
        (FormRequest(4097, 96), "a song has 1 to 4096 bars, but length asks for 4097"),
        (FormRequest(0, 96), "a song has 1 to 4096 bars"),
    ],
)
def test_lengths_that_cannot_be_met_are_errors_with_both_numbers(request_, message):
    spec = SongSpec(form=["verse", "chorus", "verse", "chorus"])
    with pytest.raises(PlanError, match=message):
        plan_form(spec, load_style("pop"), request_, 0)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sets(st.integers(1, 12), min_size=1)), min_size=1, max_size=4),
    st.integers(1, 60),
)
def test_fits_are_exact_and_the_cheapest(choices, total):
    options = [Choice(visits, {n: (n * 7 % 5) + 0.1 * n for n in lengths}) for visits, lengths in choices]
    spent = {0: 0.0}
    for option in options:
        reached: dict[int, float] = {}
        for before, cost in spent.items():
            for bars, extra in option.costs.items():
                place = before + option.visits * bars
                reached[place] = min(reached.get(place, 1e9), cost + option.visits * extra)
        spent = reached
    fit = fit_bars(options, total)
    assert (fit is None) == (total not in spent)
    if fit is not None:
        assert sum(o.visits * n for o, n in zip(options, fit.bars, strict=True)) == total
        assert fit.cost == pytest.approx(spent[total])


def test_priors_are_those_of_the_data():
    """What data/SOURCES says of the 739 songs: most start with an intro; a verse leads to a chorus or a
    pre-chorus in more than four of five cases; eight bars are the usual length."""
    everyone = form_priors(())
    first = everyone.next_weights(START, START)
    assert first["intro"] > 0.8
    after_verse = everyone.next_weights("intro", "verse")
    assert after_verse["chorus"] + after_verse["prechorus"] > 0.6
    assert everyone.bar_share("chorus", 8) == max(everyone.bar_share("chorus", n) for n in range(1, 40))
    assert sum(everyone.next_weights("chorus", "outro").values()) == pytest.approx(1.0)
    assert everyone.next_weights("chorus", "outro")[END] > 0.8
