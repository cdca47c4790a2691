"""Times as editors write them, against OpenTimelineIO's own reading."""

from fractions import Fraction

import opentimelineio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.picture.timecodes import RATES, FrameCount, exact_time_text, time_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("42.5", 42.5), ("0:42.5", 42.5), ("1:02:03.25", 3723.25), ("7", 7), ("00:00:42:12", 42.5)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert float(FrameCount("24").seconds(text)) == seconds


def test_the_hour_of_a_picture_counts_as_its_start() -> None:
    assert FrameCount("25").seconds("01:00:10:05") == Fraction(51, 5)
    assert FrameCount("25", start="01:00:08:00").seconds("01:00:10:05") == Fraction(11, 5)
    assert FrameCount("25", start="00:00:00:00").seconds("01:00:10:05") == 3600 + Fraction(51, 5)


@given(
    frames=st.integers(0, 24 * 3600 * 24 - 1), rate=st.sampled_from(["24", "25", "30", "29.97", "59.94"])
)
def test_frames_are_those_of_opentimelineio(frames: int, rate: str) -> None:
    exact = RATES[rate]
    time = opentimelineio.opentime.RationalTime(frames, float(exact))
    text = opentimelineio.opentime.to_timecode(time, float(exact))
    counted = FrameCount(rate, start="00:00:00;00" if ";" in text else "00:00:00:00").seconds(text) * exact
    assert counted == frames


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        ("soon", "24", "is no time"),
        ("0:61", "24", "more than 59"),
        ("01:00:00:24", "24", "count 0 to 23"),
        ("01:00:00;10", "25", "29.97 and 59.94"),
        ("00:01:00;01", "29.97", "begins with frame 02"),
        ("00:61:00:00", "24", "more than 59"),
    ],
)
def test_times_that_there_are_not(text: str, rate: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FrameCount(rate).seconds(text)


def test_nothing_is_before_the_start() -> None:
    with pytest.raises(ValueError, match="before 01:00:08:00"):
        FrameCount("25", start="01:00:08:00").seconds("01:00:07:24")


@given(st.fractions(0, 1800, max_denominator=24_000))
def test_times_are_written_as_they_are_read(seconds: Fraction) -> None:
    again = FrameCount().seconds(exact_time_text(seconds))
    assert abs(again - seconds) < Fraction(1, 10**9)
    assert abs(float(FrameCount().seconds(time_text(seconds)) - seconds)) <= 0.0005 + 1e-9
