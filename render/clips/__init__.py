"""From a plan to its clips: which are wanted, how each is made, and the cache."""
