"""The form of a song: named forms, forms sampled from what real songs do, and their lengths in bars."""
