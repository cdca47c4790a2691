"""The sound of a song for the page: samples, waveforms, and what is rendered."""
