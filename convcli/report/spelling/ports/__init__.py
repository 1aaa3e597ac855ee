"""A convolution as a line of code of each framework.

Each module has functions of a `Task` that make `Way`s: lines of code, the nearest first. Whether a
line computes the same numbers is not decided here: its call is read again as a LAYER, by the rules
of its framework.
"""
