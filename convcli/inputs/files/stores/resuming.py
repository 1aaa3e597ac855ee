"""Whether a stored result was begun by the same request; if not, what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.stores.fingerprints import differences
from convcli.inputs.files.stores.places import StorePlace

# In the order in which they are told. Those that are hashes have no values.
NAMES = {
    "layer.transposed": "whether the layer is transposed",
    "layer.axes": "the spatial axes of the layer",
    "layer.in_channels": "in_channels",
    "layer.out_channels": "out_channels",
    "layer.groups": "groups",
    "layer.padding_mode": "padding_mode",
    "weight": "the numbers of the weights",
    "bias": "the numbers of the bias",
    "input.path": "the path of X",
    "input.shape": "the shape of X",
    "input.dtype": "the type of X",
    "input.axes": "the axes of X",
    "input.numbers": "the numbers of X",
    "input.metadata": "the metadata of X",
    "input.changed": "the sizes, ETags or times of change of the chunks of X",
    "input.newest": "the newest chunk of X",
    "input.missing": "what becomes of missing chunks of X",
    "output.format": "the Zarr format of Y",
    "output.shape": "the shape of Y",
    "output.dtype": "the type of Y",
    "output.chunks": "the chunks of Y",
    "output.shards": "the shards of Y",
    "output.levels": "the levels of Y",
}
AXIS = ("kernel_size", "stride", "dilation", "padding", "output_padding")
LONGEST = 64  # characters of a value that is not a hash


def require_same(place: StorePlace, was: Any, now: Mapping[str, Any]) -> None:
    """Raises ConvError where the store was begun by another request, and says what differs.

    `was` is the record in its attributes, `now` that of this request.
    """
    if not isinstance(was, Mapping):
        rule = "was not made by convcli, or says nothing of how"
        raise ConvError("resume.record", rule, parameter="resume", got=place.text)
    found = list(differences(was, now))
    if not found:
        return
    key, before, after = found[0]
    texts = {f"difference{number}": text for number, text in enumerate(told(found))}
    rule = "cannot go on: {store} was begun by another request. What differs: " + "; ".join(
        f"{{{name}}}" for name in texts
    )
    hint = "Repeat the first request, or start anew with `force`."
    fields = {
        **texts, "store": place.text,
        "names": ", ".join(name for name, _, _ in found), "key": key, "before": str(before),
        "after": str(after),
    }  # fmt: skip
    raise ConvError("resume.differs", rule, parameter="resume", hint=hint, fields=fields)


def told(found: list[tuple[str, Any, Any]]) -> Iterator[str]:
    """What differs, with the values of then and now.

    >>> list(told([("output.chunks", [10, 10], [20, 20]), ("weight", "3a" * 32, "b7" * 32)]))
    ['the numbers of the weights', 'the chunks of Y (10x10 then, 20x20 now)']
    """
    places = {key: place for place, key in enumerate(NAMES)}
    for key, before, after in sorted(found, key=lambda each: places.get(each[0], len(places))):
        if key == "layer.axes" and len(before or ()) == len(after):
            yield from _of_axes(before, after)
        else:
            yield _line(NAMES.get(key, key), _value(key, before), _value(key, after))


def _of_axes(before: list[list[int]], after: list[list[int]]) -> Iterator[str]:
    """The hyper-parameters that differ on some axis."""
    for name in AXIS:
        then, now = (",".join(_on_axis(axis, name) for axis in axes) for axes in (before, after))
        if then != now:
            yield _line(name, then, now)


def _on_axis(axis: list[int], name: str) -> str:
    kernel_size, stride, dilation, before, after, output_padding = axis
    padding = before if before == after else f"{before}:{after}"
    values = dict(zip(AXIS, (kernel_size, stride, dilation, padding, output_padding), strict=True))
    return str(values[name])


def _line(name: str, then: str, now: str) -> str:
    return f"{name} ({then} then, {now} now)" if then and now else name


def _value(key: str, value: Any) -> str:
    """A value as a person writes it; nothing for a hash."""
    if key == "layer.axes":
        return f"{len(value or ())} axes"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        is_shape = all(isinstance(each, int) for each in value)
        return str(Shape(value)) if is_shape else ",".join(map(str, value))
    if key.endswith(".dtype"):
        return str(np.dtype(value))
    is_hash = isinstance(value, str) and len(value) >= LONGEST and key != "input.path"
    return "" if is_hash else str(value)
