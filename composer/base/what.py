"""What of a song there may be other takes of."""

from __future__ import annotations

from typing import Literal

Played = Literal["both", "notes", "sound"]
"""What of a stem in a section is another take."""

Written = Literal["title", "chords", "form"]
"""What of a song is another take, of its own or, for chords, of one section."""

What = Literal["both", "notes", "sound", "title", "chords", "form"]
"""What is another take."""
