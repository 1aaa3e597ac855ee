"""Fast algorithms for a layer, one per file, and the rule that picks one."""
