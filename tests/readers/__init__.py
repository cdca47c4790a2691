"""Programs and schemas that others wrote, by which the tests read what leaves the house."""
