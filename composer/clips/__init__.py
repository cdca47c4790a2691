"""Single clips, morphs, takes and radio."""
