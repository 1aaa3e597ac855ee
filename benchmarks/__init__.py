"""What convcli costs, beside torch and others, as ratios within one run. `make bench` runs all; none of it is a test."""
