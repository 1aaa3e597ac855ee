"""The signature of an operator of another framework, as its documentation writes it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcli.inputs.frameworks.arguments import Arguments
    from convcli.inputs.frameworks.layers import ForeignLayer

COMMON = frozenset(("name", "dtype", "note"))  # no framework computes with them


@dataclass(frozen=True)
class Signature:
    """The parameters of an operator in their order.

    `arrays` are X, W and the bias, which a call in code names and a LAYER may leave out; `ignored`
    change neither shapes nor numbers. Both may be any expression. A parameter without a default is
    required.
    """

    parameters: tuple[str, ...]
    defaults: Mapping[str, Any]
    arrays: frozenset[str]
    ignored: frozenset[str]
    keyword_only: int


def signature_of(text: str) -> Signature:
    """The signature of a text: `x*` is an array, `name~` is ignored, `*` starts the keyword-only.

    >>> signature_of("input* strides padding='SAME' name~").defaults
    {'padding': 'SAME'}
    """
    parameters: list[str] = []
    defaults: dict[str, Any] = {}
    marked: dict[str, set[str]] = {"*": set(), "~": set()}
    keyword_only = None
    for word in text.split():
        if word == "*":
            keyword_only = len(parameters)
            continue
        name, equals, default = word.partition("=")
        if equals:
            defaults[name] = ast.literal_eval(default)
        elif name[-1] in marked:
            marked[name[-1]].add(name[:-1])
            name = name[:-1]
        parameters.append(name)
    count = len(parameters) if keyword_only is None else keyword_only
    return Signature(
        tuple(parameters), defaults, frozenset(marked["*"]), frozenset(marked["~"]), count
    )


@dataclass(frozen=True)
class Operator:
    """An operator: its signature as a text, and what makes a layer of its arguments."""

    text: str
    read: Callable[[Arguments], ForeignLayer]

    @cached_property
    def signature(self) -> Signature:
        """The signature, read when it is needed."""
        return signature_of(self.text)
