"""What became of each wish: understood, guessed or not understood, and planned or not."""
