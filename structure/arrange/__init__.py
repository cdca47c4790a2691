"""The arranger: one writer for each role of a stem."""
