"""Files for others: for DAWs and for listeners."""
