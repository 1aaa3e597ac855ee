"""Text and files into engine values; what cannot be read becomes a ConvError that points at the place."""
