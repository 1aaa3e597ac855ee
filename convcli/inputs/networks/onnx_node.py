"""One node of an ONNX graph, with what is known of its inputs without running it."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.errors import ConvError
from convcli.inputs.networks.parsed import Parsed, Trace

LATEST_OPSET = 1_000  # where a graph does not say: the newest meaning of every operator

Dims = tuple[int, ...]


def names_in(text: str) -> frozenset[str]:
    """The words of a text.

    >>> sorted(names_in("Relu Add"))
    ['Add', 'Relu']
    """
    return frozenset(text.split())


class OnnxNode(NamedTuple):
    """One node: its operator, its attributes, and what the graph says of each of its inputs.

    `names` has "" for an optional input that is left out. `computed` marks inputs that depend on
    the network's input. `dims` holds the shapes of constants, `weights` those of constants that are
    learnt, `values` the numbers of small ones. `trace` holds the shapes of input and output, None
    where onnx cannot infer them. The opset decides what some operators mean.
    """

    kind: str
    attributes: Mapping[str, Any] = {}
    names: Sequence[str] = ()
    computed: Sequence[bool] = ()
    dims: Sequence[Dims | None] = ()
    weights: Sequence[Dims | None] = ()
    values: Sequence[Sequence[float] | None] = ()
    trace: Trace | None = None
    opset: int = LATEST_OPSET

    def has(self, at: int) -> bool:
        """Whether input `at` is there: an optional one may be left out."""
        return at < len(self.names) and self.names[at] != ""

    def computed_at(self, at: int) -> bool:
        """Whether input `at` depends on the network's input."""
        before = sum(name != "" for name in self.names[:at])
        return self.has(at) and before < len(self.computed) and self.computed[before]

    def dim(self, at: int) -> Dims | None:
        """The shape of input `at`; None where it is left out, or unknown."""
        return self.dims[at] if self.has(at) and at < len(self.dims) else None

    def weight(self, at: int) -> Dims | None:
        """The shape of input `at` where it is learnt."""
        return self.weights[at] if at < len(self.weights) else None

    def value(self, at: int) -> Sequence[float] | None:
        """The numbers of input `at` where it is a small constant."""
        return self.values[at] if at < len(self.values) else None

    def integer(self, attribute: str, default: int) -> int:
        """An attribute of one integer; raises ConvError where the graph has something else."""
        number = self.attributes.get(attribute, default)
        if not isinstance(number, int):
            raise self._wrong(attribute, "an integer")
        return number

    def integers(self, attribute: str) -> tuple[int, ...] | None:
        """An attribute of integers, None without it or where there are none.

        Raises ConvError where the graph has something else.
        """
        numbers = self.attributes.get(attribute)
        if not numbers:
            return None
        if not isinstance(numbers, (list, tuple)) or not all(type(n) is int for n in numbers):
            raise self._wrong(attribute, "integers")
        return tuple(numbers)

    def per_axis(self, attribute: str, rank: int, default: int) -> tuple[int, ...]:
        """An attribute of `rank` integers; raises ConvError where the graph has more or fewer."""
        numbers = self.integers(attribute) or (default,) * rank
        if len(numbers) != rank:
            raise self._wrong(attribute, f"{rank} numbers")
        return numbers

    def _wrong(self, attribute: str, rule: str) -> ConvError:
        got = reprlib.repr(self.attributes.get(attribute))
        rule = f"the attribute {attribute} of {{kind}} must be {rule}, not {{got}}"
        return ConvError("layers.onnx", rule, fields={"kind": self.kind, "got": got}, kind="data")

    def word(self, attribute: str, default: str) -> str:
        """An attribute that is a text."""
        value = self.attributes.get(attribute, default)
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)

    @property
    def learnt(self) -> int:
        """The numbers of all learnt inputs; a single number is taken for a constant."""
        return sum(prod(weight) for weight in self.weights if weight and prod(weight) > 1)


Reader = Callable[[OnnxNode], Parsed | None]
"""Makes the layer of a node; None where it cannot be told what the node reads."""
