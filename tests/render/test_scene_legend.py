"""Scales and legends of pictures: the colours that they name are those that are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.cli.commands.show.pictures import LARGEST
from convcli.render.scene_legend import legend_panel
from convcli.render.scene_panels import Bitmap, Box, Frame, TextLine, image_panel
from convcli.render.shades import Scale, is_padding
from convcli.report.film.moments import film
from convcli.report.film.planes import Framing


@pytest.mark.parametrize(("start", "signed"), [(10**6, False), (-(10**6), False), (-200, True)])
def test_the_scale_is_of_the_arrays_own_numbers(start: int, signed: bool) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2)
    x = start + np.arange(400).reshape(20, 20)
    plane = film(spec, x, np.ones((3, 3), int), None, framing=Framing(most=LARGEST)).scene(0).input
    scale = Scale.of([plane])
    ends = (-200, 200) if signed else (start, start + 399)
    assert (int(scale.low), int(scale.high), scale.signed) == (*ends, signed)
    assert len(np.unique(scale.shades(plane)[1:-1, 1:-1])) == 64


@pytest.mark.parametrize("mode", ["zeros", "reflect"])
@pytest.mark.parametrize("size", [5, 20])
def test_the_legend_has_the_colours_of_the_picture(size: int, mode: Any) -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=1, padding_mode=mode, dims=2
    )
    x, w = np.arange(size**2).reshape(size, size), np.ones((3, 3), int)
    scene = film(spec, x, w, None, framing=Framing(most=LARGEST)).scene(0, finished=True)
    scales = {"input": Scale.of([scene.input]), "output": Scale.of([scene.output])}
    images = scales if size > 16 else {}
    shapes = legend_panel(scene, images).shapes
    texts = [shape.text for shape in shapes if isinstance(shape, TextLine)]
    assert texts == ["window", "padding", "result", "padding in the window"]
    swatches = [shape.pixels for shape in shapes if isinstance(shape, Bitmap)]
    roles = [shape.role for shape in shapes if isinstance(shape, Box)]
    if images:
        drawn_shades = images["input"].shades(scene.input)[is_padding(scene.input)]
        assert set(swatches[0].ravel().tolist()) <= set(drawn_shades.tolist())
        assert swatches[0].shape == (1, 1 if mode == "zeros" else 7)
        assert [shape.kind for shape in shapes if isinstance(shape, Frame)] == ["window", "result"]
    else:
        assert (swatches, roles) == ([], ["window", "padding", "result", "window padding"])


@pytest.mark.parametrize(
    ("array", "texts"), [("ones:20x20", ["1"]), ("ones:20x20*1j", ["|x| = 1"])]
)
def test_a_constant_image_has_one_swatch(array: str, texts: list[str]) -> None:
    x = np.ones((20, 20), int if "j" not in array else complex)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=2)
    plane = film(spec, x, [[1]], None, framing=Framing(most=LARGEST)).scene(0).input
    panel = image_panel(plane, Scale.of([plane]), 4, None)
    notes = [each.text for each in panel.shapes if isinstance(each, TextLine)]
    assert [text for text in notes if text != plane.title] == texts
    image, swatch = (each for each in panel.shapes if isinstance(each, Bitmap))
    assert np.unique(image.pixels).tolist() == swatch.pixels.ravel().tolist()


def test_the_shades_of_complex_numbers_are_named() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=2)
    x = np.arange(400).reshape(20, 20) * 1j
    plane = film(spec, x, [[1]], None, framing=Framing(most=LARGEST)).scene(0).input
    panel = image_panel(plane, Scale.of([plane]), 4, None)
    assert "|x|" in [each.text for each in panel.shapes if isinstance(each, TextLine)]
