"""Finds text that YAML takes for a comment: ``title: Prelude #1`` is "Prelude", ``key: F #minor`` is F."""

from __future__ import annotations

import re
from collections.abc import Iterator

from structure.base.errors import Fault
from structure.loading.yaml_reader import Document, write_path

_TEXTS = frozenset(
    ("title", "description", "chords", "lyrics", "key", "prompt", "negative_prompt", "morph_to")
)
"""Fields of words, chords or keys, in which a ``#`` may be meant."""

_LOST = re.compile(r"[ \t]+(#[^\s#][^\r\n]*)")
"""A ``#`` with a blank before it and none behind it; what a comment usually looks like is left alone."""

_SHOWN = 24


def find_lost_text(document: Document) -> Iterator[Fault]:
    """Yield a fault for each text of a spec of which a part is lost behind a ``#``."""
    for path, rest in document.behind.items():
        lost = _LOST.match(rest)
        if lost is None or not path or path[-1] not in _TEXTS:
            continue
        text = lost[1].strip()
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]} …"
        yield Fault(
            f"{shown!r} is lost, since YAML takes it for a comment",
            write_path(path),
            document.line_of(path),
            "put the whole value in quotes, or a blank behind the # of a comment",
        )
