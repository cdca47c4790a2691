"""A planned song as a MIDI file and as a MusicXML score."""

from __future__ import annotations

from structure.midi import write_midi
from structure.musicxml import write_musicxml

__all__ = ["write_midi", "write_musicxml"]
