"""Who plays in a song, and in each of its visits."""
