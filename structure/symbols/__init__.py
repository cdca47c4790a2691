"""How chords, progressions and numerals are written: what symbols mean, and by what name chords go."""
