"""What is decided before a sound is made: the plan, its score, its graph, its file."""
