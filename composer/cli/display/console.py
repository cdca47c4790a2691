"""A console on which text of users can neither move the cursor nor turn the direction of writing."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from structure.base.plain_text import clean_text


class PlainConsole(Console):
    """Rich's console, which passes on the signs of writing alone; what it draws itself stays."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Return the segments of something to print, with clean text."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(clean_text(text), style)
