"""The console script: what is imported before Ctrl-C is handled."""

from __future__ import annotations

import gc
import os
import sys
import warnings

from convcli.exit_status import NO_MEMORY, ExitStatus, is_lack_of_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# Python's default of 700 takes a third of the time of a run that holds many layers.
OBJECTS_BETWEEN_COLLECTIONS = 100_000


def entry() -> NoReturn:
    """Import and run the program; an interrupt during the import ends it silently too."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    ignore_warnings()
    _fill_closed_descriptors()
    try:
        from convcli.cli.app.main import run_program
    except KeyboardInterrupt:
        os._exit(ExitStatus.INTERRUPTED)
    except (MemoryError, ImportError, OSError, SystemError) as error:
        if not is_lack_of_memory(error):
            raise
        sys.stderr.write(f"convcli: error: {NO_MEMORY}.\n")
        sys.exit(ExitStatus.MEMORY)
    run_program()


def ignore_warnings() -> None:
    """Show no warning of Python or a package, unless `python -W` wants them: notes say what counts.

    A warning quotes source and paths, which say nothing to a user.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _fill_closed_descriptors() -> None:
    """Open /dev/null where a standard stream is closed, so that no other file gets its descriptor.

    Python has set the stream to None before, so that it still counts as closed.
    """
    for descriptor, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:  # the descriptor is open after all, in another mode
                os.close(opened)
