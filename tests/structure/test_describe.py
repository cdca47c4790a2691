"""Descriptions are read as a musician reads them; the accuracy is counted field by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from structure.describe import Reading, read_description

SENTENCES = yaml.safe_load((Path(__file__).parents[1] / "data" / "descriptions.yaml").read_text("utf-8"))
FIELDS = [field.name for field in fields(Reading) if field.name != "understood"]
REQUIRED = 0.9


def _expected(case: dict[str, Any], field: str) -> Any:
    if field == "section_hints":
        return case.get("sections", {})
    empty: Any = {"moods": [], "instruments": [], "unwanted": []}
    value = case.get(
        field, empty.get(field, False if field in ("quiet_start", "big_last_chorus") else None)
    )
    return [tuple(item) for item in value] if field == "instruments" else value


def _read(reading: Reading, field: str) -> Any:
    value = getattr(reading, field)
    if field == "section_hints":
        return dict(value)
    if field == "instruments":
        return [(wanted.role, wanted.prompt) for wanted in value]
    return list(value) if isinstance(value, tuple) else value


def _misreadings() -> list[tuple[str, str, Any, Any]]:
    found = []
    for case in SENTENCES:
        reading = read_description(case["text"])
        for field in FIELDS:
            expected, read = _expected(case, field), _read(reading, field)
            if expected != read:
                found.append((field, case["text"], expected, read))
    return found


def test_enough_sentences() -> None:
    assert len(SENTENCES) >= 30


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_right_in_nine_of_ten_sentences(field: str) -> None:
    wrong = [miss for miss in _misreadings() if miss[0] == field]
    assert len(wrong) <= (1 - REQUIRED) * len(SENTENCES), wrong


def test_fields_that_are_given_are_found() -> None:
    """Of the fields that a sentence does set (an empty reading scores nothing here), 90 % are right."""
    given_count: Counter[str] = Counter()
    for case in SENTENCES:
        given_count.update(field for field in FIELDS if _expected(case, field) not in (None, False, [], {}))
    missed = [
        (field, text, expected, read)
        for field, text, expected, read in _misreadings()
        if expected not in (None, False, [], {})
    ]
    assert len(missed) <= (1 - REQUIRED) * given_count.total(), missed
