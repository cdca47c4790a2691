"""A check's verdict is what its numbers say, whichever way its limit points."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.cli.display.tables import checks_table
from composer.folder.report import checks_document
from render.checks.check import Check, count_results

FIGURES = st.floats(-1e4, 1e4) | st.floats(-2.0, 2.0)
MAKERS: dict[str, Callable[..., Check]] = {
    "at most": Check.at_most,
    "at least": Check.at_least,
    "below": Check.below,
    "within": Check.within,
}
ALLOWED: dict[str, Callable[[float, float], bool]] = {
    "at most": lambda value, limit: value <= limit,
    "at least": lambda value, limit: value >= limit,
    "below": lambda value, limit: value < limit,
    "within": lambda value, limit: abs(value) <= limit,
}


@pytest.mark.parametrize("direction", MAKERS)
@given(value=FIGURES, limit=FIGURES.map(lambda figure: round(figure, 2)), decimals=st.integers(0, 3))
def test_the_verdict_is_that_of_the_measured_value_and_of_the_shown_one(
    direction: str, value: float, limit: float, decimals: int
) -> None:
    check = MAKERS[direction]("level", value, limit, "dB", decimals=decimals)
    shown = float(check.value_text.removesuffix(" dB"))
    assert check.passed is ALLOWED[direction](value, limit)
    assert check.passed is ALLOWED[direction](shown, limit)
    assert shown == check.value == pytest.approx(value, abs=0.51 * 10.0**-decimals)


@given(value=FIGURES, off=st.floats(0.0, 3.0), limit=st.sampled_from([0.0, 0.5, 2.0]))
def test_a_target_is_missed_alike_above_and_below(value: float, off: float, limit: float) -> None:
    target = round(value, 1)
    above = Check.within("loudness", target + off, limit, "LUFS", target=target)
    below = Check.within("loudness", target - off, limit, "LUFS", target=target)
    assert above.passed is (abs(target + off - target) <= limit)
    assert below.passed is (abs(target - off - target) <= limit)


def test_a_value_just_over_its_limit_shows_it() -> None:
    assert Check.at_most("true peak", -0.9996, -1.0, "dBTP").value_text == "-0.9996 dBTP"
    assert Check.at_most("true peak", -1.0004, -1.0, "dBTP").value_text == "-1.00 dBTP"


def test_silence_misses_a_loudness_and_keeps_below_a_peak() -> None:
    silent = float("-inf")
    assert Check.within("loudness", silent, 0.5, "LUFS", target=-14.0).passed is False
    assert Check.at_most("true peak", silent, -1.0, "dBTP").passed is True
    assert Check.at_most("jump", float("nan"), 4.0, "times").passed is False


CHECKS = (
    Check.at_most("joins do not click", 5.125, 4.0, "times", "bass at 3 s"),
    Check.at_least("chords", 86.25, 60.0, "%", decimals=1),
    Check.below("no file clips", -1.0, -0.25, "dBFS"),
    Check.within("loudness", -14.2, 0.5, "LUFS", target=-14.0),
    Check.within("tuning", -2.9, 20.0, "cents", decimals=1),
    Check.at_most("stems are there", 0, 0.0, "stems", decimals=0),
    Check.leave_unmeasured("key", "at least", -0.35, "margin", "no pitches are heard"),
    Check.leave_unmeasured("crest factor", "at least", None, "dB", "silence"),
)


def test_the_table_says_which_way_each_limit_points() -> None:
    table = checks_table(CHECKS)
    rows = list(zip(*([str(cell) for cell in column.cells] for column in table.columns), strict=True))
    assert [row[1:4] for row in rows] == [
        ("5.12 times", "≤ 4 times", "FAIL"),
        ("86.2 %", "≥ 60 %", "pass"),
        ("-1.00 dBFS", "< -0.25 dBFS", "pass"),
        ("-14.20 LUFS", "-14 ± 0.5 LUFS", "pass"),
        ("-2.9 cents", "± 20 cents", "pass"),
        ("0 stems", "≤ 0 stems", "pass"),
        ("—", "≥ -0.35 margin", "not measured"),
        ("—", "—", "not measured"),
    ]
    assert table.caption == "5 of 6 passed, 2 not measured"


def test_plain_data_lets_a_reader_repeat_each_verdict() -> None:
    document = checks_document(CHECKS)
    assert document["passed"] is False
    for check in document["checks"]:
        if check["value"] is None:
            assert check["passed"] is None
            continue
        value = check["value"] - (check["target"] or 0.0)
        assert check["passed"] is ALLOWED[check["direction"]](value, check["limit"])
    assert document["checks"][3]["target"] == -14.0


def test_what_was_not_measured_neither_passes_nor_fails() -> None:
    assert checks_document(CHECKS[-2:])["passed"] is True
    assert count_results([True, None, False, True]) == "2 of 3 passed, 1 not measured"
    assert count_results([True, False]) == "1 of 2 passed"
