"""The studio: a local web page on which a song is made, heard and changed."""
