from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.mixing.sung import bed_gains, find_sung_spans
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song

RATE = 44_100


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 4000)), max_size=4),
    st.floats(0.5, 6.0),
)
def test_the_bed_is_down_while_a_voice_sings_and_never_lower(
    drawn: list[tuple[int, int]], down_db: float
) -> None:
    spans = [(start, start + long) for start, long in drawn]
    gains = bed_gains(spans, down_db, 12_000, 1000)
    least = 10 ** (-down_db / 20)
    assert gains[0] == gains[-1] == 1.0 and np.all((gains >= least - 1e-6) & (gains <= 1.0))
    for start, end in spans:
        inside = gains[max(start, 130) : min(end, 11_800)]
        assert inside == pytest.approx(least, abs=1e-5)
    assert np.abs(np.diff(gains)).max() < 0.012


def test_spans_are_those_of_lead_voices_without_short_rests() -> None:
    text = (
        "genre: pop\nseed: 1\nform: [verse]\nstems:\n  - {name: vocals, role: vocals}\n"
        "  - {name: keys, role: chords}\n"
        "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river of light}\n"
    )
    plan = plan_song(parse_spec(text, "a.yaml"))
    (visit,) = plan.visits
    spans = find_sung_spans(plan, visit)
    notes = visit.music.score.parts["vocals"].notes
    assert spans[0][0] == plan.grid.sample_at(min(note.sounding_onset for note in notes))
    assert spans[-1][1] == plan.grid.sample_at(max(note.sounding_end for note in notes))
    assert all(b[0] - a[1] > 1.4 * RATE for a, b in pairwise(spans))
