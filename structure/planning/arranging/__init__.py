"""What the arranger lets happen inside sections of its own accord, as events on the visits of a song."""
