"""Styles as something that a musician reads and writes: what each is in words, and what one lacks."""
