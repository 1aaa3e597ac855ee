"""OptionGroup: options that stand together."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any


class OptionGroup:
    """The base of the groups, which have a field for each option. Their values do not change.

    Every start makes the groups of a command, so `dataclass` writes no methods for them: that takes
    ten times as long.
    """

    def __init__(self, **values: Any) -> None:
        known = vars(self)
        for field in fields(self):  # type: ignore[arg-type]
            if field.name in values:
                known[field.name] = values.pop(field.name)
            elif field.default_factory is not MISSING:
                known[field.name] = field.default_factory()
            elif field.default is not MISSING:
                known[field.name] = field.default
            else:
                raise TypeError(f"{field.name} is missing")
        if values:
            raise TypeError(f"there is no {', '.join(values)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} does not change")
