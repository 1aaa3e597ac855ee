"""`python -m convcli`."""

from convcli.cli.main import entry

entry()
