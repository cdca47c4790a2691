"""How chords and progressions are written: what a symbol means, and by what name chords go."""
