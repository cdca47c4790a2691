"""From a source to a rendered song, and from that to its files."""
