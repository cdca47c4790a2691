"""A change that is asked for in words: what it would do to the spec and to the song, before it is made."""

from __future__ import annotations

from difflib import SequenceMatcher

from composer.studio.desk import Desk
from composer.studio.messages.models import ChangedLine, Impossible, WordsAnswer
from composer.studio.showing.previews import show_preview

_MOST_LINES = 200


def read_words(desk: Desk, words: str, rate: float | None) -> WordsAnswer:
    """Return what a wish in words would change; nothing is written.

    ``rate`` is that of :func:`composer.studio.showing.previews.show_preview`. Raises FolderError where no
    song is open.
    """
    with desk.hold() as project:
        revision = desk.revision
        worded = project.edit_in_words(words)
        edit = worded.edit
        answer = WordsAnswer(
            revision=revision,
            edit=None if edit is None else edit.document(),
            obeyed=list(worded.obeyed),
            impossible=[Impossible(words=said, why=why) for said, why in worded.impossible],
            unread=list(worded.unread),
            lines=[],
            preview=None,
        )
        if edit is None:
            return answer

        # the lines of the spec that it replaces, each group of old ones before their new ones
        before = project.text.splitlines()
        after = edit.apply(project.text, str(project.path)).splitlines()
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        lines: list[ChangedLine] = []
        for kind, old, old_end, new, new_end in matcher.get_opcodes():
            if kind != "equal":
                lines += [ChangedLine(sign="-", line=k + 1, text=before[k]) for k in range(old, old_end)]
                lines += [ChangedLine(sign="+", line=k + 1, text=after[k]) for k in range(new, new_end)]
        preview = show_preview(*desk.preview(edit.document()), rate)
        return answer.model_copy(update={"lines": lines[:_MOST_LINES], "preview": preview})
