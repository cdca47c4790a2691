"""Recordings on a planned song: where they begin, how far they are stretched, what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from structure.base.errors import PlanError, SpecError
from structure.loading.loader import parse_spec
from structure.planning.given.recordings import KnownRecording, lay_recordings
from structure.planning.planner import plan_song
from structure.plans.plan import InitFile, SongPlan
from structure.plans.planfile import plan_document, read_plan_document
from structure.plans.recorded import RecordedPiece

SONG = """
description: pop song
tempo: 120
form: [verse, chorus, verse]
sections: {{verse: {{bars: 2{mute}}}, chorus: {{bars: 2}}}}
stems: [{{name: drums, role: drums}}, {{name: guitar, role: audio, audio: take.wav{more}}}]
"""


def laid(tmp_path: Any, more: str = "", known: KnownRecording | None = None, mute: str = "") -> SongPlan:
    (tmp_path / "take.wav").touch()
    spec = parse_spec(SONG.format(more=more, mute=mute), "song.yaml", tmp_path)
    known = known or KnownRecording("take.wav", 60.0, 0.5)
    return lay_recordings(plan_song(spec), spec, {"guitar": known})


def pieces(plan: SongPlan) -> list[RecordedPiece | None]:
    return [visit.sound.recordings.get("guitar") for visit in plan.visits]


def test_it_begins_each_time_its_section_comes(tmp_path: Any) -> None:
    verse, chorus, again = pieces(laid(tmp_path, ", at: verse"))
    assert chorus is None
    assert verse == again
    assert verse is not None and (verse.passed, verse.factor) == (0, 1.0)


@pytest.mark.parametrize("at", ["verse:2", "Verse 2"])
def test_it_begins_in_one_visit(tmp_path: Any, at: str) -> None:
    assert [piece is not None for piece in pieces(laid(tmp_path, f", at: '{at}'"))] == [False, False, True]


@pytest.mark.parametrize("at", ["", ", at: 1", ", at: bar 1"])
def test_from_a_bar_on_it_goes_through_all_visits(tmp_path: Any, at: str) -> None:
    plan = laid(tmp_path, at)
    found = [piece for piece in pieces(plan) if piece is not None]
    assert [piece.passed for piece in found] == [plan.bounds(visit)[0] for visit in plan.visits]
    assert [piece.goes_on for piece in found] == [True, True, False]


def test_it_may_begin_inside_a_section(tmp_path: Any) -> None:
    plan = laid(tmp_path, ", at: 4")
    first, second, third = pieces(plan)
    bar = plan.grid.sample_at_bar(1)
    assert first is None
    assert second is not None and second.passed == -bar
    assert third is not None and third.passed == bar
    (note,) = plan.visits[1].music.score.parts["guitar"].notes
    assert note.onset == 4


def test_it_ends_where_it_ends(tmp_path: Any) -> None:
    found = pieces(laid(tmp_path, known=KnownRecording("take.wav", 5.0, 0.5)))
    assert [piece is not None for piece in found] == [True, True, False]
    assert found[1] is not None and not found[1].goes_on


def test_it_is_silent_where_the_spec_says_so(tmp_path: Any) -> None:
    found = pieces(laid(tmp_path, mute=", mute: [guitar]"))
    assert [piece is not None for piece in found] == [False, True, False]
    only = pieces(laid(tmp_path, mute=", stems: [drums]"))
    assert [piece is not None for piece in only] == [False, True, False]


@pytest.mark.parametrize(
    ("bpm", "factor"), [(120.0, 1.0), (126.0, 120 / 126), (63.0, 120 / 126), (110.0, 12 / 11)]
)
def test_it_is_stretched_to_the_tempo_or_its_octave(tmp_path: Any, bpm: float, factor: float) -> None:
    piece = pieces(laid(tmp_path, known=KnownRecording("take.wav", 8.0, 0.0, bpm)))[0]
    assert piece is not None and piece.factor == pytest.approx(factor)


def test_a_tempo_that_moves_nothing_by_a_hundredth_of_a_second_leaves_it_as_it_is(tmp_path: Any) -> None:
    piece = pieces(laid(tmp_path, known=KnownRecording("take.wav", 8.0, 0.0, 120.1)))[0]
    assert piece is not None and piece.factor == 1.0


def test_further_than_it_may_be_it_is_not_stretched(tmp_path: Any) -> None:
    known = KnownRecording("take.wav", 8.0, 0.0, 95.0)
    with pytest.raises(PlanError, match="26 %") as caught:
        laid(tmp_path, known=known)
    assert caught.value.field == "stems[2].stretch"
    piece = pieces(laid(tmp_path, ", stretch: 0.3", known))[0]
    assert piece is not None and piece.factor == pytest.approx(120 / 95)


def test_a_loop_has_whole_bars(tmp_path: Any) -> None:
    plan = laid(tmp_path, ", at: verse, loop: true", KnownRecording("take.wav", 2.03, 0.0))
    piece = pieces(plan)[0]
    assert piece is not None and piece.loop == plan.grid.sample_at_bar(1)


@pytest.mark.parametrize(("at", "said"), [("verze", "did you mean 'verse'"), ("7", "allowed: 1 to 6")])
def test_a_place_that_the_song_lacks_is_said(tmp_path: Any, at: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        laid(tmp_path, f", at: {at}")


def test_players_are_planned_as_without_it(tmp_path: Any) -> None:
    (tmp_path / "take.wav").touch()
    alone = "description: pop song\nlength: 8 bars\n"
    spec = parse_spec(f"{alone}stems: [{{name: g, role: audio, audio: take.wav}}]\n", "s.yaml", tmp_path)
    assert plan_song(spec).stems == plan_song(parse_spec(alone, "s.yaml", tmp_path)).stems


def test_the_plans_file_holds_it(tmp_path: Any) -> None:
    plan = replace(laid(tmp_path, ", at: verse, loop: true"), recordings={"take.wav": InitFile()})
    assert pieces(read_plan_document(plan_document(plan))) == pieces(plan)


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("{name: g, role: audio}", "needs a recording"),
        ("{name: g, role: lead, audio: take.wav}", "role: audio"),
        ("{name: g, role: audio, audio: take.wav, prompt: loud}", "no prompt"),
        ("{name: g, role: audio, audio: none.wav}", "no file 'none.wav'"),
        ("{name: g, role: audio, audio: take.wav, stretch: 2}", "stretch"),
    ],
)
def test_faults_have_their_line(tmp_path: Any, stem: str, said: str) -> None:
    (tmp_path / "take.wav").touch()
    with pytest.raises(SpecError, match=said) as caught:
        parse_spec(f"description: pop song\nstems:\n  - {stem}\n", "song.yaml", tmp_path)
    assert all(fault.line == 3 for fault in caught.value.faults)
