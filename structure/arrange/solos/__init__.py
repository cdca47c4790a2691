"""Solos: lines and drumming with a shape of their own, in the idiom of style and instrument."""
