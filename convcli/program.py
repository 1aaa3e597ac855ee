"""The console script: all that is imported before Ctrl-C is understood."""

from __future__ import annotations

import gc
import os
from typing import NoReturn

from convcli.exit_status import ExitStatus

OBJECTS_BETWEEN_COLLECTIONS = (
    100_000  # Python's 700 costs a third of the time where many layers are held
)


def entry() -> NoReturn:
    """Run the program; an interrupt while it is still being imported ends it as silently as a later one."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from convcli.cli.app.main import entry as run
    except KeyboardInterrupt:
        os._exit(ExitStatus.INTERRUPTED)
    run()
