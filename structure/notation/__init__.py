"""A planned song as MIDI, MusicXML and engraved lead sheets."""
