"""Where the code of a user's module runs: what it prints and raises stays outside the answer."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

from convcli.errors import ConvError
from convcli.exit_status import is_lack_of_memory

# folders of convcli, of Python, and of packages
_LIBRARIES = (
    os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep,
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")},
)
LONGEST_REASON = 200  # characters of an error of the module


@contextmanager
def user_code(refuse: Callable[[BaseException], ConvError]) -> Iterator[None]:
    """Run code that convcli does not know.

    What it prints goes to stderr, for stdout is the answer's. Whatever it raises, an exit too,
    becomes the error that `refuse` makes of it. Lack of memory, Ctrl-C and signals pass.
    """
    try:
        with redirect_stdout(sys.stderr or open(os.devnull, "w", encoding="utf-8")):
            yield
    except (ConvError, KeyboardInterrupt):
        raise
    except BaseException as error:
        if is_lack_of_memory(error) or type(error).__module__.startswith("convcli."):
            raise
        raise refuse(error) from None


def reason_of(error: BaseException) -> str:
    """The first line of an error of unknown code, whose text may itself raise.

    >>> reason_of(ValueError("too deep\\nat line 1"))
    'too deep'
    """
    try:
        return str(error).strip().partition("\n")[0][:LONGEST_REASON]
    except Exception:
        return ""


def line_of(error: BaseException) -> str:
    """Where the code of a user raised an error: the innermost line outside of packages.

    Empty where there is none.
    """
    trace, found = error.__traceback__, ""
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if os.path.isfile(path) and not path.startswith(_LIBRARIES):
            found = f"{os.path.basename(path)}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
