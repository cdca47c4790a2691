"""From clips to stems, from stems to the master."""
