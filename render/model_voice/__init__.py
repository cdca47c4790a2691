"""A singer with weights of its own in the package: what it says is painted, frame by frame."""
