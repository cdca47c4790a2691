"""The steps of the planner: a song's frame, its stems, its visits, its prompts."""
