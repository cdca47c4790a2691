"""What a user writes: the models of a song spec, and their schema."""
