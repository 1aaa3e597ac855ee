"""Damaged input for everything that is read, and what must hold whatever the input is.

`formats` makes inputs of one format each from a seed, `driver` runs the command line on them, `invariants` says what is
wrong with the outcome. `python -m tests.fuzz.campaign --help` runs many and reports the distinct faults.
"""
