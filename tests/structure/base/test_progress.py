"""Stages are told and timed, and nothing is counted twice."""

import time

import pytest

from structure.base.progress import ProgressEvent, Stopwatch


def test_a_stage_adds_up_and_is_told() -> None:
    watch, events = Stopwatch({"plan": 2.0}), list[ProgressEvent]()
    for _ in range(2):
        with watch.time("mix", events.append):
            time.sleep(0.02)
    assert watch.seconds["plan"] == 2.0 and 0.04 <= watch.seconds["mix"] < 1.0
    assert [(event.stage, event.done, event.total) for event in events] == [
        ("mix", 0, 1),
        ("mix", 1, 1),
    ] * 2


def test_a_stage_that_fails_is_timed_and_not_told_as_done() -> None:
    watch, events = Stopwatch(), list[ProgressEvent]()
    with pytest.raises(ValueError, match="stop"), watch.time("mix", events.append):
        raise ValueError("stop")
    assert "mix" in watch.seconds and [event.done for event in events] == [0]


def test_parts_are_taken_out_of_their_stage() -> None:
    watch = Stopwatch({"clips": 10.0})
    watch.split("clips", {"network": 3.0, "decoder": 5.0})
    assert watch.seconds == {"clips": 2.0, "network": 3.0, "decoder": 5.0}


def test_parts_side_by_side_count_by_their_share_of_the_stage() -> None:
    watch = Stopwatch({"clips": 10.0})
    watch.split("clips", {"network": 15.0, "decoder": 5.0})
    assert watch.seconds == {"clips": 0.0, "network": 7.5, "decoder": 2.5}
    watch = Stopwatch({"clips": 1.0})
    watch.split("clips", {})
    assert watch.seconds == {"clips": 1.0}
