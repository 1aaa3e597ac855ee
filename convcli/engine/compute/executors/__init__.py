"""The fast ways to compute a layer, one file each, and the rule that picks one. Each equals the tap tables' reading."""
