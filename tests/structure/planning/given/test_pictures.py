"""Songs for pictures: downbeats at moments, to the sample."""

import random
from pathlib import Path

import pytest

from composer.sources.source import read_source
from structure.base.errors import SpecError
from structure.loading.loader import load_spec, parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document, read_plan_document
from tests.benchmarks.pictures import ASKED, clip_keys, plan_for, random_hits

CUE = """description: tense orchestral film cue
tempo: 100
length: "1:15"
hits: ["0:12.4 logo", "0:31.25 door", 42.5, {at: "1:01.7", label: kiss}]
"""
SAMPLE_MS = 1000 / 44_100


def planned(text: str) -> SongPlan:
    return plan_song(parse_spec(text))


def test_downbeats_are_at_the_moments_to_the_sample() -> None:
    plan = planned(CUE)
    assert [(float(hit.seconds), hit.label) for hit in plan.hits] == [
        (12.4, "logo"),
        (31.25, "door"),
        (42.5, ""),
        (61.7, "kiss"),
    ]
    for hit in plan.hits:
        assert abs(plan.grid.sample_at_bar(hit.bar - 1) - hit.seconds * 44_100) <= 1
        assert abs(plan.residual_ms(hit)) <= SAMPLE_MS
    assert not plan.notes
    assert abs(plan.music_samples / 44_100 - 75) < 3


@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4", "7/8"])
def test_in_other_metres_too(meter: str) -> None:
    plan = planned(CUE + f"meter: {meter}\n")
    assert all(abs(plan.residual_ms(hit)) <= SAMPLE_MS for hit in plan.hits)


def test_what_slows_down_before_a_moment_still_meets_it() -> None:
    plan = planned(
        "form: [verse, chorus, chorus]\ntempo: 100\nhits: ['0:21 logo']\nsections:\n"
        "  verse: {bars: 8, events: [{bar: 7, do: ritardando, bars: 2}]}\n"
    )
    assert abs(plan.residual_ms(plan.hits[0])) <= SAMPLE_MS
    assert len(plan.grid_of(plan.visits[0]).spans) > 4


def test_bars_that_are_given_stay() -> None:
    text = (
        "form: [verse, chorus]\nsections: {verse: {bars: 8}, chorus: {chords: C | F | G | C}}\ntempo: 100\n"
    )
    plan = planned(text + "hits: [21, 27]\n")
    assert [visit.bars for visit in plan.visits] == [visit.bars for visit in planned(text).visits]
    assert all(abs(plan.residual_ms(hit)) <= SAMPLE_MS for hit in plan.hits)


def test_a_moment_that_no_downbeat_can_meet_says_why() -> None:
    plan = planned("description: sad piano\ntempo: 60\nlength: 60 s\nhits: [20, 20.05, 80]\n")
    assert [bool(hit.reason) for hit in plan.hits].count(True) == 2
    near, late = plan.notes
    assert "it comes 0.05 s after the one before it" in near and "a bar lasts" in near
    assert "1:20.000" in late and "the song ends at" in late


def test_of_two_near_moments_one_gets_a_beat() -> None:
    plan = planned("description: sad piano\ntempo: 60\nlength: 60 s\nhits: [20, 20.9, 40]\n")
    assert sorted(hit.beat != 1 for hit in plan.hits) == [False, False, True]
    assert all(abs(plan.residual_ms(hit)) <= SAMPLE_MS for hit in plan.hits)
    assert not plan.notes


def test_a_song_of_open_length_ends_soon_after_its_last_moment() -> None:
    plan = planned("description: dreamy synthwave\nhits: [20, 44]\n")
    assert 46 < plan.music_samples / 44_100 < 75


def test_a_plan_keeps_its_moments() -> None:
    plan = planned(CUE)
    document = plan_document(plan)
    assert read_plan_document(document).hits == plan.hits
    assert [row["label"] for row in document["hits"]] == ["logo", "door", "", "kiss"]
    assert all(row["met"] and abs(row["residual_ms"]) < 0.03 for row in document["hits"])
    assert "hits" not in plan_document(planned("description: sad piano\nlength: 30 s\n"))


