"""Arrays of Zarr stores, found by their path or their level."""

from __future__ import annotations

import hashlib
from math import prod
from typing import Any

import numpy as np

from convcli.errors import ConvError
from convcli.inputs.files.stores.axes import known_names, requested_axes, require_same_names
from convcli.inputs.files.stores.nodes import (
    Node,
    find_node,
    member_names,
    open_store,
)
from convcli.inputs.files.stores.ome import Image, image_of
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.requests import Request
from convcli.inputs.files.stores.sources import KEYS, Stored
from convcli.inputs.files.stores.zarr_metadata import refusal
from convcli.inputs.files.stores.zarr_reader import ZarrArray, opened_array, plain_or_none

NUMERIC_KINDS = "biufc"


def find_array(place: StorePlace, request: Request) -> Stored:
    """The array that a place names: itself, a level of an image, or the only one of a group.

    Raises ConvError where there is none or it is not clear which, and what its metadata breaks.
    """
    store = open_store(place)
    node, image, level = _resolved(store, place, request)
    metadata = node.array
    if metadata is None:
        raise refusal("store.format", node.place, "is a group, not an array")
    array = opened_array(store, node)
    names = image.names if image is not None else metadata.names
    if image is None:
        names = known_names(names, len(metadata.shape))
    elif request.axes is not None:
        require_same_names(request.axes, image.names)
    axes = requested_axes(request.axes, names, metadata.shape, request.rank)
    axes = axes if image is None else axes._replace(names=image.names)
    chunk, unit = (
        tuple(max(min(n, size), 1) for n, size in zip(part, metadata.shape, strict=True))
        for part in (metadata.chunk, metadata.unit)
    )
    return Stored(
        node.place, __name__, axes.of_layer(metadata.shape), axes.of_layer(chunk),
        axes.of_layer(unit), _number_type(array, node.place), axes, request.fill, node.format,
        metadata.packing, image, level, fill_value=array.fill_value, told=_told(node, array),
        named=names is not None or request.axes is not None,
        unpacked=prod(metadata.chunk) * array.dtype.itemsize,
        plain=plain_or_none(node.place, array),
    )  # fmt: skip


def _told(node: Node, array: Any) -> tuple[tuple[str, Any], ...]:
    """What identifies the content: its metadata, and how its objects are named."""
    key = array.metadata.encode_chunk_key((0,) * len(array.shape))
    lead, _, rest = key.partition("0")
    digest = hashlib.sha256(node.document).hexdigest()
    return ("metadata", digest), (KEYS, f"{lead}|{rest.partition('0')[0]}")


def _resolved(store: Any, place: StorePlace, request: Request) -> tuple[Node, Image | None, int]:
    """The array, the image that it is a level of, and the number of that level."""
    node = find_node(store, place)
    if node is None:
        rule = "holds no Zarr array and no group"
        around = place._replace(inner=place.inner.rpartition("/")[0])
        raise refusal("store.missing_array", place, rule, hint=_hint_of_members(store, around))
    if node.array is not None:
        return _level_of_parent(store, node, request)
    image = image_of(node.attributes, place)
    if image is None:
        return _only_array(store, node, request), None, 0
    level = request.level or 0
    if not 0 <= level < len(image.levels):
        rule = f"must be 0 to {len(image.levels) - 1}, the levels of the image"
        raise ConvError("level.range", rule, parameter="level", got=level)
    found = find_node(store, place.at(image.levels[level].path))
    if found is None or found.array is None:
        rule = f"has no array at {{path!r}}, its level {level}"
        fields = {"path": image.levels[level].path}
        raise refusal("store.missing_array", place, rule, fields=fields)
    return _checked(found, image), image, level


def _checked(node: Node, image: Image) -> Node:
    if node.array is not None and len(node.array.shape) != len(image.axes):
        rule = f"has {len(node.array.shape)} axes, but the image names {len(image.axes)}"
        raise refusal("ome.metadata", node.place, rule)
    return node


def _level_of_parent(store: Any, node: Node, request: Request) -> tuple[Node, Image | None, int]:
    """An array that the path names: its group may say that it is a level of an image."""
    group, _, name = node.place.inner.rpartition("/")
    parent = find_node(store, node.place._replace(inner=group)) if node.place.inner else None
    image = None if parent is None else _image_of_parent(parent)
    level = None if image is None else image.level_of(name)
    if image is not None and level is not None:
        if request.level not in (None, level):
            rule = f"contradicts the path, which names level {level}"
            raise ConvError("level.path", rule, parameter="level", got=request.level)
        return _checked(node, image), image, level
    if request.level is not None:
        rule = "needs an OME-Zarr image: this array is no level of one"
        raise ConvError("level.image", rule, parameter="level", got=request.level)
    return node, None, 0


def _image_of_parent(parent: Node) -> Image | None:
    """The image of a group around an array; plates and the like say nothing of it."""
    inside = parent.attributes.get("ome")
    found = inside if isinstance(inside, dict) else parent.attributes
    return image_of(parent.attributes, parent.place) if "multiscales" in found else None


def _only_array(store: Any, group: Node, request: Request) -> Node:
    if request.level is not None:
        rule = "needs an OME-Zarr image: the group describes none"
        raise ConvError("level.image", rule, parameter="level", got=request.level)
    nodes = [find_node(store, group.place.at(name)) for name in member_names(store, group.place)]
    arrays = [node for node in nodes if node is not None and node.array is not None]
    if len(arrays) == 1:
        request.note(f"{arrays[0].place.text}: the only array of the group is read")
        return arrays[0]
    hint = _hint_of_members(store, group.place)
    rule = "is a group of several arrays" if arrays else "is a group without an array of its own"
    raise refusal("store.missing_array", group.place, rule, hint=hint)


def _hint_of_members(store: Any, place: StorePlace) -> str | None:
    try:
        names = member_names(store, place, 6)
    except Exception:  # a store that cannot be listed has no hint
        return None
    return f"In it: {', '.join(place.at(name).text for name in names)}." if names else None


def _number_type(array: Any, place: StorePlace) -> np.dtype[Any]:
    dtype = array.dtype
    if not isinstance(dtype, np.dtype) or dtype.kind not in NUMERIC_KINDS:
        rule = f"holds {dtype}; integers, floats and complex numbers can be read"
        raise refusal("store.dtype", place, rule)
    return dtype


def open_array(stored: Stored) -> ZarrArray:
    """The array, to be read box by box."""
    return ZarrArray(stored)
