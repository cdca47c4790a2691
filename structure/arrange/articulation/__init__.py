"""How notes are played: staccato, accents, slurs, bends, the pedal; by role, instrument and style."""
