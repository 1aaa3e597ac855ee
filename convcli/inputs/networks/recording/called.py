"""A call of an operation of torch: its arguments by name, and what is known of its tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.engine.network.atoms import Place
from convcli.inputs.networks.recording.tensors import integers_of

_MOST_SHOWN = 48  # characters of an argument in the text of an operation
# arguments that say nothing of what an operation reads or costs
_UNSAID = frozenset(
    ("dtype", "layout", "device", "pin_memory", "memory_format", "copy", "non_blocking", "train",
     "training", "implicit", "eps", "momentum", "cudnn_enabled", "generator", "alpha", "p")
)  # fmt: skip


class Fact(NamedTuple):
    """What is known of a tensor.

    `source` is the operation that made it, -1 for the input of the network, None where it does not
    depend on the input. `parameters` are those that it is made of alone, `owed` what that cost.
    """

    source: int | None
    place: Place
    parameters: frozenset[int] = frozenset()
    owed: frozenset[int] = frozenset()


class Called:
    """One call: `name` without the underscore of operations that work in place."""

    def __init__(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        schema = function._schema
        namespace, _, name = schema.name.partition("::")
        self.is_native = namespace in ("aten", "prims", "prim")
        self.is_of_vision = namespace == "torchvision"
        self.name = name if name.startswith("__") else name.rstrip("_")
        self.writes = schema.is_mutable
        self.is_pointwise = any(tag.name == "pointwise" for tag in function.tags)
        names = [argument.name for argument in schema.arguments]
        self.values = {one.name: one.default_value for one in schema.arguments}
        self.values |= dict(zip(names, arguments, strict=False)) | named
        self._defaults = {one.name: one.default_value for one in schema.arguments}
        self.tensors: list[Any] = []
        self._index: dict[str, list[int]] = {}
        for key, value in self.values.items():
            found = [len(self.tensors) + at for at, _ in enumerate(_tensors(value))]
            self._index[key] = found
            self.tensors += list(_tensors(value))
        self.facts: list[Fact] = []

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or the default where the operation has none of that name."""
        return self.values.get(name, default)

    def facts_of(self, name: str) -> list[Fact]:
        """What is known of the tensors of an argument."""
        return [self.facts[at] for at in self._index.get(name, [])]

    def place(self, name: str = "") -> Place:
        """The place of a tensor, that of the first argument by default."""
        return (self.facts_of(name) if name else self.facts)[0].place

    def numbers(self, name: str) -> list[int] | None:
        """The integers of a tensor of one axis; None where they are not known.

        A mask counts as the places where it is true.
        """
        found = self._index.get(name, [])
        if len(found) != 1 or (self.facts and self.facts[found[0]].source is not None):
            return None
        return integers_of(self.tensors[found[0]])

    def mask(self, name: str, rank: int) -> tuple[int, list[int] | None]:
        """The axis of an output along which a mask changes, and its numbers along it.

        None where they are not known, or where it changes along several axes.
        """
        tensor = self.tensors[self._index[name][0]]
        long = [axis for axis, size in enumerate(tensor.shape) if size > 1]
        if len(long) > 1:
            return 0, None
        flat = integers_of(tensor, is_mask=True)
        return (long[0] - tensor.dim() + rank if long else 0), flat

    def shape(self, name: str) -> Shape | None:
        """The shape of a tensor; None where the argument is none."""
        found = self._index.get(name, [])
        return Shape(self.tensors[found[0]].shape) if found else None

    def depends(self, name: str) -> bool:
        """Whether a tensor depends on the input of the network."""
        return any(fact.source is not None for fact in self.facts_of(name))

    @property
    def text(self) -> str:
        """The call for people: `max_pool2d(kernel_size=[3, 3])`, with the arguments that matter."""
        words = []
        for name, value in self.values.items():
            if name in _UNSAID or self._index[name] or value in (self._defaults[name], INT64_MAX):
                continue
            text = f"{name}={tuple(value) if isinstance(value, list) else value!r}"
            words.append(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")
        return f"{self.name}({', '.join(words)})"


def _tensors(value: Any) -> Iterator[Any]:
    if hasattr(value, "untyped_storage"):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
