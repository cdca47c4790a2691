"""From words to clauses, and in each the wishes, places and lengths that hang together."""
