"""Mistakes that a type checker finds before they are made; this is never run."""

import composer

composer.export("neon", "wav", sampel_rate=48_000)
composer.export("neon", "wav", dry="yes")
composer.clip("lofi", tempoo=92)
composer.clip("lofi", tempo="fast")
composer.morph("lofi", "techno", loop="yes")
composer.compose("neon_tides", seed="seven")
composer.sing("neon_tides")
song: str = composer.compose("neon_tides")
