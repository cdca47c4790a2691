"""A change that is asked for in words: what it would do to the spec and to the song, before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from composer.project import Edit, Project
from composer.studio.desk import Desk
from composer.studio.messages.models import ChangedLine, Impossible, WordsAnswer
from composer.studio.showing.previews import show_preview

_MOST_LINES = 200


def read_words(desk: Desk, words: str, rate: float | None) -> WordsAnswer:
    """Return what a wish in words would change; nothing is written.

    ``rate`` is that of :func:`composer.studio.showing.previews.show_preview`. Raises FolderError where no
    song is open.
    """
    with desk.held() as project:
        revision = desk.revision
        worded = project.edit_in_words(words)
        edit = worded.edit
        return WordsAnswer(
            revision=revision,
            edit=None if edit is None else edit.document(),
            obeyed=list(worded.obeyed),
            impossible=[Impossible(words=said, why=why) for said, why in worded.impossible],
            unread=list(worded.unread),
            lines=[] if edit is None else list(_changed_lines(project, edit))[:_MOST_LINES],
            preview=None if edit is None else show_preview(*desk.preview(edit.document()), rate),
        )


def _changed_lines(project: Project, edit: Edit) -> Iterator[ChangedLine]:
    """Yield the lines of the spec that an edit replaces, each group of old ones before their new ones."""
    before = project.text.splitlines()
    after = edit.apply(project.text, str(project.path)).splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for k in range(old, old_end):
            yield ChangedLine(sign="-", line=k + 1, text=before[k])
        for k in range(new, new_end):
            yield ChangedLine(sign="+", line=k + 1, text=after[k])
