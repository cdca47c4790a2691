"""Forms meet their length to the bar and keep to the rules of songs."""

from collections import Counter
from itertools import accumulate, pairwise
from random import Random
from statistics import mean, pstdev

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structure.base.errors import PlanError
from structure.base.grid import round_half_up
from structure.forms import priors
from structure.forms.asked import Beside, FormAsks, Lasting
from structure.forms.fitting import Choice, fit_bars
from structure.forms.planning import FormRequest, plan_form
from structure.forms.priors import END, LONGEST_SECTION, form_priors
from structure.forms.real_songs import on_phrases
from structure.forms.section_lengths import bar_doubling, section_kind
from structure.forms.walks import WalkRules, sample_walk
from structure.planning.brief import read_brief
from structure.planning.planner import plan_song
from structure.presets.styles import load_style, style_names
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import LAST, Wishes
from tests.builders import BASE_STYLES

OPEN = SongSpec(description="a song")
POP = SongSpec(form="pop")
styles = st.sampled_from(style_names())
REFRAINS = {"chorus", "drop"}


def planned(bars, style="pop", seed=0, spec=OPEN, **request):
    return plan_form(spec, load_style(style), FormRequest(bars, 96, **request), seed)


def timed(style, seconds, seed):
    """The form of a song of so many seconds, or of its usual length."""
    spec = SongSpec(description="a song", genre=style, length=seconds)
    brief = read_brief(spec, Wishes(), seed)
    bar_s = float(brief.grid.seconds_at(brief.grid.quarters_at_bar(1)))
    doubling = bar_doubling(brief.style, brief.grid)
    request = FormRequest(brief.total_bars, brief.usual_bars, doubling, brief.exact_bars, bar_s=bar_s)
    return plan_form(spec, brief.style, request, seed)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), styles, st.integers(0, 2**40))
def test_planned_forms_last_exactly_as_long_as_asked(bars, style, seed):
    form = planned(bars, style, seed)
    assert form.total_bars == bars
    assert all(form.bars[name] >= 1 for name in form.walk)


@pytest.mark.slow
@pytest.mark.parametrize("bars", [1200, 4096])
def test_very_long_forms_too(bars):
    form = planned(bars)
    assert form.total_bars == bars
    assert max(form.bars.values()) <= LONGEST_SECTION
    assert max(Counter(form.walk).values()) <= 8


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.integers(96, 180), styles, st.integers(0, 2**40))
def test_songs_with_room_have_the_parts_of_a_song(bars, style, seed):
    kinds = [section_kind(name) for name in planned(bars, style, seed, spec=POP).walk]
    assert 4 <= len(kinds) <= 20
    assert len(set(kinds)) >= 3
    assert kinds[-1] not in ("intro", "prechorus", "build", "interlude")
    assert set(kinds[1:]).isdisjoint({"intro"})
    assert set(kinds[:-1]).isdisjoint({"outro"})
    for kind, following in pairwise(kinds):
        if kind == "prechorus":
            assert following in REFRAINS


@pytest.mark.slow
def test_songs_begin_return_and_end_as_songs_do():
    """In the data 86 % begin with an intro, 96 % have two choruses or more, 98 % have a verse; 43 % end
    with an outro and a third with a chorus."""
    walks = [[section_kind(n) for n in planned(96, seed=seed).walk] for seed in range(40)]
    assert sum(walk[0] == "intro" for walk in walks) >= 27
    assert sum(walk.count("chorus") >= 2 for walk in walks) >= 36
    assert sum("verse" in walk for walk in walks) >= 36
    assert {"outro", "chorus"} <= {walk[-1] for walk in walks}


@pytest.mark.slow
def test_lengths_are_musical():
    """In songs of whole fours, sections are whole twos and four of five whole fours, as in real songs."""
    forms = [planned(4 * (18 + seed % 28), seed=seed) for seed in range(60)]
    bars = [form.bars[name] for form in forms for name in form.walk]
    assert sum(n % 4 == 0 for n in bars) / len(bars) >= 0.8
    assert sum(n % 2 == 0 for n in bars) / len(bars) >= 0.95


