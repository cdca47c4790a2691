"""Music of equal voices: fugue, invention and canon, by search over the rules of counterpoint."""
