"""Backends that run a diffusers pipeline for sound, a module each."""
