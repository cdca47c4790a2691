"""From a text to the words of music in it: languages, translation, vocabulary, figures."""
