"""Finds what a file of music does not say: roles, key, tempo, metre, chords and sections."""
