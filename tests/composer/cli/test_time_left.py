"""The time left in all, as a render shows it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from composer.base.pace import _CLIP_S, _EACH_S, Expected, TimeLeft
from structure.base.progress import ProgressEvent, Stage
from tests.composer.songmaker import small_plan

Step = tuple[float, ProgressEvent]


def song_steps(stages: dict[str, float], slow: float, clips: int = 20, begun: float = 0.0) -> list[Step]:
    """The events of a job whose stages take what is expected of them, on a machine that is ``slow`` times
    as slow; its first clip takes a second and a half more, in which the model is loaded."""
    at, steps = begun, []

    def step(stage: Stage, done: int, total: int, work: float = 0.0, all_work: float = 0.0) -> None:
        steps.append((at, ProgressEvent(stage, done, total, "", work, all_work)))

    for number in range(clips + 1):
        step("clips", number, clips, 8.0 * number, 8.0 * clips)
        at += slow * (_CLIP_S * (8.0 + _EACH_S) + 1.5 * (number == 0 and begun == 0.0)) * (number < clips)
    for number in range(6):
        step("mix", number, 5)
        at += slow * stages["mix"] / 5 * (number < 5)
    step("master", 0, 1)
    at += slow * stages["master"]
    step("master", 1, 1)
    if "export" in stages:
        step("export", 0, 9)
        at += slow * stages["export"]
        step("verify", 0, 1)
        at += slow * stages["verify"]
        step("verify", 1, 1)
        step("export", 9, 9)
    return [*steps, (at, steps[-1][1])]


def worst_miss(jobs: list[Expected], steps: Iterable[Step]) -> float:
    """The largest error of the time left, as a share of it, from the first quarter of the time on."""
    rows = list(steps)
    end, now, worst = rows[-1][0], 0.0, 0.0
    left = TimeLeft(jobs, lambda: now)
    for look in range(1, 200):
        at = end * look / 200
        while rows and rows[0][0] <= at:
            now, event = rows.pop(0)
            left.take(event)
        now = at
        said = left.seconds()
        if look >= 50 and end - at > 3.0:
            assert said is not None
            worst = max(worst, abs(said / (end - at) - 1.0))
    return worst


@pytest.mark.parametrize("slow", [0.2, 1.0, 7.0])
def test_it_is_true_after_the_first_quarter_on_fast_and_slow_machines(slow: float) -> None:
    expected = Expected.of_song(small_plan((("verse", 40), ("chorus", 40))))
    assert set(expected.seconds) == {"load", "clips", "mix", "master", "export", "verify"}
    assert worst_miss([expected], song_steps(dict(expected.seconds), slow)) < 0.3


def test_takes_that_are_made_one_after_another_count_in_all() -> None:
    plan = small_plan((("verse", 40), ("chorus", 40)))
    stages = dict(Expected.of_clip(plan).seconds)
    steps: list[Step] = []
    for _ in range(4):
        steps += song_steps(stages, 2.0, clips=8, begun=steps[-1][0] if steps else 0.0)
    jobs = [Expected({**stages, "clips": _CLIP_S * 8 * (8.0 + _EACH_S)})] * 4
    assert worst_miss(jobs, steps) < 0.3


def test_clips_that_are_there_already_take_no_time() -> None:
    now = 0.0
    left = TimeLeft([Expected({"clips": 100.0, "mix": 10.0, "master": 5.0})], lambda: now)
    left.take(ProgressEvent("clips", 24, 24))
    assert left.seconds() is None
    left.take(ProgressEvent("mix", 0, 5))
    now = 4.0
    left.take(ProgressEvent("mix", 1, 5))
    assert left.seconds() == pytest.approx(2 * (8.0 + 5.0))


def test_where_nothing_is_known_it_is_that_of_the_stage() -> None:
    now = 0.0
    left = TimeLeft([], lambda: now)
    left.take(ProgressEvent("export", 0, 8))
    assert left.seconds() is None
    now = 2.0
    left.take(ProgressEvent("export", 2, 8))
    assert left.seconds() == pytest.approx(6.0)


def test_what_clips_take_is_learned_from_the_jobs_before() -> None:
    """They are thought to take half as long again as they do."""
    plan = small_plan((("verse", 40), ("chorus", 40)))
    stages = dict(Expected.of_clip(plan).seconds)
    steps: list[Step] = []
    for _ in range(4):
        steps += song_steps(stages, 4.0, clips=8, begun=steps[-1][0] if steps else 0.0)
    jobs = [Expected({**stages, "clips": 1.5 * _CLIP_S * 8 * (8.0 + _EACH_S)})] * 4
    assert worst_miss(jobs, steps) < 0.2