@pytest.mark.slow
def test_odd_bars_go_where_they_do_not_hurt():
    forms = [planned(97, seed=seed) for seed in range(24)]
    odd = Counter(section_kind(name) for form in forms for name, bars in form.bars.items() if bars % 2)
    loose = {"intro", "outro", "bridge", "solo", "interlude", "breakdown", "instrumental"}
    assert sum(n for kind, n in odd.items() if kind in loose) / odd.total() >= 0.9


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(20, 900), styles, st.one_of(st.none(), st.integers(60, 190)), st.integers(0, 2**40))
def test_forms_of_any_seconds_are_musical(seconds, style, tempo, seed):
    """Met to the bar, and nothing is odd in a song of whole phrases."""
    spec = SongSpec(description="a song", genre=style, tempo=tempo, length=seconds)
    brief = read_brief(spec, Wishes(), seed)
    doubling = bar_doubling(brief.style, brief.grid)
    bar_s = brief.grid.seconds_at(brief.grid.quarters_at_bar(1))
    request = FormRequest(brief.total_bars, brief.usual_bars, doubling, brief.exact_bars, bar_s=bar_s)
    form = plan_form(spec, brief.style, request, seed)
    assert abs(form.total_bars * bar_s - seconds) <= bar_s / 2 + 1e-6
    kinds = {name: section_kind(name) for name in form.walk}
    frames = [form.bars[name] for name in form.walk if kinds[name] in ("intro", "outro", "coda")]
    assert sum(frames) <= max(0.4 * form.total_bars, 16)
    odd = [name for name in form.bars if form.bars[name] % 2]
    if form.total_bars % 4 == 0 and form.total_bars >= 16:
        assert not odd
    assert all(form.bars[name] >= 4 for name in form.walk if kinds[name] in ("solo", "instrumental"))


@pytest.mark.parametrize(
    "style",
    ["rock", *(pytest.param(name, marks=pytest.mark.slow) for name in ("punk", "drill", "hip-hop"))],
)
def test_no_intro_or_outro_lasts_over_half_a_minute_unless_the_style_says_so(style):
    frames = load_style(style).frames
    for seed in range(6):
        brief = read_brief(SongSpec(description="a song", genre=style), Wishes(), seed)
        bar_s = brief.grid.seconds_at(brief.grid.quarters_at_bar(1))
        form = timed(style, None, seed)
        for kind in {"intro", "outro"} - {kind for kind, frame in frames.items() if frame.bars}:
            assert all(n * bar_s < 33 for n in lengths_of(form, {kind}))


def test_only_the_end_is_odd_where_the_length_leaves_a_choice():
    form = timed("afrobeats", 294, 0)
    assert form.total_bars % 2 == 0
    assert not [n for n in form.lengths if n % 2]


def test_a_tempo_that_is_chosen_makes_whole_phrases_of_the_length():
    specs = [SongSpec(description="a song", genre=s, length=200 + 7 * i) for i, s in enumerate(BASE_STYLES)]
    briefs = [read_brief(spec, Wishes(), 3) for spec in specs]
    assert sum(brief.total_bars % 4 == 0 for brief in briefs) >= 0.9 * len(briefs)
    for spec, brief in zip(specs, briefs, strict=True):
        free = read_brief(spec.model_copy(update={"length": None}), Wishes(), 3)
        assert abs(brief.grid.tempo_bpm / free.grid.tempo_bpm - 1) <= 0.04
        asked = read_brief(spec.model_copy(update={"tempo": 117.0}), Wishes(), 3)
        assert asked.grid.tempo_bpm == 117


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(styles, st.integers(0, 2**40))
def test_a_song_with_a_refrain_comes_back_to_it_after_a_contrast(style, seed):
    walk = sample_walk(form_priors(load_style(style).forms), WalkRules(), Random(seed))
    refrains = {"chorus", "drop", "hook"}
    contrasts = [i for i, kind in enumerate(walk) if kind in ("bridge", "breakdown", "solo")]
    if refrains & set(walk) and contrasts and len(walk) < 18:
        assert refrains & set(walk[contrasts[-1] :])
    first = next((i for i, kind in enumerate(walk) if kind in ("bridge", "solo")), None)
    if first is not None:
        assert {"verse", *refrains} & set(walk[:first])


def test_seeds_give_different_forms():
    assert len({planned(96, seed=seed).walk for seed in range(8)}) >= 4


