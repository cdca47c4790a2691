"""Reads a sentence about a song: genre, mood, tempo, key, metre, length, form, instruments."""
