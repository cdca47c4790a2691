"""Sentences as people type them, and what of the plan a musician would look at first."""

from __future__ import annotations

import pytest

from structure.description.reading import read_wishes
from structure.harmony.keys import parse_key, related_key
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from structure.specs.wishes import WishKind
from tests.structure.planning.plan_once import plan_once


def planned(sentence: str, seed: int = 1) -> SongPlan:
    return plan_once(SongSpec(description=sentence), seed=seed)


def unmet(plan: SongPlan, kind: WishKind) -> list[str]:
    outcomes = check_wishes(plan, read_wishes(plan.description))
    return [f"{o.wish.what}: {o.why}" for o in outcomes if o.wish.kind == kind and o.result != "obeyed"]


@pytest.mark.parametrize(
    ("sentence", "style"),
    [
        ("birthday song for my grandpa who loves polka, with accordion", "polka"),
        ("a christmas song that sounds like Motown", "soul"),
        ("hard techno at 145 bpm", "techno"),
        ("boss battle, choir and orchestra", "trailer"),
        ("jazz trio ballad, upright bass solo", "jazz"),
        ("raga inspired ambient", "ambient"),
        ("wedding processional for string quartet", "classical"),
        ("sad violin and piano for a funeral scene", "classical"),
        ("ten minutes of drone", "drone"),
        ("football stadium chant with drums and brass", "march"),
        ("balkan wedding brass, frantic", "balkan-brass"),
    ],
)
def test_a_song_is_in_the_style_that_a_musician_means(sentence: str, style: str) -> None:
    assert planned(sentence).genre == style


@pytest.mark.parametrize(
    ("sentence", "slowest", "fastest"),
    [
        ("lively jig", 100, 125),
        ("slow jazz trio", 55, 80),
        ("jazz ballad", 55, 80),
        ("slow jazz waltz", 70, 95),
        ("fast jazz trio", 140, 200),
    ],
)
def test_slow_and_fast_are_those_of_the_music(sentence: str, slowest: float, fastest: float) -> None:
    for seed in (1, 2, 3):
        assert slowest <= planned(sentence, seed).grid.tempo_bpm <= fastest


@pytest.mark.parametrize(
    ("sentence", "relation", "place"),
    [
        ("pop, the bridge modulates to the relative minor", "relative minor", "bridge"),
        ("bossa nova, modulate to the parallel minor in the bridge", "parallel minor", "bridge"),
        ("rock in E minor, chorus in the relative major", "relative major", "chorus"),
        ("pop song in A minor, all choruses in the parallel major", "parallel major", "chorus"),
        ("pop song that modulates to the relative minor", "relative minor", "bridge"),
    ],
)
def test_a_place_is_in_a_key_related_to_that_of_the_song(sentence: str, relation: str, place: str) -> None:
    plan = planned(sentence)
    home = parse_key(plan.key)
    wanted = related_key(home, relation)
    assert wanted != home
    there = [visit.music.key for visit in plan.visits if visit.place.name == place]
    assert there
    assert {parse_key(key or plan.key).name for key in there} == {wanted.name}
    assert unmet(plan, "key") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "a sea shanty, just male voices and foot stomps, call and response",
        "folk duet, flute and fiddle answer each other",
        "guitar duo, the guitars answer each other",
        "flamenco guitar duel, two guitars trading",
        "gospel, call and response between choir and solo voice",
    ],
)
def test_who_is_asked_to_answer_answers(sentence: str) -> None:
    plan = planned(sentence)
    assert unmet(plan, "event") == []
    assert unmet(plan, "ensemble") == []


def test_a_build_over_minutes_is_as_long_as_the_song() -> None:
    plan = planned("ambient drone in C, no rhythm, evolving over ten minutes")
    seconds = plan.grid.seconds_at(plan.grid.quarters_at_bar(plan.visits[-1].end_bar))
    assert seconds == pytest.approx(600, rel=0.02)


def test_two_metres_that_alternate_are_those_of_verses_and_choruses() -> None:
    plan = planned("progressive rock, changes between 7/8 and 4/4")
    meters = {
        visit.place.name: str(plan.grid.span_at(plan.grid.quarters_at_bar(visit.place.start_bar)).meter)
        for visit in plan.visits
    }
    assert meters["chorus"] == "4/4"
    assert meters["verse"] == "7/8"


def test_stems_are_named_after_what_plays() -> None:
    names = {stem.name for stem in planned("choir and orchestra").stems}
    assert {"strings", "flutes", "trumpets"} <= names
    assert "music-box" in {stem.name for stem in planned("lullaby with music box").stems}


def test_a_piece_that_is_called_a_solo_is_for_that_player_alone() -> None:
    assert {stem.name.partition("-")[0] for stem in planned("sad piano solo").stems} == {"piano"}
    assert len(planned("song with a piano solo").stems) > 3


def test_a_word_for_singing_alone_asks_for_a_voice() -> None:
    assert "vocals" in {stem.name for stem in planned("rnb slow jam, electric piano, falsetto").stems}


@pytest.mark.parametrize(
    "sentence",
    [
        "funk with clavinet and horns, breakdown with only drums and bass, then everybody back in",
        "rock, the bridge is just piano, then the whole band comes back in",
    ],
)
def test_all_come_back_behind_a_place_for_a_few(sentence: str) -> None:
    plan = planned(sentence)
    assert not unmet(plan, "ensemble") and not unmet(plan, "event")
    place = "breakdown" if "breakdown" in sentence else "bridge"
    k = next(k for k, visit in enumerate(plan.visits) if visit.place.name == place)
    few, many = (
        {name for name, part in visit.music.score.parts.items() if any(n.onset < 4 for n in part.notes)}
        for visit in plan.visits[k : k + 2]
    )
    assert few < many and len(many) >= len(few) + 2


def test_a_song_that_ends_softly_is_soft_at_its_end_alone() -> None:
    plan = planned("wedding waltz for piano and strings, swells at the last chorus and ends softly")
    assert not unmet(plan, "energy")
    energies = {visit.place.name: visit.music.energy for visit in plan.visits}
    assert energies["outro"] < energies["chorus"] and energies["verse"] < energies["chorus"]
