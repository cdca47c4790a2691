"""The bundled songs are songs: they load, and their forms, tempos and lengths make musical sense."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import composer
from songs import song_names, song_path, song_summary
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.presets.families import style_families
from structure.specs.schema import MODELINE
from structure.specs.spec import FormEntry, SongSpec
from tests.loops import for_each
from tests.tones import ToneBackend

SPECS: dict[str, SongSpec] = {name: load_spec(song_path(name)) for name in song_names()}


@cache
def planned(name: str) -> SongPlan:
    """Return the plan of a bundled song, made once."""
    return plan_song(SPECS[name])


def _bars(spec: SongSpec) -> int | None:
    """Bars of the whole form; None where it is left open, or grown from a form by name."""
    if isinstance(spec.form, str):
        return None
    lengths = [
        visit.bars or spec.sections[visit.section].bars
        for visit in spec.form or ()
        if visit.section in spec.sections
    ]
    return sum(bars for bars in lengths if bars) if lengths and all(lengths) else None


def _seconds(spec: SongSpec) -> float | None:
    bars = _bars(spec)
    if bars is None or spec.tempo is None:
        return None
    grid = Grid.steady(spec.tempo, Meter.parse(spec.meter or "4/4"))
    return grid.seconds_at(grid.quarters_at_bar(bars))


def test_there_are_enough_and_they_differ() -> None:
    assert len(SPECS) >= 24
    for field in ("genre", "tempo", "title"):
        values = [getattr(spec, field) for spec in SPECS.values() if getattr(spec, field) is not None]
        assert len(set(values)) == len(values) >= 24, field


def test_they_run_from_a_sting_to_five_minutes() -> None:
    lengths = sorted(seconds for spec in SPECS.values() if (seconds := _seconds(spec)))
    assert lengths[0] < 31
    assert lengths[-1] > 300
    assert all(later - sooner > 1 for sooner, later in pairwise(lengths))


def test_metres_of_three_kinds() -> None:
    assert {spec.meter for spec in SPECS.values()} >= {"4/4", "3/4", "6/8"}


@pytest.mark.parametrize("name", song_names())
def test_each_says_what_it_shows_and_where_its_schema_is(name: str) -> None:
    assert song_path(name).read_text("utf-8").splitlines()[0] == MODELINE
    assert 20 < len(song_summary(name)) < 160


@pytest.mark.parametrize("name", song_names())
def test_the_page_of_songs_says_what_each_shows(name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "songs.md").read_text("utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith(f"| [{name}](../songs/{name}.yaml) |"))
    assert row.endswith(f"| {song_summary(name)} |")


PROGRESSIONS = [
    (name, label)
    for name, spec in SPECS.items()
    for label, section in spec.sections.items()
    if section.chords and section.bars
]


@for_each("name, label", PROGRESSIONS)
def test_progressions_fill_their_sections_without_a_remainder(name: str, label: str) -> None:
    section = SPECS[name].sections[label]
    assert section.chords is not None and section.bars is not None
    bars = [bar for bar in section.chords.replace("\n", " ").strip(" |").split("|") if bar.strip()]
    assert section.bars % len(bars) == 0


PEAKS = {
    name: label
    for name, spec in SPECS.items()
    for label in ("chorus", "drop", "hook")
    if label in spec.sections and spec.sections[label].energy is not None
}
"""The section of each song that is to be its loudest, where the song says how loud it is."""


@pytest.mark.parametrize("name", PEAKS)
def test_the_chorus_is_the_loudest_place(name: str) -> None:
    energies = {label: section.energy or 0.0 for label, section in SPECS[name].sections.items()}
    assert len(energies) > 1
    assert energies[PEAKS[name]] == max(energies.values())


def test_most_songs_have_a_loudest_place_and_chords_of_their_own() -> None:
    assert len(PEAKS) >= 20
    open_songs = {name for name, spec in SPECS.items() if not spec.sections}
    assert {name for name, _ in PROGRESSIONS} == set(SPECS) - open_songs
    assert len(open_songs) == 4, "two are words alone, and two are grown from a form by name"


def test_neon_tides_is_synthwave_of_at_least_three_and_a_half_minutes() -> None:
    spec = SPECS["neon_tides"]
    assert (spec.genre, spec.key, spec.meter) == ("synthwave", "A minor", "4/4")
    assert spec.tempo is not None
    assert 100 <= spec.tempo <= 110
    assert _seconds(spec) == pytest.approx(240.0)
    assert spec.stems is not None
    assert {stem.role for stem in spec.stems} == {"drums", "bass", "arpeggio", "pad", "chords", "lead"}


def test_last_light_lifts_and_varies_its_last_chorus() -> None:
    choruses = [entry for entry in SPECS["last_light"].form or () if entry.section == "chorus"]
    assert [(entry.variation, entry.lift) for entry in choruses] == [(None, 0), (None, 0), (0.35, 2)]


def test_only_words_is_only_words() -> None:
    assert SPECS["only_words"].model_fields_set == {"description"}


def test_an_unknown_song_suggests_another() -> None:
    with pytest.raises(RitornelloError, match="did you mean 'night_bus'"):
        song_path("nightbus")


@pytest.mark.parametrize("name", song_names())
def test_each_plans_to_its_own_length(name: str) -> None:
    plan, bars = planned(name), _bars(SPECS[name])
    assert not plan.notes
    assert all(one.end_bar == other.place.start_bar for one, other in pairwise(plan.visits))
    assert bars is None or plan.bars == bars
    assert all(visit.music.score.parts for visit in plan.visits)


def test_every_family_of_styles_has_a_song() -> None:
    genres = {planned(name).genre for name in SPECS}
    assert len(genres) >= len(SPECS) - 2, "hardly any style has two"
    bare = [family for family, styles in style_families().items() if not genres & set(styles)]
    assert not bare


FIELDS: dict[str, Callable[[SongSpec], bool]] = {
    "events": lambda spec: any(section.events for section in spec.sections.values()),
    "tempo map": lambda spec: any(visit.tempo for visit in entries(spec)),
    "a ramp": lambda spec: bool({"accelerando", "ritardando"} & events(spec)),
    "a fermata": lambda spec: "fermata" in events(spec),
    "a metre of a section": lambda spec: any(section.meter for section in spec.sections.values()),
    "a bar of another metre": lambda spec: "meter" in events(spec),
    "a key of a section": lambda spec: any(section.key for section in spec.sections.values()),
    "bars of a visit": lambda spec: any(visit.bars for visit in entries(spec)),
    "events of a visit": lambda spec: any(visit.events for visit in entries(spec)),
    "a prepared lift": lambda spec: any(visit.prepared for visit in entries(spec)),
    "effects": lambda spec: any(stem.role == "effects" for stem in spec.stems or ()),
    "lyrics": lambda spec: any(section.lyrics for section in spec.sections.values()),
    "a morph": lambda spec: any(section.morph_to for section in spec.sections.values()),
    "a form by name": lambda spec: isinstance(spec.form, str),
    "a mix": lambda spec: "mix" in spec.model_fields_set,
    "a master": lambda spec: "master" in spec.model_fields_set,
    "wishes": lambda spec: spec.model_fields_set == {"description"},
}
"""What a spec can say, and how it is seen in one."""


def entries(spec: SongSpec) -> tuple[FormEntry, ...]:
    return spec.form if isinstance(spec.form, tuple) else ()


def events(spec: SongSpec) -> set[str]:
    """Return what happens in a song's sections and visits."""
    owners = (*spec.sections.values(), *entries(spec))
    return {event.do for owner in owners for event in owner.events or ()}


