"""Measures the embedded model on sounds, scores and words that training never saw."""
