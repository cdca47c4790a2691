"""One song on disk: its files, lock, report, checks and masters."""
