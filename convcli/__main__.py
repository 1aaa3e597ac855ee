"""`python -m convcli`."""

import os
import sys

# -m puts the current folder first: a typer.py there would be imported in place of the package.
if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from convcli.program import entry

entry()
