"""One writer for each role: it turns a section's harmony and energy into notes."""
