"""The embedded diffusion model: features, network, pipeline and decoder."""
