"""Fugue, invention and canon: what a textbook says that they are, read from the notes of plans.

Sources: Kennan, Counterpoint, on invention, fugue and canon; Mann, The Study of Fugue; Aldwell and
Schachter, Harmony and Voice Leading, on parallels; Adler, The Study of Orchestration, on ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations, pairwise

import pytest

from structure.base.exact import Fraction
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import Note
from structure.specs.spec import SongSpec

FUGUE = "a four-voice fugue in D minor for organ, 34 bars"
CANON = "a canon for two violins in G major, 32 bars"
INVENTION = "a two-part invention for piano in C major, 34 bars"
SEEDS = (1, 2, 3)
SUBJECT_QUARTERS = 8


@cache
def planned(description: str, seed: int) -> SongPlan:
    return plan_song(SongSpec(description=description, seed=seed, meter="4/4"))


def lines(plan: SongPlan, *, section: str | None = None) -> list[list[Note]]:
    """Notes of each voice from the highest, from the start of the song or of one section."""
    found: dict[str, list[Note]] = {stem.name: [] for stem in plan.stems}
    for visit in plan.visits:
        start = plan.grid.quarters_at_bar(visit.place.start_bar) if section is None else Fraction(0)
        if section in (None, visit.place.name):
            for name, part in visit.music.score.parts.items():
                found[name] += [Note(n.onset + start, n.duration, n.pitch, 64) for n in part.notes]
    return list(found.values())


def shape(notes: Sequence[Note], start: Fraction, count: int, skip: int = 0) -> list[tuple[Fraction, int]]:
    """Onsets and intervals of the first notes from a place on, without the first few."""
    kept = [note for note in notes if note.onset >= start][skip : skip + count]
    return [(note.onset - start, after.pitch - note.pitch) for note, after in pairwise(kept)]


def entries(plan: SongPlan) -> list[tuple[Fraction, int]]:
    """When each voice enters, and with what pitch, in the order of the entries."""
    return sorted((line[0].onset, line[0].pitch) for line in lines(plan))


def pitch_at(line: Sequence[Note], at: Fraction) -> int | None:
    return next((n.pitch for n in line if n.onset <= at < n.end), None)


def parallels(plan: SongPlan) -> int:
    """Places where two voices move in fifths or octaves, from one sixteenth to the next."""
    end = plan.grid.quarters_at_bar(plan.visits[-1].end_bar)
    grid = [Fraction(i, 4) for i in range(int(end * 4))]
    rows = [[pitch_at(line, at) for at in grid] for line in lines(plan)]
    found = 0
    for upper, lower in combinations(rows, 2):
        for (a, b), (c, d) in pairwise(zip(upper, lower, strict=True)):
            if None in (a, b, c, d) or a == c or b == d:
                continue
            assert a is not None and b is not None and c is not None and d is not None
            found += (c - d) % 12 in (0, 7) and (a - b) % 12 == (c - d) % 12
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_each_voice_of_a_fugue_enters_with_the_subject_or_its_answer_at_the_fifth(seed: int) -> None:
    plan = planned(FUGUE, seed)
    voices = sorted(lines(plan, section="exposition"), key=lambda line: line[0].onset)
    assert [line[0].onset for line in voices] == [SUBJECT_QUARTERS * i for i in range(4)]
    # What differs in a tonal answer lies in the first beat.
    rhythms = [
        [n.onset - line[0].onset for n in line if n.onset - line[0].onset < SUBJECT_QUARTERS]
        for line in voices
    ]
    count, skip = len(rhythms[0]), sum(onset < 1 for onset in rhythms[0])
    assert all(rhythm == rhythms[0] for rhythm in rhythms)
    steps = [shape(line, line[0].onset, count - skip, skip) for line in voices]
    assert all([up for _, up in found] == [up for _, up in steps[0]] for found in steps)
    ends = [line[count - 1].pitch % 12 for line in voices]
    assert [(end - ends[0]) % 12 for end in ends] == [0, 7, 0, 7]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fugue_goes_from_exposition_through_episodes_and_entries_to_stretto_and_coda(seed: int) -> None:
    names = [visit.place.name for visit in planned(FUGUE, seed).visits]
    assert names[0] == "exposition" and names[-2:] == ["stretto", "coda"]
    assert any(name.startswith("episode") for name in names)
    assert any(name.startswith("entry") for name in names)


@pytest.mark.parametrize("seed", SEEDS)
def test_entries_of_a_stretto_overlap(seed: int) -> None:
    plan = planned(FUGUE, seed)
    subject = sorted(lines(plan), key=lambda line: line[0].onset)[0]
    rhythm = [n.onset for n in subject if n.onset < SUBJECT_QUARTERS]
    found = []
    for line in lines(plan, section="stretto"):
        onsets = {note.onset for note in line}
        found += [at for at in range(SUBJECT_QUARTERS) if all(at + onset in onsets for onset in rhythm)]
    assert len(set(found)) >= 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("description", [FUGUE, CANON, INVENTION])
def test_voices_move_without_parallel_fifths_and_octaves(description: str, seed: int) -> None:
    assert parallels(planned(description, seed)) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_canon_is_exact_but_for_its_end(seed: int) -> None:
    leader, follower = lines(planned(CANON, seed))
    gap, interval = follower[0].onset - leader[0].onset, follower[0].pitch - leader[0].pitch
    bars = 32 - 2
    kept = [note for note in follower if note.onset < 4 * bars]
    assert gap > 0 and len(kept) > 40
    assert [(n.onset, n.pitch) for n in kept] == [
        (n.onset + gap, n.pitch + interval) for n in leader[: len(kept)]
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_voices_of_a_canon_are_consonant_on_strong_beats(seed: int) -> None:
    leader, follower = lines(planned(CANON, seed))
    strong = [Fraction(2 * i) for i in range(int(follower[0].onset) // 2, 60)]
    gaps = [
        abs(a - b) % 12
        for at in strong
        if (a := pitch_at(leader, at)) is not None and (b := pitch_at(follower, at)) is not None
    ]
    assert sum(gap in (0, 3, 4, 5, 7, 8, 9) for gap in gaps) == len(gaps)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_voices_of_an_invention_change_places(seed: int) -> None:
    plan = planned(INVENTION, seed)
    subject = shape(lines(plan, section="exposition")[0], Fraction(0), 8)
    rhythm = [onset for onset, _ in subject]
    lower = next(iter(reversed(lines(plan, section="exposition"))))
    assert [onset for onset, _ in shape(lower, lower[0].onset, 8)] == rhythm
    assert [up for _, up in shape(lower, lower[0].onset, 8)] == [up for _, up in subject]


@pytest.mark.parametrize("description", [FUGUE, CANON, INVENTION])
def test_every_voice_plays_most_of_the_bars(description: str) -> None:
    plan = planned(description, 1)
    bars = plan.visits[-1].end_bar
    for line in lines(plan):
        assert len({int(note.onset // 4) for note in line}) >= 0.6 * bars


def test_who_is_asked_for_has_a_voice_each() -> None:
    plan = planned("a fugue for brass quintet, 34 bars", 1)
    assert [stem.name for stem in plan.stems] == ["trumpet1", "trumpet2", "french-horn", "trombone", "tuba"]


def test_a_form_by_name_in_a_spec_is_written_in_voices() -> None:
    plan = plan_song(SongSpec(form="three-voice-fugue", length="30 bars", seed=1))
    assert [stem.name for stem in plan.stems] == ["organ-soprano", "organ-alto", "organ-bass"]
    assert plan.visits[-1].end_bar == 30


@pytest.mark.parametrize("seed", SEEDS)
def test_a_canon_goes_on_with_new_bars_of_its_own_rhythms(seed: int) -> None:
    leader = lines(planned(CANON, seed))[0]
    bars = [
        tuple((n.onset - 4 * bar, n.pitch) for n in leader if 4 * bar <= n.onset < 4 * bar + 4)
        for bar in range(30)
    ]
    assert len(set(bars[8:])) >= 0.6 * len(bars[8:])
    rhythms = [tuple(onset for onset, _ in bar) for bar in bars]
    assert len(set(rhythms)) <= 6
    assert max(n.pitch for n in leader) - min(n.pitch for n in leader) >= 12


@pytest.mark.parametrize("description", [FUGUE, CANON, INVENTION])
def test_the_last_chord_is_the_tonic_over_its_root_and_held_for_a_bar(description: str) -> None:
    plan = planned(description, 2)
    end = plan.grid.quarters_at_bar(plan.visits[-1].end_bar)
    last = [line[-1] for line in lines(plan)]
    assert all(note.end == end and note.duration >= 4 for note in last)
    root = {"D": 2, "G": 7, "C": 0}[plan.key[0]]
    assert last[-1].pitch % 12 == root
    # In minor the third may be raised.
    assert {(note.pitch - root) % 12 for note in last} <= {0, 3, 4, 7}


@pytest.mark.parametrize("seed", SEEDS)
def test_voices_of_a_fugue_keep_to_the_compass_of_singers_and_hardly_cross(seed: int) -> None:
    found = lines(planned(FUGUE, seed))
    compass = [(60, 81), (55, 74), (48, 69), (38, 62)]
    # A theme may go beyond it by a third.
    for line, (low, high) in zip(found, compass, strict=True):
        assert min(n.pitch for n in line) >= low - 4 and max(n.pitch for n in line) <= high + 4
    crossed = heard = 0
    for upper, lower in pairwise(found):
        for note in upper:
            other = pitch_at(lower, note.onset)
            if other is not None:
                heard, crossed = heard + 1, crossed + (note.pitch < other)
    assert crossed <= 0.03 * heard


@pytest.mark.parametrize("seed", SEEDS)
def test_subject_and_countersubject_of_an_invention_go_together_either_way_round(seed: int) -> None:
    plan = planned(INVENTION, seed)
    upper, lower = lines(plan, section="exposition")
    theme, under = sorted((upper, lower), key=lambda line: line[0].onset)
    start = under[0].onset
    # The second entry has the countersubject in the voice that began.
    gaps = {
        (pitch_at(upper, start + beat) or 0) - (pitch_at(lower, start + beat) or 0)
        for beat in range(1, SUBJECT_QUARTERS)
        if pitch_at(theme, start + beat) is not None
    }
    # A fifth turned round is a fourth; thirds, sixths and octaves stay consonant.
    assert all(gap % 12 in (0, 3, 4, 8, 9) for gap in gaps)


def test_what_a_fugue_has_of_events_is_done_and_the_rest_is_said() -> None:
    sections = {
        "coda": {"events": [{"bar": 1, "do": "solo"}]},
        "exposition": {"events": [{"bar": 7, "do": "rest", "bars": 2}]},
    }
    spec = SongSpec.model_validate({"form": "fugue", "length": "20 bars", "seed": 1, "sections": sections})
    plan = plan_song(spec)
    assert any("solo is not done in a fugue" in note for note in plan.notes)
    heard = [line for line in lines(plan, section="exposition") if pitch_at(line, Fraction(25)) is not None]
    assert not heard


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("eine vierstimmige Fuge für Orgel in d-Moll", 4),
        ("una fuga a tres voces para órgano", 3),
        ("une fugue à quatre voix pour orgue", 4),
        ("ein Kanon für zwei Violinen", 2),
        ("una invención a dos voces para clave", 2),
    ],
)
def test_forms_in_equal_voices_are_known_in_other_languages(words: str, count: int) -> None:
    plan = plan_song(SongSpec(description=words, length="16 bars", seed=1))
    assert plan.visits[0].place.name == "exposition" and len(plan.stems) == count


@pytest.mark.parametrize(("form", "least", "most"), [("fugue", 24, 72), ("invention", 18, 44)])
def test_a_form_in_equal_voices_is_as_long_as_those_of_the_books(form: str, least: int, most: int) -> None:
    assert least <= plan_song(SongSpec(form=form, seed=1)).visits[-1].end_bar <= most
