"""What is usual: styles, mixes, masters, programs."""
