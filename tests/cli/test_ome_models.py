"""What run writes as OME-Zarr, judged by ome-zarr-models, which checks the specification."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

zarr = pytest.importorskip("zarr", "3.1.3")
pytest.importorskip("ome_zarr_models")
pytestmark = pytest.mark.filterwarnings("ignore")

AXES = [
    {"name": "t", "type": "time", "unit": "second"},
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]


def image(path: Path, form: int, names: str) -> None:
    """An image of two levels."""
    axes = [axis for axis in AXES if axis["name"] in names]
    shape = tuple({"t": 2, "c": 3, "z": 8, "y": 20, "x": 24}[name] for name in names)
    array = np.random.default_rng(0).integers(1, 99, shape).astype("u2")
    scale = [1.0 if name in "tc" else 0.5 for name in names]
    at = "coordinateTransformations"
    levels = [
        {"path": str(n), at: [{"type": "scale", "scale": [s * 2**n for s in scale]}]}
        for n in (0, 1)
    ]
    scales: dict[str, Any] = {"name": "cells", "axes": axes, "datasets": levels}
    attributes: dict[str, Any] = {"ome": {"version": "0.5", "multiscales": [scales]}}
    if form == 2:
        attributes = {"multiscales": [{**scales, "version": "0.4"}]}
    group = zarr.create_group(str(path), zarr_format=form, attributes=attributes)
    for name, values in (("0", array), ("1", array[..., ::2, ::2])):
        chunks = tuple(min(n, 8) for n in values.shape)
        named: dict[str, Any] = {"dimension_names": tuple(names)} if form == 3 else {}
        made = group.create_array(name, shape=values.shape, chunks=chunks, dtype="u2", **named)
        made[...] = values


def judged(path: Path, form: int) -> Any:
    """What the package reads of an image; it raises where it breaks the specification.

    Of version 0.4 its metadata alone: not every pydantic can build the model of the arrays.
    """
    group = zarr.open_group(str(path), mode="r")
    if form == 2:
        from ome_zarr_models.v04.image import ImageAttrs

        return ImageAttrs.model_validate(dict(group.attrs))
    from ome_zarr_models.v05 import Image

    return Image.from_zarr(group).attributes.ome


@pytest.mark.parametrize("form", [2, 3])
@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("zyx", ("conv3d", "ones:3x3x3", "-s", "2")),
        ("zyx", ("conv_transpose3d", "ones:2x2x2", "-s", "2", "--levels", "3")),
        ("tczyx", ("conv3d", "ones:3x1x3x3x3", "-g", "3", "-p", "1", "--levels", "2")),
        ("tczyx", ("conv2d", "ones:4x3x3x3", "-p", "1")),
        ("yx", ("conv2d", "ones:5x1x3x3", "--levels", "2")),
    ],
)
def test_the_result_is_an_image_as_the_specification_says(
    tmp_path: Path, convcli: Callable[..., Any], form: int, names: str, words: tuple[str, ...]
) -> None:
    image(tmp_path / "x.zarr", form, names)
    judged(tmp_path / "x.zarr", form)
    layer, *rest = words
    assert convcli("run", layer, tmp_path / "x.zarr", *rest, "-o", tmp_path / "y.zarr").status == 0
    told = judged(tmp_path / "y.zarr", form)
    levels = int(rest[-1]) if "--levels" in rest else 1
    assert [len(scales.datasets) for scales in told.multiscales] == [levels]
