"""Notes as they are played: the form in which the model sees a score."""
