"""The arguments of a call of another framework, by its own names, checked where they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convcli.engine.geometry.arguments import integer
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

Ends = tuple[int, int]


@dataclass(frozen=True)
class Arguments:
    """The values of a call, with the defaults of its signature.

    `operator` is the name in the table of the framework, `call` the name as it is written.
    """

    framework: str
    operator: str
    call: str
    values: Mapping[str, Any]
    written: frozenset[str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value; `default` where the operator has no such argument, or its value is None."""
        value = self.values.get(name)
        return default if value is None else value

    def refused(self, reason: str, *, hint: str | None = None, **fields: Any) -> ConvError:
        """The error of a layer that the framework refuses; `reason` is a clause about its rule.

        Texts of the call stand in `fields`, not in `reason`.
        """
        rule = f"{self.framework} refuses this {{call}}: {reason}"
        fields = {"call": self.call, **fields}
        return ConvError("framework.refuses", rule, parameter="LAYER", hint=hint, fields=fields)

    def unsupported(self, reason: str, *, hint: str | None = None, **fields: Any) -> ConvError:
        """The error of a layer that the framework computes and convcli does not."""
        rule = f"convcli does not compute this {{call}}: {reason}"
        fields = {"call": self.call, **fields}
        return ConvError("framework.unsupported", rule, parameter="LAYER", hint=hint, fields=fields)

    def wrong(self, name: str, rule: str, hint: str | None = None) -> ConvError:
        """The error of an argument that has no meaning: `rule` begins with must."""
        fields = {"call": self.call, "argument": name, "value": self.values.get(name)}
        full = f"{{argument}} of {{call}} {rule}, and it is {{value!r}}"
        return ConvError("framework.argument", full, parameter="LAYER", hint=hint, fields=fields)

    def word(self, name: str, choices: Sequence[str], *, any_case: bool = False) -> str:
        """The choice that an argument names. Raises ConvError where it names none."""
        value = self.values.get(name)
        if isinstance(value, str):
            for choice in choices:
                if value == choice or (any_case and value.lower() == choice.lower()):
                    return choice
        hint = did_you_mean(value, choices) if isinstance(value, str) else None
        raise self.wrong(name, f"must be {_either(choices)}", hint)

    def flag(self, name: str, default: bool = False) -> bool:
        """True or False, or 1 and 0. Raises ConvError for other values."""
        value = self.get(name, default)
        if isinstance(value, (bool, int)) and value in (0, 1):
            return bool(value)
        raise self.wrong(name, "must be True or False")

    def integer(self, name: str, least: int = 1) -> int:
        """An integer. Raises ConvError where it is none, or less than `least`."""
        try:
            return integer(name, self.values.get(name), least)
        except ConvError:
            raise self.wrong(name, f"must be an integer of at least {least}") from None

    def integers(self, name: str, least: int | None = 1) -> int | tuple[int, ...]:
        """An integer, or a tuple of them. Raises ConvError where it is none, or less."""
        value = self.values.get(name)
        listed = value if isinstance(value, (tuple, list)) else (value,)
        lowest = -(2**62) if least is None else least
        try:
            numbers = tuple(integer(name, one, lowest) for one in listed)
        except ConvError:
            at_least = "" if least is None else f" of at least {least}"
            raise self.wrong(name, f"must be an integer{at_least}, or a tuple of them") from None
        if not numbers:
            raise self.wrong(name, "must not be empty")
        return numbers if isinstance(value, (tuple, list)) else numbers[0]

    def spatial(
        self, name: str, rank: int, *, least: int = 1, channels_last: bool = True
    ) -> tuple[int, ...]:
        """One integer a spatial axis; batch and channels, where they are written, must be 1.

        One number stands for all axes.
        """
        numbers = self.integers(name, least)
        if isinstance(numbers, int):
            return (numbers,) * rank
        if len(numbers) == 1:
            return numbers * rank
        if len(numbers) == rank + 2:
            spatial = numbers[1:-1] if channels_last else numbers[2:]
            beside = (numbers[0], numbers[-1]) if channels_last else numbers[:2]
            if beside != (1, 1):
                reason = "{name} of the batch and of the channels must be 1"
                raise self.refused(reason, name=name)
            return spatial
        if len(numbers) == rank:
            return numbers
        raise self.wrong(name, f"must be an integer, or {rank} of them")

    def per_axis(self, name: str, rank: int, *, least: int = 1) -> tuple[int, ...]:
        """One integer a spatial axis. Raises ConvError where there are more or fewer."""
        numbers = self.integers(name, least)
        if isinstance(numbers, int):
            return (numbers,) * rank
        if len(numbers) not in (1, rank):
            raise self.wrong(name, f"must be an integer, or {rank} of them")
        return numbers * rank if len(numbers) == 1 else numbers

    def pairs(self, name: str, rank: int | None = None, *, least: int | None = 0) -> list[Ends]:
        """(before, after) of each axis. Raises ConvError where they are no pairs of integers."""
        value: Any = self.values.get(name) or ()
        pairs: list[Ends] = []
        lowest = -(2**62) if least is None else least
        try:
            for before, after in value:
                pairs.append((integer(name, before, lowest), integer(name, after, lowest)))
        except (TypeError, ValueError):
            raise self.wrong(name, "must be pairs of integers, (before, after)") from None
        if not pairs:
            raise self.wrong(name, "must not be empty")
        if rank is not None and len(pairs) != rank:
            raise self.wrong(name, f"must be {rank} pairs, (before, after) of each axis")
        return pairs

    def count(self, name: str) -> int | None:
        """How many items an argument lists; None where it is no list."""
        value = self.values.get(name)
        return len(value) if isinstance(value, (tuple, list)) else None

    def rank_of(self, *names: str, beside: int = 0) -> int | None:
        """The number of axes that the first of these arguments that is a tuple has.

        `beside` is how many axes of batch and channels it may list too. None where none says.
        """
        for name in names:
            value = self.values.get(name)
            if isinstance(value, (tuple, list)):
                count = len(value)
                return count - beside if count > 2 and beside and count - beside > 0 else count
        return None


def _either(words: Sequence[str]) -> str:
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
