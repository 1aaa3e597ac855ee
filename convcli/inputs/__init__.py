"""Text and files into engine values; a ConvError points at what cannot be read."""
