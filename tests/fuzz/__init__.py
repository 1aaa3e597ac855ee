"""Damaged input for everything that is read, and what must hold whatever the input is.

`formats` makes inputs of one format each from a seed, `driver` runs the command line on them, and
`invariants` checks the outcome. `python -m tests.fuzz.campaign --help` runs many inputs and reports
the distinct faults.
"""
