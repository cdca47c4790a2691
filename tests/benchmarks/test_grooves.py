"""Styles do not share their drum grooves."""

import pytest

from structure.presets.styles import load_style
from tests.benchmarks.grooves import closest, distance, groove
from tests.builders import base_style


@pytest.mark.slow
@pytest.mark.parametrize("level", ["low", "mid", "high"])
def test_no_two_styles_share_their_grooves_save_those_that_are_like_each_other(level):
    value, one, other = min(
        found for found in closest("4/4", level) if base_style(found[1]) != base_style(found[2])
    )
    assert value >= 0.08, f"{one} and {other}"


def test_distances_are_those_of_shared_strokes():
    rock, blues = load_style("rock"), load_style("blues")
    one = groove("basic_mid", rock)
    assert distance(one, one) == 0.0
    assert distance(one, {("cowbell", 0): 1.0}) == 1.0
    assert distance(groove("jazz_mid", rock), groove("jazz_mid", blues)) > 0.1  # swing moves the off-beats
    assert distance({("kick", 0): 1.0, ("snare", 1): 1.0}, {("kick", 0): 0.5}) == pytest.approx(0.75)
