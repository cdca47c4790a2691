"""Hears what a recording plays: tempo, downbeat, key, chords, melody, drums, as notes with doubts."""
