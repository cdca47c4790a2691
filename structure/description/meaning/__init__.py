"""From clauses to wishes."""
