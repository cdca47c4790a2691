"""What the studio's server and its page say to each other."""
