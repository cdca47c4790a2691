"""Clips that are kept: on this machine, for many machines, and from which kind of machine each is."""
