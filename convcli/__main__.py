"""`python -m convcli`."""

from convcli.program import entry

entry()
