"""Pitches, keys, chords and progressions."""
