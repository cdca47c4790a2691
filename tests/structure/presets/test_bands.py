"""Bands drawn from a style: many and in the style, without two stems in each other's way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from structure.base.errors import SpecError
from structure.loading.loader import load_spec
from structure.planning.planner import plan_ensemble, plan_song
from structure.presets.bands import Casting, draw_band
from structure.presets.programs import guess_program
from structure.presets.styles import load_style
from structure.specs.spec import SongSpec
from tests.builders import BASE_STYLES

SEEDS = range(30)


def families(stems):
    """The stems' roles, each with the family of its instrument: eight General MIDI programs."""
    return frozenset(
        (stem.role, 0 if stem.role == "drums" else guess_program(stem.prompt, stem.role) // 8)
        for stem in stems
    )


@pytest.mark.parametrize("name", BASE_STYLES)
def test_thirty_seeds_give_six_sets_of_stems_or_more(name):
    style = load_style(name)
    assert len({families(draw_band(style, seed)) for seed in SEEDS}) >= 6


@pytest.mark.parametrize("name", BASE_STYLES)
def test_a_band_has_its_core_and_the_players_of_its_style(name):
    style = load_style(name)
    core = [{sound.name for sound in stem.sounds()} for stem in style.stems if stem.chance == 1.0]
    for seed in SEEDS:
        band = draw_band(style, seed)
        assert all(names & {stem.name for stem in band} for names in core)
        assert style.players[0] <= len(band) <= style.players[1]
        assert max(Counter(stem.role for stem in band).values()) <= 2


@pytest.mark.parametrize("name", BASE_STYLES)
def test_every_sound_of_a_style_is_heard_in_some_song_of_it(name):
    style = load_style(name)
    sounds = {sound.prompt for stem in style.stems for sound in stem.sounds()}
    assert sounds == {stem.prompt for seed in range(300) for stem in draw_band(style, seed)}


@pytest.mark.parametrize("name", BASE_STYLES)
def test_names_differ_and_two_of_a_role_stand_apart(name):
    style = load_style(name)
    names = [{sound.name for sound in stem.sounds()} for stem in style.stems]
    assert len(set().union(*names)) == sum(map(len, names))
    for seed in SEEDS:
        places: dict[str, list[float]] = {}
        for stem in draw_band(style, seed):
            if stem.role not in ("drums", "bass"):
                places.setdefault(stem.role, []).append(stem.pan)
        for pans in places.values():
            assert len(pans) == 1 or abs(pans[0] - pans[1]) >= 0.2


def test_the_sound_model_has_learned_every_instrument():
    rows = yaml.safe_load(Path("training/data/sounds.yaml").read_text("utf-8"))["instruments"]
    known = {row["program"] for row in rows}
    for name in BASE_STYLES:
        for stem in load_style(name).stems:
            if stem.role != "drums":
                assert {guess_program(sound.prompt, stem.role) for sound in stem.sounds()} <= known


def test_what_is_asked_for_plays_and_what_is_unwanted_gives_way():
    style = load_style("house")
    for seed in SEEDS:
        asked = draw_band(style, seed, Casting(is_asked=lambda stem: stem.name == "organ"))
        assert "organ" in [stem.name for stem in asked]
        without = draw_band(style, seed, Casting(is_unwanted=lambda stem: "piano" in stem.prompt))
        assert not any("piano" in stem.prompt for stem in without)
        assert "chords" in [stem.role for stem in without]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("a soul song with strings", "strings"),
        ("a jazz tune with organ", "organ"),
        ("country with a fiddle", "fiddle"),
        ("rock with harmonica", "harmonica"),
        ("metal with a church organ", "organ"),
    ],
)
def test_named_players_always_play(sentence, name):
    for seed in range(4):
        song = plan_song(SongSpec(description=sentence, seed=seed))
        assert any(name in f"{stem.name} {stem.prompt}" for stem in song.stems), seed


@pytest.mark.slow
def test_exact_ensembles_stay_as_they_are():
    songs = [plan_song(SongSpec(description="solo piano, a quiet evening", seed=seed)) for seed in range(4)]
    assert {tuple((stem.role, stem.prompt) for stem in song.stems) for song in songs} == {
        tuple((stem.role, stem.prompt) for stem in songs[0].stems)
    }
    assert all(guess_program(stem.prompt, stem.role) < 8 for stem in songs[0].stems)


@pytest.mark.slow
def test_nobody_who_is_drawn_is_silent():
    for name in BASE_STYLES:
        song = plan_song(SongSpec(description=f"a {name} song", genre=name, seed=5, length=90))
        for stem in song.stems:
            assert any(stem.name in visit.music.score.parts for visit in song.visits), (name, stem.name)


@pytest.mark.slow
def test_a_stem_that_the_spec_names_is_in_the_band():
    for seed in range(4):
        spec = {"genre": "rock", "form": ["verse", "chorus"], "seed": seed}
        spec["sections"] = {"chorus": {"stems": ["drums", "guitar", "guitar-2"]}}
        song = plan_song(SongSpec.model_validate(spec))
        assert set(song.visits[1].music.score.parts) == {"drums", "guitar", "guitar-2"}


def test_all_that_may_play_has_somebody_in_every_role_of_the_style():
    for seed in range(6):
        spec = SongSpec(description="a jazz tune", seed=seed)
        assert {stem.role for stem in plan_ensemble(spec)} == {
            stem.role for stem in load_style("jazz").stems
        }


def test_chances_of_more_than_one_are_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "like: pop\nstems:\n"
        "  - {name: drums, role: drums, prompt: drum kit}\n"
        "  - {name: keys, role: chords, prompt: piano, instead: [{prompt: organ, chance: 0.7}, "
        "{prompt: harp, chance: 0.7}]}\n",
        encoding="utf-8",
    )
    spec = tmp_path / "song.yaml"
    spec.write_text("genre: mine.yaml\nform: [verse]\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"mine.yaml:4: .*add up to 1.4 \(at most 1\)"):
        load_spec(spec)
