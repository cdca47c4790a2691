"""Melodies: motifs, phrases, one climax, counter-melodies, prepared dissonance."""
