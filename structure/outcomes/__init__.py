"""What became of each wish, read from the notes, the grid and the stems of a plan; never from a parser."""
