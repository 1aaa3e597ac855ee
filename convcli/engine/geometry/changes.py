"""Change: one thing that a request does otherwise, as values; no words and no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Change(NamedTuple):
    """A change by its key, which names its words and its code.

    `argument` gets `value`; `argument` "input" gets a tensor of the shape `value`. `fields` fill
    words and code beside these two. `output` is the shape that results, None where it is unknown.
    """

    key: str
    argument: str | None = None
    value: Any = None
    fields: Mapping[str, Any] = {}
    output: tuple[int | None, ...] | None = None
