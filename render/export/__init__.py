"""Files that leave the renderer."""
