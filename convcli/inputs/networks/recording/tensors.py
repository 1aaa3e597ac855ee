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


def integers_of(tensor: Any, *, is_mask: bool = False) -> list[int] | None:
    """The integers of a tensor of one axis, or the places where a mask of one is true.

    With `is_mask` 0 or 1 for each cell. None where it has no numbers, or others.
    """
    from torch._subclasses.fake_tensor import FakeTensor, unset_fake_temporarily

    if isinstance(tensor, FakeTensor) or (not is_mask and tensor.dim() != 1):
        return None
    if tensor.is_floating_point() or tensor.is_complex():
        return None
    with unset_fake_temporarily():
        numbers = tensor.reshape(-1).tolist()
    if is_mask:
        return [int(bool(number)) for number in numbers]
    if numbers and isinstance(numbers[0], bool):
        return [at for at, is_true in enumerate(numbers) if is_true]
    return [int(number) for number in numbers]
