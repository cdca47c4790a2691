"""Music for pictures: cues and their times, and the bars that bring downbeats to them."""
