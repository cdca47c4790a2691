"""Reads music that others wrote: MIDI, sheets, chords and words, as one kind of song."""
