"""Trains the embedded voice: what it learns from, its networks, and the words for its voices."""
