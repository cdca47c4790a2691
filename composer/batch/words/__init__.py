"""What a batch calls its songs, and what it says of them."""
