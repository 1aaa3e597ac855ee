"""Scenes agree with the tap tables and the worked sums: their numbers are the result's."""

from __future__ import annotations

import random

import numpy as np
import pytest

from convcli import ConvSpec, convolve
from convcli.render.scene_text import rest_lines
from convcli.report.film.moments import film
from convcli.report.film.planes import Framing
from convcli.report.film.scene import Plane
from tests.random_layers import random_layer


def cells(plane: Plane, *roles: str) -> dict[tuple[int, int], object]:
    """The values of the cells with one of these roles, by their place."""
    return {
        (plane.first[0] + y, plane.first[1] + x): cell.value
        for y, row in enumerate(plane.rows)
        for x, cell in enumerate(row)
        if cell.role in roles
    }


def test_scenes_of_random_layers_show_the_result() -> None:
    rng = random.Random(1)
    for _ in range(150):
        spec, x, w, b = random_layer(rng, dtype=np.int64)
        group = rng.randrange(spec.groups)
        out_channel = group * (spec.out_channels // spec.groups) + rng.randrange(
            spec.out_channels // spec.groups
        )
        channel = group * (spec.in_channels // spec.groups) + rng.randrange(
            spec.in_channels // spec.groups
        )
        depth = rng.randrange(spec.kernel_size[0]) if spec.rank == 3 else 0
        one = film(
            spec,
            x,
            w,
            b,
            example=len(x) - 1,
            framing=Framing(channel, out_channel, depth, most=(99, 99)),
        )
        y = convolve(spec, x, w, b).reshape(len(x), spec.out_channels, *one.footage.outs)
        index = rng.randrange(one.count)
        scene = one.scene(index)
        value = y[(len(x) - 1, out_channel, *scene.position)]
        assert scene.sum.total == value == sum(scene.sum.products)
        assert list(cells(scene.output, "result").values()) == [value]
        known = cells(scene.output, "output", "result")
        before = np.arange(one.count).reshape(one.footage.outs) <= index
        plane = before[scene.position[0]] if spec.rank == 3 else np.atleast_2d(before)
        assert set(known) == {(int(r), int(c)) for r, c in np.argwhere(plane)}
        lit = cells(scene.input, "window", "window padding")
        if not spec.transposed:
            assert len(lit) == len(one.drawn_terms(one.worked(index)))
        assert len(cells(scene.kernel, "kernel", "tap")) == len(one.drawn_terms(one.worked(index)))


def test_the_sum_grows_term_by_term() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2)
    one = film(
        spec, np.arange(1, 26).reshape(5, 5), np.arange(1, 10).reshape(3, 3), np.array([100])
    )
    assert one.terms(7) == 9
    for terms in range(1, 9):
        scene = one.scene(7, terms)
        assert len(scene.sum.products) == terms
        assert scene.sum.total == sum(scene.sum.products)
        assert list(cells(scene.output, "result").values()) == [None]
        assert list(cells(scene.kernel, "tap").values()) == [terms]
        assert len(cells(scene.input, "tap")) == 1
        assert scene.rest == ()
    whole = one.scene(7, 9)
    assert (whole.sum.total, rest_lines(whole, None)) == (556, ["with 100 from the bias"])


def test_stamps_of_all_channels_and_the_bias_add_up_to_the_output() -> None:
    rng = random.Random(2)
    for _ in range(60):
        spec, x, w, b = random_layer(rng, dtype=np.int64, transposed=True)
        out_channel = rng.randrange(spec.out_channels)
        channel = rng.choice(spec.channels_read(out_channel))
        framing = Framing(channel, out_channel, most=(99, 99), layers=rng.choice([1, 4]))
        one = film(spec, x[:1], w, b, view="scatter", framing=framing)
        y = np.asarray(convolve(spec, x[:1], w, b)).reshape(spec.out_channels, *one.footage.outs)
        for scene in (one.scene(one.count - 1), one.scene(0, finished=True)):
            shown = cells(scene.output, "output", "result", "waiting")
            planes = y[out_channel] if spec.rank == 3 else [np.atleast_2d(y[out_channel])]
            assert any(list(shown.values()) == plane.ravel().tolist() for plane in planes)
            assert "so far" not in scene.output.title


@pytest.mark.parametrize("tap", [2.0, np.inf, np.nan])
def test_a_partial_output_has_what_has_reached_it_and_no_more(tap: float) -> None:
    spec = ConvSpec.of(
        in_channels=2, out_channels=1, kernel_size=2, transposed=True, bias=True, dims=1
    )
    x, w = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[[1.0, tap]], [[10.0, 1.0]]]
    one = film(spec, x, w, [100.0], view="scatter")
    plane = one.scene(1).output
    values = [None if cell.value is None else float(cell.value) for cell in plane.rows[0]]
    np.testing.assert_equal(values, [141.0, 100 + 52 + tap + 4, 100 + 2 * tap + 5, None])
    assert plane.title == "output so far"
    assert "on top of the bias 100" in rest_lines(one.scene(1), None)[0]


def test_a_stamp_of_a_volume_is_drawn_at_a_depth_that_it_reaches() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=1, stride=2, transposed=True, dims=3
    )
    one = film(spec, np.ones((4, 2, 2), int), np.ones((3, 3, 3), int), None, view="scatter")
    for index in range(one.count):
        scene = one.scene(index)
        assert len(cells(scene.output, "result")) == len(cells(scene.kernel, "kernel")) > 0
    assert one.scene(one.count - 1).output.title == "output, depth 5"


def test_mirrored_padding_shows_the_cell_that_stands_there() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=1, padding_mode="reflect", dims=1
    )
    plane = film(spec, [[[5, 6, 7]]], [[[1, 1, 1]]], None).scene(0).input
    assert cells(plane, "window padding") == {(0, -1): 6}
    assert cells(plane, "padding") == {(0, 3): 6}


@pytest.mark.parametrize("place", [(0, 0), (31, 40), (63, 63)])
def test_a_large_array_is_cropped_around_the_window_with_a_notice(place: tuple[int, int]) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=7, padding=3, dims=2)
    one = film(spec, np.arange(4096).reshape(64, 64), np.ones((7, 7), int), None)
    scene = one.scene(place[0] * 64 + place[1])
    assert len(scene.input.rows) == len(scene.input.rows[0]) == 16
    assert scene.input.notice.endswith("of 70x70")
    assert scene.output.notice.endswith("of 64x64")
    assert len(cells(scene.input, "window", "window padding")) == 49
    assert list(cells(scene.output, "result").values()) == [scene.sum.total]


def test_what_is_added_from_elsewhere_is_said() -> None:
    spec = ConvSpec.of(in_channels=2, out_channels=1, kernel_size=2, dims=1, bias=False)
    scene = film(
        spec, np.array([[[1, 2, 3], [4, 5, 6]]]), np.array([[[1, 1], [10, 10]]]), None
    ).scene(0)
    assert (scene.sum.factors, scene.sum.total, rest_lines(scene, None)) == (
        ((1, 1), (2, 1), (90,)),
        93,
        ["with 90 from other channels"],
    )


def test_a_film_of_smaller_planes_shares_what_is_computed() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=2, bias=False)
    whole = film(spec, np.arange(64).reshape(8, 8), np.ones((3, 3), int), None)
    small = whole.within(4, 5)
    assert [len(small.scene(20).input.rows), len(small.scene(20).input.rows[0])] == [4, 5]
    assert len(whole.scene(20).input.rows) == 8
    assert small.footage.result is whole.footage.result
    assert small.scene(20).sum == whole.scene(20).sum
