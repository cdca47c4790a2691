"""Recordings of the user's own as stems: brought to the song's rate and tempo, and laid on its grid."""
