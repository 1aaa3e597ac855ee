"""One module a format: `make(rng)` gives a case with a damaged input of it."""
