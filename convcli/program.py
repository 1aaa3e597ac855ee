"""The console script: all that is imported before Ctrl-C is understood."""

from __future__ import annotations

import os
from typing import NoReturn


def entry() -> NoReturn:
    """Run the program; an interrupt while it is still being imported ends it as silently as a later one."""
    try:
        from convcli.cli.main import entry as run
    except KeyboardInterrupt:
        os._exit(130)
    run()
