"""A row of the table of messages: which texts mean which kind of error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.code import CodeLayer

Diagnose = Callable[..., Diagnosis | None]


class UsersCode(NamedTuple):
    """The user's line in a traceback, and the layers that the code around it makes."""

    line: str = ""
    layers: Sequence[CodeLayer] = ()


NO_CODE = UsersCode()


class Row(NamedTuple):
    """A kind of error, the templates of its messages, and what their fields mean.

    `diagnose` takes the fields by their names, and answers None where the text is another error's
    after all. With a parameter `code` it takes the user's code too. `kind` never changes.
    """

    framework: str
    kind: str
    diagnose: Diagnose
    templates: tuple[str, ...]
