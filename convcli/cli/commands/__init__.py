"""One file a command: parse, compute, view, emit."""
