"""Sentences that change a song."""
