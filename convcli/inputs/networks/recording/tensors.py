"""Tensors in what modules take and return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def storage_of(tensor: Any) -> int | None:
    """The memory of a tensor, which its views share; None where it has none."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError, AttributeError, ValueError):
        return None


def tensors_in(torch: Any, value: Any) -> Iterator[Any]:
    """The tensors in a tensor, or in a tuple, list, dict or dataclass of them, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from tensors_in(torch, one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(torch, one)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from tensors_in(torch, getattr(value, name, None))
