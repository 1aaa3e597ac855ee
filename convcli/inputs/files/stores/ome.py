"""OME-Zarr: the axes, the levels and the coordinates of an image, and those of a layer's result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.files.stores.axes import StoredAxes
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.zarr_metadata import refusal

BEFORE_AXES = ("t", "c", "z", "y", "x")  # of versions that do not name them
TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
VERSIONS = {2: "0.4", 3: "0.5"}  # that are written, by the format of Zarr
MOST_LEVELS = 64
LARGEST = 1e200  # of a scale or a translation, which strides and levels multiply


class Level(NamedTuple):
    """An array of an image: where it is, and the position of index i, translation + scale*i."""

    path: str
    scale: tuple[float, ...]
    translation: tuple[float, ...]


class Image(NamedTuple):
    """A multiscale image. `shared` are transformations of all levels, which follow their own."""

    name: str | None
    axes: tuple[Mapping[str, Any], ...]
    levels: tuple[Level, ...]
    shared: tuple[Mapping[str, Any], ...] = ()
    omero: Mapping[str, Any] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(str(axis["name"]) for axis in self.axes)

    def level_of(self, path: str) -> int | None:
        """The number of the level at a path, None where there is none."""
        return next((i for i, level in enumerate(self.levels) if level.path == path), None)


def image_of(attributes: Mapping[str, Any], place: StorePlace) -> Image | None:
    """The first image that the attributes of a group describe, None where they describe none.

    Raises ConvError where they are damaged, or describe a plate of images.
    """
    inside = attributes.get("ome")
    found = inside if isinstance(inside, dict) else attributes
    if "multiscales" not in found:
        for key, what in (("plate", "a plate of images"), ("well", "a well of images")):
            if key in found:
                hint = "Name an image in it, like X.zarr/A/1/0."
                raise refusal("ome.image", place, f"is {what}, not an image", hint=hint)
        if "bioformats2raw.layout" in found:
            hint = "Name one of them, like X.zarr/0."
            raise refusal("ome.image", place, "is a series of images, not an image", hint=hint)
        return None
    scales = found["multiscales"]
    if not isinstance(scales, list) or not scales or not isinstance(scales[0], dict):
        raise _damaged(place, "multiscales")
    omero = found.get("omero")
    return _image(scales[0], omero if isinstance(omero, dict) else None, place)


def _image(scales: Mapping[str, Any], omero: Any, place: StorePlace) -> Image:
    listed = scales.get("datasets")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_LEVELS:
        raise _damaged(place, "datasets")
    axes = scales.get("axes", [{"name": name} for name in BEFORE_AXES])
    if not isinstance(axes, list):
        raise _damaged(place, "axes")
    axes = [{"name": axis} if isinstance(axis, str) else axis for axis in axes]
    if not all(isinstance(axis, dict) and isinstance(axis.get("name"), str) for axis in axes):
        raise _damaged(place, "axes")
    if len({axis["name"] for axis in axes}) < len(axes) or not is_json(axes):
        raise _damaged(place, "axes")
    levels = tuple(_level(each, len(axes), place) for each in listed)
    shared = scales.get("coordinateTransformations") or []
    are_objects = isinstance(shared, list) and all(isinstance(each, dict) for each in shared)
    if not are_objects or not is_json(shared):
        raise _damaged(place, "coordinateTransformations")
    name = scales.get("name")
    return Image(name if isinstance(name, str) else None, tuple(axes), levels, tuple(shared), omero)


def _level(entry: Any, count: int, place: StorePlace) -> Level:
    path = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(path, str) or any(part in ("", ".", "..") for part in path.split("/")):
        raise _damaged(place, "path")
    scale, translation = [1.0] * count, [0.0] * count
    steps = entry.get("coordinateTransformations") or []
    if not isinstance(steps, list):
        raise _damaged(place, "coordinateTransformations")
    for step in steps:
        kind = step.get("type") if isinstance(step, dict) else None
        if kind == "identity":
            continue
        numbers = step.get(kind) if kind in ("scale", "translation") else None
        if numbers is None or not _are_numbers(numbers, count):
            raise _damaged(place, "coordinateTransformations")
        if kind == "scale":
            scale = [a * b for a, b in zip(scale, numbers, strict=True)]
            translation = [a * b for a, b in zip(translation, numbers, strict=True)]
        else:
            translation = [a + b for a, b in zip(translation, numbers, strict=True)]
    if not all(abs(number) <= LARGEST for number in (*scale, *translation)):
        raise _damaged(place, "coordinateTransformations")
    return Level(path, tuple(scale), tuple(translation))


def is_json(value: Any) -> bool:
    """Whether JSON has the value: Python reads NaN and Infinity too, which JSON has not.

    >>> is_json({"end": 255.0}), is_json({"end": float("nan")})
    (True, False)
    """
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _are_numbers(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in value)
        and all(abs(n) < 1e300 and isfinite(n) for n in value)
    )


def _damaged(place: StorePlace, key: str) -> ConvError:
    rule = f"has OME metadata whose {key} cannot be used"
    return refusal("ome.metadata", place, rule)


def moved(axis: Axis, scale: float, translation: float, transposed: bool) -> tuple[float, float]:
    """The scale and the translation of the output of an axis, at the centres of its windows.

        convolution:  scale*stride,  translation + scale*((extent - 1)/2 - before)
        transposed:   scale/stride,  translation + scale/stride*(before - (extent - 1)/2)

    Output o of a convolution is centred on cell o*stride - before + (extent - 1)/2; cell i of a
    transposed one is stamped around output i*stride - before + (extent - 1)/2.

    >>> from convcli.engine.geometry.padding import Pad
    >>> moved(Axis(3, stride=2, pad=Pad(1, 1)), 0.5, 0.0, False)
    (1.0, 0.0)
    >>> moved(Axis(2, stride=2), 1.0, 0.0, True)
    (0.5, -0.25)
    """
    middle = (axis.extent - 1) / 2 - axis.pad.before
    if transposed:
        step = scale / axis.stride
        return step, translation - step * middle
    return scale * axis.stride, translation + scale * middle


def output_image(
    image: Image | None,
    level: int,
    axes: StoredAxes,
    spec: ConvSpec,
    levels: int,
    *,
    channels_stay: bool,
) -> Image:
    """The image of a layer's result, with so many levels, each of the mean of two cells an axis.

    `axes` are those of the stored result. Without an image of the input, cells have the size 1.
    """
    described = _axes_out(image, axes)
    old = image.levels[level] if image is not None else None
    scale, translation = [1.0] * len(axes.names), [0.0] * len(axes.names)
    if old is not None and image is not None:
        for axis, name in enumerate(axes.names):
            if name in image.names:
                at = image.names.index(name)
                scale[axis], translation[axis] = old.scale[at], old.translation[at]
    for place, own in zip(axes.spatial, spec.axes, strict=True):
        scale[place], translation[place] = moved(
            own, scale[place], translation[place], spec.transposed
        )
    made = []
    for number in range(levels):
        made.append(Level(str(number), tuple(scale), tuple(translation)))
        for place in axes.spatial:
            translation[place] += scale[place] / 2
            scale[place] *= 2
    omero = image.omero if image is not None and channels_stay else None
    omero = omero if is_json(omero) else None
    shared = image.shared if image is not None and len(image.axes) == len(described) else ()
    return Image(image.name if image is not None else None, described, tuple(made), shared, omero)


def _axes_out(image: Image | None, axes: StoredAxes) -> tuple[Mapping[str, Any], ...]:
    known = {} if image is None else {str(axis["name"]): axis for axis in image.axes}
    return tuple(
        known.get(name) or {"name": name, **({"type": TYPES[name]} if name in TYPES else {})}
        for name in axes.names
    )


def ome_attributes(image: Image, format: int) -> dict[str, Any]:
    """The attributes of a group that describe an image: OME-Zarr 0.4 in format 2, 0.5 in 3."""
    scales: dict[str, Any] = {} if image.name is None else {"name": image.name}
    if format == 2:
        scales["version"] = VERSIONS[2]
    scales["axes"] = [dict(axis) for axis in image.axes]
    scales["datasets"] = [
        {
            "path": level.path,
            "coordinateTransformations": [
                {"type": "scale", "scale": list(level.scale)},
                {"type": "translation", "translation": list(level.translation)},
            ],
        }
        for level in image.levels
    ]
    if image.shared:
        scales["coordinateTransformations"] = [dict(each) for each in image.shared]
    if len(image.levels) > 1:
        scales["type"] = "mean"
    found: dict[str, Any] = {"multiscales": [scales]}
    if image.omero is not None:
        found["omero"] = dict(image.omero)
    return found if format == 2 else {"ome": {"version": VERSIONS[3], **found}}


def space_names(image: Image) -> Sequence[str]:
    """The names of the axes of space, where the metadata says which these are."""
    return [str(axis["name"]) for axis in image.axes if axis.get("type") == "space"]
