"""What everything stands on: types, the grid, errors, files."""
