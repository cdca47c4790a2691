"""Checks of a song against its plan."""
