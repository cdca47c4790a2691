"""Forms by name: each is what its name says, at any length from 20 seconds to 15 minutes."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.base.errors import PlanError, RitornelloError, SpecError
from structure.base.grid import Grid, Meter
from structure.base.labels import kind_of
from structure.forms.asked import FormAsks
from structure.forms.planning import Form, FormRequest, plan_form
from structure.forms.section_lengths import bar_doubling
from structure.harmony.bars import chord_at, parse_bars
from structure.harmony.keys import Key
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.presets.forms import form_names, list_forms, load_form, usual_form
from structure.presets.styles import load_style, style_names
from structure.specs.spec import SongSpec
from tests.builders import nonempty

EDGES = {"intro", "outro", "coda"}
LISTED = {
    "pop",
    "12-bar-blues",
    "AABA",
    "prechorus-form",
    "rondo",
    "solos-go-round",
    "ternary",
    "binary",
    "strophic",
    "theme-and-variations",
    "through-composed",
    "edm",
    "fugue",
    "three-voice-fugue",
    "invention",
    "canon",
}


def planned(
    name: str, seconds: float, tempo: int = 120, seed: int = 0, style: str = "pop", **request
) -> Form:
    grid = Grid.steady(Fraction(tempo), Meter())
    bars = max(1, round(grid.bars_in_seconds(seconds)))
    bar_s = float(grid.seconds_at(grid.quarters_at_bar(1)))
    loaded = load_style(style)
    asked = FormRequest(bars, bars, bar_doubling(loaded, grid), bar_s=bar_s, **request)
    form = plan_form(SongSpec(form=name), loaded, asked, seed)
    assert form.total_bars == bars
    return form


def body(form: Form) -> list[str]:
    """The walk without what stands before and after it."""
    return [name for name in form.walk if kind_of(name) not in EDGES]


def test_the_names_that_specs_and_descriptions_rely_on():
    assert set(form_names()) == LISTED


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("12 bar blues", "12-bar-blues"),
        ("Twelve_Bar-Blues", "12-bar-blues"),
        ("aaba", "AABA"),
        ("32-bar form", "AABA"),
        ("Build and drop", "edm"),
        ("variations", "theme-and-variations"),
    ],
)
def test_names_and_aliases_in_any_writing(text, name):
    assert load_form(text).name == name


def test_no_alias_belongs_to_two_forms():
    words = [word.lower() for form in list_forms().values() for word in (form.name, *form.aliases)]
    assert max(Counter(words).values()) == 1


def test_an_unknown_form_is_an_error_with_line_and_suggestion():
    with pytest.raises(SpecError) as caught:
        parse_spec("description: a song\nform: rondoo\n", "song.yaml")
    assert str(caught.value) == "song.yaml:2: form: no form is called 'rondoo' (did you mean 'rondo'?)"
    with pytest.raises(RitornelloError, match=r"allowed: 12-bar-blues, AABA, .* or a list of sections"):
        load_form("qqq")


def test_a_wrong_entry_of_a_list_keeps_its_own_line():
    with pytest.raises(SpecError, match=r"s\.yaml:3: form\[2\]\.lift: .* at most 12"):
        parse_spec("form:\n- verse\n- {section: chorus, lift: 40}\n", "s.yaml")


def test_a_form_by_name_survives_being_written():
    spec = SongSpec(form="Rondeau")
    assert spec.form == "rondo"
    assert SongSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(LISTED)),
    st.floats(20, 900),
    st.integers(56, 176),
    st.sampled_from(["pop", "jazz", "ambient", "house"]),
    st.integers(0, 2**40),
)
def test_any_length_has_a_form_that_makes_sense(name, seconds, tempo, style, seed):
    form = planned(name, seconds, tempo, seed, style)
    bar_s = 240 / tempo
    inner = [form.bars[n] for n in body(form)]
    # Short songs are not chopped up: strains hold a phrase of four bars, give or take one.
    assert sum(inner) / len(inner) >= 3
    assert form.total_bars * bar_s / len(form.walk) >= 5.5
    # Long songs neither drag one section out nor turn in a circle.
    assert max(form.bars.values()) <= 72
    assert len(form.walk) <= 66
    again = Counter(form.walk).most_common(1)[0][1]
    assert again <= (8 if name == "pop" else 16)
    if seconds >= 240:
        assert len(form.walk) >= 4
        entries = form.entries or form.walk
        assert len({e if isinstance(e, str) else (e.section, e.variation) for e in entries}) >= 3
        assert max(form.bars.values()) * bar_s < 0.5 * seconds
    for edge in EDGES & set(form.walk):
        assert form.bars[edge] * 2 <= form.total_bars


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("seconds", [120, 240, 600])
def test_a_blues_is_choruses_of_twelve_bars(seconds, seed):
    form = planned("12-bar-blues", seconds, 96, seed, "blues")
    twelve = [form.bars[name] % 12 == 0 for name in body(form)]
    assert sum(twelve) >= len(twelve) - 1
    assert "verse" in form.walk
    assert seconds < 240 or "solo" in form.walk


@pytest.mark.slow
@pytest.mark.parametrize("style", ["blues", "pop", "techno"])
@pytest.mark.parametrize("key", ["A major", "E minor"])
def test_a_blues_has_its_changes_in_any_style(style, key):
    """Tonic in the first bar, subdominant in the fifth, tonic in the seventh."""
    spec = SongSpec(form="12-bar-blues", genre=style, key=key, tempo=100, length="90 bars", meter="4/4")
    plan = plan_song(spec)
    verse = next(visit for visit in plan.visits if visit.place.name == "verse")
    tonic = {"A": 9, "E": 4}[key[0]]
    held = [chord_at(verse.music.score.chords, Fraction(4 * bar)).root for bar in (0, 4, 6)]
    assert held == [tonic, (tonic + 5) % 12, tonic]


def test_progressions_of_forms_can_be_read():
    for form in nonempty(list_forms().values()):
        for modes in form.chords.values():
            for mode, texts in modes.items():
                for text in texts:
                    assert len(parse_bars(text, Key("C", mode))) == text.count("|") + 1


@pytest.mark.parametrize("seed", range(4))
def test_aaba_has_the_bridge_third(seed):
    form = planned("AABA", 200, 140, seed, "jazz")
    assert body(form)[:4] == ["head", "head", "bridge", "head"]
    assert body(form)[-2:] == ["bridge", "head"]
    assert len({form.bars["head"], form.bars["bridge"]}) == 1


@pytest.mark.parametrize("seconds", [90, 240, 600])
def test_a_rondo_alternates_refrain_and_episodes(seconds):
    walk = body(planned("rondo", seconds, 100, style="classical"))
    assert set(walk[::2]) == {"refrain"}
    assert "refrain" not in walk[1::2]
    assert len(set(walk[1::2])) >= min(2, len(walk) // 2)


def test_a_ternary_form_frames_its_middle():
    walk = body(planned("ternary", 240, 100, style="classical"))
    assert walk[:3] == walk[-3:] == ["head", "verse_b", "head"]
    assert set(walk[3:-3]).isdisjoint({"head", "verse_b"})


def test_a_tune_plays_each_strain_twice():
    walk = body(planned("binary", 200, 112, style="folk"))
    assert walk[:4] == ["verse_a", "verse_a", "verse_b", "verse_b"]
    assert walk[-4:] == walk[:4]


def test_strophes_return_differently():
    form = planned("strophic", 240, 96, style="folk")
    strophes = [entry for entry in form.entries if entry.section == "verse"]
    assert len(strophes) >= 4
    assert "chorus" not in form.walk
    assert all(entry.variation for entry in strophes[2:])


def test_variations_move_away_and_come_home():
    form = planned("theme-and-variations", 300, 90, style="classical")
    theme = [entry for entry in form.entries if kind_of(entry.section) == "head"]
    amounts = [entry.variation or 0.0 for entry in theme]
    assert amounts[0] == 0.0
    assert amounts[-1] <= 0.2
    assert max(amounts) >= 0.5
    assert len({form.bars[entry.section] for entry in theme}) == 1


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.floats(20, 900), st.integers(56, 140), st.integers(0, 2**40))
def test_nothing_returns_in_a_through_composed_piece(seconds, tempo, seed):
    form = planned("through-composed", seconds, tempo, seed, "ambient")
    assert len(set(form.walk)) == len(form.walk)


@pytest.mark.parametrize("seconds", [60, 200, 600])
def test_a_drop_is_built_up_to(seconds):
    kinds = [kind_of(name) for name in planned("edm", seconds, 126, style="house").walk]
    assert "drop" in kinds
    for before, kind in pairwise(kinds):
        if kind == "drop":
            assert before == "build"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("style", "blocks"), [("house", 8), ("techno", 16), ("synthwave", 8)])
def test_dance_styles_count_in_blocks(style, blocks, seed):
    form = plan_form(
        SongSpec(description="a song", genre=style), load_style(style), FormRequest(None, 107), seed
    )
    assert {bars % blocks for bars in form.lengths} == {0}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bars", [108, 113])
def test_a_length_that_is_asked_for_breaks_one_block_and_keeps_the_intro_for_mixing(bars, seed):
    form = plan_form(
        SongSpec(description="a song", genre="house"), load_style("house"), FormRequest(bars, bars), seed
    )
    assert form.total_bars == bars
    assert sum(n % 8 > 0 for n in form.lengths) == 1
    assert form.walk[0] == "intro" and form.lengths[0] in (16, 32)


def test_styles_have_the_forms_of_their_genre():
    """Blues, jazz, folk and ambient songs are not verse-chorus songs by default; pop and rock songs are."""
    chosen = {style: Counter(usual_form(style, seed).name for seed in range(60)) for style in style_names()}
    assert chosen["blues"].most_common(1)[0][0] == "12-bar-blues"
    assert chosen["jazz"].most_common(1)[0][0] == "AABA"
    assert chosen["ambient"].most_common(1)[0][0] == "through-composed"
    assert chosen["folk"]["pop"] < 30
    assert chosen["folk"]["strophic"] > 15
    assert set(chosen["pop"]) == set(chosen["rock"]) == {"pop"}


def test_sections_that_a_usual_form_has_not_lead_to_a_song():
    """A blues for which the user describes a chorus is a song with choruses."""
    request = FormRequest(96, 96, names=("verse", "chorus"), fixed_bars={"chorus": 8})
    form = plan_form(SongSpec(description="a song"), load_style("blues"), request, 0)
    assert {"verse", "chorus"} <= set(form.walk)
    assert form.bars["chorus"] == 8


def test_users_sections_take_their_place_in_a_form_by_name():
    form = planned("rondo", 180, 96, style="classical", names=("chorus",), fixed_bars={"chorus": 10})
    assert body(form)[::2] == ["chorus"] * len(body(form)[::2])
    assert form.bars["chorus"] == 10


def test_what_is_unwanted_does_not_come_and_what_is_wanted_does():
    asks = FormAsks(unwanted=frozenset({"intro", "solo"}), wanted=frozenset({"bridge"}))
    form = planned("12-bar-blues", 180, 96, asks=asks)
    kinds = {kind_of(name) for name in form.walk}
    assert "bridge" in kinds
    assert kinds.isdisjoint({"intro", "solo"})


def test_bars_that_no_form_can_have_are_an_error():
    with pytest.raises(PlanError, match=r"no rondo has 30 bars with .* \(refrain: 40\)"):
        plan_form(
            SongSpec(form="rondo"), load_style("pop"), FormRequest(30, 30, fixed_bars={"refrain": 40}), 0
        )


def test_the_same_seed_gives_the_same_form_and_others_differ():
    first = [planned("through-composed", 300, 70, seed, "ambient") for seed in range(6)]
    again = [planned("through-composed", 300, 70, seed, "ambient") for seed in range(6)]
    assert first == again
    assert len({(form.walk, tuple(form.bars.items())) for form in first}) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("form", ["strophic", ["verse", "chorus", "verse", "chorus"]])
def test_a_section_that_returns_last_ends_the_song(form):
    """The last visit holds its last notes to the end; earlier visits of the section lead on."""
    spec = SongSpec(form=form, genre="rock", tempo=110)
    plan = plan_song(spec.model_copy(update={"description": "no outro"}))
    last = plan.visits[-1]
    earlier = [visit for visit in plan.visits[:-1] if visit.place.name == last.place.name]
    assert earlier
    bass = next(name for name, part in last.music.score.parts.items() if part.role == "bass")
    end = last.music.score.bars * plan.meter.bar_quarters
    held = last.music.score.parts[bass].notes[-1]
    assert held.end == end
    assert held.duration >= plan.meter.bar_quarters / 2
    assert earlier[0].music.score.parts[bass].notes[-1] != held


@pytest.mark.slow
def test_a_visit_that_must_repeat_to_the_letter_does():
    form = ["chorus", "verse", {"section": "chorus", "variation": 0.0}]
    plan = plan_song(SongSpec(form=form, genre="rock", tempo=110))
    assert plan.visits[0].music.score.parts == plan.visits[-1].music.score.parts


@pytest.mark.parametrize("name", sorted(LISTED))
def test_each_form_becomes_a_song(name):
    spec = SongSpec(form=name, description="a gentle song", tempo=100, meter="4/4", length="1:30")
    plan = plan_song(spec)
    assert plan.bars == 38  # of 2.4 seconds
