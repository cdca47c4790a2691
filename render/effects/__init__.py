"""Sounds that are no notes, made by synthesis from seeded noise."""
