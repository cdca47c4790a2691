"""Pictures of songs and plans."""
