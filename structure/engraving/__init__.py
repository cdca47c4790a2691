"""How music is put on paper: clefs and staves, places of drums, and pages of outlines."""
