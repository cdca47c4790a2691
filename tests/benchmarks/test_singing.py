from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.singing import by_harvest, by_swift, candidates, cents_off, null_db, onsets_off
from tests.benchmarks.sung_languages import LINES as OTHER_LINES
from tests.benchmarks.sung_languages import count_edits, find_nearest, phones_of
from tests.benchmarks.sung_lines import LINES, LineNote, notes_of
from tests.benchmarks.voice_sounds import phrase_of

RATE = 24_000


def note(start_s: float, end_s: float, pitch: int) -> LineNote:
    return LineNote(start_s, end_s, pitch, "a", True, True, 2)


def buzz(notes: list[LineNote], cents: float = 0.0, late_s: float = 0.0) -> np.ndarray:
    audio = np.zeros(int((notes[-1].end_s + 0.3) * RATE))
    for one in notes:
        times = np.arange(int((one.end_s - one.start_s - 0.12) * RATE)) / RATE
        hertz = 440.0 * 2.0 ** ((one.pitch - 69 + cents / 100) / 12)
        sound = sum(np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, 12))
        sound *= np.clip(times / 0.005, 0, 1) * np.clip((times[-1] - times) / 0.02, 0, 1)
        first = int((one.start_s + late_s) * RATE)
        audio[first : first + len(sound)] += 0.1 * sound[: len(audio) - first]
    return audio


NOTES = [note(0.5, 1.1, 57), note(1.1, 1.7, 60), note(1.7, 2.6, 55)]


def test_every_word_of_the_lines_has_sounds_and_every_line_is_told_among_ten_others():
    assert len(LINES) == len(set(LINES)) == 50
    for number, line in enumerate(LINES):
        notes = notes_of(line, 52)
        assert len(notes) >= 7 and all(52 <= one.pitch <= 64 for one in notes)
        assert line in candidates(number) and len(candidates(number)) == 10


def test_a_tune_is_the_same_at_every_pitch():
    low, high = notes_of(LINES[3], 45), notes_of(LINES[3], 60)
    assert [b.pitch - a.pitch for a, b in zip(low, high, strict=True)] == [15] * len(low)


@pytest.mark.parametrize("late_s", [0.0, 0.03, -0.04])
def test_a_late_or_early_onset_is_measured_to_five_milliseconds(late_s: float):
    off = onsets_off(buzz(NOTES, late_s=late_s), RATE, NOTES)
    assert len(off) == 3 and np.all(np.abs(off - late_s) <= 0.005)


@pytest.mark.parametrize(("tracker", "package"), [(by_harvest, "pyworld"), (by_swift, "swift_f0")])
@pytest.mark.parametrize("cents", [0.0, 80.0])
def test_trackers_tell_how_far_a_note_is_off(tracker, package: str, cents: float):
    pytest.importorskip(package, reason="pip install pyworld swift-f0")
    off = cents_off(tracker(buzz(NOTES, cents=cents), RATE), NOTES)
    assert len(off) > 50 and abs(float(np.median(off)) - cents) < 12


def test_null_of_the_same_and_of_another():
    one = buzz(NOTES)
    assert null_db(one, one) == -np.inf
    assert null_db(one, 1.01 * one) == pytest.approx(-40.0, abs=0.1)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "abc", 3), ("abc", "abc", 0), ("abcd", "acxd", 2), ("kitten", "sitting", 3)],
)
def test_edits_are_counted(one: str, other: str, edits: int) -> None:
    assert count_edits(one, other) == count_edits(other, one) == edits


def test_lines_of_other_languages_have_phones_and_are_nearest_to_themselves() -> None:
    for language, lines in OTHER_LINES.items():
        phones = [phones_of(phrase_of(line, language)) for line in lines]
        assert len(lines) == len(set(lines)) == 10 and all(len(one) > 12 for one in phones)
        assert [find_nearest(one[1:], phones) for one in phones] == list(range(10))
