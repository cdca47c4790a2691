"""Plans songs: reads specs, samples forms, writes harmony and parts, and exports them as notation."""
