"""Where and when each wish of a sentence is for: sections, times, lengths, and what carries over."""
