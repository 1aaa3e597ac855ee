"""A row of the table of messages: which texts mean which kind of error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from convcli.engine.diagnosis.values import Diagnosis

Diagnose = Callable[..., Diagnosis | None]


class Row(NamedTuple):
    """A kind of error, the templates of its messages, and what their fields mean.

    `diagnose` takes the fields by their names, and answers None where the text is another error's
    after all. `kind` never changes.
    """

    framework: str
    kind: str
    diagnose: Diagnose
    templates: tuple[str, ...]