@pytest.mark.parametrize("field", FIELDS)
def test_some_song_shows_each_field(field: str) -> None:
    assert any(FIELDS[field](spec) for spec in SPECS.values())


def test_the_dance_of_orchard_wedding_grows_faster_each_time() -> None:
    plan = planned("orchard_wedding")
    starts = [float(plan.grid.span_at(plan.position_quarters(visit)).tempo_bpm) for visit in plan.visits]
    assert starts[1:] == sorted(starts[1:])
    assert (starts[0], starts[-1]) == (72, 156)


def test_three_wishes_are_obeyed() -> None:
    plan = planned("three_wishes")
    first, second = [visit for visit in plan.visits if visit.place.name == "verse"][:2]
    drums = next(stem.name for stem in plan.stems if stem.role == "drums")
    assert drums not in plan.sounding_stems(first) and drums in plan.sounding_stems(second)
    assert not any("guitar" in f"{stem.name} {stem.prompt}" for stem in plan.stems)
    assert "solo" in {visit.place.name for visit in plan.visits}


RENDERED = {
    "little_lamp": ("outro",),
    "orchard_wedding": ("chorus",),
    "pixel_keep": ("bridge",),
    "river_hymn": ("bridge",),
    "undertow": ("breakdown",),
    "morning_sting": (),
}
"""Songs that are rendered, most of them in part, with tones in place of a model."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RENDERED)
def test_it_is_rendered_and_passes_its_checks(name: str) -> None:
    song = composer.compose(name, only=RENDERED[name], backend=ToneBackend(), cache=False)
    assert len(song.checks) > 15
    assert not [check.name for check in song.checks if check.passed is False]


def test_last_light_ends_a_whole_tone_higher() -> None:
    plan = planned("last_light")
    choruses = [visit for visit in plan.visits if visit.place.name == "chorus"]
    roots = [[chord.root for chord in visit.music.score.chords] for visit in choruses]
    assert roots[0] == roots[1]
    assert [(root + 2) % 12 for root in roots[0]] == roots[2]
    assert plan.visits[-1].music.key == choruses[2].music.key == "E major"


def test_only_words_is_read_from_its_words() -> None:
    plan = planned("only_words")
    assert (plan.genre, plan.key, plan.grid.tempo_bpm, plan.bars) == ("disco", "E minor", 112, 84)
    assert "breakdown" in {visit.place.name for visit in plan.visits}
