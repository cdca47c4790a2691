"""Songs by the hundred: many specs in, a folder of songs and a table of them out."""
