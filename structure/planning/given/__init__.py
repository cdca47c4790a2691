"""Notes that the user gives, and a song that is planned around them."""
