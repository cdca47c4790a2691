"""Arrays of samples: shape, levels, files, and what can be measured in them."""
