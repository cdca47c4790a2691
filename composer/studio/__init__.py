"""The studio: a local web page on which a song is made, heard and changed. It is a face of :mod:`composer`."""
