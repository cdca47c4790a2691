from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.mixing.sung import bed_gains, find_sung_spans, tame_hisses
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song

RATE = 44_100


def voice_and_hiss(hiss_level: float) -> np.ndarray:
    times = np.arange(RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 300 * times)
    hiss = hiss_level * np.sin(2 * np.pi * 8000 * times) * ((times > 0.5) & (times < 0.6))
    return (tone + hiss)[None].astype(np.float32)


def level_of(audio: np.ndarray, hertz: float) -> float:
    part = audio[0, round(0.52 * RATE) : round(0.58 * RATE)]
    return float(2 * np.abs(np.mean(part * np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE))))


def test_loud_hisses_come_down_and_all_else_stays() -> None:
    before = voice_and_hiss(0.2)
    after = tame_hisses(before, -12.0, RATE)
    assert 0.2 < level_of(after, 8000) / level_of(before, 8000) < 0.5
    assert level_of(after, 300) == pytest.approx(level_of(before, 300), rel=0.01)
    assert np.abs(after - before)[:, : RATE // 3].max() < 1e-4


def test_soft_hisses_and_silence_stay_as_they_are() -> None:
    soft = voice_and_hiss(0.01)
    assert np.abs(tame_hisses(soft, -12.0, RATE) - soft).max() < 1e-4
    silence = np.zeros((2, 1000), np.float32)
    assert np.array_equal(tame_hisses(silence, -12.0, RATE), silence)


def test_hisses_are_judged_by_their_clip_and_not_by_its_gain() -> None:
    loud = voice_and_hiss(0.2)
    assert tame_hisses(0.25 * loud, -12.0, RATE) == pytest.approx(
        0.25 * tame_hisses(loud, -12.0, RATE), abs=1e-5
    )


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
