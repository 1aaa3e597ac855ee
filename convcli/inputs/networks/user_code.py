"""Where the code of a user's module runs: what it prints and raises stays outside the answer."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from inspect import isfunction
from typing import Any

from convcli.errors import ConvError
from convcli.exit_status import is_lack_of_memory

# folders of convcli, of Python, and of packages
_LIBRARIES = (
    os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep,
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")},
)
# Methods of torch.nn.Module that are called while a module is read.
CALLED = frozenset(
    ("parameters", "named_parameters", "modules", "named_modules", "children", "named_children",
     "buffers", "named_buffers", "eval", "train", "apply", "__getattr__", "__getattribute__",
     "__class__", "__hash__", "__eq__", "__len__", "__bool__", "__iter__", "_parameters",
     "_modules", "_buffers", "forward", "_call_impl", "__call__")
)  # fmt: skip


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


def is_of_user(error: BaseException, module: Any) -> bool:
    """Whether an error comes from a user's code: it went through it, or a method is overridden."""
    if line_of(error):
        return True
    kinds = (kind for kind in type(module).__mro__ if not kind.__module__.startswith("torch."))
    return any(not CALLED.isdisjoint(_overridden(kind)) for kind in kinds)


def _overridden(kind: type) -> set[str]:
    """The methods of a class that are its own; forward() only where it is no function."""
    if kind is object:
        return set()
    own = vars(kind)
    return {name for name in own if name != "forward" or not isfunction(own[name])}