def test_wanted_and_unwanted_sections():
    asks = FormAsks(wanted=frozenset({"bridge", "solo"}), unwanted=frozenset({"prechorus", "outro"}))
    form = planned(96, asks=asks)
    kinds = Counter(form.walk)
    assert kinds["bridge"] >= 1
    assert kinds["solo"] >= 1
    assert "prechorus" not in kinds
    assert "outro" not in kinds


def test_a_song_without_choruses():
    assert "chorus" not in planned(96, asks=FormAsks(unwanted=frozenset({"chorus"}))).walk


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


@settings(max_examples=25, deadline=None)
@given(
    st.fractions(9, 120, max_denominator=50),
    st.lists(st.sampled_from(["verse", "chorus", "bridge"]), min_size=1, max_size=9),
    st.dictionaries(st.sampled_from(["verse", "chorus"]), st.integers(1, 2), max_size=1),
)
def test_a_length_in_seconds_gives_way_to_the_nearest_that_the_form_can_have(exact, walk, fixed):
    given_bars = sum(fixed.get(name, 0) for name in walk)
    open_visits = [walk.count(name) for name in set(walk) if name not in fixed]
    assume(open_visits and exact > given_bars + sum(open_visits))
    possible = {given_bars}
    for visits in open_visits:
        possible = {base + visits * n for base in possible for n in range(1, 160)}
    total = max(1, round_half_up(exact))
    request = FormRequest(total, 96, exact_bars=exact, fixed_bars=fixed, is_loose=True)
    form = plan_form(SongSpec(form=walk), load_style("pop"), request, 0)
    assert list(form.walk) == walk
    if total in possible:
        assert form.total_bars == total
    else:
        assert abs(form.total_bars - exact) == min(abs(bars - exact) for bars in possible)


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


def test_a_song_whose_form_is_given_counts_no_real_songs(monkeypatch):
    """To count them takes longer than the rest of its plan."""
    form_priors.cache_clear()
    monkeypatch.setattr(priors, "_count", lambda *_, **__: pytest.fail("real songs were counted"))
    monkeypatch.setattr(priors, "_everyone_of", lambda _: pytest.fail("real songs were counted"))
    sections = {"verse": SectionSpec(bars=4, chords="C | G")}
    whole = SongSpec(genre="pop", tempo=120, sections=sections, form=["verse"])
    assert plan_song(whole).bars == 4
    with pytest.raises(pytest.fail.Exception):
        plan_song(SongSpec(description="a song", genre="pop", tempo=120, length="2:00", seed=3))
    form_priors.cache_clear()


def test_priors_are_those_of_the_data():
    """What data/SOURCES says of the 739 songs: most start with an intro; a verse leads to a chorus or a
    pre-chorus in more than four of five cases; eight bars are the usual length."""
    everyone = form_priors(())
    assert everyone.next_weights([])["intro"] > 0.8
    after_verse = everyone.next_weights(["intro", "verse"])
    assert after_verse["chorus"] + after_verse["prechorus"] > 0.6
    lengths = everyone.bar_weights("chorus")
    assert lengths[8] == max(lengths.values())
    song = ["intro", "verse", "chorus", "verse", "chorus", "chorus", "outro"]
    assert everyone.next_weights(song)[END] > 0.8


@given(
    st.lists(st.sampled_from(sorted(form_priors(()).kinds)), max_size=12), st.sampled_from(["Metal", "?"])
)
def test_the_model_is_a_distribution_after_any_sections(walk, genre):
    model = form_priors((genre,))
    following = model.next_weights(walk)
    assert sum(following.values()) == pytest.approx(1.0)
    assert min(following.values()) > 0
    for kind in walk:
        assert sum(model.bar_weights(kind, 8).values()) == pytest.approx(1.0)
        assert sum(model.repeat_weights(kind, 12).values()) == pytest.approx(1.0)


def test_a_pre_chorus_that_came_once_comes_again():
    """A song that has a pre-chorus has it before most of its choruses."""
    model = form_priors(("Pop",))
    with_it = ["intro", "verse", "prechorus", "chorus", "verse"]
    without = ["intro", "verse", "chorus", "verse"]
    assert model.next_weights(with_it)["prechorus"] > 0.6
    assert model.next_weights(without)["prechorus"] < 0.15


