"""Words to sing: read, parted into syllables with their stresses, and set to a tune."""
