"""Lengths as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.lengths import SongLength, format_seconds, parse_length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3:20", 200.0),
        ("0:05", 5.0),
        ("0:24:30", 1470.0),
        ("90:00", None),
        ("200 s", 200.0),
        ("200s", 200.0),
        ("200", 200.0),
        (200, 200.0),
        (200.5, 200.5),
        ("3 min", 180.0),
        ("3.5 minutes", 210.0),
        ("3 min 20 s", 200.0),
        ("3m20s", 200.0),
        ("1 minute 5 seconds", 65.0),
        ("0.5 h", 1800.0),
        (" 3:20 ", 200.0),
    ],
)
def test_a_length_in_time(text: str | float, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(ValueError, match="5 s to 30 min"):
            parse_length(text)
    else:
        assert parse_length(text) == SongLength(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "bars"), [("96 bars", 96), ("1 bar", 1), ("4096 Bars", 4096), ("8 measures", 8)]
)
def test_a_length_in_bars(text: str, bars: int) -> None:
    assert parse_length(text) == SongLength(bars=bars)


@pytest.mark.parametrize(
    "text", ["", "long", "3:70", "1:70:00", "3:2", "-5", "bars", "12 bits", "3:20 bars", "nan", True]
)
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length; write it as '3:20'"):
        parse_length(text)


@pytest.mark.parametrize("text", ["0 bars", "4097 bars", "99999999999999999999 bars"])
def test_too_few_or_too_many_bars(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 4096 bars"):
        parse_length(text)


@pytest.mark.parametrize("value", [4.9, 1801, "31 min", "1:02:03", "1" * 400])
def test_too_short_or_too_long(value: str | float) -> None:
    with pytest.raises(ValueError, match="5 s to 30 min"):
        parse_length(value)


@given(st.integers(5, 1800))
def test_a_length_survives_being_written(seconds: int) -> None:
    assert parse_length(format_seconds(seconds)).seconds == seconds


@given(st.text(max_size=30))
def test_any_text_is_a_length_or_a_value_error(text: str) -> None:
    try:
        length = parse_length(text)
    except ValueError:
        return
    assert (length.seconds is None) != (length.bars is None)
