"""Riffusion: spectrograms as images, and back."""
