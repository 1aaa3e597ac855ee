"""What a module is called on: a tensor for each SHAPE, by its place or by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter, signature
from itertools import product
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, reason_of
from convcli.inputs.networks.shapes_of_inputs import NamedShapes

FLOAT, INTEGER, TRUTH = "float", "int64", "bool"
_MOST_TYPED = 5  # inputs whose types are tried one by one
_BOUND = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
_CONTAINERS = ("dict", "mapping", "list", "tuple", "sequence", "nestedtensor")
WRAP = (
    "Write a module that takes a tensor for each SHAPE and makes of them what the other takes, "
    "like: def forward(self, x, mask): return self.net({'x': x, 'mask': mask})."
)


class Input(NamedTuple):
    """One tensor that a module is called on: the name of its parameter, its shape, its type."""

    name: str
    shape: Shape
    is_named: bool = False
    type: str = FLOAT


def inputs_of(module: Any, shapes: NamedShapes) -> list[Input]:
    """The inputs of forward() for SHAPEs, in their order.

    Raises ConvError where forward() takes others, or more.
    """
    parameters = _parameters(module)
    if parameters is None:
        return [
            Input(name or f"input{at}", shape, name is not None)
            for at, (name, shape) in enumerate(shapes, 1)
        ]
    by_place = [one.name for one in parameters if one.kind is not Parameter.KEYWORD_ONLY]
    known = [one.name for one in parameters]
    found: list[Input] = []
    for at, (name, shape) in enumerate(shapes):
        taken = [one.name for one in found]
        own = name or (by_place[at] if at < len(by_place) else "")
        if own not in known or own in taken:
            rule = "the inputs of the module are {names}, and each has one shape"
            fields = {"names": ", ".join(known)}
            raise ConvError("input.name", rule, parameter="SHAPE", got=shape, fields=fields)
        found.append(Input(own, shape, name is not None))
    _check_complete(parameters, found)
    return found


def _parameters(module: Any) -> list[Parameter] | None:
    """The parameters of forward(); None where it takes any number, or does not say."""
    try:
        parameters = list(signature(module.forward).parameters.values())
    except (TypeError, ValueError):
        return None
    return parameters if all(one.kind in _BOUND for one in parameters) else None


def _check_complete(parameters: Sequence[Parameter], found: Sequence[Input]) -> None:
    """Raises ConvError where an input without a default is missing."""
    taken = [one.name for one in found]
    needed = [one.name for one in parameters if one.default is Parameter.empty]
    missing = next((name for name in needed if name not in taken), None)
    if missing is None:
        return
    rule = "forward() takes {count} inputs, and the shape of {name!r} is missing"
    hint = "Name it: " + " ".join(f"{{name{at}}}=SHAPE" for at in range(len(needed))) + "."
    fields = {"count": len(needed), "name": missing}
    fields |= {f"name{at}": one for at, one in enumerate(needed)}
    raise ConvError("input.missing", rule, parameter="SHAPE", hint=hint, fields=fields)


def takes_containers(module: Any) -> bool:
    """Whether forward() says that it takes a dict, a list or a tuple."""
    words = [str(one.annotation).lower() for one in _parameters(module) or ()]
    return any(kind in word for word in words for kind in _CONTAINERS)


def is_of_container(error: BaseException) -> bool:
    """Whether code took a tensor for a dict, a list or a tuple."""
    words = ("indices", "has no attribute 'keys'", "has no attribute 'items'", "not enough values",
             "too many values", "has no attribute 'get'", "NestedTensor")  # fmt: skip
    return isinstance(error, (TypeError, AttributeError, IndexError, ValueError)) and any(
        word in reason_of(error) for word in words
    )


def types_tried(count: int) -> Iterator[tuple[str, ...]]:
    """The types of several inputs that may be right where not all are floats, the likely first."""
    if count > _MOST_TYPED:
        yield (INTEGER,) * count
        return
    every = product((FLOAT, INTEGER, TRUTH), repeat=count)
    choices = [one for one in every if {*one} != {FLOAT}]
    yield from sorted(choices, key=lambda one: (one.count(TRUTH), -one.count(FLOAT)))


def said_types(inputs: Sequence[Input]) -> str | None:
    """What to say of inputs that are no floats."""
    others = [one for one in inputs if one.type in (INTEGER, TRUTH)]
    if not others:
        return None
    if len(inputs) == 1 and others[0].type == INTEGER:
        return "The module takes integers: it ran on int64."
    named = ", ".join(f"{one.name} {one.type}" for one in others)
    return f"The module takes inputs that are no floats: it ran on {named}."


def called_with(
    inputs: Sequence[Input], tensors: Sequence[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The tensors as arguments of a call: by place, then by name."""
    pairs = list(zip(inputs, tensors, strict=True))
    named: Mapping[str, Any] = {one.name: tensor for one, tensor in pairs if one.is_named}
    return [tensor for one, tensor in pairs if not one.is_named], dict(named)
