"""The one exception of convcli: what is wrong, the rule with its numbers, the value given, the fix."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

Kind = Literal["request", "data", "memory", "write", "package"]

_NAME = re.compile(r"`(\w+)`")


def printable(text: str) -> str:
    """The text without what a terminal would act on: control characters and marks of direction become a replacement sign."""
    return (
        text
        if text.isprintable()
        else "".join(character if character.isprintable() else "\ufffd" for character in text)
    )


class ConvError(ValueError):
    """A request that cannot be answered.

    `code` never changes ("padding.reflect"); `parameter` is torch's name of the argument at fault; `rule` is one clause
    with the numbers filled in; `got` is the value as it was given; `hint` is a sentence that mends it. In `rule` and
    `hint` a parameter stands in backquotes, so that each surface spells it as its users do. `pointer` is a text and the
    offset in it that a caret should point at.

    >>> str(ConvError("stride.positive", "must be at least 1", parameter="stride", got=0, axis="H"))
    'stride on axis H: must be at least 1, got 0.'
    """

    def __init__(
        self,
        code: str,
        rule: str,
        *,
        parameter: str | None = None,
        got: Any = None,
        axis: str | None = None,
        hint: str | None = None,
        pointer: tuple[str, int] | None = None,
        kind: Kind = "request",
    ) -> None:
        super().__init__(code, rule)
        self.code = code
        self.rule = rule
        self.parameter = parameter
        self.got = got
        self.axis = axis
        self.hint = hint
        self.pointer = pointer
        self.kind = kind
        self.place: str | None = None  # the layer of a network

    def message(self, name: Callable[[str], str] = str) -> str:
        """The sentence, with every parameter spelled by `name`."""
        where = name(self.parameter) if self.parameter else ""
        if self.axis is not None:
            where += f" on axis {self.axis}" if where else f"axis {self.axis}"
        rule, hint = (
            _NAME.sub(lambda match: name(match[1]), text or "") for text in (self.rule, self.hint)
        )
        got = (
            ""
            if self.got is None
            else f", got {self.got!r}"
            if isinstance(self.got, str)
            else f", got {self.got}"
        )
        place = "" if self.place is None else f"layer {printable(self.place)}: "
        return f"{place}{where}{': ' if where else ''}{rule}{got}.{' ' if hint else ''}{hint}"

    def __str__(self) -> str:
        return self.message()
