"""A plan written as a spec says all that was planned, in YAML that reads back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from composer.sources.template import chords_text, template_of
from structure.base.grid import Grid, Meter
from structure.harmony.bars import parse_progression
from structure.harmony.keys import parse_key
from structure.loading.loader import parse_spec
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import Part, SectionScore
from structure.specs.spec import ExportSpec, MasterSpec, RenderSpec, SongSpec
from tests.builders import graph_of, make_visit

KEY, METER = parse_key("F# minor"), Meter(4, 4)
STEMS = (
    StemPlan("drums", "drums", "big: drums", "", 0.0, 0.0, 0.1),
    StemPlan("lead", "lead", "saw lead", "noise, #hiss", -1.5, 0.3, 0.25),
    StemPlan("pad", "pad", "no", "", 0.0, -0.2, 0.5),
)


def _score(chords: str, *stems: str) -> SectionScore:
    return SectionScore(4, parse_progression(chords, KEY, 4, METER), {s: Part("lead", ()) for s in stems})


def _visit(name: str, index: int, start: int, variation: float, energy: float, lift: int = 0) -> Visit:
    chords, stems = {
        "verse": ("F#m | D | A E", ("drums", "lead")),
        "chorus": ("D | E | F#m / / E", ("drums", "lead", "pad")),
        "outro": ("E | F# | G#m / / F#", ("drums", "lead", "pad")),  # sounds a tone higher than written
    }[name]
    score = _score(chords, *stems)
    return make_visit(
        name,
        score,
        index=index,
        start_bar=start,
        label=f"{name} {index}",
        variation=variation,
        seed=1,
        variation_seed=2,
        key="F# minor",
        energy=energy,
        lift=lift,
    )


VISITS = (
    _visit("verse", 1, 0, 0.0, 0.4),
    _visit("chorus", 1, 4, 0.0, 0.9),
    _visit("verse", 2, 8, 0.2, 0.4),
    _visit("chorus", 2, 12, 0.0, 0.9),
    _visit("chorus", 3, 16, 0.35, 1.0, lift=2),
    _visit("outro", 1, 20, 0.0, 0.9, lift=2),
)
GRAPH = graph_of(VISITS)
CHORDS = ("D", "E", "F#m", "E", "D")  # of the outro too, as it is written
GRAPH = replace(
    GRAPH,
    sections=tuple(
        replace(node, chords=CHORDS) if node.name == "outro" else node for node in GRAPH.sections
    ),
)

PLAN = SongPlan(
    title='Rain: "on" #1',
    description="d",
    genre="synthwave",
    seed=7,
    key="F# minor",
    grid=Grid.steady(92.5, METER),
    stems=STEMS,
    graph=GRAPH,
    visits=VISITS,
    tail_s=3.0,
    render=RenderSpec(),
    master=MasterSpec(),
    export=ExportSpec(),
)
SPEC = parse_spec(template_of(SongSpec(description="a 'song': {odd} [text] 🌧 \\ #x"), PLAN))


def test_texts_survive_whatever_they_hold() -> None:
    assert SPEC.title == 'Rain: "on" #1'
    assert SPEC.description == "a 'song': {odd} [text] 🌧 \\ #x"
    assert [stem.prompt for stem in SPEC.stems or ()] == ["big: drums", "saw lead", "no"]
    assert [stem.negative_prompt for stem in SPEC.stems or ()] == [None, "noise, #hiss", None]


def test_the_frame_is_the_plans() -> None:
    assert (SPEC.tempo, SPEC.key, SPEC.meter, SPEC.length) == (92.5, "F# minor", "4/4", "24 bars")
    assert (SPEC.genre, SPEC.seed) == ("synthwave", 7)
    assert [(s.gain_db, s.pan, s.reverb) for s in SPEC.stems or ()] == [
        (0.0, 0.0, 0.1),
        (-1.5, 0.3, 0.25),
        (0.0, -0.2, 0.5),
    ]


def test_a_visit_says_only_what_sets_it_apart() -> None:
    form = SPEC.form or ()
    assert [entry.section for entry in form] == [visit.place.name for visit in PLAN.visits]
    assert [entry.model_fields_set for entry in form[:4]] == [{"section"}] * 4
    assert (form[4].variation, form[4].lift, form[4].energy) == (0.35, 2, 1.0)


def test_sections_carry_bars_chords_energy_players_and_variation() -> None:
    verse, chorus = SPEC.sections["verse"], SPEC.sections["chorus"]
    assert (verse.bars, verse.chords, verse.energy, verse.variation) == (4, "F#m | D | A E | F#m", 0.4, 0.2)
    assert verse.stems == ("drums", "lead")
    assert (chorus.chords, chorus.energy, chorus.variation) == ("D | E | F#m / / E | D", 0.9, 0.0)
    assert chorus.stems is None


def test_a_section_that_is_only_heard_lifted_is_written_without_the_lift() -> None:
    assert (SPEC.form or ())[5].lift == 2
    assert SPEC.sections["outro"].chords == "D | E | F#m / / E | D"


_BAR = st.lists(
    st.sampled_from(["Am", "F", "C/E", "G7", "Bm7b5", "F#m", "Ebmaj7", "/"]), min_size=1, max_size=4
)


@settings(max_examples=80)
@given(st.lists(_BAR, min_size=1, max_size=8), st.sampled_from(["4/4", "3/4", "6/8", "12/8", "5/4", "2/4"]))
def test_chords_survive_being_written(bars: list[list[str]], meter_text: str) -> None:
    meter, key, n_bars = Meter.parse(meter_text), parse_key("A minor"), len(bars) + 1
    text = " | ".join(["Am", *(" ".join(bar) for bar in bars)])
    chords = parse_progression(text, key, n_bars, meter)
    written = chords_text(SectionScore(n_bars, chords, {}), meter)
    assert parse_progression(written, key, n_bars, meter) == chords
