"""The map of a song: which tempo and which metre holds where, and notes in bars of other lengths."""
