"""What the command line shows: tables, progress, catalogues, what was understood."""
