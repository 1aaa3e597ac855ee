"""The code of a change in the framework whose message it answers; torch's where it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

Code = str | Callable[[Change], str]
DIALECTS: Mapping[str, str] = {"torch": "torch"}  # of a framework, the module of this folder


def code_of(change: Change, framework: str = "torch") -> str:
    """The change as a line of code, or as the argument that it sets.

    >>> code_of(Change("drop_alpha", "input", (1, 3, 64, 64)))
    'x = x[:, :3]'
    """
    name = DIALECTS.get(framework, "torch")
    own: Mapping[str, Code] = import_module(f"{__name__}.{name}").CODES
    code = own.get(change.key)
    if code is None:
        code = import_module(f"{__name__}.torch").CODES[change.key]
    if callable(code):
        return str(code(change))
    value = tuple(change.value) if isinstance(change.value, Shape) else change.value
    return code.format(argument=change.argument, value=value, **change.fields)
