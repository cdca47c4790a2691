"""From a planned song to audio: clips, stitching, mix, master."""
