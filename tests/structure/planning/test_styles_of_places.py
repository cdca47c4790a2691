"""A section that is asked for in another genre is played in it: its groove, chords, pace and sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.description.reading import read_wishes
from structure.notation.musicxml import write_musicxml
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.presets.styles import load_style, style_names, with_music_of
from structure.specs.spec import SongSpec
from structure.specs.wishes import LAST, When, Where, Wish, Wishes
from tests.structure.planning.wished import place, planned, visits_of

KICK = 36
HALF = When(relation="after", edge="middle")


def genre(what: str, **other: object) -> Wish:
    return Wish(kind="genre", what=what, **other)  # type: ignore[arg-type]


def share_of_beats_with_kick(plan: SongPlan, visit: Visit) -> float:
    """Share of the beats of a visit on which the kick is struck."""
    kicks = {
        round(float(note.onset), 1)
        for part in visit.music.score.parts.values()
        for note in (part.notes if part.role == "drums" else ())
        if note.pitch == KICK
    }
    beats = visit.bars * plan.meter.beats_per_bar
    return sum(float(beat) in kicks for beat in range(beats)) / beats


def tempo_of(plan: SongPlan, visit: Visit) -> float:
    return float(plan.grid.span_at(plan.position_quarters(visit)).tempo_bpm)


def test_choruses_in_another_style_have_its_groove_and_the_others_do_not() -> None:
    plan = planned("reggae", genre("house", where=place("chorus")))
    choruses, verses = visits_of(plan, "chorus"), visits_of(plan, "verse")
    assert [visit.music.genre for visit in choruses] == ["house"] * len(choruses)
    assert all(visit.music.genre is None for visit in verses)
    assert min(share_of_beats_with_kick(plan, visit) for visit in choruses) > 0.8
    assert max(share_of_beats_with_kick(plan, visit) for visit in verses) < 0.5


def test_drums_and_bass_sound_as_the_other_style_has_them_and_the_band_stays() -> None:
    plain, plan = planned("pop"), planned("pop", genre("jazz", where=place("bridge")))
    bridge, verse = visits_of(plan, "bridge")[0], visits_of(plan, "verse")[0]
    assert "upright bass" in bridge.sound.prompts["bass"]
    assert "upright bass" not in verse.sound.prompts["bass"]
    assert [stem.name for stem in plan.stems] == [stem.name for stem in plain.stems]
    assert verse.music == visits_of(plain, "verse")[0].music


def test_music_of_another_style_goes_at_its_own_pace() -> None:
    plan = planned("reggae", genre("drum and bass", when=HALF))
    low, high = load_style("drum-and-bass").tempo
    first, last = tempo_of(plan, plan.visits[0]), tempo_of(plan, plan.visits[-1])
    assert first <= load_style("reggae").tempo[1] * 1.2
    assert low * 0.92 <= last <= high * 1.08


def test_a_tempo_that_is_asked_for_stays() -> None:
    slow = Wish(kind="tempo", what="bpm", amount=90)
    plan = planned("reggae", slow, genre("drum and bass", when=HALF))
    assert {tempo_of(plan, visit) for visit in plan.visits} == {90.0}


def test_a_waltz_in_a_song_in_four_goes_in_three() -> None:
    plan = planned("rock", genre("waltz", where=place("bridge")))
    bridge, verse = visits_of(plan, "bridge")[0], visits_of(plan, "verse")[0]
    assert str(plan.grid.span_at(plan.position_quarters(bridge)).meter) == "3/4"
    assert str(plan.grid.span_at(plan.position_quarters(verse)).meter) == "4/4"


def test_a_section_that_turns_to_another_style_keeps_its_chords_and_its_tune() -> None:
    plain = planned("waltz")
    plan = planned("waltz", genre("techno", when=HALF))
    turned = [v for v in visits_of(plan, "chorus") if v.music.genre == "techno"]
    kept = [v for v in visits_of(plan, "chorus") if v.music.genre is None]
    assert turned
    assert kept

    def chords(visit: Visit) -> list[str]:
        return [chord.symbol for chord in visit.music.score.chords][:6]

    def tune(visit: Visit) -> list[int]:
        lead = next(part for part in visit.music.score.parts.values() if part.role == "lead")
        return [note.pitch for note in lead.notes][:12]

    assert chords(turned[0]) == chords(kept[0])
    assert tune(turned[0]) == tune(kept[0])
    assert share_of_beats_with_kick(plan, turned[0]) > 0.8
    assert share_of_beats_with_kick(plan, kept[0]) < 0.5
    assert tune(kept[0]) == tune(visits_of(plain, "chorus")[0])


def test_drums_of_another_style_play_nowhere_else() -> None:
    plan = planned("tango", genre("drum and bass", when=HALF))
    with_drums = {
        visit.music.genre
        for visit in plan.visits
        if any(part.role == "drums" for part in visit.music.score.parts.values())
    }
    assert with_drums == {"drum-and-bass"}


def test_drums_rest_in_a_style_that_hardly_has_any() -> None:
    plan = planned("techno", genre("ambient", where=place("intro")))
    intro = visits_of(plan, "intro")[0]
    assert intro.music.genre == "ambient"
    assert all(part.role != "drums" for part in intro.music.score.parts.values())


@pytest.mark.slow
def test_a_field_of_a_section_and_of_a_visit_say_the_same(tmp_path: Path) -> None:
    spec = SongSpec.model_validate(
        {
            "description": "a pop song",
            "form": ["verse", "chorus", {"section": "verse", "genre": "ska"}, "chorus"],
            "sections": {"chorus": {"genre": "punk"}},
        }
    )
    plan = plan_song(spec)
    assert [visit.music.genre for visit in plan.visits] == [None, "punk", "ska", "punk"]
    write_musicxml(plan, tmp_path / "song.musicxml")
    score = (tmp_path / "song.musicxml").read_text("utf-8")
    marks = [score.find(f">{words}<") for words in ("Punk", "Ska")]
    assert all(at > 0 for at in marks)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(style_names()), st.sampled_from(style_names()), st.integers(0, 99))
def test_any_style_has_room_for_a_section_of_any_other(song: str, other: str, seed: int) -> None:
    spec = SongSpec.model_validate(
        {
            "genre": song,
            "description": "a song",
            "seed": seed,
            "form": ["verse", "chorus", {"section": "verse", "genre": other}, "bridge"],
            "sections": {"chorus": {"genre": other, "bars": 4}, "verse": {"bars": 4}},
        }
    )
    plan = plan_song(spec)
    assert [visit.bars for visit in plan.visits][:3] == [4, 4, 4]
    for visit in plan.visits:
        assert visit.music.score.parts
        for part in visit.music.score.parts.values():
            assert all(0 <= note.onset < visit.music.score.chords[-1].end for note in part.notes)


def test_the_band_and_the_frame_of_a_style_stay_its_own() -> None:
    jazz, techno = load_style("jazz"), load_style("techno")
    mixed, varied = with_music_of(jazz, techno), with_music_of(jazz, techno, keeps_theme=True)
    assert mixed.drums == varied.drums == techno.drums
    assert mixed.progressions == techno.progressions
    assert varied.progressions == jazz.progressions
    assert [stem.name for stem in mixed.stems] == [stem.name for stem in jazz.stems]
    assert (mixed.tempo, mixed.energy) == (jazz.tempo, jazz.energy)


@pytest.mark.parametrize(
    ("sentence", "where", "what"),
    [
        ("the verse is reggae and the chorus is ska punk", place("chorus"), "ska punk"),
        ("Strophe Reggae, Refrain Ska", place("chorus"), "ska"),
        ("rock song that turns into a waltz at the bridge", place("bridge"), "waltz"),
        ("house with a gospel breakdown", place("breakdown"), "gospel"),
        ("a techno track with an ambient intro", place("intro"), "ambient"),
        ("starts as a bossa nova, then turns into drum and bass", HALF, "drum and bass"),
        ("goes from bossa nova to drum and bass", HALF, "drum and bass"),
        ("commence en valse, puis devient de la techno", HALF, "techno"),
        ("empieza como bolero y termina como salsa", When(edge="end"), "salsa"),
        ("Walzer, in der Mitte plötzlich Techno", When(edge="middle"), "techno"),
    ],
)
def test_a_sentence_puts_a_genre_in_its_place(sentence: str, where: Where | When, what: str) -> None:
    found = [wish for wish in read_wishes(sentence).wishes if wish.kind == "genre"]
    placed = [wish for wish in found if wish.where != Where() or wish.when is not None]
    assert [wish.what for wish in placed] == [what]
    assert where in (placed[0].where, placed[0].when)
    assert len(found) == 2


@pytest.mark.parametrize(
    "sentence", ["reggae in the verses", "a punk rock chorus", "jazz intro, jazz outro"]
)
def test_the_only_genre_is_that_of_the_song(sentence: str) -> None:
    found = [wish for wish in read_wishes(sentence).wishes if wish.kind == "genre"]
    assert found
    assert all(wish.where == Where() and wish.when is None for wish in found)


def test_a_genre_of_a_place_counts_as_obeyed_only_there() -> None:
    wish = genre("house", where=place("chorus", LAST))
    asked = Wishes("", (wish,))
    assert check_wishes(planned("reggae", wish), asked)[0].result == "obeyed"
    (outcome,) = check_wishes(planned("reggae"), asked)
    assert outcome.result == "impossible"
    assert "reggae" in outcome.why
