"""The command line: options declared once, one file a command, one place that writes to stdout."""
