"""The cost of convcli compared with torch and others, as ratios within one run: `make bench`."""
