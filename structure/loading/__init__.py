"""Reads song specs and style files, and words what is wrong with them."""
