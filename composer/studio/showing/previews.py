"""What an edit would do, in a sentence and in figures."""

from __future__ import annotations

import json

from composer.history.changes import Changes, Value
from composer.studio.messages.models import Difference, KeptBars, Preview

_LONGEST = 120


def show_preview(changes: Changes, clips: int, rate: float | None = None) -> Preview:
    """Return what an edit changes.

    ``clips`` is the number of clips in the whole song. ``rate`` is how many seconds a second of audio took
    to make lately; None where nothing was made yet.
    """
    seconds = None if rate is None else changes.seconds * rate
    made = len(changes.to_make)
    time = (
        ""
        if not made
        else f", {changes.seconds:.0f} s of audio"
        if seconds is None
        else f", {seconds:.0f} s"
    )
    return Preview(
        sentence=f"{made} of {clips} clips{time}" if made else "no clip is made anew",
        clips_to_make=made,
        clips=clips,
        audio_s=round(changes.seconds, 3),
        seconds=None if seconds is None else round(seconds, 1),
        places=[place for clip in changes.to_make for place in clip.places],
        kept=[KeptBars(stem=stem, bars=list(bars)) for stem, bars in changes.kept_bars.items()],
        differences=[
            Difference(
                kind=one.kind,
                what=one.what,
                before=_shorten_value(one.before),
                after=_shorten_value(one.after),
            )
            for one in changes.differences
        ],
        notes=list(changes.notes),
    )


def _shorten_value(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
