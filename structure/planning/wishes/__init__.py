"""What wishes make of a plan: who plays when, what happens, how strong it is, and what changes."""
