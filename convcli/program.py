"""The console script: what is imported before Ctrl-C is handled."""

from __future__ import annotations

import gc
import os
from typing import NoReturn

from convcli.exit_status import ExitStatus

# Python's default of 700 takes a third of the time of a run that holds many layers.
OBJECTS_BETWEEN_COLLECTIONS = 100_000


def entry() -> NoReturn:
    """Import and run the program; an interrupt during the import ends it silently too."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from convcli.cli.app.main import run_program
    except KeyboardInterrupt:
        os._exit(ExitStatus.INTERRUPTED)
    run_program()
