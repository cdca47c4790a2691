"""Tunes that are known already, and how like them another one is."""