def test_a_thin_genre_backs_off_to_all_songs():
    """Metal (26 songs) has more solos than pop; a genre that the data does not know is like all songs."""
    walk = ["intro", "verse", "chorus", "verse", "chorus"]
    assert (
        form_priors(("Metal",)).next_weights(walk)["solo"]
        > form_priors(("Pop",)).next_weights(walk)["solo"]
    )
    assert form_priors(("Polka",)).next_weights(walk) == form_priors(()).next_weights(walk)


def test_boundaries_on_pickups_are_read_on_the_beat():
    assert on_phrases([8.5, 7.5, 8, 8.5, 3.5]) == [8, 8, 8, 8, 4]
    assert on_phrases([4, 8, 10, 8, 10, 8]) == [4, 8, 10, 8, 10, 8]
    assert on_phrases([0.5, 0.5, 1]) == [1, 1, 1]


@given(st.lists(st.integers(2, 60).map(lambda n: n / 2), min_size=1, max_size=20))
def test_no_boundary_moves_by_more_than_a_bar(bars):
    read = on_phrases(bars)
    assert all(n >= 1 for n in read)
    for annotated, found in zip(accumulate(bars), accumulate(read), strict=True):
        assert abs(annotated - found) <= 1


def test_sections_are_placed_beside_others():
    after = planned(
        96, asks=FormAsks(beside=(Beside("solo", "after", "chorus", 2),), wanted=frozenset({"solo"}))
    )
    choruses = [i for i, name in enumerate(after.walk) if name == "chorus"]
    assert after.walk[choruses[1] + 1] == "solo"
    before = planned(
        96, asks=FormAsks(beside=(Beside("bridge", "before", "chorus", -1),), wanted=frozenset({"bridge"}))
    )
    last = max(i for i, name in enumerate(before.walk) if name == "chorus")
    assert before.walk[last - 1] == "bridge"
    assert before.total_bars == 96


def lengths_of(form, kinds):
    return [n for name, n in zip(form.walk, form.lengths, strict=True) if section_kind(name) in kinds]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [120, 180, 240])
def test_sung_sections_are_whole_fours_so_that_no_loop_is_cut(seconds):
    """At the tempo that a style chooses for the length."""
    bars = []
    for style in BASE_STYLES:
        for seed in range(2):
            bars += lengths_of(timed(style, seconds, seed), ("verse", *REFRAINS, "hook"))
    assert sum(n % 4 == 0 for n in bars) / len(bars) >= 0.98


@pytest.mark.slow
def test_sections_of_one_kind_differ_in_length_as_in_real_songs():
    """The standard deviation within a kind is 1.1 bars in real songs."""
    spreads = []
    for style in BASE_STYLES:
        for seed in range(3):
            form = timed(style, None, seed)
            for kind in set(map(section_kind, form.walk)):
                bars = lengths_of(form, (kind,))
                if len(bars) > 1:
                    spreads.append(pstdev(bars))
    assert 1.0 <= mean(spreads) <= 2.6


def test_a_visit_of_its_own_length_is_not_far_from_that_of_its_section():
    forms = [timed(style, None, seed) for style in ("pop", "rock", "metal") for seed in range(4)]
    own = [(form.bars[form.walk[i]], bars) for form in forms for i, bars in form.own_bars.items()]
    assert len(own) >= 4
    assert all(whole / 3 <= bars <= 3 * whole and bars != whole for whole, bars in own)


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_long_songs_grow_by_new_sections(style):
    for seconds in (480, 900):
        form = timed(style, seconds, 1)
        assert max(form.lengths) <= 32
        assert len(set(form.walk)) >= 5 + (seconds > 600) * 4
        assert max(Counter(form.walk).values()) <= 14


def test_fifteen_minutes_of_jazz_are_solos_of_several_players():
    form = timed("jazz", 900, 1)
    assert form.named is not None
    players = {form.named.soloists[name] for name in form.walk if name in form.named.soloists}
    assert len(players) >= 3
    assert any(name in form.named.trades for name in form.walk)


def test_a_last_visit_that_is_to_be_longer_is_the_same_section():
    asks = FormAsks(wanted=frozenset({"chorus"}), lengths=(Lasting("chorus", 32, visit=LAST),))
    form = planned(96, spec=POP, asks=asks)
    last = max(i for i, name in enumerate(form.walk) if section_kind(name) == "chorus")
    assert form.lengths[last] == 32
    assert form.walk.count(form.walk[last]) > 1
    assert form.total_bars == 96
