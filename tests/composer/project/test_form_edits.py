"""Edits of the form keep all that the user wrote beside it."""

from __future__ import annotations

import pytest

from composer.project.edits import describe_edit, read_edit
from structure.base.errors import EditError

BLOCK = """\
form:
  - verse   # quiet
  # the hook
  - chorus
  - {section: verse, lift: 2}
sections:
  verse: {bars: 4}  # short
  chorus:
    # full
    bars: 8
"""
FLOW = "form: [verse, chorus, {section: verse, lift: 2}]  # three\nsections: {verse: {bars: 4}}\n"


def applied(text: str, **document: object) -> str:
    edit = read_edit(document)
    assert read_edit(edit.document()) == edit
    assert describe_edit(edit)
    return edit.apply(text, "song.yaml")


def test_a_visit_is_moved_with_the_comment_behind_it() -> None:
    moved = applied(BLOCK, edit="place", **{"from": 0, "to": 2})
    assert moved.startswith(
        "form:\n  - chorus\n  # the hook\n  - {section: verse, lift: 2}\n  - verse   # quiet\nsections:"
    )
    flow = applied(FLOW, edit="place", **{"from": 2, "to": 0})
    assert flow.startswith("form: [{section: verse, lift: 2}, verse, chorus]  # three\n")


def test_a_visit_is_played_twice() -> None:
    assert "- verse   # quiet\n  - verse\n" in applied(BLOCK, edit="duplicate", index=0)
    assert applied(FLOW, edit="duplicate", index=1).startswith("form: [verse, chorus, chorus, {")


def test_a_section_has_another_name_everywhere() -> None:
    renamed = applied(BLOCK, edit="rename", section="verse", name="tale")
    assert renamed == BLOCK.replace("verse", "tale")


@pytest.mark.parametrize(
    "document",
    [
        {"edit": "place", "from": 0, "to": 3},
        {"edit": "duplicate", "index": -1},
        {"edit": "rename", "section": "verse", "name": "chorus"},
    ],
)
def test_what_cannot_be_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(EditError):
        applied(BLOCK, **document)
