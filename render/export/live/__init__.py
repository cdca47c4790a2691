"""A song as a set of Ableton Live."""
