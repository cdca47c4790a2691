"""Two songs: what differs, and the same one again."""
