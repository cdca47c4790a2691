"""Styles are as those who know them say: five points each, heard in the notes of three songs.

``python -m tests.structure.styles.test_expert_points`` prints which points hold.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from tests.builders import BASE_STYLES
from tests.structure.styles.further_points import FURTHER
from tests.structure.styles.listening import Heard
from tests.structure.styles.points import POINTS, Point
from tests.structure.styles.world_points import WORLD

LIKE_OTHERS = WORLD | FURTHER
WORLDS = tuple(Point(style, *fact) for style, facts in LIKE_OTHERS.items() for fact in facts)
"""Those of styles that are like another one."""

SEEDS = range(3)

LENGTH_COUNTS = ("fanfare",)
"""Styles of ``FURTHER`` with a point about how long songs are."""


@cache
def songs(style: str) -> tuple[Heard, ...]:
    """Return three songs of a style: as long as they like, or short ones of those that came last."""
    length = "1:15" if style in FURTHER and style not in LENGTH_COUNTS else None
    specs = (
        SongSpec(description=f"a {style} song", genre=style, seed=seed, length=length) for seed in SEEDS
    )
    return tuple(Heard(plan_song(spec)) for spec in specs)


def heard(point: Point) -> int:
    """Return in how many of the songs a point holds."""
    return sum(point.holds(song) for song in songs(point.style))


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_points_hold_in_all_three_songs(style):
    assert not [point.fact for point in POINTS if point.style == style and heard(point) < len(SEEDS)]


@pytest.mark.slow
@pytest.mark.parametrize("style", LIKE_OTHERS)
def test_points_of_styles_that_are_like_others_hold_in_one_song_at_least(style):
    assert not [point.fact for point in WORLDS if point.style == style and not heard(point)]


@pytest.mark.slow
def test_most_points_of_styles_that_are_like_others_hold_in_all_three_songs():
    assert sum(heard(point) == len(SEEDS) for point in WORLDS) >= 0.85 * len(WORLDS)


def test_every_style_has_five_points():
    counted = Counter(point.style for point in (*POINTS, *WORLDS))
    assert counted == dict.fromkeys(style_names(), 5)


if __name__ == "__main__":
    found = [(point, heard(point)) for point in (*POINTS, *WORLDS)]
    for point, count in found:
        print(f"{count} of {len(SEEDS)}  {point.style:14s} {point.fact}")
    print(
        sum(count == len(SEEDS) for _, count in found), "hold,", sum(0 < c < 3 for _, c in found), "in part"
    )