EDL = """TITLE: TRAILER
FCM: NON-DROP FRAME
001  AX       V     C        00:00:00:00 00:00:12:10 01:00:00:00 01:00:12:10
* FROM CLIP NAME: opening.mov
002  AX       V     C        00:00:00:00 00:00:18:20 01:00:12:10 01:00:31:05
* FROM CLIP NAME: street.mov
"""


@pytest.mark.parametrize("hits", ["{file: cuts.edl, rate: 25}", "{rate: '25', file: cuts.edl}"])
def test_moments_come_from_a_file_beside_the_spec(tmp_path: Path, hits: str) -> None:
    (tmp_path / "cuts.edl").write_text(EDL, encoding="utf-8")
    spec = tmp_path / "song.yaml"
    spec.write_text(f"description: sad piano  # mine\ntempo: 90\nhits: {hits}\n", encoding="utf-8")
    (hit,) = plan_song(load_spec(spec)).hits
    assert (float(hit.seconds), hit.label) == (12.4, "street.mov")
    source = read_source(spec)  # what lies in the song's folder needs no other file
    assert "cuts.edl" not in source.text and "# mine" in source.text
    assert parse_spec(source.text).hits.cues == source.spec.hits.cues


@pytest.mark.parametrize(
    ("hits", "fault", "field"),
    [
        ("[soon]", "is no time", "hits"),
        ("[5, 5.0]", "two hits at 0:05.000", "hits"),
        ("[0]", "after 0 s", "hits"),
        ("{at: ['01:00:00:30'], rate: 25}", "count 0 to 24", "hits"),
        ("{at: [3], rate: 26}", "23.976, 24, 25", "hits.rate"),
        ("{at: [3], where: 4}", "where", "hits.where"),
        ("cuts.edl", "there is no file 'cuts.edl'", "hits"),
        ("{file: cuts.edl, at: [4]}", "in `at` and in a `file`", "hits.file"),
        ("{file: broken.csv}", "row 2", "hits.file"),
    ],
)
def test_what_is_wrong_with_hits_is_said_at_its_place(
    tmp_path: Path, hits: str, fault: str, field: str
) -> None:
    (tmp_path / "broken.csv").write_text("time,name\nlater,logo\n", encoding="utf-8")
    spec = tmp_path / "song.yaml"
    spec.write_text(f"description: sad piano\nhits: {hits}\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_spec(spec)
    (found,) = caught.value.faults
    assert fault in found.message + found.hint
    assert found.field.startswith(field)
    assert found.line == 2


@pytest.mark.slow
def test_a_recut_makes_anew_only_what_changed() -> None:
    before = plan_for("driving synthwave, 120 bpm", 90.0, [16.0, 32.0, 64.0], 3)
    after = plan_for("driving synthwave, 120 bpm", 90.0, [18.5, 32.0, 64.0], 3)
    kept, plan = set(clip_keys(after).values()), before[1]
    far = {
        key
        for (bar, _), key in clip_keys(before).items()
        if plan.grid.seconds_at(plan.grid.quarters_at_bar(bar)) >= 31.9
    }
    near = set(clip_keys(before).values()) - far
    assert far and far <= kept
    assert near and not near <= kept


@pytest.mark.slow
def test_nine_of_ten_random_moments_are_met_within_a_frame() -> None:
    rng = random.Random(3)
    missed, met = [], 0
    for number in range(12):
        length, hits = random_hits(rng)
        plan = plan_for(ASKED[number % len(ASKED)], length, hits, number)[1]
        for hit in plan.hits:
            met += abs(plan.residual_ms(hit)) <= 20.0
            missed += [hit] if abs(plan.residual_ms(hit)) > 20.0 else []
    assert met >= 9 * len(missed)
    assert all(hit.reason for hit in missed)
