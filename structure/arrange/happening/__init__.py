"""What is done to the written notes of a section: events, and what they change in drums."""
