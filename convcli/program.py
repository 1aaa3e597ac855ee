"""The console script: what is imported before Ctrl-C is handled."""

from __future__ import annotations

import gc
import os
import sys

from convcli.exit_status import ExitStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# Python's default of 700 takes a third of the time of a run that holds many layers.
OBJECTS_BETWEEN_COLLECTIONS = 100_000
NO_MEMORY = "this takes more memory than there is"


def entry() -> NoReturn:
    """Import and run the program; an interrupt during the import ends it silently too."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from convcli.cli.app.main import run_program
    except KeyboardInterrupt:
        os._exit(ExitStatus.INTERRUPTED)
    except (MemoryError, ImportError) as error:
        if not is_lack_of_memory(error):
            raise
        sys.stderr.write(f"convcli: error: {NO_MEMORY}.\n")
        sys.exit(ExitStatus.MEMORY)
    run_program()


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Whether the error, or one that caused it, says that the system gives no more memory.

    >>> is_lack_of_memory(ImportError("x.so: failed to map segment from shared object"))
    True
    """
    while error is not None:
        text = str(error)
        if isinstance(error, MemoryError) or (
            isinstance(error, (ImportError, OSError, RuntimeError))
            and any(words in text for words in _REFUSALS)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


_REFUSALS = (  # of the loader of libraries, of the system, and of Python's threads
    "failed to map segment",
    "cannot allocate memory",
    "Cannot allocate memory",
    "can't start new thread",
)
