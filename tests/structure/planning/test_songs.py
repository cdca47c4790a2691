"""The bundled songs are songs: they load, and their forms, tempos and lengths make musical sense."""

from __future__ import annotations

from itertools import pairwise

import pytest

from songs import song_names, song_path, song_summary
from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.specs.schema import MODELINE
from structure.specs.spec import SongSpec

SPECS: dict[str, SongSpec] = {name: load_spec(song_path(name)) for name in song_names()}


def _bars(spec: SongSpec) -> int | None:
    """Bars of the whole form; None where it is left open."""
    lengths = [
        spec.sections[visit.section].bars for visit in spec.form or () if visit.section in spec.sections
    ]
    return sum(bars for bars in lengths if bars) if lengths and all(lengths) else None


def _seconds(spec: SongSpec) -> float | None:
    bars = _bars(spec)
    if bars is None or spec.tempo is None:
        return None
    grid = Grid.steady(spec.tempo, Meter.parse(spec.meter or "4/4"))
    return grid.seconds_at(grid.quarters_at_bar(bars))


def test_there_are_enough_and_they_differ() -> None:
    assert len(SPECS) >= 8
    for field in ("genre", "tempo", "title"):
        values = [getattr(spec, field) for spec in SPECS.values() if getattr(spec, field) is not None]
        assert len(set(values)) == len(values) >= 8, field


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


PROGRESSIONS = [
    (name, label)
    for name, spec in SPECS.items()
    for label, section in spec.sections.items()
    if section.chords and section.bars
]


@pytest.mark.parametrize(("name", "label"), PROGRESSIONS)
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
    assert len(PEAKS) >= 5
    assert len({name for name, _ in PROGRESSIONS}) >= len(SPECS) - 2


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


@pytest.mark.slow
@pytest.mark.parametrize("name", song_names())
def test_each_plans_to_its_own_length(name: str) -> None:
    plan, bars = plan_song(SPECS[name]), _bars(SPECS[name])
    assert all(one.end_bar == other.place.start_bar for one, other in pairwise(plan.visits))
    assert bars is None or plan.bars == bars
    assert all(visit.music.score.parts for visit in plan.visits)


def test_last_light_ends_a_whole_tone_higher() -> None:
    plan = plan_song(SPECS["last_light"])
    choruses = [visit for visit in plan.visits if visit.place.name == "chorus"]
    roots = [[chord.root for chord in visit.music.score.chords] for visit in choruses]
    assert roots[0] == roots[1]
    assert [(root + 2) % 12 for root in roots[0]] == roots[2]
    assert plan.visits[-1].music.key == choruses[2].music.key == "E major"


def test_only_words_is_read_from_its_words() -> None:
    plan = plan_song(SPECS["only_words"])
    assert (plan.genre, plan.key, plan.grid.tempo_bpm, plan.bars) == ("disco", "E minor", 112, 84)
    assert "breakdown" in {visit.place.name for visit in plan.visits}
