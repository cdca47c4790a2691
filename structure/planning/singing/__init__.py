"""Songs with words: who sings them, in which bars, and on which notes."""
