"""Whatever names a song, and the way from it to a plan."""
